/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference client's state machine: what it sends, when it gives up, and that no message hurts it. */
#include "cmocka_all.h"

#include <string.h>

#include "roamer/roamer.h"
#include "wire/ike_payloads.h"
#include "wire/ike_syn.h"

#define SENT_MAX 64

struct world {
	struct roamer_config config;
	struct roamer *roamer;
	struct rng_fixed random;
	struct rng rng;
	unsigned n_sent, n_events;
	struct {
		unsigned gateway;
		size_t n;
		uint8_t octets[2048];
	} sent[SENT_MAX];
	struct roamer_event events[SENT_MAX];
	uint64_t armed;
};

static void do_send(void *user, unsigned gateway, bool nat, struct span m)
{
	struct world *w = user;

	(void)nat;
	if (w->n_sent == SENT_MAX || m.n > sizeof(w->sent[0].octets))
		return;
	w->sent[w->n_sent].gateway = gateway;
	w->sent[w->n_sent].n = m.n;
	memcpy(w->sent[w->n_sent++].octets, m.p, m.n);
}

static void do_arm(void *user, uint64_t ms)
{
	((struct world *)user)->armed = ms;
}

static void do_local(void *user, unsigned gateway, struct endpoint *out)
{
	(void)user;
	(void)gateway;
	*out = (struct endpoint){ { 4, { 198, 51, 100, 7 } }, 500 };
}

static void do_event(void *user, const struct roamer_event *e)
{
	struct world *w = user;

	if (w->n_events < SENT_MAX)
		w->events[w->n_events++] = *e;
}

static void begin(struct world *w)
{
	const struct roamer_ops ops = { do_send, do_arm, do_local, do_event, NULL, w };

	memset(w, 0, sizeof(*w));
	w->config.n_gateways = 2;
	for (unsigned i = 0; i < 2; i++) {
		w->config.gateways[i].ike =
		    (struct endpoint){ { 4, { 192, 0, 2, (uint8_t)(i + 1) } }, 500 };
		w->config.gateways[i].nat_port = 4500;
	}
	w->config.n_suites = 2;
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &w->config.suites[0]), ERR_OK);
	assert_int_equal(suite_from_text("aes256-sha384-ecp256", &w->config.suites[1]), ERR_OK);
	w->config.id = (struct ike_id){ ID_FQDN, span_text("client.example") };
	w->config.psk = span_text("secret");
	w->config.syn_type = 200;
	w->config.retransmit_ms = 100;
	w->config.attempts = 3;
	w->rng = rng_fixed(&w->random, "roamer");
	w->roamer = roamer_new(&w->config, &ops, &w->rng);
	assert_non_null(w->roamer);
}

static struct span sent(const struct world *w, unsigned i)
{
	assert_true(i < w->n_sent);
	return span_of(w->sent[i].octets, w->sent[i].n);
}

static void repeats_then_goes_on(void **state)
{
	static const uint64_t times[] = { 100, 200, 400 };
	struct world w;

	(void)state;
	begin(&w);
	roamer_login(w.roamer);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(w.n_sent, i + 1);
		assert_int_equal(w.sent[i].gateway, 0);
		assert_true(span_equal(sent(&w, i), sent(&w, 0)));
		assert_int_equal(w.armed, times[i]);
		roamer_time_out(w.roamer);
	}
	/* the next gateway, with other numbers */
	assert_int_equal(w.n_sent, 4);
	assert_int_equal(w.sent[3].gateway, 1);
	assert_false(span_equal(span_of(sent(&w, 3).p, 8), span_of(sent(&w, 0).p, 8)));
	for (unsigned i = 0; i < 3; i++)
		roamer_time_out(w.roamer);
	assert_int_equal(roamer_state(w.roamer), ROAMER_FAILED);
	assert_int_equal(w.armed, 0);
	assert_int_equal(w.events[w.n_events - 1].kind, ROAMER_GAVE_UP);
	roamer_free(w.roamer);
}

static struct span answer(const struct world *w, uint16_t type, struct span data, uint8_t *buf,
			  size_t cap)
{
	struct wcursor c = wcursor_init(buf, cap);
	struct ike_header h, r;
	struct fault fault;
	struct chain_writer cw;

	assert_int_equal(ike_header_parse(sent(w, w->n_sent - 1), &h, &fault), ERR_OK);
	r = ike_header_response(h.spi_i, 0, EXCHANGE_IKE_SA_INIT, 0);
	chain_writer_message(&cw, &c, &r);
	ike_notify_write_simple(&cw, type, data);
	assert_int_equal(chain_writer_finish(&cw), ERR_OK);
	return wcursor_written(&c, 0);
}

