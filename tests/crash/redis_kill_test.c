/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kill the Redis under a bank that is under load, and in every third round the bank, too; start what was killed again, and see
 * whether anything acknowledged is missing, or anything acknowledged as deleted or moved is back.
 *
 * redis_kill_test BANK CONFIG CERTIFICATE KEY CA ROUNDS LOG     (CONFIG without store; engine and redis are added)
 */
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "net/channel_tls.h"
#include "process.h"
#include "redis_server.h"
#include "tool/log.h"

#define PATIENCE_US (60 * G_USEC_PER_SEC)

static struct process_setup setup;
static struct channel_tls *tls;

static bool start_bank(struct process *p, struct client **c)
{
	*c = process_start(&setup, p) ? client_new(&p->at, tls) : NULL;
	return *c != NULL;
}

static unsigned count_busy(const struct ledger_answer *answers, guint n)
{
	unsigned busy = 0;

	for (guint i = 0; i < n; i++)
		busy += answers[i].status == STUB_BUSY;
	return busy;
}

/* Until nothing is `busy`: the bank comes back to its Redis by itself. */
static bool verify(struct client *c, struct ledger *l, unsigned *lost)
{
	GArray *ask = g_array_new(FALSE, FALSE, sizeof(struct index));
	gint64 end = g_get_monotonic_time() + PATIENCE_US;
	struct ledger_answer *answers = NULL;
	unsigned busy;

	ledger_questions(l, ask);
	do {
		if (answers)
			client_answers_free(answers, ask->len);
		answers = client_get_all(c, ask);
		busy = answers ? count_busy(answers, ask->len) : 0;
	} while (busy && g_get_monotonic_time() < end);
	if (busy)
		printf("  %u answers stay busy\n", busy);
	if (answers) {
		*lost = ledger_judge(l, answers);
		client_answers_free(answers, ask->len);
	}
	g_array_unref(ask);
	return answers && !busy;
}

static bool round_of(struct redis_server *redis, struct process *bank, struct client **c,
		     struct ledger *l, bool both, unsigned *lost)
{
	unsigned n = (unsigned)g_rand_int_range(l->dice, 500, 3000);
	bool ok = client_load(*c, l, n, g_rand_int_range(l->dice, 0, 4000));

	redis_server_kill(redis);
	if (!ok)
		return false;
	if (both)
		process_stop(bank, SIGKILL);
	client_unsure(*c);
	ok = both ? client_drain(*c) : client_settle(*c);
	redis_server_start(redis);
	if (both) {
		client_free(*c);
		*c = NULL;
		ok = ok && start_bank(bank, c);
	}
	return ok && verify(*c, l, lost);
}

static int run(struct redis_server *redis, int rounds)
{
	struct ledger *l = ledger_new((uint32_t)getpid(), (uint64_t)time(NULL) + 80000);
	struct process bank = { 0 };
	struct client *c = NULL;
	unsigned losses = 0;
	bool ok = start_bank(&bank, &c);

	for (int round = 1; ok && round <= rounds; round++) {
		uint64_t before = l->acknowledged;
		unsigned lost = 0;
		bool both = round % 3 == 0;

		ok = round_of(redis, &bank, &c, l, both, &lost);
		losses += lost;
		printf("round %d: Redis%s killed after %" G_GUINT64_FORMAT
		       " acknowledgements: %u lost%s\n",
		       round, both ? " and bank" : "", l->acknowledged - before, lost,
		       ok ? "" : ", and the test could not go on");
	}
	printf("%" G_GUINT64_FORMAT " operations acknowledged, %u deleted or moved, %u lost\n",
	       l->acknowledged, l->graves->len, losses);
	if (c)
		client_free(c);
	if (ok && !process_stop(&bank, SIGTERM)) {
		printf("  the bank does not end well\n");
		ok = false;
	} else if (bank.pid > 0) {
		process_stop(&bank, SIGKILL);
	}
	ledger_free(l);
	return ok && !losses ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct channel_tls_files files;
	struct redis_server *redis;
	GError *error = NULL;
	FILE *config;
	int result;

	if (argc != 8)
		return 2;
	log_init("redis_kill_test", LOG_LEVEL_WARNING);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	files = (struct channel_tls_files){ .certificate = argv[3], .key = argv[4], .ca = argv[5] };
	tls = channel_tls_new(&files, false, &error);
	if (!tls) {
		printf("%s\n", error->message);
		return 2;
	}
	redis = redis_server_new(NULL);
	config = fopen(argv[2], "a");
	if (!config)
		return 2;
	fprintf(config, "engine=redis\nredis=%s\n", redis->path);
	fclose(config);
	setup = (struct process_setup){ .bank = argv[1], .config = argv[2], .log = argv[7] };
	result = run(redis, atoi(argv[6]));
	redis_server_free(redis);
	channel_tls_unref(tls);
	return result;
}
