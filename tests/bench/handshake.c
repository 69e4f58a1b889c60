/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gateway's CPU per full handshake and per resumption, from one run.
 * No sockets and no bank: what is measured is the time of this thread inside the gateway, from a
 * request's octets to the answer's. Both kinds end with an IKE SA, one child SA and a stub.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway.h"
#include "handshake_bank.h"
#include "ike_peer.h"

struct bench {
	struct gateway *gateway;
	struct wheel *wheel;
	struct policy *policy;
	struct handshake_bank bank;
	struct peer_message out;
	uint64_t now_ms;
	double spent_us;
};

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static uint64_t now_ms(void *user)
{
	return ((struct bench *)user)->now_ms;
}

static uint64_t utc(void *user)
{
	return UINT64_C(1795000000) + ((struct bench *)user)->now_ms / 1000;
}

static void keep_answer(void *user, const struct gateway_path *path, struct span message)
{
	struct bench *b = user;

	(void)path;
	memcpy(b->out.octets, message.p, message.n);
	b->out.n = message.n;
}

static void bench_init(struct bench *b)
{
	static const char *const suites[] = { "aes128-sha256-x25519", "aes128-sha256-ecp256",
					      "aes128-sha256-modp2048" };
	struct ike_id client = { ID_FQDN, span_text("client.example") };
	struct gateway_config c;
	struct gateway_ops ops = { .now_ms = now_ms,
				   .utc = utc,
				   .send = keep_answer,
				   .user = b,
				   .rng = rng_system,
				   .bank = handshake_bank_service(&b->bank) };

	memset(b, 0, sizeof(*b));
	b->wheel = ops.wheel = wheel_new(0);
	b->policy = ops.policy = policy_new();
	gateway_config_defaults(&c);
	c.address = (struct address){ 4, { 192, 0, 2, 1 } };
	c.identity = (struct ike_id){ ID_FQDN, span_text("gw.example") };
	for (unsigned i = 0; i < G_N_ELEMENTS(suites); i++)
		if (suite_from_text(suites[i], &c.ike[c.n_ike++]))
			g_error("suite");
	if (suite_esp_from_text("aes128gcm16", &c.esp[c.n_esp++]) ||
	    policy_add_peer(b->policy, "client", &client, span_text("secret"), false) ||
	    policy_add_pool(b->policy, 0x0a000000, 12))
		g_error("policy");
	c.min_commit_interval_s = 0;
	c.max_resumptions = 65000;
	c.seal.n = 1;
	memset(c.seal.keys[0].key, 0x5a, SEAL_KEY_SIZE);
	b->gateway = gateway_new(&c, &ops);
}

static void bench_clear(struct bench *b)
{
	gateway_free(b->gateway);
	wheel_free(b->wheel);
	policy_free(b->policy);
}

/* Hand over a request, and the bank's answer after it; only this is timed. */
static struct span ask(struct bench *b, const struct peer_message *m)
{
	static const struct gateway_path path = { { { 4, { 192, 0, 2, 1 } }, 500 },
						  { { 4, { 198, 51, 100, 7 } }, 500 },
						  false };
	double start = cpu_us();

	b->out.n = 0;
	gateway_turn(b->gateway);
	gateway_receive(b->gateway, &path, peer_span(m));
	(void)handshake_bank_answer(&b->bank);
	b->spent_us += cpu_us() - start;
	if (b->out.n == 0)
		g_error("no answer");
	return peer_span(&b->out);
}

static void finish(struct bench *b, struct peer *p, const struct peer_message *m)
{
	struct peer_response r;

	if (!peer_open(p, ask(b, m), &r) || !chain_find(&r.chain, PAYLOAD_SA) ||
	    !peer_take_index(p, &r))
		g_error("the exchange did not succeed");
	p->sa.window.next++;
}

static double full(struct bench *b, struct peer *p)
{
	struct peer_init how = { 0 };
	struct peer_message m;

	b->spent_us = 0;
	peer_restart(p);
	peer_make_init(p, &how);
	if (peer_read_init(p, ask(b, &p->request)) != PEER_FULL || !peer_derive_full(p))
		g_error("no full answer");
	peer_make_auth(p, true, &m);
	finish(b, p, &m);
	return b->spent_us;
}

static double resumption(struct bench *b, struct peer *p)
{
	struct index old = p->index;
	struct peer_init how = { .syn = &old };
	struct peer_inner in;
	struct peer_message m;

	b->spent_us = 0;
	peer_restart(p);
	peer_make_init(p, &how);
	if (peer_read_init(p, ask(b, &p->request)) != PEER_HIT || !peer_derive_hit(p))
		g_error("not resumed");
	peer_inner_init(&in);
	peer_write_bind(p, &in);
	peer_write_child(p, &in, true);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	finish(b, p, &m);
	return b->spent_us;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct result {
	double median, low, high;
};

static struct result summarise(double *samples, unsigned n)
{
	qsort(samples, n, sizeof(*samples), by_value);
	return (struct result){ samples[n / 2], samples[n / 10], samples[n - 1 - n / 10] };
}

static void print(const char *name, struct result r)
{
	printf("%-28s %9.1f us   (10%% %.1f, 90%% %.1f)   %8.0f a second and core\n", name,
	       r.median, r.low, r.high, 1e6 / r.median);
}

/* Full handshakes and resumptions by turns, so that both see the same caches and the same clock
 * rate. */
static void measure(const char *suite, const char *group, unsigned rounds, bool resumptions_only)
{
	g_autofree double *fulls = g_new0(double, rounds), *resumed = g_new0(double, rounds);
	char name[64];
	struct bench b;
	struct peer p;
	struct result f, r;

	bench_init(&b);
	peer_init(&p, "bench", suite);
	for (unsigned i = 0; i < rounds; i++) {
		fulls[i] = i == 0 || !resumptions_only ? full(&b, &p) : 0;
		resumed[i] = resumption(&b, &p);
	}
	f = summarise(fulls, rounds);
	r = summarise(resumed, rounds);
	peer_clear(&p);
	bench_clear(&b);
	if (resumptions_only)
		return;
	snprintf(name, sizeof(name), "full handshake, %s", group);
	print(name, f);
	print("  resumption of that SA", r);
	printf("  ratio %.1f\n", f.median / r.median);
}

int main(int argc, char **argv)
{
	int rounds = 2000;
	gboolean only = FALSE;
	GOptionEntry entries[] = {
		{ "rounds", 'n', 0, G_OPTION_ARG_INT, &rounds, "Samples of each kind (2000)", "N" },
		{ "resumptions-only", 0, 0, G_OPTION_ARG_NONE, &only,
		  "For a profiler: little else than resumptions, no figures", NULL },
		{ 0 },
	};
	g_autoptr(GOptionContext) context =
	    g_option_context_new("- gateway CPU per handshake and per resumption");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || rounds < 1) {
		fprintf(stderr, "%s\n", error ? error->message : "--rounds: at least 1");
		return 2;
	}
	printf("AES-CBC-128, HMAC-SHA-256, PSK, one child SA, sealed stub; medians of %d; one "
	       "thread, no sockets\n",
	       rounds);
	measure("aes128-sha256-x25519", "x25519", (unsigned)rounds, only);
	if (only)
		return 0;
	measure("aes128-sha256-ecp256", "ecp256", (unsigned)rounds, false);
	measure("aes128-sha256-modp2048", "modp2048", (unsigned)rounds / 4 + 1, false);
	return 0;
}