static struct span nonce_of(struct span message, struct chain *chain)
{
	struct ike_header h;
	struct fault fault;

	assert_int_equal(chain_parse_message(message, &h, chain, &fault), ERR_OK);
	return chain_find(chain, PAYLOAD_NONCE)->body;
}

/* COOKIE, INVALID_KE_PAYLOAD and an error, each from the right gateway and from the wrong one. */
static void obeys_in_asking(void **state)
{
	static const uint8_t cookie[] = { 1, 2, 3 }, group[] = { 0, 19 };
	struct chain a, b;
	uint8_t buf[256];
	struct world w;

	(void)state;
	begin(&w);
	roamer_login(w.roamer);
	roamer_receive(w.roamer, 1, answer(&w, NOTIFY_COOKIE, SPAN_OF(cookie), buf, sizeof(buf)));
	assert_int_equal(w.n_sent, 1);
	roamer_receive(w.roamer, 0,
		       answer(&w, NOTIFY_NO_PROPOSAL_CHOSEN, SPAN_NONE, buf, sizeof(buf)));
	assert_int_equal(w.n_sent, 1);
	assert_int_equal(roamer_state(w.roamer), ROAMER_ASKING);
	roamer_receive(w.roamer, 0, answer(&w, NOTIFY_COOKIE, SPAN_OF(cookie), buf, sizeof(buf)));
	assert_int_equal(w.n_sent, 2);
	assert_true(span_equal(nonce_of(sent(&w, 0), &a), nonce_of(sent(&w, 1), &b)));
	assert_memory_equal(w.sent[0].octets, w.sent[1].octets, 8);
	assert_int_equal(b.at[0].type, PAYLOAD_NOTIFY);
	roamer_receive(w.roamer, 0,
		       answer(&w, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(group), buf, sizeof(buf)));
	assert_int_equal(w.n_sent, 3);
	assert_true(span_equal(nonce_of(sent(&w, 0), &a), nonce_of(sent(&w, 2), &b)));
	/* no more than four times: a forger must not keep it busy for ever */
	for (unsigned i = 0; i < 10; i++)
		roamer_receive(w.roamer, 0,
			       answer(&w, NOTIFY_COOKIE, SPAN_OF(cookie), buf, sizeof(buf)));
	assert_int_equal(w.n_sent, 5);
	/* the error is told when the time is over */
	for (unsigned i = 0; i < 3; i++)
		roamer_time_out(w.roamer);
	assert_int_equal(w.events[w.n_events - 2].kind, ROAMER_UNANSWERED);
	assert_int_equal(w.events[w.n_events - 2].notify, NOTIFY_NO_PROPOSAL_CHOSEN);
	roamer_free(w.roamer);
}

/* What a hostile network may send, in every state that can be reached without keys. */
static void takes_anything(void **state)
{
	struct rng_fixed seed;
	const struct rng rng = rng_fixed(&seed, "anything");
	static const uint8_t data[70];
	uint8_t buf[512];
	struct world w;

	(void)state;
	begin(&w);
	roamer_login(w.roamer);
	for (unsigned i = 0; i < 20000; i++) {
		struct span m = answer(&w, NOTIFY_COOKIE, span_of(data, i % 70), buf, sizeof(buf));
		uint8_t octets[512], dice[4];
		size_t n = m.n;

		memcpy(octets, m.p, n);
		rng_fill(&rng, dice, sizeof(dice));
		if (i % 3 == 0) {
			/* a nonce alone */
			octets[16] = PAYLOAD_NONCE;
			octets[28] = 0;
		}
		octets[8] = dice[3];
		octets[dice[0] % n] = dice[1];
		if (dice[2] < 32)
			n = dice[2] % n;
		w.n_events = 0;
		w.n_sent = 1;
		roamer_receive(w.roamer, i & 1, span_of(octets, n));
		if (dice[2] > 250)
			roamer_time_out(w.roamer);
		if (roamer_state(w.roamer) == ROAMER_FAILED) {
			roamer_free(w.roamer);
			begin(&w);
			roamer_login(w.roamer);
		}
	}
	roamer_free(w.roamer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_then_goes_on),
		cmocka_unit_test(obeys_in_asking),
		cmocka_unit_test(takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
