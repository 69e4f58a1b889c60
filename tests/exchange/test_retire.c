/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Retirement of the stub that a client named before it authenticated (rules 22 and 45). */
#include "cmocka_all.h"
#include "planted.h"
#include "session.h"

static const struct index named = { 77, { 4, { 192, 0, 2, 1 } } };

static struct world *begin(struct peer *p)
{
	struct world *w = world_new();

	peer_init(p, "client", "aes128-sha256-x25519");
	p->sk_d.n = 32;
	rng_fill(&p->rng, p->sk_d.octets, 32);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

/* A SYN that is a miss, and the IKE_AUTH after it. */
static void fall_back(struct world *w, struct peer *p)
{
	struct peer_init how = { .syn = &named };
	struct peer_message m;
	struct peer_response r;

	assert_int_equal(session_ask(w, B, p, &how), PEER_FULL);
	assert_int_equal(w->bank.deletes, 0); /* not before IKE_AUTH */
	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, &m);
	w->bank.silent_get = false;
	assert_true(session_exchange(w, B, p, &m, &r));
	assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH));
}

/* What makes the SYN a miss, and is the client's own. */
static void own(void **state)
{
	enum { RESUMED_TOO_OFTEN, BANK_WAS_SILENT, KINDS };

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		struct peer p;
		struct world *w = begin(&p);
		struct stub stub = planted_stub(w, &p, &named);

		if (kind == RESUMED_TOO_OFTEN)
			stub.resumptions = 5;
		planted_put(w, &p, &named, &stub, 4000);
		w->bank.silent_get = kind == BANK_WAS_SILENT;
		fall_back(w, &p);
		assert_int_equal(w->bank.deletes, 1);
		assert_true(index_equal(&w->bank.last_delete, &named));
		assert_int_equal(memory_bank_peek(&w->bank, &named).n, 0);
		end(w, &p);
	}
}

/* Another's, one that a user of EAP had, one that cannot be opened, one that is not there. */
static void left_alone(void **state)
{
	enum { ANOTHER, ANOTHER_TYPE, EAP, SEALED_WITH_ANOTHER_KEY, ABSENT, KINDS };

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		struct peer p;
		struct world *w = begin(&p);
		struct stub stub = planted_stub(w, &p, &named);

		stub.resumptions = 5; /* a miss for all of them */
		if (kind == ANOTHER)
			stub.idi.data = span_text("client.examplf");
		if (kind == ANOTHER_TYPE)
			stub.idi.type = ID_RFC822_ADDR;
		if (kind == EAP)
			stub.eap_identity = span_text("client.example");
		if (kind != ABSENT)
			planted_put(w, &p, &named, &stub, 4000);
		if (kind == SEALED_WITH_ANOTHER_KEY) {
			w->site[B].config.seal.keys[0].key[0] ^= 1;
			world_start(w, B);
		}
		fall_back(w, &p);
		assert_int_equal(w->bank.deletes, 0);
		end(w, &p);
	}
}

/* A failed IKE_AUTH retires nothing; nor does a gateway that stops while the bank is asked leave anything behind. */
static void not_authenticated(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct stub stub = planted_stub(w, &p, &named);
	struct peer_init how = { .syn = &named };
	struct peer_message m;

	(void)state;
	stub.resumptions = 5;
	planted_put(w, &p, &named, &stub, 4000);
	p.psk = "wrong";
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	world_send(w, B, &session_path, peer_span(&m));
	assert_int_equal(w->bank.deletes, 0);
	p.psk = "secret";
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	world_send_only(w, B, &session_path, peer_span(&m));
	world_kill(w, B);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own),
		cmocka_unit_test(left_alone),
		cmocka_unit_test(not_authenticated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
