/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fill the disk under the bank to so many octets, go on asking it, kill and end it, start it again on the
 * full disk, and make room: what was acknowledged can be got all the time, what is refused is refused as
 * `busy`, the bank never ends by itself, and writes go on once there is room.
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "net/channel_tls.h"
#include "process.h"
#include "tool/log.h"

#define GATEWAYS 2
static const char *const gateways[GATEWAYS] = { "192.0.2.1", "2001:db8::2" };

struct setup {
	struct process_setup process;
	const char *disk;
	struct channel_tls *tls;
	struct ledger *ledger;
	unsigned lost;
};

static uint64_t room(const char *path)
{
	struct statvfs vfs;

	return statvfs(path, &vfs) == 0 ? (uint64_t)vfs.f_bavail * vfs.f_frsize : 0;
}

/* Another user of the disk takes all but `left` octets. */
static bool fill(const struct setup *s, uint64_t left)
{
	char *pad = g_build_filename(s->disk, "pad", NULL);
	int fd = open(pad, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	uint64_t n = room(s->disk);
	off_t at = lseek(fd, 0, SEEK_END);

	if (n > left && fd >= 0)
		(void)!posix_fallocate(fd, at, (off_t)(n - left));
	close(fd);
	g_free(pad);
	return room(s->disk) <= left + 4096;
}

static void make_room(const struct setup *s)
{
	char *pad = g_build_filename(s->disk, "pad", NULL);

	g_unlink(pad);
	g_free(pad);
}

/* All that is promised can be got one by one, and by prefetch. */
static bool verify(struct setup *s, struct client *c, const char *when)
{
	GArray *ask = g_array_new(FALSE, FALSE, sizeof(struct index));
	struct ledger_answer *answers;
	unsigned lost = 0;
	bool ok;

	ledger_questions(s->ledger, ask);
	answers = client_get_all(c, ask);
	ok = answers != NULL;
	if (ok) {
		lost = ledger_judge(s->ledger, answers);
		client_answers_free(answers, ask->len);
	}
	g_array_unref(ask);
	for (unsigned i = 0; ok && i < GATEWAYS; i++) {
		int want = (int)ledger_live(s->ledger, gateways[i]),
		    got = client_prefetch(c, gateways[i]);

		if (got != want)
			printf("  LOST: %s: a prefetch of %s brings %d of %d\n", when, gateways[i],
			       got, want);
		lost += got != want;
	}
	s->lost += lost;
	if (!ok)
		printf("  %s: gets are not answered\n", when);
	return ok;
}

/* Start, see that all is there, and that writes are refused (`full`) or taken. */
static bool restart(struct setup *s, struct process *p, bool full, const char *when)
{
	struct client *c = process_start(&s->process, p) ? client_new(&p->at, s->tls) : NULL;
	unsigned refused = 0;
	bool ok = c && verify(s, c, when);

	if (ok && full)
		ok = client_try(c, s->ledger, 1000000, 2000, &refused) && verify(s, c, when);
	else if (ok)
		ok = client_try(c, s->ledger, 2000, 0, &refused);
	if (c)
		client_free(c);
	return ok && !process_gone(p);
}

/* One level: fill while it runs, kill, start while full, end well, start while full, make room while it
 * runs. */
static bool level(struct setup *s, uint64_t left)
{
	struct process p = { 0 };
	struct client *c;
	uint64_t before = s->ledger->acknowledged, after;
	unsigned refused = 0;
	bool ok = restart(s, &p, false, "with room");

	c = ok ? client_new(&p.at, s->tls) : NULL;
	ok = c && fill(s, left) && client_try(c, s->ledger, 1000000, 5000, &refused);
	after = s->ledger->acknowledged;
	ok = ok && verify(s, c, "full");
	if (c)
		client_free(c);
	ok = ok && !process_gone(&p);
	process_stop(&p, SIGKILL);
	ok = ok && fill(s, 0) && restart(s, &p, true, "started while full");
	ok = ok && process_stop(&p, SIGTERM) && fill(s, 0) && restart(s, &p, true, "again");
	c = ok ? client_new(&p.at, s->tls) : NULL;
	if (c) {
		make_room(s);
		ok = client_try(c, s->ledger, 5000, 0, &refused) && verify(s, c, "with room again");
		client_free(c);
	}
	ok = ok && !process_gone(&p);
	process_stop(&p, ok ? SIGTERM : SIGKILL);
	printf("%" G_GUINT64_FORMAT " MB left: %" G_GUINT64_FORMAT
	       " acknowledged before the disk was full, %" G_GUINT64_FORMAT
	       " in all; %u lost so far%s\n",
	       left >> 20, after - before, s->ledger->acknowledged - before, s->lost,
	       ok ? "" : ", and the test could not go on");
	make_room(s);
	return ok;
}

int main(int argc, char **argv)
{
	static const uint64_t left[] = { 0, 3 << 20, 30 << 20 };
	struct setup s = { 0 };
	struct channel_tls_files files = { 0 };
	GError *error = NULL;
	bool ok = true;

	log_init("fill_test", LOG_LEVEL_WARNING);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 8) {
		printf("usage: fill_test BANK CONFIG CERTIFICATE KEY CA DISK LOG\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	s.process = (struct process_setup){ .bank = argv[1], .config = argv[2], .log = argv[7] };
	files = (struct channel_tls_files){ .certificate = argv[3], .key = argv[4], .ca = argv[5] };
	s.disk = argv[6];
	s.tls = channel_tls_new(&files, false, &error);
	if (!s.tls) {
		printf("%s\n", error->message);
		return 2;
	}
	s.ledger = ledger_new((uint32_t)getpid(), (uint64_t)time(NULL) + 80000);
	for (unsigned i = 0; ok && i < (g_getenv("IKESYNC_QUICK") ? 2 : G_N_ELEMENTS(left)); i++)
		ok = level(&s, left[i]);
	printf("%" G_GUINT64_FORMAT " operations acknowledged, %u lost\n", s.ledger->acknowledged,
	       s.lost);
	ledger_free(s.ledger);
	channel_tls_unref(s.tls);
	return ok && s.lost == 0 ? 0 : 1;
}
