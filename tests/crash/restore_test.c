/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checkpoint is taken under load, the store is lost, and the checkpoint restored: what was promised when it was taken is there, what
 * had ended by then stays ended, and so does what ends afterwards. Nothing that is there is ever overwritten.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "net/channel_tls.h"
#include "process.h"
#include "tool/log.h"

#define SOMEBODY 65534

struct setup {
	struct process_setup process;
	const char *directory;
	char *around, *store, *checkpoint, *damaged, *kept;
	struct channel_tls *tls;
};

/* ---- programs ---- */

static int bank(const struct setup *s, const char *command, const char *word, const char *more)
{
	return process_run((const char *[]){ s->process.bank, command, "--config",
					     s->process.config, word, more, NULL });
}

static bool copy(const char *from, const char *to)
{
	return process_run((const char *[]){ "cp", "-a", from, to, NULL }) == 0;
}

static bool same(const char *a, const char *b)
{
	return process_run((const char *[]){ "diff", "-r", a, b, NULL }) == 0;
}

static bool must(bool ok, const char *what)
{
	if (!ok)
		printf("  not so: %s\n", what);
	return ok;
}

/* ---- what is there ---- */

static bool verify(struct client *c, struct ledger *l)
{
	GArray *ask = g_array_new(FALSE, FALSE, sizeof(struct index));
	struct ledger_answer *answers;
	unsigned lost = 0;

	ledger_questions(l, ask);
	answers = client_get_all(c, ask);
	if (answers) {
		lost = ledger_judge(l, answers);
		client_answers_free(answers, ask->len);
	}
	g_array_unref(ask);
	return must(answers && lost == 0, "all that was promised, and nothing else");
}

/* Start, compare with `l`, go on for so many operations, compare again, and end. */
static bool serve(struct setup *s, struct ledger *l, unsigned operations, int how)
{
	struct process p = { 0 };
	struct client *c = process_start(&s->process, &p) ? client_new(&p.at, s->tls) : NULL;
	unsigned refused = 0;
	bool ok = c && verify(c, l);

	if (ok && operations)
		ok = must(client_try(c, l, operations, 0, &refused) && !refused, "writes") &&
		     verify(c, l);
	if (c)
		client_free(c);
	return process_stop(&p, how) + ok >= 1 && ok;
}

/* *then: what is promised when the checkpoint is taken. */
static bool take(struct setup *s, struct ledger *l, struct ledger **then)
{
	struct process p = { 0 };
	struct client *c = process_start(&s->process, &p) ? client_new(&p.at, s->tls) : NULL;
	unsigned refused = 0;
	bool ok = c && client_try(c, l, 3000, 0, &refused);

	*then = ledger_copy(l);
	ok = ok && must(bank(s, "ctl", "checkpoint", s->checkpoint) == 0, "a checkpoint");
	ok = ok && client_try(c, l, 2000, 0, &refused);
	ok = ok && must(bank(s, "restore", s->checkpoint, NULL) == 1,
			"no restore over a store that a bank has open");
	ok = ok && verify(c, l) && !process_gone(&p);
	if (c)
		client_free(c);
	process_stop(&p, SIGKILL);
	return ok;
}

/* ---- what is refused ---- */

static bool refuses(const struct setup *s)
{
	g_autofree char *list = g_build_filename(s->damaged, "CURRENT", NULL);
	bool ok = must(bank(s, "restore", s->checkpoint, NULL) == 1, "no restore over a store");

	ok = ok && must(g_rename(s->store, s->kept) == 0, "the store can be moved away");
	ok = ok && must(bank(s, "restore", s->directory, NULL) == 1, "no restore of what is none");
	ok = ok && copy(s->checkpoint, s->damaged) &&
	     g_file_set_contents(list, "MANIFEST-999999\n", -1, NULL);
	ok = ok && must(bank(s, "restore", s->damaged, NULL) == 1, "no restore of what is damaged");
	return ok && must(!g_file_test(s->store, G_FILE_TEST_EXISTS), "nothing is left of them");
}

static bool owned(const struct setup *s)
{
	g_autofree char *file = g_build_filename(s->store, "CURRENT", NULL);
	struct stat a, b;

	if (geteuid() != 0)
		return true;
	return must(stat(s->store, &a) == 0 && stat(file, &b) == 0 && a.st_uid == SOMEBODY &&
			b.st_uid == SOMEBODY && (a.st_mode & 0777) == 0700 &&
			(b.st_mode & 0077) == 0,
		    "it belongs to whom the folder around it belongs, and to nobody else");
}

static bool restores(const struct setup *s)
{
	g_autofree char *before = g_strconcat(s->checkpoint, ".before", NULL);
	bool ok = copy(s->checkpoint, before);

	ok = ok && (geteuid() != 0 || chown(s->around, SOMEBODY, SOMEBODY) == 0);
	ok = ok && must(bank(s, "restore", s->checkpoint, NULL) == 0, "a restore") && owned(s);
	ok = ok && must(same(s->checkpoint, before), "the checkpoint is as it was");
	ok = ok && must(bank(s, "fsck", NULL, NULL) == 0, "a whole store");
	/* the bank of this test is whoever runs it */
	return ok && (geteuid() != 0 ||
		      process_run((const char *[]){ "chown", "-R", "0:0", s->around, NULL }) == 0);
}

static bool test(struct setup *s)
{
	struct ledger *l = ledger_new((uint32_t)getpid(), (uint64_t)time(NULL) + 80000), *then;
	unsigned ended;
	bool ok = take(s, l, &then);

	ended = then->graves->len;
	ok = ok && refuses(s) && restores(s);
	ok = ok && serve(s, then, 2000, SIGKILL) && serve(s, then, 500, SIGTERM) &&
	     serve(s, then, 0, SIGTERM);
	printf("restored after %" G_GUINT64_FORMAT
	       " operations: %u had ended before, %u ended afterwards, %u lost, %u revived\n",
	       l->acknowledged, ended, then->graves->len - ended, then->losses, then->revived);
	ledger_free(l);
	ledger_free(then);
	return ok;
}

int main(int argc, char **argv)
{
	struct setup s = { 0 };
	struct channel_tls_files files = { 0 };
	GError *error = NULL;
	bool ok;

	log_init("restore_test", LOG_LEVEL_WARNING);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 8) {
		printf("usage: restore_test BANK CONFIG CERTIFICATE KEY CA DIRECTORY LOG\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	s.process = (struct process_setup){ .bank = argv[1], .config = argv[2], .log = argv[7] };
	files = (struct channel_tls_files){ .certificate = argv[3], .key = argv[4], .ca = argv[5] };
	s.directory = argv[6];
	s.around = g_build_filename(s.directory, "around", NULL);
	s.store = g_build_filename(s.around, "store", NULL);
	s.kept = g_build_filename(s.directory, "kept", NULL);
	s.checkpoint = g_build_filename(s.directory, "checkpoint", NULL);
	s.damaged = g_build_filename(s.directory, "damaged", NULL);
	s.tls = channel_tls_new(&files, false, &error);
	if (!s.tls) {
		printf("%s\n", error->message);
		return 2;
	}
	ok = test(&s);
	channel_tls_unref(s.tls);
	g_free(s.around);
	g_free(s.store);
	g_free(s.kept);
	g_free(s.checkpoint);
	g_free(s.damaged);
	return ok ? 0 : 1;
}
