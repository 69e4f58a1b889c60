/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every message truncated at each octet and with each bit flipped: the gateway goes on and serves
 * the next client. */
#include "cmocka_all.h"
#include "session.h"

typedef void make_fn(struct world *w, struct peer *p, struct peer_message *out);

static void make_init(struct world *w, struct peer *p, struct peer_message *out)
{
	struct peer_init how = { 0 };

	(void)w;
	peer_restart(p);
	peer_make_init(p, &how);
	*out = p->request;
}

static void make_syn(struct world *w, struct peer *p, struct peer_message *out)
{
	struct peer_init how = { .syn = &p->index };

	(void)w;
	peer_restart(p);
	peer_make_init(p, &how);
	*out = p->request;
}

static void make_auth(struct world *w, struct peer *p, struct peer_message *out)
{
	struct peer_init how = { 0 };

	assert_int_equal(session_ask(w, B, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, out);
}

static void make_confirm(struct world *w, struct peer *p, struct peer_message *out)
{
	session_syn(w, B, p);
	session_make_confirm(p, out);
}

static void make_informational(struct world *w, struct peer *p, struct peer_message *out)
{
	struct ike_delete d = { .protocol = PROTOCOL_ESP, .n = 1 };
	struct peer_inner in;

	session_resume(w, B, p);
	peer_inner_init(&in);
	ike_delete_write(&in.in.w, &d);
	peer_seal(p, EXCHANGE_INFORMATIONAL, &in, out);
}

static void make_child(struct world *w, struct peer *p, struct peer_message *out)
{
	struct peer_inner in;

	session_resume(w, B, p);
	peer_inner_init(&in);
	peer_write_child(p, &in, true);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, out);
}

static const struct {
	const char *name;
	make_fn *make;
} messages[] = {
	{ "IKE_SA_INIT", make_init },
	{ "IKE_SA_INIT with SYN", make_syn },
	{ "IKE_AUTH", make_auth },
	{ "message ID 1", make_confirm },
	{ "INFORMATIONAL", make_informational },
	{ "CREATE_CHILD_SA", make_child },
};

static void next_client_is_served(struct world *w)
{
	struct peer next;

	world_drop_all(w);
	peer_init(&next, "next", "aes128-sha256-x25519");
	next.rng = rng_fixed(&next.random, "next client");
	next.sa.spi_i ^= w->now_ms;
	session_establish(w, B, &next, true);
	assert_true(session_is_alive(w, B, &next));
	session_delete(w, B, &next);
	peer_clear(&next);
	w->now_ms++;
}

/* Odd things may start half-open SAs; they end by themselves. */
static void send_all(struct world *w, const struct peer_message *m, bool flip)
{
	size_t tries = flip ? m->n * 8 : m->n;

	for (size_t i = 0; i < tries; i++) {
		struct peer_message bad = *m;

		if (flip)
			bad.octets[i / 8] ^= (uint8_t)(1 << i % 8);
		else
			bad.n = i;
		world_send(w, B, &session_path, peer_span(&bad));
		world_drop_all(w);
	}
	world_advance(w, 60000);
}

static void every_message(bool flip)
{
	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
		struct world *w = world_new();
		struct peer_message m;
		struct peer p;

		peer_init(&p, "client", "aes128-sha256-x25519");
		session_establish(w, A, &p, true);
		messages[i].make(w, &p, &m);
		world_drop_all(w);
		send_all(w, &m, flip);
		next_client_is_served(w);
		peer_clear(&p);
		world_free(w);
	}
}

static void truncated(void **state)
{
	(void)state;
	every_message(false);
}

static void bits_flipped(void **state)
{
	(void)state;
	every_message(true);
}

/* A truncated header's Length says so; here it agrees with what is left, so that the payload
 * parsers see it. */
static void truncated_with_right_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
		struct world *w = world_new();
		struct peer_message m;
		struct peer p;

		peer_init(&p, "client", "aes128-sha256-x25519");
		session_establish(w, A, &p, true);
		messages[i].make(w, &p, &m);
		for (size_t n = IKE_HEADER_SIZE; n < m.n; n++) {
			struct peer_message bad = m;

			bad.n = n;
			bad.octets[26] = (uint8_t)(n >> 8);
			bad.octets[27] = (uint8_t)n;
			world_send(w, B, &session_path, peer_span(&bad));
			world_drop_all(w);
		}
		world_advance(w, 60000);
		next_client_is_served(w);
		peer_clear(&p);
		world_free(w);
	}
}

