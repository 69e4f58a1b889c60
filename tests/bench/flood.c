/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gateway that runs is like for those who use it while one address floods it with first requests, and returns the cookies.
 *
 *   flood --gateway ADDR:PORT --psk KEY [--id NAME] [--net N] [--live N] [--honest N] [--rate N] [--seconds N]
 *         [--suite SUITE] [--flood-suite SUITE] [--pid PID] [--goodbye]
 *
 * All addresses are 127.N.x.y: the flood's 127.N.2.99, honest clients' 127.N.3.x, live SAs' 127.N.4.x.
 * --goodbye: when the SAs stand, say "up" and wait for the gateway's Deletes instead.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "logins.h"

#define WINDOW 64
#define LIVE_SOCKETS 16
#define HONEST_MAX 200
#define COOKIE_AT IKE_HEADER_SIZE
#define DATAGRAM_MAX 65536

static struct {
	char *gateway, *suite, *flood_suite, *psk, *id;
	gint net, live, honest, rate, seconds, pid;
	gboolean goodbye;
} o = { .net = 0, .live = 1000, .honest = 100, .rate = 24000, .seconds = 10 };

struct flood_counts {
	uint64_t sent, cookies, returned, answered;
};

struct run {
	struct logins_config config;
	struct standing *live;
	unsigned n_live;
	GHashTable *by_spi; /* SPIi -> struct standing */
	int fds[LIVE_SOCKETS];
	struct login *honest[HONEST_MAX];
	unsigned n_honest, n_done;
	GArray *logins, *answers; /* double: milliseconds */
	uint64_t asked, dropped;
};

static uint64_t now_us(void)
{
	return (uint64_t)g_get_monotonic_time();
}

static uint64_t spi_of(struct span s)
{
	struct rcursor c = rcursor_init(s, NULL);

	return rcursor_u64(&c, "SPIi");
}

/* ---- the flood, a process of its own ---- */

static void return_cookie(int fd, const struct peer_message *request, struct span answer,
			  struct flood_counts *n)
{
	uint8_t m[PEER_BUFFER];
	struct wcursor c = wcursor_init(m, sizeof(m));
	struct ike_header h;
	struct chain chain;
	struct ike_notify notify;
	struct chain_writer w;
	struct fault fault;

	if (chain_parse_message(answer, &h, &chain, &fault))
		return;
	if (!ike_notify_find(&chain, NOTIFY_COOKIE, &notify)) {
		n->answered++;
		return;
	}
	n->cookies++;
	h.flags = IKE_FLAG_INITIATOR;
	chain_writer_message(&w, &c, &h);
	ike_notify_write_simple(&w, NOTIFY_COOKIE, notify.data);
	m[COOKIE_AT] = request->octets[16]; /* what was first comes next */
	wcursor_bytes(&c, span_of(&request->octets[IKE_HEADER_SIZE], request->n - IKE_HEADER_SIZE));
	if (chain_writer_finish(&w) == ERR_OK && send(fd, m, wcursor_size(&c), 0) > 0)
		n->returned++;
}

static void flood(const struct logins_config *config, int out)
{
	struct address source = logins_address((unsigned)o.net, 2, 99);
	int fd = logins_socket(config, &source);
	struct flood_counts n = { 0 };
	struct peer_init how = { 0 };
	struct peer p;
	uint64_t begin = now_us(), end = begin + (uint64_t)o.seconds * 1000000;
	uint8_t buf[4096];

	peer_init(&p, "flood", o.flood_suite);
	p.rng = rng_system;
	peer_restart(&p);
	peer_make_init(&p, &how);
	for (uint64_t now = begin; now < end; now = now_us()) {
		uint64_t due = (now - begin) * (uint64_t)o.rate / 1000000;
		ssize_t got;

		for (unsigned i = 0; n.sent < due && i < 64; i++, n.sent++) {
			rng_fill(&p.rng, p.request.octets, 8); /* SPIi */
			(void)!send(fd, p.request.octets, p.request.n, 0);
		}
		while ((got = recv(fd, buf, sizeof(buf), 0)) > 0)
			return_cookie(fd, &p.request, span_of(buf, (size_t)got), &n);
		g_usleep(200);
	}
	(void)!write(out, &n, sizeof(n));
	_exit(EXIT_SUCCESS);
}

