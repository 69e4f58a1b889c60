/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE SAs that the gateway rekeys itself, and their stubs (RFC 7296 sections 2.8, 2.8.2, 2.18, 2.25.2; rules 5, 9, 36, 40). */
#include <stdio.h>

#include "cmocka_all.h"
#include "asked.h"
#include "planted.h"

#include "ike/ike_asked.h"
#include "ike/ike_inform.h"
#include "ike/ike_rekey.h"

#define REKEY_S 600

static struct world *begin(struct peer *p)
{
	struct world *w = world_new();

	for (unsigned i = 0; i < WORLD_GATEWAYS; i++) {
		struct gateway_config *c = &w->site[i].config;

		c->ike_rekey_s = REKEY_S;
		c->rekey_jitter_percent = 0;
		c->resumed_rekey_s = 0;
		c->request_first_ms = 1000;
		c->request_tries = 3;
		world_start(w, i);
	}
	peer_init(p, "client", "aes128-sha256-x25519");
	session_establish(w, A, p, true);
	world_drop_all(w);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

static unsigned sas(struct world *w, unsigned site)
{
	return gateway_counters(w->site[site].gateway)->sas;
}

/* The request is there: read and accept it; nothing is sent yet. */
static void accept_rekey(struct peer *p, const struct asked *a, const struct suite *suite,
			 struct peer_inner *in, struct ike_asked_rekey *k)
{
	assert_int_equal(ike_asked_kind(&a->m.inner), IKE_ASKED_REKEY);
	peer_inner_init(in);
	assert_true(ike_asked_rekey(&a->m.inner, &p->sa, suite, &p->rng, &in->in, k));
}

static void take_delete(struct world *w, struct peer *p, uint32_t message_id, struct asked *a)
{
	struct ike_delete d;
	struct fault fault;

	asked_take(w, p, EXCHANGE_INFORMATIONAL, message_id, a);
	assert_int_equal(ike_delete_parse(chain_find(&a->m.inner, PAYLOAD_DELETE), &d, &fault), 0);
	assert_int_equal(d.protocol, PROTOCOL_IKE);
}

/* `p` goes on with the new SA; its index is what was told. */
static void switch_to(struct peer *p, struct ike_asked_rekey *k)
{
	assert_true(k->has_index);
	assert_true(k->index.spi == k->spi_i);
	p->index = k->index;
	p->sk_d = k->keys.sk_d;
	ike_asked_switch(&p->sa, k);
}

/* The gateway asks and we accept; the old SA is deleted; `p` is the new one. */
static void be_rekeyed(struct world *w, unsigned site, struct peer *p, uint32_t message_id)
{
	struct ike_asked_rekey k;
	struct peer_inner in;
	struct asked a;

	asked_take(w, p, EXCHANGE_CREATE_CHILD_SA, message_id, &a);
	accept_rekey(p, &a, &p->suite, &in, &k);
	asked_answer(w, site, p, &a, &in);
	asked_clear(&a);
	take_delete(w, p, message_id + 1, &a);
	asked_answer_empty(w, site, p, &a);
	asked_clear(&a);
	switch_to(p, &k);
	assert_int_equal(world_pending(w), 0);
}

static void rekeyed(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct index old = p.index;

	(void)state;
	world_advance(w, REKEY_S * 1000 - 1);
	assert_int_equal(world_pending(w), 0);
	world_advance(w, 1);
	be_rekeyed(w, A, &p, 0);
	assert_int_equal(sas(w, A), 1);
	assert_int_equal(w->site[A].plane.n, 1); /* the child went over */
	assert_int_equal(w->site[A].plane.installed, 1);
	assert_true(session_is_alive(w, A, &p));
	/* and again, from the other role */
	world_drop_all(w);
	world_advance(w, REKEY_S * 1000);
	be_rekeyed(w, A, &p, 0);
	assert_true(session_is_alive(w, A, &p));
	assert_false(index_equal(&old, &p.index));
	/* the client's own rekey brings the roles back */
	session_rekey(w, A, &p);
	assert_false(p.sa.responder);
	assert_true(session_is_alive(w, A, &p));
	session_delete(w, A, &p);
	assert_int_equal(memory_bank_live(&w->bank), 0);
	end(w, &p);
}

/* Rules 5, 36: the stub follows, says which role we had, and resumes elsewhere. */
static void stub_follows(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct index old = p.index;
	struct planted o;

	(void)state;
	world_advance(w, REKEY_S * 1000);
	be_rekeyed(w, A, &p, 0);
	assert_int_equal(memory_bank_live(&w->bank), 1);
	assert_int_equal(w->bank.updates, 1);
	assert_true(index_equal(&w->bank.last_update_old, &old));
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.role, STUB_ROLE_INITIATOR);
	assert_true(o.stub.spi_i == p.sa.spi_i && o.stub.spi_r == p.sa.spi_r);
	assert_true(span_equal(o.stub.sk_d, secret_peek(&p.sk_d)));
	assert_int_equal(o.stub.expiry, w->utc + w->site[A].config.ike_lifetime_s); /* rule 40 */
	world_kill(w, A);
	session_resume(w, B, &p);
	assert_true(session_is_alive(w, B, &p));
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.role, STUB_ROLE_RESPONDER);
	end(w, &p);
}