/* 56.2: broken payloads inside a message that verifies: INVALID_SYNTAX, protected, and SA and stub are gone. */
static void broken_inside(void **state)
{
	(void)state;
	for (unsigned cut = 1; cut < 60; cut++) {
		struct world *w = world_new();
		struct peer_inner in;
		struct peer_message m;
		struct peer_response r;
		struct peer p;

		peer_init(&p, "client", "aes128-sha256-x25519");
		session_establish(w, A, &p, true);
		peer_inner_init(&in);
		peer_write_child(&p, &in, true);
		in.in.c.p -= cut;
		peer_seal(&p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
		assert_true(session_exchange(w, A, &p, &m, &r));
		assert_true(peer_has_notify(&r, NOTIFY_INVALID_SYNTAX));
		assert_int_equal(r.chain.n, 1);
		assert_false(session_is_alive(w, A, &p));
		assert_int_equal(memory_bank_live(&w->bank), 0);
		peer_clear(&p);
		world_free(w);
	}
}

/* 56.1: what the client says in an INFORMATIONAL; other errors and statuses end nothing. */
static void errors_of_the_client(void **state)
{
	static const struct {
		uint16_t type;
		bool ends;
	} notifies[] = {
		{ NOTIFY_AUTHENTICATION_FAILED, true },        { NOTIFY_INVALID_SYNTAX, true },
		{ NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, true }, { NOTIFY_INVALID_IKE_SPI, false },
		{ NOTIFY_NO_PROPOSAL_CHOSEN, false },          { NOTIFY_INITIAL_CONTACT, false }
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(notifies); i++) {
		struct world *w = world_new();
		struct peer_inner in;
		struct peer_message m;
		struct peer_response r;
		struct peer p;

		peer_init(&p, "client", "aes128-sha256-x25519");
		session_establish(w, A, &p, true);
		peer_inner_init(&in);
		ike_notify_write_simple(&in.in.w, notifies[i].type, SPAN_NONE);
		peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
		assert_true(session_exchange(w, A, &p, &m, &r));
		assert_int_equal(r.chain.n, 0);
		assert_int_equal(session_is_alive(w, A, &p), !notifies[i].ends);
		assert_int_equal(memory_bank_live(&w->bank), !notifies[i].ends);
		peer_clear(&p);
		world_free(w);
	}
}

/* 56.3: whole payloads with bad contents refuse the child, and the SA goes on. */
static void bad_child(void **state)
{
	static const uint8_t junk[] = { 1, 2, 3 };
	static const uint8_t types[] = { PAYLOAD_SA, PAYLOAD_KE, PAYLOAD_TSI, PAYLOAD_TSR };
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
		struct peer_inner in;
		struct peer_message m;
		struct peer_response r;

		peer_inner_init(&in);
		chain_writer_payload(&in.in.w, types[i], 0,
				     SPAN_OF(junk)); /* the first one is taken */
		peer_write_child(&p, &in, true);
		peer_seal(&p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
		assert_true(session_exchange(w, A, &p, &m, &r));
		assert_int_equal(r.chain.n, 1);
		assert_int_equal(r.chain.at[0].type, PAYLOAD_NOTIFY);
		assert_false(peer_has_notify(&r, NOTIFY_INVALID_SYNTAX));
	}
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void critical_inside(void **state)
{
	struct world *w = world_new();
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct ike_notify n;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	peer_inner_init(&in);
	chain_writer_payload(&in.in.w, 250, CHAIN_CRITICAL, SPAN_NONE);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_true(ike_notify_find(&r.chain, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, &n));
	assert_int_equal(n.data.n, 1);
	assert_int_equal(n.data.p[0], 250);
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated),       cmocka_unit_test(truncated_with_right_length),
		cmocka_unit_test(bits_flipped),    cmocka_unit_test(broken_inside),
		cmocka_unit_test(critical_inside), cmocka_unit_test(errors_of_the_client),
		cmocka_unit_test(bad_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