/* ---- those who use the gateway ---- */

static struct login *login_new(const struct run *r)
{
	struct login *l = g_new0(struct login, 1);

	login_init(l, &r->config);
	return l;
}

static void for_each_datagram(int fd, struct run *r, struct login **logins, unsigned n,
			      void (*done)(struct run *r, struct login **at))
{
	static uint8_t buf[DATAGRAM_MAX];
	ssize_t got;

	while ((got = recv(fd, buf, sizeof(buf), 0)) > 0) {
		struct span s = span_of(buf, (size_t)got);
		uint64_t spi = spi_of(s);
		struct standing *st = g_hash_table_lookup(r->by_spi, &spi);
		uint64_t asked = st ? st->asked_us : 0;

		if (st) {
			enum standing_news news = standing_receive(st, s);
			double ms = (double)(now_us() - asked) / 1000;

			if (news == STANDING_ALIVE)
				g_array_append_val(r->answers, ms);
			r->dropped += news == STANDING_DELETED;
			continue;
		}
		for (unsigned i = 0; i < n; i++)
			if (logins[i] && logins[i]->peer.sa.spi_i == spi &&
			    login_receive(logins[i], s)) {
				done(r, &logins[i]);
				break;
			}
	}
}

static void stands(struct run *r, struct login **at)
{
	struct standing *s = &r->live[r->n_live++];

	standing_take(s, *at);
	g_hash_table_insert(r->by_spi, &s->sa.spi_i, s);
}

static void establish(struct run *r)
{
	struct login *logins[WINDOW];
	unsigned begun = 0, n = (unsigned)o.live;

	for (unsigned i = 0; i < WINDOW; i++)
		logins[i] = login_new(r);
	while (r->n_live < n) {
		struct pollfd p[LIVE_SOCKETS];

		for (unsigned i = 0; i < WINDOW; i++) {
			if (logins[i]->state == LOGIN_IDLE && begun < n)
				login_begin(logins[i], r->fds[begun++ % LIVE_SOCKETS]);
			login_tick(logins[i]);
		}
		for (unsigned i = 0; i < LIVE_SOCKETS; i++)
			p[i] = (struct pollfd){ .fd = r->fds[i], .events = POLLIN };
		(void)!poll(p, LIVE_SOCKETS, 50);
		for (unsigned i = 0; i < LIVE_SOCKETS; i++)
			for_each_datagram(r->fds[i], r, logins, WINDOW, stands);
	}
	for (unsigned i = 0; i < WINDOW; i++) {
		login_clear(logins[i]);
		g_free(logins[i]);
	}
}

static void honest_done(struct run *r, struct login **at)
{
	double ms = (double)(now_us() - (*at)->begun_us) / 1000;

	g_array_append_val(r->logins, ms);
	r->n_done++;
	close((*at)->fd);
	login_clear(*at);
	g_clear_pointer(at, g_free);
}

/* Each client comes from an address of its own, evenly over the time. */
static void begin_honest(struct run *r, uint64_t since)
{
	uint64_t each = (uint64_t)o.seconds * 1000000 / (uint64_t)(o.honest + 1);

	while (r->n_honest < (unsigned)o.honest && now_us() - since >= r->n_honest * each) {
		struct address source = logins_address((unsigned)o.net, 3, 1 + r->n_honest % 250);
		struct login *l = login_new(r);

		login_begin(l, logins_socket(&r->config, &source));
		r->honest[r->n_honest++] = l;
	}
}