/* Rule 9: an SA without KE since its resumption is rekeyed by the gateway at last, and the count begins anew. */
static void after_resumption(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct planted o;

	(void)state;
	w->site[B].config.ike_rekey_s = 0;
	w->site[B].config.resumed_rekey_s = 300;
	world_start(w, B);
	world_kill(w, A);
	session_resume(w, B, &p);
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.resumptions, 1);
	world_drop_all(w);
	world_advance(w, 299999);
	assert_int_equal(world_pending(w), 0);
	world_advance(w, 1);
	be_rekeyed(w, B, &p, 0);
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.resumptions, 0);
	world_advance(w, 400 * 1000);
	assert_int_equal(world_pending(w), 0); /* there was a KE */
	end(w, &p);
}

/* A client that never heard of stubs is told none. */
static void no_index_for_strangers(void **state)
{
	struct peer_init how = { .no_vendor = true };
	struct ike_asked_rekey k;
	struct peer_message m;
	struct peer_response r;
	struct peer_inner in;
	struct peer p;
	struct world *w = begin(&p);
	struct asked a;

	(void)state;
	session_delete(w, A, &p);
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, false, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	world_advance(w, REKEY_S * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	accept_rekey(&p, &a, &p.suite, &in, &k);
	assert_false(k.has_index);
	ike_keys_clear(&k.keys);
	asked_clear(&a);
	end(w, &p);
}

static void another_group(void **state)
{
	struct ike_ke_wanted wanted = ike_ke_wanted(DH_ECP256);
	struct suite suite;
	struct ike_asked_rekey k;
	struct peer_inner in;
	struct peer p;
	struct world *w = begin(&p);
	struct asked a;

	(void)state;
	assert_int_equal(suite_from_text("aes128-sha256-ecp256", &suite), ERR_OK);
	world_advance(w, REKEY_S * 1000);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
	asked_refuse(w, A, &p, &a, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(wanted.octets));
	asked_clear(&a);
	world_run(w);
	asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 1, &a);
	accept_rekey(&p, &a, &suite, &in, &k);
	asked_answer(w, A, &p, &a, &in);
	asked_clear(&a);
	take_delete(w, &p, 2, &a);
	asked_clear(&a);
	switch_to(&p, &k);
	assert_true(session_is_alive(w, A, &p));
	end(w, &p);
}

static void refused(void **state)
{
	static const struct {
		uint16_t notify;
		bool again, fatal;
	} answers[] = { { NOTIFY_TEMPORARY_FAILURE, true, false },
			{ NOTIFY_NO_ADDITIONAL_SAS, false, false },
			{ NOTIFY_NO_PROPOSAL_CHOSEN, false, false },
			{ NOTIFY_INVALID_KE_PAYLOAD, false, false }, /* without a group */
			{ NOTIFY_INVALID_SYNTAX, false, true } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
		struct peer p;
		struct world *w = begin(&p);
		struct asked a;

		world_advance(w, REKEY_S * 1000);
		asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
		asked_refuse(w, A, &p, &a, answers[i].notify, SPAN_NONE);
		asked_clear(&a);
		assert_int_equal(world_pending(w), 0);
		assert_int_equal(sas(w, A), !answers[i].fatal);
		assert_int_equal(memory_bank_live(&w->bank), !answers[i].fatal);
		world_advance(w, 10000);
		assert_int_equal(world_pending(w), answers[i].again);
		end(w, &p);
	}
}

/* No answer: the client is dead; its stub stays. */
static void unanswered(void **state)
{
	struct peer p;
	struct world *w = begin(&p);

	(void)state;
	world_advance(w, REKEY_S * 1000);
	for (unsigned i = 0; i < 3; i++)
		world_advance(w, 1000u << i);
	assert_int_equal(world_pending(w), 3);
	assert_int_equal(sas(w, A), 0);
	assert_int_equal(memory_bank_live(&w->bank), 1);
	end(w, &p);
}

