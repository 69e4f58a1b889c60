/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wire profile rule 7 against a small gateway of the test's own, in a thread: forged answers come
 * first, the right one last. It derives and seals by hand what it must, so that the client is held
 * against the draft and not against itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <unistd.h>

#include "run/evidence.h"
#include "client/resume.h"
#include "keys/auth.h"

#define SPI_RIGHT 0x0a0b0c0d0e0f1011u
#define DEADLINE_MS 10000

enum script {
	FORGED_HITS,    /* three forged HDR, Nr before the right one */
	FORGED_FLOOD,   /* more than the client keeps; the right one is among the first eight */
	FORGED_ERROR,   /* an error notify before the right answer */
	FORGED_REPLIES, /* message ID 1 answered by junk and in clear before the right answer */
	REFUSED,        /* N(IKESYNC_NOT_COMMITTED) */
	WRONG_BIND,     /* the answer's BIND is wrong */
};

struct gateway {
	int fd;
	enum script script;
	uint8_t sk_d[32];
	struct suite suite;
	uint8_t request[2048], right[256];
	size_t request_n, right_n;
	uint8_t ni[256], nr[32];
	size_t ni_n;
	uint64_t spi_i;
	struct ike_keys keys;
	gint answered;      /* atomic: read and written by both threads */
	unsigned strangers; /* messages ID 1 for forged SPIs */
};

static struct target target;
static struct probe probe;
static struct evidence *evidence;
static const struct probe_case nobody = {
	.id = "T00", .title = "test", .source = "", .required = "", .causes = ""
};

static void reply(const struct gateway *g, const struct sockaddr_in *to, const uint8_t *m, size_t n)
{
	if (sendto(g->fd, m, n, 0, (const struct sockaddr *)to, sizeof(*to)) != (ssize_t)n)
		abort();
}

/* HDR, Nr with this SPIr and a nonce of one repeated octet; returns its size. */
static size_t hit(const struct gateway *g, uint64_t spi_r, uint8_t nonce, uint8_t *message,
		  size_t cap)
{
	const struct ike_header h = { .spi_i = g->spi_i,
				      .spi_r = spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = EXCHANGE_IKE_SA_INIT,
				      .flags = IKE_FLAG_RESPONSE };
	struct wcursor c = wcursor_init(message, cap);
	struct chain_writer w;
	uint8_t nr[32];

	memset(nr, nonce, sizeof(nr));
	chain_writer_message(&w, &c, &h);
	ike_nonce_write(&w, SPAN_OF(nr));
	if (chain_writer_finish(&w) != ERR_OK)
		abort();
	return wcursor_size(&c);
}

static void send_forged_error(const struct gateway *g, const struct sockaddr_in *to,
			      uint8_t exchange, uint64_t spi_r, uint32_t id, uint16_t type)
{
	const struct ike_header h = { .spi_i = g->spi_i,
				      .spi_r = spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = exchange,
				      .flags = IKE_FLAG_RESPONSE,
				      .message_id = id };
	uint8_t message[128];
	struct wcursor c = wcursor_init(message, sizeof(message));
	struct chain_writer w;

	chain_writer_message(&w, &c, &h);
	ike_notify_write_simple(&w, type, SPAN_NONE);
	if (chain_writer_finish(&w) != ERR_OK)
		abort();
	reply(g, to, message, wcursor_size(&c));
}

static void answer_syn(struct gateway *g, const struct sockaddr_in *to, const struct chain *chain,
		       struct span message)
{
	const struct chain_payload *ni = chain_find(chain, PAYLOAD_NONCE);
	const unsigned forged = g->script == FORGED_HITS ? 3 : g->script == FORGED_FLOOD ? 12 : 0;
	struct ike_seed seed;
	uint8_t m[256];

	if (g->request_n) /* a retransmission */
		return;
	memcpy(g->request, message.p, message.n);
	g->request_n = message.n;
	memcpy(g->ni, ni->body.p, ni->body.n);
	g->ni_n = ni->body.n;
	memset(g->nr, 0x77, sizeof(g->nr));
	seed = (struct ike_seed){ .ni = span_of(g->ni, g->ni_n),
				  .nr = SPAN_OF(g->nr),
				  .spi_i = g->spi_i,
				  .spi_r = SPI_RIGHT };
	if (ike_keys_resume(&g->keys, &g->suite, &seed, SPAN_OF(g->sk_d)) != ERR_OK)
		abort();
	g->right_n = hit(g, SPI_RIGHT, 0x77, g->right, sizeof(g->right));
	if (g->script == FORGED_ERROR)
		send_forged_error(g, to, EXCHANGE_IKE_SA_INIT, 0, 0, NOTIFY_NO_PROPOSAL_CHOSEN);
	for (unsigned i = 0; i < forged; i++) {
		if (g->script == FORGED_FLOOD && i == 6)
			reply(g, to, g->right, g->right_n);
		/* the second has the right SPIr and another nonce */
		reply(g, to, m,
		      hit(g, i == 1 ? SPI_RIGHT : 0x1000 + i, (uint8_t)(i + 1), m, sizeof(m)));
	}
	if (g->script != FORGED_FLOOD)
		reply(g, to, g->right, g->right_n);
}

