/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks what a target file must say, has each answer judged as a run would, and writes the file. */
#include "cli/cmd_init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalogue/selector.h"
#include "cli/ask_line.h"
#include "cli/cmd_options.h"
#include "keys/secret.h"
#include "run/run.h"
#include "target/target_files.h"
#include "wire/hex.h"

struct question {
	const char *group, *key, *text;
	const char *
	    fallback; /* what stands there while it is not answered, so that the rest can be judged; NULL: nothing */
	bool optional, hidden;
	bool bank; /* only where there is one */
};

static const struct question questions[] = {
	{ "gateway", "ike",
	  "1. The gateway to test, where clients resume (ADDRESS or ADDRESS:PORT of IKE):",
	  "127.0.0.1", false, false, false },
	{ "old-gateway", "ike",
	  "2. Another gateway of its pool, where a client's IKE SA comes from (empty: the same "
	  "one):",
	  NULL, true, false, false },
	{ "client", "id", "3. The identity of a client that may log in (" IKE_ID_FORMS "):",
	  "fqdn:x", false, false, false },
	{ "client", "psk-hex", "4. Its pre-shared key (not shown):", "00", false, true, false },
	{ "bank", "address",
	  "5. The stub bank (ADDRESS or ADDRESS:PORT; empty: none is to be tested):", NULL, true,
	  false, false },
	{ "bank", "ca", "   Its certificate authority (a PEM file):", NULL, false, false, true },
	{ "bank", "server-name", "   The name in its certificate (empty: its address):", NULL, true,
	  false, true },
	{ "bank", "certificate",
	  "   A certificate for the probe, as a gateway of the pool (a PEM file; empty: none):",
	  NULL, true, false, true },
	{ "bank", "key", "   The key of that certificate (a file that nobody else may read):", NULL,
	  false, false, true },
	{ "bank", "owns", "   The IP address in that certificate:", NULL, false, false, true },
};
#define QUESTIONS G_N_ELEMENTS(questions)
#define ADDRESS_OF_BANK 4
#define CERTIFICATE_OF_PROBE 7

struct answers {
	char *of[QUESTIONS]; /* NULL: not answered yet; "": left out */
};

static void wipe(char *s)
{
	if (s)
		secret_wipe(s, strlen(s));
	g_free(s);
}

/* Does this question arise? */
static bool arises(const struct answers *a, size_t q)
{
	const char *bank = a->of[ADDRESS_OF_BANK], *certificate = a->of[CERTIFICATE_OF_PROBE];

	if (!questions[q].bank)
		return true;
	return bank && *bank && (q <= CERTIFICATE_OF_PROBE || (certificate && *certificate));
}

/* The file as far as it is known. Wipe and free. */
static char *text_of(const struct answers *a)
{
	GString *s = g_string_new(
	    "# Written by ikesync-probe init; every key: ikesync-probe(1), TARGET FILE\n");
	const char *group = "";

	for (size_t q = 0; q < QUESTIONS; q++) {
		const char *value = a->of[q] ? a->of[q] : questions[q].fallback;

		if (!value || !*value)
			continue;
		if (strcmp(group, questions[q].group) != 0)
			g_string_append_printf(s, "\n[%s]\n", questions[q].group);
		group = questions[q].group;
		g_string_append_printf(s, "%s=%s\n", questions[q].key, value);
	}
	return g_string_free(s, FALSE);
}

static bool write_all(int fd, const char *s)
{
	for (size_t n = strlen(s); n;) {
		const ssize_t put = write(fd, s, n);

		if (put < 0 && errno != EINTR)
			return false;
		if (put > 0) {
			s += put;
			n -= (size_t)put;
		}
	}
	return true;
}

/* New, readable by its owner alone, whole or not there. */
static bool write_file(const char *path, const struct answers *a)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char *text;
	bool ok;
	int why;

	if (fd < 0)
		return false;
	text = text_of(a);
	ok = write_all(fd, text);
	why = errno;
	wipe(text);
	if (close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (!ok)
		(void)unlink(path);
	errno = why;
	return ok;
}

