/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The door of a daemon: who may come in, what a line says, and answers that take time. */
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tool/ctl.h"
#include "tool/log.h"
#include "unit/tool/ctl_ask.h"

static char directory[] = "/tmp/ikesync-ctl-XXXXXX";
static char path[sizeof(directory) + 8];

/* ---- commands ---- */

#define PIECES 60

struct job {
	struct ctl_caller *caller;
	unsigned left;
};
static unsigned jobs, done, cut;

static bool echo(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct listing *l = ctl_listing(c);

	assert_ptr_equal(user, directory);
	listing_begin(l, LISTING_LINE);
	listing_count(l, "n", n);
	listing_text(l, "last", word[n - 1]);
	listing_end(l);
	ctl_end(c, g_str_equal(word[n - 1], "bad") ? "bad" : NULL);
	return true;
}

static void go_on(struct ctl_caller *c, void *user)
{
	struct job *j = user;
	g_autofree char *filler = g_strnfill(1000, 'x');

	if (ctl_is_gone(c) || j->left == 0) {
		done++;
		cut += j->left > 0;
		ctl_end(c, NULL);
		ctl_release(c);
		g_free(j);
		return;
	}
	for (unsigned i = 0; i < 100; i++) {
		listing_begin(ctl_listing(c), LISTING_LINE);
		listing_text(ctl_listing(c), "x", filler);
		listing_end(ctl_listing(c));
	}
	j->left--;
	ctl_later(c, go_on, j);
}

/* 6 MB. */
static bool pour(struct ctl_caller *c, char *const *word, unsigned n, void *user)
{
	struct job *j = g_new0(struct job, 1);

	(void)word;
	(void)n;
	(void)user;
	jobs++;
	j->left = PIECES;
	ctl_hold(c);
	go_on(c, j);
	return true;
}

static const struct ctl_command commands[] = {
	{ "echo", "WORDS", 0, 3, "say them", echo },
	{ "pour", "", 0, 0, "much", pour },
	{ "log-level", "", 0, 1, "", ctl_log_level },
	{ NULL, NULL, 0, 0, NULL, NULL },
};

/* ---- callers ---- */

static int call(void)
{
	return ctl_ask_call(path);
}

static void run(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void says(const char *line, const char *expected)
{
	g_autofree char *answer = ctl_ask(path, line, NULL);

	assert_string_equal(answer, expected);
}

static struct ctl *door(void)
{
	struct ctl *c = ctl_new(path, NULL, NULL, NULL);

	assert_non_null(c);
	ctl_serve(c, "some-daemon", commands, directory);
	return c;
}

static void words_and_answers(void **state)
{
	struct ctl *c = door();

	(void)state;
	says("echo\n", "n=1 last=\"echo\"\nok\n");
	says("echo a 'b c'\n", "n=3 last=\"b c\"\nok\n");
	says("--json echo a\n", "{\"n\":2,\"last\":\"a\"}\nok\n");
	says("echo bad\n", "n=2 last=\"bad\"\nerror: bad\n");
	says("echo a b c d\n", "error: not understood: some-daemon ctl --help\n");
	says("nothing\n", "error: not understood: some-daemon ctl --help\n");
	says("\n", "error: not understood: some-daemon ctl --help\n");
	says("--json\n", "error: not understood: some-daemon ctl --help\n");
	says("echo 'a\n", "error: not understood: some-daemon ctl --help\n");
	says("echo \xff\n", "error: not understood: some-daemon ctl --help\n");
	says("log-level\n", "log level: error\nok\n");
	says("log-level loud\n", "error: not understood: some-daemon ctl --help\n");
	says("log-level warning\n", "log level: warning\nok\n");
	says("log-level error\n", "log level: error\nok\n");
	ctl_free(c);
}

/* What is not read is not made either: a megabyte waits, and what the sockets take. */
static void an_answer_waits_for_its_reader(void **state)
{
	struct ctl *c = door();
	g_autofree char *answer = NULL;
	int fd;

	(void)state;
	jobs = done = cut = 0;
	answer = ctl_ask(path, "pour\n", NULL);
	assert_int_equal(done, 1);
	assert_int_equal(cut, 0);
	assert_true(strlen(answer) > PIECES * 100 * 1000);
	assert_true(g_str_has_suffix(answer, "\nok\n"));
	fd = call();
	assert_int_equal(send(fd, "pour\n", 5, MSG_NOSIGNAL), 5);
	while (jobs < 2)
		g_main_context_iteration(NULL, TRUE);
	run();
	assert_int_equal(done, 1);
	close(fd); /* whoever hangs up ends it */
	while (done < 2)
		g_main_context_iteration(NULL, TRUE);
	assert_int_equal(cut, 1);
	fd = call();
	assert_int_equal(send(fd, "pour\n", 5, MSG_NOSIGNAL), 5);
	while (jobs < 3)
		g_main_context_iteration(NULL, TRUE);
	ctl_free(c); /* and so does the end of the daemon */
	assert_int_equal(cut, 2);
	close(fd);
	run();
}

/* Somebody else, of other groups, though mode and folder let him. Does he get an answer? */
static bool stranger_is_answered(gid_t group)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		char octet;
		int fd;

		if (setgroups(0, NULL) || setgid(group) || setuid(65534))
			_exit(3);
		fd = call();
		if (fcntl(fd, F_SETFL, 0) || send(fd, "echo\n", 5, MSG_NOSIGNAL) != 5)
			_exit(1); /* hung up already */
		_exit(recv(fd, &octet, 1, 0) == 1 ? 0 : 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		g_main_context_iteration(NULL, FALSE);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

static void strangers_are_hung_up_on(void **state)
{
	struct ctl *c;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_null(ctl_new(path, "no-such-group", NULL, NULL));
	c = ctl_new(path, "daemon", NULL, NULL);
	assert_non_null(c);
	ctl_serve(c, "some-daemon", commands, directory);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(directory, 0755), 0);
	assert_false(stranger_is_answered(65534));
	assert_true(stranger_is_answered(st.st_gid));
	says("echo\n", "n=1 last=\"echo\"\nok\n");
	ctl_free(c);
	assert_int_not_equal(stat(path, &st), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_answers),
		cmocka_unit_test(an_answer_waits_for_its_reader),
		cmocka_unit_test(strangers_are_hung_up_on),
	};
	int failed;

	log_init("ctl-test", LOG_LEVEL_ERROR);
	assert_non_null(mkdtemp(directory));
	g_snprintf(path, sizeof(path), "%s/ctl", directory);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(directory);
	return failed;
}
