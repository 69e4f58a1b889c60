/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a peer calls itself cannot make a line of its own; and what a daemon gives up is really gone. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tool/daemon.h"
#include "tool/log.h"

/* What `text` looks like on stderr. */
static void logged(const char *text, char *out, size_t cap)
{
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	dup2(ends[1], STDERR_FILENO);
	log_notice("%s", text);
	dup2(saved, STDERR_FILENO);
	n = read(ends[0], out, cap - 1);
	out[n < 0 ? 0 : n] = '\0';
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static void one_line_each(void **state)
{
	char out[4096];
	char *big;

	(void)state;
	log_init("prog", LOG_LEVEL_NOTICE);
	logged("plain", out, sizeof(out));
	assert_string_equal(out, "prog: notice: plain\n");
	logged("a\nprog: error: forged\r\x1b[2J\x07", out, sizeof(out));
	assert_string_equal(out, "prog: notice: a\\x0aprog: error: forged\\x0d\\x1b[2J\\x07\n");
	logged("na\xc3\xafve", out, sizeof(out));
	assert_string_equal(out, "prog: notice: na\xc3\xafve\n");
	logged("\xff\xc3", out, sizeof(out));
	assert_string_equal(out, "prog: notice: \\xff\\xc3\n");
	/* right-to-left override, line separator */
	logged("\xe2\x80\xae\xe2\x80\xa8", out, sizeof(out));
	assert_string_equal(out, "prog: notice: \\xe2\\x80\\xae\\xe2\\x80\\xa8\n");
	big = g_strnfill(100000, '\n');
	logged(big, out, sizeof(out));
	assert_ptr_equal(strchr(out, '\n'), &out[strlen(out) - 1]);
	g_free(big);
}

static void levels(void **state)
{
	enum log_level l;
	char out[100];

	(void)state;
	assert_true(log_level_from_text("debug", &l));
	assert_int_equal(l, LOG_LEVEL_DEBUG);
	assert_false(log_level_from_text("loud", &l));
	log_set_level(LOG_LEVEL_WARNING);
	assert_false(log_enabled(LOG_LEVEL_NOTICE));
	logged("quiet", out, sizeof(out));
	assert_string_equal(out, "");
	log_set_level(LOG_LEVEL_NOTICE);
}

static int in_child(int (*f)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int drop(void)
{
	const char *user = getuid() == 0 ? "nobody" : NULL;
	GError *error = NULL;
	struct rlimit core;

	if (!daemon_drop_privileges(user, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	if (geteuid() == 0 || (user && setuid(0) == 0))
		return 2;
	if (prctl(PR_GET_DUMPABLE) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
		return 4;
#ifndef IKESYNC_SANITIZED
	if (execl("/bin/true", "true", (char *)NULL) != -1 || errno != EPERM)
		return 5;
#endif
	return 0;
}

static int drop_to_nobody_known(void)
{
	GError *error = NULL;

	if (getuid() != 0)
		return 0;
	if (daemon_drop_privileges("no-such-user-here", &error))
		return 1;
	return strstr(error->message, "no-such-user-here") ? 0 : 2;
}

/* As systemd starts it with User= and AmbientCapabilities=CAP_NET_BIND_SERVICE. */
static int drop_ambient(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct bind_only[2] = { { 0 } }, now[2];
	GError *error = NULL;

	if (getuid() != 0)
		return 0;
	bind_only[0].effective = bind_only[0].permitted = bind_only[0].inheritable =
	    1u << CAP_NET_BIND_SERVICE;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setuid(65534) != 0 ||
	    syscall(SYS_capset, &head, bind_only) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) != 0)
		return 1;
	if (!daemon_drop_privileges(NULL, &error))
		return 2;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0) != 0)
		return 3;
	if (syscall(SYS_capget, &head, now) != 0)
		return 4;
	return now[0].effective | now[0].permitted | now[0].inheritable ? 5 : 0;
}

static int stay_root(void)
{
	char out[4096] = "";
	int ends[2];
	GError *error = NULL;

	if (getuid() != 0)
		return 0;
	if (pipe2(ends, O_NONBLOCK) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return 1;
	if (!daemon_drop_privileges(NULL, &error))
		return 2;
	if (read(ends[0], out, sizeof(out) - 1) <= 0)
		return 3;
	return strstr(out, "warning: running as root") && strstr(out, "user=") ? 0 : 4;
}

static void privileges(void **state)
{
	(void)state;
	assert_int_equal(in_child(drop), 0);
	assert_int_equal(in_child(drop_to_nobody_known), 0);
	assert_int_equal(in_child(drop_ambient), 0);
	assert_int_equal(in_child(stay_root), 0);
}

static void ready_line(void **state)
{
	int ends[2];
	char out[64] = "";

	(void)state;
	assert_int_equal(pipe(ends), 0);
	daemon_ready(ends[1], "READY stub=127.0.0.1:1");
	assert_int_equal(read(ends[0], out, sizeof(out) - 1), 23);
	assert_string_equal(out, "READY stub=127.0.0.1:1\n");
	assert_int_equal(read(ends[0], out, 1), 0); /* closed */
	close(ends[0]);
	daemon_ready(-1, "READY x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_each),
		cmocka_unit_test(levels),
		cmocka_unit_test(privileges),
		cmocka_unit_test(ready_line),
	};

	return cmocka_run_group_tests_name("tool/log", tests, NULL, NULL);
}
