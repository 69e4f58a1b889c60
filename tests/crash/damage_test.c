/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damage the store between two runs of the bank, one kind of file after the other, and see what it costs.
 * One flipped bit costs nothing. Sixty-four octets, or a file, cost what they held; the rest is served at once,
 * the log says what is missing, and after a repair writes are taken, too.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "net/channel_tls.h"
#include "process.h"
#include "tool/log.h"

struct setup {
	struct process_setup process;
	char *store, *kept;
	struct channel_tls *tls;
	struct ledger *ledger;
	struct ledger *others; /* for writes alone */
	unsigned lost, revived;
};

/* ---- what is damaged ---- */

enum how { FLIP, TEAR, REMOVE };

/* `most`: so many acknowledged stubs may be missing afterwards. */
struct damage {
	const char *kind; /* in the name */
	enum how how;
	unsigned most;
	bool may_revive; /* what told that others had ended may be what is missing */
};

/* A file of this kind, each as likely; NULL: there is none with contents. */
static char *choose(const struct setup *s, const char *kind)
{
	GDir *dir = g_dir_open(s->store, 0, NULL);
	const char *name;
	char *chosen = NULL;
	int n = 0;

	while (dir && (name = g_dir_read_name(dir))) {
		char *path = g_build_filename(s->store, name, NULL);
		GStatBuf st;

		if (strstr(name, kind) && g_stat(path, &st) == 0 && st.st_size > 0 &&
		    g_rand_int_range(s->ledger->dice, 0, ++n) == 0) {
			g_free(chosen);
			chosen = g_steal_pointer(&path);
		}
		g_free(path);
	}
	if (dir)
		g_dir_close(dir);
	return chosen;
}

static void change(const struct setup *s, const char *path, enum how how)
{
	char *octets;
	gsize n, at;
	FILE *out;

	if (how == REMOVE) {
		g_unlink(path);
		return;
	}
	if (!g_file_get_contents(path, &octets, &n, NULL))
		return;
	at = (gsize)(g_rand_double(s->ledger->dice) * (double)n);
	if (how == FLIP)
		octets[at] ^= (char)(1 << g_rand_int_range(s->ledger->dice, 0, 8));
	for (gsize i = at; how == TEAR && i < MIN(at + 64, n); i++)
		octets[i] = (char)~octets[i];
	out = fopen(path, "r+b");
	if (!out || fwrite(octets, 1, n, out) != n)
		printf("  %s cannot be written\n", path);
	if (out)
		fclose(out);
	g_free(octets);
	printf("  %s: octet %zu of %zu\n", path + strlen(s->store) + 1, at, n);
}

/* false: there is no such file. */
static bool harm(const struct setup *s, const struct damage *d)
{
	char *path = choose(s, d->kind);
	bool any = path != NULL;

	if (any)
		change(s, path, d->how);
	g_free(path);
	return any;
}

/* ---- what it costs ---- */

static bool verify(struct setup *s, struct client *c, unsigned *lost, unsigned *revived)
{
	GArray *ask = g_array_new(FALSE, FALSE, sizeof(struct index));
	struct ledger_answer *answers;
	unsigned before = s->ledger->revived;

	ledger_questions(s->ledger, ask);
	answers = client_get_all(c, ask);
	if (answers) {
		*lost = ledger_judge(s->ledger, answers);
		*revived = s->ledger->revived - before;
		*lost -= *revived;
		client_answers_free(answers, ask->len);
	}
	g_array_unref(ask);
	return answers != NULL;
}

/* Writes, until the compaction of every second has made tables, and then some. */
static bool work(struct setup *s, bool soft)
{
	struct process p = { 0 };
	struct client *c = process_start(&s->process, &p) ? client_new(&p.at, s->tls) : NULL;
	unsigned refused;
	bool ok = c && client_try(c, s->ledger, 1000, 0, &refused);

	if (ok && g_rand_boolean(s->ledger->dice))
		ok = client_load(c, s->ledger, 1000, 1100000) && client_settle(c);
	if (ok)
		ok = client_try(c, s->ledger, 500, 0, &refused);
	if (c)
		client_free(c);
	return process_stop(&p, soft ? SIGTERM : SIGKILL) + ok >= 1 && ok;
}

static bool look(struct setup *s, bool writes, unsigned *lost, unsigned *revived)
{
	struct process p = { 0 };
	struct client *c = process_start(&s->process, &p) ? client_new(&p.at, s->tls) : NULL;
	unsigned refused;
	bool ok = c && verify(s, c, lost, revived);

	if (ok && writes)
		ok = client_try(c, s->others, 100, 0, &refused);
	if (c)
		client_free(c);
	ok = ok && !process_gone(&p);
	return process_stop(&p, SIGTERM) && ok;
}

