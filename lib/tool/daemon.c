/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Privileges, readiness and signals of a daemon. */
#include "tool/daemon.h"

#include <cap-ng.h>
#include <errno.h>
#include <glib-unix.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "tool/log.h"

#define DAEMON_ERROR (g_quark_from_static_string("ikesync-daemon"))

static bool fail(GError **error, const char *what)
{
	g_set_error(error, DAEMON_ERROR, errno, "%s: %s", what, g_strerror(errno));
	return false;
}

/* What a service manager or a file gave us for the ports: they are bound now. */
static bool drop_given(GError **error)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 &&
	    errno != EINVAL) /* Linux before 4.3 */
		return fail(error, "clearing ambient capabilities");
	capng_clear(
	    CAPNG_SELECT_CAPS); /* the bounding set takes a right to change, and no_new_privs makes it moot */
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return fail(error, "dropping capabilities");
	return true;
}

/* Also drops the supplementary groups and every capability. */
static bool become(const char *user, GError **error)
{
	struct passwd *pw;

	if (geteuid() != 0)
		return drop_given(error);
	capng_clear(CAPNG_SELECT_BOTH);
	if (!user || !*user) {
		log_warning("running as root for lack of user=: whoever breaks in is root");
		if (capng_apply(CAPNG_SELECT_BOTH) != 0)
			return fail(error, "dropping capabilities");
		return true;
	}
	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		g_set_error(error, DAEMON_ERROR, ENOENT, "no such user: %s", user);
		return false;
	}
	if (capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
			    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) != 0) {
		g_set_error(error, DAEMON_ERROR, EPERM, "cannot become user %s", user);
		return false;
	}
	return true;
}

/* No core dump, no ptrace, no swap of a dump into other hands: the process holds key material. */
static bool shut_memory(GError **error)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return fail(error, "RLIMIT_CORE");
#ifndef IKESYNC_SANITIZED /* LeakSanitizer looks for leaks through ptrace, and waits for ever without it */
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return fail(error, "PR_SET_DUMPABLE");
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(error, "PR_SET_NO_NEW_PRIVS");
	return true;
}

#ifndef IKESYNC_SANITIZED
/* Names, because not every architecture has each of them. What a network daemon never needs, and an intruder would. */
static const char *const denied[] = {
	"execve",
	"execveat",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsmount",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"unshare",
	"setns",
	"reboot",
	"swapon",
	"swapoff",
	"acct",
	"settimeofday",
	"clock_settime",
	"adjtimex",
	"add_key",
	"request_key",
	"keyctl",
	"iopl",
	"ioperm",
	"quotactl",
	"sethostname",
	"setdomainname",
	"open_by_handle_at",
	"personality",
	"io_uring_setup",
};

static bool filter_syscalls(GError **error)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = ctx != NULL;

	for (unsigned i = 0; ok && i < G_N_ELEMENTS(denied); i++) {
		int number = seccomp_syscall_resolve_name(denied[i]);

		if (number != __NR_SCMP_ERROR)
			ok = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), number, 0) == 0;
	}
	if (ok)
		ok = seccomp_load(ctx) == 0;
	seccomp_release(ctx);
	if (!ok)
		g_set_error(error, DAEMON_ERROR, EINVAL, "cannot install the seccomp filter");
	return ok;
}
#else
static bool filter_syscalls(GError **error)
{
	(void)error;
	return true; /* LeakSanitizer uses ptrace */
}
#endif

bool daemon_drop_privileges(const char *user, GError **error)
{
	return become(user, error) && shut_memory(error) && filter_syscalls(error);
}

#ifdef HAVE_SYSTEMD
static gboolean alive(gpointer unused)
{
	(void)unused;
	sd_notify(0, "WATCHDOG=1");
	return G_SOURCE_CONTINUE;
}

/* Three times in the time that systemd waits, as long as the loop turns. */
static void watch(void)
{
	uint64_t us = 0;

	if (sd_watchdog_enabled(0, &us) > 0)
		g_timeout_add((guint)MIN(MAX(us / 3000, 1), G_MAXUINT), alive, NULL);
}
#endif

void daemon_ready(int ready_fd, const char *line)
{
	size_t n = strlen(line);

	if (ready_fd >= 0) {
		if (write(ready_fd, line, n) != (ssize_t)n ||
		    (n && line[n - 1] != '\n' && write(ready_fd, "\n", 1) != 1))
			g_warning("--ready-fd: %s", g_strerror(errno));
		close(ready_fd);
	}
#ifdef HAVE_SYSTEMD
	sd_notifyf(0, "READY=1\nSTATUS=%.*s", (int)strcspn(line, "\n"), line);
	watch();
#endif
}

static void stopping(void)
{
#ifdef HAVE_SYSTEMD
	sd_notify(0, "STOPPING=1");
#endif
}

static gboolean quit(gpointer loop)
{
	stopping();
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

static void attach(int number, GSourceFunc fn, gpointer user, GDestroyNotify done,
		   GMainContext *context)
{
	GSource *source = g_unix_signal_source_new(number);

	g_source_set_callback(source, fn, user, done);
	g_source_attach(source, context);
	g_source_unref(source);
}

static void ignore_others(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
}

void daemon_quit_on_signals(GMainLoop *loop)
{
	ignore_others();
	attach(SIGINT, quit, loop, NULL, g_main_loop_get_context(loop));
	attach(SIGTERM, quit, loop, NULL, g_main_loop_get_context(loop));
}

static gboolean on_stop(gpointer user)
{
	const struct daemon_signals *s = user;

	stopping();
	if (s->stop)
		s->stop(s->user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_reload(gpointer user)
{
	const struct daemon_signals *s = user;

	if (s->reload)
		s->reload(s->user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_report(gpointer user)
{
	const struct daemon_signals *s = user;

	if (s->report)
		s->report(s->user);
	return G_SOURCE_CONTINUE;
}

void daemon_on_signals(const struct daemon_signals *signals)
{
	static const struct {
		int number;
		GSourceFunc fn;
	} all[] = { { SIGINT, on_stop },
		    { SIGTERM, on_stop },
		    { SIGHUP, on_reload },
		    { SIGUSR1, on_report } };

	ignore_others();
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		attach(all[i].number, all[i].fn, g_memdup2(signals, sizeof(*signals)), g_free,
		       NULL);
}

bool daemon_want_files(unsigned n, GError **error)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return fail(error, "RLIMIT_NOFILE");
	if (limit.rlim_cur >= n)
		return true;
	if (limit.rlim_max >= n || limit.rlim_max == RLIM_INFINITY) {
		limit.rlim_cur = n;
		if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
			return true;
	}
	g_set_error(error, DAEMON_ERROR, EMFILE,
		    "%u file descriptors are needed, and no more than %lu allowed: raise "
		    "ulimit -n, or LimitNOFILE= in the unit",
		    n, (unsigned long)limit.rlim_max);
	return false;
}
