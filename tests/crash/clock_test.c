/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time of day goes two days ahead for eight seconds, under load and beside compactions: nothing expires,
 * nothing is purged. When somebody says that it is right, it counts.
 */
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "net/channel_tls.h"
#include "process.h"
#include "tool/log.h"

#define DAYS 172800
#define AHEAD_US (8 * G_USEC_PER_SEC)

static bool set_ahead(const char *path, int64_t seconds)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && pwrite(fd, &seconds, sizeof(seconds), 0) == sizeof(seconds);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* How many of what is promised are not there. */
static bool verify(struct ledger *l, struct client *c, unsigned *lost)
{
	GArray *ask = g_array_new(FALSE, FALSE, sizeof(struct index));
	struct ledger_answer *answers;

	ledger_questions(l, ask);
	answers = client_get_all(c, ask);
	*lost = 0;
	if (answers) {
		*lost = ledger_judge(l, answers);
		client_answers_free(answers, ask->len);
	}
	g_array_unref(ask);
	return answers != NULL;
}

static bool jump(const struct process_setup *setup, struct channel_tls *tls, struct ledger *l,
		 const char *clock)
{
	struct process p = { 0 };
	struct client *c = process_start(setup, &p) ? client_new(&p.at, tls) : NULL;
	unsigned refused, lost = 0, during = 0, after = 0, believed = 0;
	gint64 end;
	bool ok = c && client_try(c, l, 2000, 0, &refused) && set_ahead(clock, DAYS);

	end = g_get_monotonic_time() + AHEAD_US;
	while (ok && g_get_monotonic_time() < end) {
		ok = client_try(c, l, 500, 0, &refused) && verify(l, c, &lost);
		during += lost;
	}
	ok = ok && set_ahead(clock, 0) && verify(l, c, &after);
	printf("two days ahead for 8 s: %u lost meanwhile, %u after it\n", during, after);
	ok = ok && !during && !after && client_try(c, l, 500, 0, &refused);
	ok = ok && set_ahead(clock, DAYS) && verify(l, c, &lost) && !lost;
	if (ok) {
		kill(p.pid, SIGUSR1);
		/* it is heard between two requests: all of them live for less than two days */
		for (unsigned i = 0; i < 200 && ok && !believed; i++)
			ok = verify(l, c, &believed);
		printf("after SIGUSR1 %u of %u are over\n", believed,
		       ledger_live(l, "192.0.2.1") + ledger_live(l, "2001:db8::2"));
		ok = ok && believed > 0;
	}
	if (c)
		client_free(c);
	ok = ok && !process_gone(&p);
	return process_stop(&p, SIGTERM) && ok;
}

int main(int argc, char **argv)
{
	struct channel_tls_files files;
	struct channel_tls *tls;
	struct ledger *l;
	GError *error = NULL;
	bool ok;

	log_init("clock_test", LOG_LEVEL_WARNING);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 9) {
		printf("usage: clock_test BANK CONFIG CERTIFICATE KEY CA CLOCK LAYER LOG\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	files = (struct channel_tls_files){ .certificate = argv[3], .key = argv[4], .ca = argv[5] };
	tls = channel_tls_new(&files, false, &error);
	if (!tls || !set_ahead(argv[6], 0)) {
		printf("%s\n", error ? error->message : argv[6]);
		return 2;
	}
	l = ledger_new((uint32_t)getpid(), (uint64_t)time(NULL) + 80000);
	{
		const char *environment[] = { "SHIFTCLOCK", argv[6], "LD_PRELOAD", argv[7], NULL };
		const struct process_setup setup = { .bank = argv[1],
						     .config = argv[2],
						     .environment = environment,
						     .log = argv[8] };

		ok = jump(&setup, tls, l, argv[6]);
	}
	ledger_free(l);
	channel_tls_unref(tls);
	return ok ? 0 : 1;
}