/* What a run would say of the answers so far, without the place; NULL: nothing. Free with g_free(). */
static char *complaint(const char *path, const struct answers *a)
{
	GError *error = NULL;
	struct target *t = NULL;
	char *why = NULL;

	if (!write_file(path, a))
		return g_strdup_printf("%s: %s", path, g_strerror(errno));
	t = target_load(path, selector_matches_any, &error);
	if (t)
		(void)target_files_check(t, &error);
	target_free(t);
	(void)unlink(path);
	if (error) {
		const char *at = strstr(error->message, "] ");

		why = g_strdup(at ? at + 2 : error->message);
		g_error_free(error);
	}
	return why;
}

static char *hex_of(const char *s)
{
	const size_t n = strlen(s);
	char *hex = g_malloc(2 * n + 1);

	(void)hex_write(span_of(s, n), hex);
	return hex;
}

/* false: no good answer will come. */
static bool ask(const char *path, struct answers *a, size_t q)
{
	const struct question *question = &questions[q];
	char line[ASK_LINE_MAX];

	while (ask_line(question->text, question->hidden, line)) {
		char *why = NULL;

		wipe(a->of[q]);
		a->of[q] = question->hidden ? hex_of(line) : g_strdup(line);
		secret_wipe(line, sizeof(line));
		if (!*a->of[q] && !question->optional)
			why = g_strdup("it cannot be left out");
		else if (*a->of[q])
			why = complaint(path, a);
		if (!why)
			return true;
		fprintf(stderr, "   %s\n", why);
		g_free(why);
		wipe(a->of[q]);
		a->of[q] = NULL;
		if (!ask_line_is_person())
			return false;
	}
	secret_wipe(line, sizeof(line));
	return false;
}

static int ask_all(const char *path)
{
	g_autofree char *trial = g_strdup_printf("%s.trial-%d", path, (int)getpid());
	struct answers a = { 0 };
	int code = RUN_CONFORMS;

	for (size_t q = 0; q < QUESTIONS && code == RUN_CONFORMS; q++)
		if (arises(&a, q) && !ask(trial, &a, q))
			code = ask_line_interrupted() ? RUN_INTERRUPTED : RUN_USAGE;
	if (code == RUN_CONFORMS && !write_file(path, &a)) {
		fprintf(stderr, "ikesync-probe init: cannot write %s: %s\n", path,
			g_strerror(errno));
		code = RUN_INTERNAL;
	}
	for (size_t q = 0; q < QUESTIONS; q++)
		wipe(a.of[q]);
	if (code == RUN_CONFORMS) {
		fprintf(stderr,
			"\nWritten. Does it log in? ikesync-probe run --target %s S\n"
			"Then, with all that it allows: ikesync-probe run --target %s\n",
			path, path);
		printf("%s\n", path);
	} else if (code != RUN_INTERNAL) {
		fprintf(stderr, "\nikesync-probe init: nothing was written\n");
	}
	return code;
}

int cmd_init(int argc, char **argv)
{
	char **rest = NULL;
	const GOptionEntry entries[] = { { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
					   &rest, NULL, "[FILE]" },
					 G_OPTION_ENTRY_NULL };
	const struct cmd_options o = {
		.command = "init",
		.summary = "- a target file by five questions",
		.description =
		    "Writes FILE (default: target.ini), which must not be there yet. Each answer "
		    "is\n"
		    "judged at once, as a run would. Answers may come from a pipe, one a line.\n\n"
		    "Exit codes: 0 written, 2 usage or a wrong answer from a pipe, 4 could not be\n"
		    "written, 130 interrupted.\n\n"
		    "Examples:\n"
		    "  ikesync-probe init lab.ini\n"
		    "  ikesync-probe run --target \"$(ikesync-probe init)\" S\n",
		.entries = entries,
	};
	const char *path;
	int code = RUN_USAGE;

	if (!cmd_options_parse(&o, argc, argv))
		goto out;
	path = rest && rest[0] ? rest[0] : "target.ini";
	if (rest && rest[0] && rest[1])
		fputs("ikesync-probe init: one file at a time\n", stderr);
	else if (g_file_test(path, G_FILE_TEST_EXISTS))
		fprintf(stderr, "ikesync-probe init: %s is there; nothing is overwritten\n", path);
	else
		code = ask_all(path);
out:
	g_strfreev(rest);
	return code;
}