/* One bit, in the store itself: all is there, and goes on. */
static bool flip_round(struct setup *s, int round)
{
	static const struct damage kinds[] = {
		{ ".sst", FLIP, 0, false },      { ".log", FLIP, 0, false },
		{ "MANIFEST-", FLIP, 0, false }, { "CURRENT", FLIP, 0, false },
		{ "OPTIONS-", FLIP, 0, false },  { "IDENTITY", FLIP, 0, false },
	};
	const struct damage *d = &kinds[round % G_N_ELEMENTS(kinds)];
	unsigned lost = 0, revived = 0;
	bool ok = work(s, round % 3 == 0), any = ok && harm(s, d);

	ok = ok && look(s, true, &lost, &revived);
	printf("round %d: a bit of a file %s%s: %u lost, %u revived%s\n", round, d->kind,
	       any ? "" : " (there is none)", lost, revived,
	       ok ? "" : ", and the test could not go on");
	s->lost += lost;
	s->revived += revived;
	return ok;
}

static bool fsck(const struct setup *s, bool repair)
{
	const char *argv[] = { s->process.bank,
			       "fsck",
			       "--config",
			       s->process.config,
			       repair ? "--repair" : NULL,
			       NULL };

	return process_run(argv) == 0;
}

static void copy(const char *from, const char *to)
{
	const char *remove[] = { "rm", "-rf", to, NULL }, *cp[] = { "cp", "-a", from, to, NULL };

	if (process_run(remove) != 0 || process_run(cp) != 0)
		g_error("cp %s %s", from, to);
}

/* What is written together is lost together: a group of at most LEDGER_SLOTS changes. */
#define GROUP (2 * LEDGER_SLOTS)

static const struct damage large[] = {
	{ ".sst", TEAR, 60, false },
	{ ".log", TEAR, GROUP, true },
	{ "MANIFEST-", TEAR, 0, false },
	{ "MANIFEST-", REMOVE, 0, false },
	{ "CURRENT", REMOVE, 0, false },
	{ "OPTIONS-", REMOVE, 0, false },
	{ "IDENTITY", REMOVE, 0, false },
	{ ".sst", REMOVE, LEDGER_SLOTS, true },
	{ ".log", REMOVE, LEDGER_SLOTS, true },
};

/* More than a bit, in a copy: bounded loss, then repaired. */
static bool harm_round(struct setup *s, const struct damage *d)
{
	unsigned lost = 0, revived = 0, later = 0, again = 0, unused = 0;
	struct ledger *kept = s->ledger, *others;
	bool ok = work(s, false), sound;

	copy(s->store, s->kept);
	s->ledger = ledger_copy(kept);
	others = s->others;
	s->others = ledger_new(1, kept->expiry);
	s->others->next_spi = (uint64_t)(d - large + 2) << 40;
	if (!harm(s, d)) {
		printf("no file %s\n", d->kind);
		ok = false;
	}
	ok = ok && look(s, false, &lost, &revived);
	sound = fsck(s, false);
	ok = ok && (sound || fsck(s, true)) && fsck(s, false);
	ok = ok && look(s, true, &later, &again) && look(s, true, &unused, &unused);
	printf("%s of a file %s: %u lost (at most %u), %u revived; fsck: %s; after it %u more "
	       "lost, %u "
	       "revived%s\n",
	       d->how == TEAR ? "64 octets" : "absence", d->kind, lost, d->most, revived,
	       sound ? "sound" : "damaged, repaired", later > lost ? later - lost : 0, again,
	       ok ? "" : ", and the test could not go on");
	if (lost > d->most || later > d->most) {
		printf("  TOO MUCH\n");
		ok = false;
	}
	if (!d->may_revive)
		s->revived += revived + again;
	ledger_free(s->ledger);
	ledger_free(s->others);
	s->ledger = kept;
	s->others = others;
	copy(s->kept, s->store);
	return ok;
}

int main(int argc, char **argv)
{
	struct setup s = { 0 };
	struct channel_tls_files files = { 0 };
	GError *error = NULL;
	bool ok = true;
	int rounds;

	log_init("damage_test", LOG_LEVEL_WARNING);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 9 || (rounds = atoi(argv[8])) <= 0) {
		printf("usage: damage_test BANK CONFIG CERTIFICATE KEY CA STORE LOG ROUNDS\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	s.process = (struct process_setup){ .bank = argv[1], .config = argv[2], .log = argv[7] };
	files = (struct channel_tls_files){ .certificate = argv[3], .key = argv[4], .ca = argv[5] };
	s.store = argv[6];
	s.kept = g_strdup_printf("%s.kept", s.store);
	s.tls = channel_tls_new(&files, false, &error);
	if (!s.tls) {
		printf("%s\n", error->message);
		return 2;
	}
	s.ledger = ledger_new((uint32_t)getpid(), (uint64_t)time(NULL) + 80000);
	s.others = ledger_new((uint32_t)getpid(), s.ledger->expiry);
	s.others->next_spi = UINT64_C(1) << 40;
	for (int i = 1; ok && i <= rounds; i++)
		ok = flip_round(&s, i);
	for (unsigned i = 0; ok && i < G_N_ELEMENTS(large); i++)
		ok = harm_round(&s, &large[i]);
	printf("%" G_GUINT64_FORMAT
	       " operations acknowledged; of a flipped bit %u lost; %u revived\n",
	       s.ledger->acknowledged, s.lost, s.revived);
	ledger_free(s.ledger);
	ledger_free(s.others);
	channel_tls_unref(s.tls);
	return ok && s.lost == 0 && s.revived == 0 ? 0 : 1;
}