/* Answers that are late are answers; what is lost is not waited for, a second after its question. */
static bool is_waiting(const struct run *r)
{
	for (unsigned i = 0; i < r->n_live; i++)
		if (r->live[i].asked_us && now_us() - r->live[i].asked_us < 1000000)
			return true;
	return r->n_done < r->n_honest;
}

static void use(struct run *r)
{
	struct rng rng = rng_system;
	uint64_t since = now_us(), end = since + (uint64_t)o.seconds * 1000000, next = since;
	/* those who came last have some time, too */
	uint64_t patience = end + 10000000;

	while (now_us() < end || (is_waiting(r) && now_us() < patience)) {
		begin_honest(r, since);
		if (r->n_live && now_us() >= next && now_us() < end) {
			struct standing *s = &r->live[(unsigned)rng_spi(&rng) % r->n_live];

			next += 2000;
			if (!s->asked_us) {
				standing_ask(s, &rng);
				r->asked++;
			}
		}
		for (unsigned i = 0; i < LIVE_SOCKETS; i++)
			for_each_datagram(r->fds[i], r, NULL, 0, stands);
		for (unsigned i = 0; i < r->n_honest; i++)
			if (r->honest[i]) {
				login_tick(r->honest[i]);
				for_each_datagram(r->honest[i]->fd, r, &r->honest[i], 1,
						  honest_done);
			}
		g_usleep(200);
	}
}

/* ---- figures ---- */

static int by_value(gconstpointer a, gconstpointer b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *what, GArray *a, uint64_t of)
{
	const double *v;

	g_array_sort(a, by_value);
	v = (const double *)(void *)a->data;
	printf("%-24s %u of %" G_GUINT64_FORMAT, what, a->len, of);
	if (a->len)
		printf("   median %.1f ms, p95 %.1f, max %.1f", v[a->len / 2], v[a->len * 95 / 100],
		       v[a->len - 1]);
	printf("\n");
}

static void print_memory(void)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", o.pid);
	g_autofree char *text = NULL;
	const char *line;

	if (o.pid && g_file_get_contents(path, &text, NULL, NULL) &&
	    (line = strstr(text, "VmRSS:")))
		printf("%-24s %d MiB\n", "gateway's memory", atoi(line + 6) / 1024);
}

/* Seconds of CPU that the gateway has used; 0: nobody knows. */
static double gateway_cpu(void)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", o.pid);
	g_autofree char *text = NULL;
	const char *rest;
	g_auto(GStrv) words = NULL;

	if (!o.pid || !g_file_get_contents(path, &text, NULL, NULL) || !(rest = strrchr(text, ')')))
		return 0;
	words = g_strsplit(rest, " ", 16); /* ") S ppid ..." */
	return (double)(g_ascii_strtoull(words[12], NULL, 10) +
			g_ascii_strtoull(words[13], NULL, 10)) /
	       (double)sysconf(_SC_CLK_TCK);
}

static void measure(struct run *r)
{
	double cpu = gateway_cpu();
	struct flood_counts n = { 0 };
	int out[2];
	pid_t child = -1;

	if (pipe(out) != 0)
		exit(EXIT_FAILURE);
	if (o.rate && (child = fork()) == 0)
		flood(&r->config, out[1]);
	use(r);
	if (child > 0) {
		(void)!read(out[0], &n, sizeof(n));
		(void)waitpid(child, NULL, 0);
		printf("%-24s %" G_GUINT64_FORMAT " requests in %d s, %" G_GUINT64_FORMAT
		       " cookies, %" G_GUINT64_FORMAT " returned, %" G_GUINT64_FORMAT
		       " answered, %s\n",
		       "flood from one address", n.sent, o.seconds, n.cookies, n.returned,
		       n.answered, o.flood_suite);
	}
	print("honest logins", r->logins, r->n_honest);
	print("live SAs answered", r->answers, r->asked);
	print_memory();
	printf("%-24s %.1f s in %d s\n", "gateway's CPU", gateway_cpu() - cpu, o.seconds);
}