static void answer_confirmation(struct gateway *g, const struct sockaddr_in *to,
				const struct chain *chain, const struct ike_header *asked,
				struct span message)
{
	const struct ike_header h = { .spi_i = g->spi_i,
				      .spi_r = SPI_RIGHT,
				      .version = IKE_VERSION_2,
				      .exchange = asked->exchange,
				      .flags = IKE_FLAG_RESPONSE,
				      .message_id = 1 };
	uint8_t plain[512], inner[256], out[512], mac[64], junk[96];
	struct wcursor ic = wcursor_init(inner, sizeof(inner)), c = wcursor_init(out, sizeof(out));
	struct wcursor jc = wcursor_init(junk, sizeof(junk));
	struct chain_writer iw, w;
	struct sk_iv iv = { 0 };
	size_t n;

	if (asked->spi_r != SPI_RIGHT || sk_open(message, chain_find(chain, PAYLOAD_SK), &g->keys,
						 SK_FROM_INITIATOR, plain, &n) != ERR_OK) {
		g->strangers++;
		return;
	}
	if (g->script == FORGED_REPLIES) {
		send_forged_error(g, to, asked->exchange, SPI_RIGHT, 1, NOTIFY_INVALID_IKE_SPI);
		chain_writer_message(&w, &jc, &h);
		chain_writer_begin(&w, PAYLOAD_SK, 0);
		memset(wcursor_reserve(&jc, 48), 0x5a, 48);
		chain_writer_end(&w);
		if (chain_writer_finish(&w) != ERR_OK)
			abort();
		reply(g, to, junk, wcursor_size(&jc));
	}
	/* rule 12, by hand */
	if (prf(g->suite.prf, secret_peek(&g->keys.sk_pr),
		(struct span[]){ span_text("ikesync bind"), span_of(g->request, g->request_n),
				 span_of(g->right, g->right_n) },
		3, mac) != ERR_OK)
		abort();
	if (g->script == WRONG_BIND)
		mac[0] ^= 1;
	wcursor_u8(&ic, 0);
	chain_writer_init(&iw, &ic, 0);
	if (g->script == REFUSED)
		ike_notify_write_simple(&iw, NOTIFY_IKESYNC_NOT_COMMITTED, SPAN_NONE);
	ike_notify_write_simple(&iw, NOTIFY_IKESYNC_BIND, span_of(mac, 32));
	chain_writer_message(&w, &c, &h);
	if (sk_seal(&w, &g->keys, SK_FROM_RESPONDER, &iv, &rng_system, inner[0],
		    span_of(&inner[1], wcursor_size(&ic) - 1)) != ERR_OK)
		abort();
	reply(g, to, out, wcursor_size(&c));
	g_atomic_int_set(&g->answered, 1);
}

static gpointer serve(gpointer user)
{
	const gint64 end = g_get_monotonic_time() + DEADLINE_MS * 1000;
	struct gateway *g = user;

	while (!g_atomic_int_get(&g->answered) && g_get_monotonic_time() < end) {
		struct pollfd p = { .fd = g->fd, .events = POLLIN };
		struct sockaddr_in from;
		socklen_t from_n = sizeof(from);
		uint8_t message[2048];
		struct ike_header h;
		struct fault fault;
		struct chain chain;
		ssize_t n;

		if (poll(&p, 1, 100) != 1)
			continue;
		n = recvfrom(g->fd, message, sizeof(message), 0, (struct sockaddr *)&from, &from_n);
		if (n < 0 ||
		    chain_parse_message(span_of(message, (size_t)n), &h, &chain, &fault) != ERR_OK)
			continue;
		g->spi_i = h.spi_i;
		if (h.exchange == EXCHANGE_IKE_SA_INIT)
			answer_syn(g, &from, &chain, span_of(message, (size_t)n));
		else if (h.message_id == 1)
			answer_confirmation(g, &from, &chain, &h, span_of(message, (size_t)n));
	}
	return NULL;
}