/* While ours is under way the client gets no new child (2.25.2), and may delete the SA as ever. */
static void meanwhile(void **state)
{
	struct peer_message m;
	struct peer_response r;
	struct peer_inner in;
	struct peer p;
	struct world *w = begin(&p);

	(void)state;
	world_advance(w, REKEY_S * 1000);
	peer_inner_init(&in);
	peer_write_child(&p, &in, true);
	peer_seal(&p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_true(peer_has_notify(&r, NOTIFY_TEMPORARY_FAILURE));
	session_delete(w, A, &p);
	assert_int_equal(sas(w, A), 0);
	assert_int_equal(memory_bank_live(&w->bank), 0);
	world_drop_all(w);
	world_advance(w, 60000);
	assert_int_equal(world_pending(w), 0);
	end(w, &p);
}

/* The client's own rekey, while the gateway's request is open; `q` becomes the SA that it makes. */
struct crossing {
	struct peer q;
	struct index index;
	uint8_t low[32]; /* the lower of its two nonces */
};

static void client_rekeys(struct world *w, struct peer *p, struct crossing *c)
{
	struct dh *dh = dh_new(p->suite.dh);
	struct ike_rekey k = { .suite = p->suite, .dh = dh };
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct ike_keys keys;

	peer_inner_init(&in);
	ike_rekey_write(&in.in, &k, &p->rng);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, A, p, &m, &r));
	assert_true(ike_rekey_read(&r.chain, &k, &p->sa, &keys, NULL, NULL));
	assert_int_equal(k.nr.n, 32);
	memcpy(c->low, memcmp(k.ni, k.nr.p, 32) < 0 ? k.ni : k.nr.p, 32);
	c->q = *p;
	c->q.dh = NULL;
	ike_rekey_switch(&c->q.sa, &k, &keys, &r.chain);
	assert_true(peer_take_index(&c->q, &r));
	dh_free(dh);
}

/* RFC 7296 section 2.8.2: the exchange with the lowest of the four nonces has lost; who began it deletes what it made. */
static void crossing(void **state)
{
	unsigned lost = 0, won = 0;

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		struct peer p;
		struct world *w = begin(&p);
		struct crossing c;
		struct ike_asked_rekey k;
		struct peer_inner in;
		struct asked a, b;
		struct peer *winner = &p;
		bool gateway_lost;

		for (unsigned i = 0; i < round; i++) /* other nonces each time */
			(void)rng_spi(&p.rng);
		world_advance(w, REKEY_S * 1000);
		asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
		client_rekeys(w, &p, &c);
		assert_int_equal(w->bank.updates, 0); /* not decided yet */
		accept_rekey(&p, &a, &p.suite, &in, &k);
		gateway_lost = memcmp(memcmp(k.ni.p, k.nr, 32) < 0 ? k.ni.p : k.nr, c.low, 32) < 0;
		asked_answer(w, A, &p, &a, &in);
		if (gateway_lost) {
			lost++;
			session_delete(w, A, &p); /* the winner's task, on the old SA */
			world_drop_all(w);
			switch_to(&p, &k);
			world_advance(w, 1000);
			take_delete(w, &p, 0, &b); /* what the gateway's request has made */
			asked_answer_empty(w, A, &p, &b);
			winner = &c.q;
		} else {
			won++;
			take_delete(w, &p, 1, &b);
			asked_answer_empty(w, A, &p, &b);
			session_delete(w, A, &c.q);
			switch_to(&p, &k);
		}
		assert_int_equal(sas(w, A), 1);
		assert_int_equal(w->site[A].plane.n, 1);
		assert_int_equal(w->bank.updates, 1);
		assert_int_equal(memory_bank_live(&w->bank), 1);
		assert_true(session_is_alive(w, A, winner));
		world_kill(w, A);
		session_resume(w, B, winner);
		asked_clear(&a);
		asked_clear(&b);
		peer_clear(&c.q);
		end(w, &p);
	}
	assert_true(lost > 0 && won > 0);
}

/*
 * The gateway's request is lost: the client sees no crossing. It deletes the old SA, refuses the late request, or is silent on the
 * old SA for ever; its own new SA is what goes on.
 */
static void crossing_unseen(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		struct peer p;
		struct world *w = begin(&p);
		struct crossing c;
		struct asked a;

		world_advance(w, REKEY_S * 1000);
		asked_take(w, &p, EXCHANGE_CREATE_CHILD_SA, 0, &a);
		client_rekeys(w, &p, &c);
		if (how == 0)
			session_delete(w, A, &p);
		else if (how == 1)
			asked_refuse(w, A, &p, &a, NOTIFY_TEMPORARY_FAILURE, SPAN_NONE);
		else
			for (unsigned i = 0; i < 3; i++)
				world_advance(w, 1000u << i);
		world_drop_all(w);
		assert_true(session_is_alive(w, A, &c.q));
		assert_int_equal(w->site[A].plane.n, 1);
		assert_int_equal(memory_bank_live(&w->bank), 1);
		world_advance(w, 60000);
		assert_int_equal(sas(w, A), 1);
		world_kill(w, A);
		session_resume(w, B, &c.q);
		peer_clear(&c.q);
		asked_clear(&a);
		end(w, &p);
	}
}

/* Nothing is left behind when the gateway stops in the middle (seen by the sanitizers). */
static void stopped(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct crossing c;

	(void)state;
	world_advance(w, REKEY_S * 1000);
	client_rekeys(w, &p, &c);
	world_kill(w, A);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rekeyed),          cmocka_unit_test(stub_follows),
		cmocka_unit_test(after_resumption), cmocka_unit_test(no_index_for_strangers),
		cmocka_unit_test(another_group),    cmocka_unit_test(refused),
		cmocka_unit_test(unanswered),       cmocka_unit_test(meanwhile),
		cmocka_unit_test(crossing),         cmocka_unit_test(crossing_unseen),
		cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
