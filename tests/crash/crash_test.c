/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kill the bank under load, start it again on the same store, and see whether anything it had
 * acknowledged is missing, or anything acknowledged as deleted or moved is back. With --layer the
 * power goes, too: what was never synced is lost (dropsync.h).
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "dropsync.h"
#include "powercut.h"
#include "process.h"
#include "tool/log.h"
#include "net/channel_tls.h"

struct setup {
	char *bank, *config, *directory, *certificate, *key, *ca, *layer;
	int rounds;
	gboolean expect_loss;
	char *store, *journal, *undo;
	struct channel_tls *tls;
};

/* Start the bank, under the layer where there is one. */
static bool start(const struct setup *s, struct process *p)
{
	const char *environment[] = { DROPSYNC_DIR, s->store,      DROPSYNC_JOURNAL,
				      s->journal,   DROPSYNC_UNDO, s->undo,
				      "LD_PRELOAD", s->layer,      NULL };
	struct process_setup setup = { .bank = s->bank,
				       .config = s->config,
				       .environment = s->layer ? environment : NULL };

	return process_start(&setup, p);
}

static bool verify(struct client *c, struct ledger *l, unsigned *lost)
{
	GArray *ask = g_array_new(FALSE, FALSE, sizeof(struct index));
	struct ledger_answer *answers;

	ledger_questions(l, ask);
	answers = client_get_all(c, ask);
	if (answers) {
		*lost = ledger_judge(l, answers);
		client_answers_free(answers, ask->len);
	}
	g_array_unref(ask);
	return answers != NULL;
}

/* One restart and check; then a clean stop, or (not `soft`) the next crash, right after what
 * recovery wrote. */
static bool check(const struct setup *s, struct ledger *l, unsigned *lost, bool soft)
{
	struct process p = { 0 };
	struct client *c;
	bool ok = start(s, &p);

	if (ok) {
		c = client_new(&p.at, s->tls);
		ok = c && verify(c, l, lost);
		if (c)
			client_free(c);
	}
	if (!process_stop(&p, soft ? SIGTERM : SIGKILL) && soft) {
		printf("  the bank does not end well\n");
		ok = false;
	}
	if (ok && s->layer && !soft)
		powercut(s->store, s->journal, s->undo);
	else if (s->layer)
		powercut_forget(s->journal, s->undo);
	return ok;
}

static bool load_and_kill(const struct setup *s, struct ledger *l, unsigned acknowledgements)
{
	struct process p = { 0 };
	struct client *c;
	bool ok = start(s, &p);

	if (!ok) {
		process_stop(&p, SIGKILL);
		return false;
	}
	c = client_new(&p.at, s->tls);
	ok = c && client_load(c, l, acknowledgements, g_rand_int_range(l->dice, 0, 4000));
	process_stop(&p, SIGKILL);
	ok = ok && client_drain(c);
	if (c)
		client_free(c);
	return ok;
}

static int run(const struct setup *s)
{
	struct ledger *l = ledger_new((uint32_t)getpid(), (uint64_t)time(NULL) + 80000);
	unsigned losses = 0;
	int round;
	bool ok = true;

	for (round = 1; ok && round <= s->rounds && !(s->expect_loss && losses); round++) {
		unsigned n = (unsigned)g_rand_int_range(l->dice, 500, 4000), lost = 0;
		uint64_t before = l->acknowledged;
		struct powercut cut = { 0 };

		ok = load_and_kill(s, l, n);
		if (ok && s->layer)
			cut = powercut(s->store, s->journal, s->undo);
		ok = ok && check(s, l, &lost, round % 2 == 0);
		losses += lost;
		printf("round %d: killed after %" G_GUINT64_FORMAT " acknowledgements", round,
		       l->acknowledged - before);
		if (s->layer)
			printf(", power cut took %" G_GUINT64_FORMAT
			       " octets of %u files and %u names",
			       cut.octets, cut.files, cut.names);
		printf(": %u lost%s\n", lost, ok ? "" : ", and the test could not go on");
	}
	printf("%" G_GUINT64_FORMAT " operations acknowledged, %u deleted or moved, %u lost\n",
	       l->acknowledged, l->graves->len, losses);
	ledger_free(l);
	if (!ok)
		return 1;
	if (s->expect_loss)
		printf("%s\n",
		       losses ? "the loss was caught, as it must be" : "the loss was NOT caught");
	return s->expect_loss == (losses > 0) ? 0 : 1;
}

static bool parse(struct setup *s, int *argc, char ***argv)
{
	const GOptionEntry entries[] = {
		{ "bank", 0, 0, G_OPTION_ARG_FILENAME, &s->bank, "The program", "FILE" },
		{ "config", 0, 0, G_OPTION_ARG_FILENAME, &s->config,
		  "Its configuration: store=DIR/store", "FILE" },
		{ "directory", 0, 0, G_OPTION_ARG_FILENAME, &s->directory,
		  "Where store, journal and undo are", "DIR" },
		{ "certificate", 0, 0, G_OPTION_ARG_FILENAME, &s->certificate,
		  "Owns 192.0.2.1 and 2001:db8::2", "PEM" },
		{ "key", 0, 0, G_OPTION_ARG_FILENAME, &s->key, "Its key", "PEM" },
		{ "ca", 0, 0, G_OPTION_ARG_FILENAME, &s->ca, "Of the bank", "PEM" },
		{ "rounds", 0, 0, G_OPTION_ARG_INT, &s->rounds, "How often", "N" },
		{ "layer", 0, 0, G_OPTION_ARG_FILENAME, &s->layer,
		  "libdropsync.so: cut the power, too", "FILE" },
		{ "expect-loss", 0, 0, G_OPTION_ARG_NONE, &s->expect_loss,
		  "Fail unless something is lost", NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	GOptionContext *context = g_option_context_new(NULL);
	GError *error = NULL;
	bool ok;

	g_option_context_add_main_entries(context, entries, NULL);
	ok = g_option_context_parse(context, argc, argv, &error);
	g_option_context_free(context);
	if (!ok) {
		printf("%s\n", error->message);
		g_error_free(error);
	}
	return ok && s->bank && s->config && s->directory && s->certificate && s->key && s->ca &&
	       s->rounds > 0;
}

int main(int argc, char **argv)
{
	static struct setup s;
	struct channel_tls_files files;
	GError *error = NULL;
	int result;

	log_init("crash_test", LOG_LEVEL_WARNING);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!parse(&s, &argc, &argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	s.store = g_build_filename(s.directory, "store", NULL);
	s.journal = g_build_filename(s.directory, "journal", NULL);
	s.undo = g_build_filename(s.directory, "undo", NULL);
	if (s.layer)
		g_mkdir_with_parents(s.undo, 0700);
	files =
	    (struct channel_tls_files){ .certificate = s.certificate, .key = s.key, .ca = s.ca };
	s.tls = channel_tls_new(&files, false, &error);
	if (!s.tls) {
		printf("%s\n", error->message);
		return 2;
	}
	result = run(&s);
	channel_tls_unref(s.tls);
	return result;
}