static enum resume_outcome play(enum script script, struct gateway *g, struct resume_result *r,
				uint64_t *spi_r)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t sin_n = sizeof(sin);
	struct old_sa old = { .spi_i = 1, .spi_r = 2 };
	enum resume_outcome outcome;
	struct client *c;
	GThread *thread;

	*g = (struct gateway){ .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
			       .script = script };
	assert_int_equal(bind(g->fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(g->fd, (struct sockaddr *)&sin, &sin_n), 0);
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &g->suite), ERR_OK);
	memset(g->sk_d, 0x3c, sizeof(g->sk_d));
	target.gateway.ike = (struct endpoint){ { 4, { 127, 0, 0, 1 } }, ntohs(sin.sin_port) };
	old.suite = g->suite;
	old.index = (struct index){ 2, { 4, { 192, 0, 2, 9 } } };
	assert_int_equal(secret_set(&old.sk_d, SPAN_OF(g->sk_d)), ERR_OK);
	c = client_new(&probe, evidence, &target.gateway, NULL);
	assert_non_null(c);
	thread = g_thread_new("gateway", serve, g);
	outcome = resume_whole(c, &old, NULL, r);
	g_atomic_int_set(&g->answered, 1);
	g_thread_join(thread);
	*spi_r = c->sa.spi_r;
	client_vanish(c);
	ike_keys_clear(&g->keys);
	close(g->fd);
	return outcome;
}

static void the_answer_that_verifies_wins(void **state)
{
	struct resume_result r;
	struct gateway g;
	uint64_t spi_r;

	(void)state;
	assert_int_equal(play(FORGED_HITS, &g, &r, &spi_r), RESUME_COMMITTED);
	assert_true(spi_r == SPI_RIGHT);
	assert_int_equal(r.candidates, 4);
	assert_int_equal(r.bind, IKE_BIND_RIGHT);
	/* the client did go on with the forged ones */
	assert_true(g.strangers >= 3);
	resume_result_clear(&r);
}

static void no_more_than_eight_are_kept(void **state)
{
	struct resume_result r;
	struct gateway g;
	uint64_t spi_r;

	(void)state;
	assert_int_equal(play(FORGED_FLOOD, &g, &r, &spi_r), RESUME_COMMITTED);
	assert_true(spi_r == SPI_RIGHT);
	assert_true(r.candidates <= 8);
	resume_result_clear(&r);
}

static void a_forged_error_does_not_end_the_attempt(void **state)
{
	struct resume_result r;
	struct gateway g;
	uint64_t spi_r;

	(void)state;
	assert_int_equal(play(FORGED_ERROR, &g, &r, &spi_r), RESUME_COMMITTED);
	resume_result_clear(&r);
}

static void forged_replies_to_message_id_1_prove_nothing(void **state)
{
	struct resume_result r;
	struct gateway g;
	uint64_t spi_r;

	(void)state;
	assert_int_equal(play(FORGED_REPLIES, &g, &r, &spi_r), RESUME_COMMITTED);
	resume_result_clear(&r);
}

static void a_refusal_is_understood(void **state)
{
	struct resume_result r;
	struct gateway g;
	uint64_t spi_r;

	(void)state;
	assert_int_equal(play(REFUSED, &g, &r, &spi_r), RESUME_NOT_COMMITTED);
	assert_int_equal(r.error, 12500);
	assert_int_equal(r.bind, IKE_BIND_RIGHT);
	resume_result_clear(&r);
}

static void a_wrong_bind_is_seen(void **state)
{
	struct resume_result r;
	struct gateway g;
	uint64_t spi_r;

	(void)state;
	play(WRONG_BIND, &g, &r, &spi_r);
	assert_int_equal(r.bind, IKE_BIND_WRONG);
	resume_result_clear(&r);
}

static int setup(void **state)
{
	(void)state;
	target.syn_payload_type = 200;
	target.timers = (struct target_timers){
		.provisional = 3000, .commit = 2000, .retransmit = 500, .answer = 5000
	};
	target.gateway.given = true;
	probe.target = &target;
	evidence = evidence_new(&nobody, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	evidence_free(evidence);
	if (probe.ike_free)
		probe.ike_free(probe.ike);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_that_verifies_wins),
		cmocka_unit_test(no_more_than_eight_are_kept),
		cmocka_unit_test(a_forged_error_does_not_end_the_attempt),
		cmocka_unit_test(forged_replies_to_message_id_1_prove_nothing),
		cmocka_unit_test(a_refusal_is_understood),
		cmocka_unit_test(a_wrong_bind_is_seen),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