static void wait_for_goodbye(struct run *r)
{
	uint64_t first = 0, last = now_us();

	printf("up\n");
	fflush(stdout);
	while (r->dropped < r->n_live && now_us() - last < 20000000) {
		uint64_t before = r->dropped;

		for (unsigned i = 0; i < LIVE_SOCKETS; i++)
			for_each_datagram(r->fds[i], r, NULL, 0, stands);
		if (r->dropped > before) {
			last = now_us();
			first = first ? first : last;
		}
		g_usleep(100);
	}
	printf("%-24s %" G_GUINT64_FORMAT " of %u, within %.0f ms\n", "told goodbye", r->dropped,
	       r->n_live, (double)(last - first) / 1000);
}

static bool read_options(int argc, char **argv, struct run *r)
{
	const GOptionEntry entries[] = {
		{ "gateway", 0, 0, G_OPTION_ARG_STRING, &o.gateway, "", "ADDR:PORT" },
		{ "psk", 0, 0, G_OPTION_ARG_STRING, &o.psk, "", "KEY" },
		{ "id", 0, 0, G_OPTION_ARG_STRING, &o.id, "", "NAME" },
		{ "net", 0, 0, G_OPTION_ARG_INT, &o.net, "", "N" },
		{ "live", 0, 0, G_OPTION_ARG_INT, &o.live, "", "N" },
		{ "honest", 0, 0, G_OPTION_ARG_INT, &o.honest, "", "N" },
		{ "rate", 0, 0, G_OPTION_ARG_INT, &o.rate, "", "N" },
		{ "seconds", 0, 0, G_OPTION_ARG_INT, &o.seconds, "", "N" },
		{ "suite", 0, 0, G_OPTION_ARG_STRING, &o.suite, "", "SUITE" },
		{ "flood-suite", 0, 0, G_OPTION_ARG_STRING, &o.flood_suite, "", "SUITE" },
		{ "pid", 0, 0, G_OPTION_ARG_INT, &o.pid, "", "PID" },
		{ "goodbye", 0, 0, G_OPTION_ARG_NONE, &o.goodbye, "", NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, NULL) || !o.gateway || !o.psk ||
	    o.live < 0 || o.honest < 0 || o.honest > HONEST_MAX || o.seconds < 1 || o.rate < 0 ||
	    endpoint_from_text(o.gateway, 500, &r->config.gateway) != ERR_OK)
		return false;
	o.suite = o.suite ? o.suite : g_strdup("aes128-sha256-x25519");
	o.flood_suite = o.flood_suite ? o.flood_suite : g_strdup("aes128-sha256-x25519");
	r->config.suite = o.suite;
	r->config.id = o.id ? o.id : "client.lab";
	r->config.psk = o.psk;
	return true;
}

int main(int argc, char **argv)
{
	struct run r = { .by_spi = g_hash_table_new(g_int64_hash, g_int64_equal) };

	if (!read_options(argc, argv, &r)) {
		fprintf(stderr, "usage: flood --gateway ADDR:PORT --psk KEY [...]; see flood.c\n");
		return 2;
	}
	r.live = g_new0(struct standing, (gsize)o.live + 1);
	r.logins = g_array_new(FALSE, FALSE, sizeof(double));
	r.answers = g_array_new(FALSE, FALSE, sizeof(double));
	for (unsigned i = 0; i < LIVE_SOCKETS; i++) {
		struct address source = logins_address((unsigned)o.net, 4, i + 1);

		r.fds[i] = logins_socket(&r.config, &source);
	}
	establish(&r);
	if (o.goodbye)
		wait_for_goodbye(&r);
	else
		measure(&r);
	g_hash_table_unref(r.by_spi);
	g_array_unref(r.logins);
	g_array_unref(r.answers);
	g_free(r.live);
	return r.n_done == r.n_honest ? EXIT_SUCCESS : EXIT_FAILURE;
}
