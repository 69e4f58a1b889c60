/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What RFC 7296 wants of a responder beyond the ordinary: other ports, long offers, doubled payloads, foreign datagrams. */
#include "cmocka_all.h"
#include "session.h"

#include <stdio.h>

#include "ike/ike_init.h"
#include "ike/ike_psk.h"

/* Section 2.11: an answer leaves from where the request came in, also that to a repetition. */
static void other_port(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct gateway_path first = session_path, second = session_path;
	struct peer p;
	g_autoptr(GBytes) one = NULL, two = NULL, three = NULL;

	(void)state;
	second.local.port = 4500;
	second.nat = true;
	peer_init(&p, "client", "aes128-sha256-x25519");
	peer_make_init(&p, &how);
	world_send(w, A, &first, peer_span(&p.request));
	one = world_take(w);
	assert_false(w->last_way.nat);
	world_send(w, A, &second, peer_span(&p.request));
	two = world_take(w);
	assert_true(w->last_way.nat);
	assert_int_equal(w->last_way.local.port, 4500);
	world_send(w, A, &first, peer_span(&p.request));
	three = world_take(w);
	assert_false(w->last_way.nat);
	assert_int_equal(w->last_way.local.port, 500);
	assert_true(one && two && three);
	assert_true(g_bytes_equal(one, two));
	assert_true(g_bytes_equal(one, three));
	assert_int_equal(gateway_counters(w->site[A].gateway)->half_open, 1);
	peer_clear(&p);
	world_free(w);
}

/* `n` IKE proposals of which the last one is the peer's, then `vendors` Vendor IDs. */
static void make_long_init(struct peer *p, unsigned n, unsigned vendors)
{
	uint8_t public[DH_PUBLIC_MAX];
	const struct ike_init r = { .spi_i = p->sa.spi_i };
	struct wcursor c = wcursor_init(p->request.octets, sizeof(p->request.octets));
	struct chain_writer w;
	struct ike_sa sa;

	assert_int_equal(dh_public(p->dh, public), ERR_OK);
	ike_sa_init(&sa);
	for (unsigned i = 1; i < n; i++)
		assert_true(ike_sa_add_proposal(&sa, PROTOCOL_IKE, SPAN_NONE) &&
			    ike_sa_add_transform(&sa, TRANSFORM_ENCR, ENCR_3DES, 0) &&
			    ike_sa_add_transform(&sa, TRANSFORM_PRF, PRF_HMAC_SHA1, 0) &&
			    ike_sa_add_transform(&sa, TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0) &&
			    ike_sa_add_transform(&sa, TRANSFORM_DH, DH_MODP1024, 0));
	assert_true(suite_add_proposal(&sa, &p->suite, SPAN_NONE));
	ike_init_begin(&w, &c, &r);
	ike_sa_write(&w, &sa);
	ike_ke_write(&w, p->suite.dh, span_of(public, dh_public_size(p->suite.dh)));
	ike_nonce_write(&w, SPAN_OF(p->ni));
	ike_vendor_write_profile_1(&w);
	for (unsigned i = 0; i < vendors; i++)
		chain_writer_payload(&w, PAYLOAD_VENDOR, 0, span_text("somebody else's"));
	assert_int_equal(chain_writer_finish(&w), ERR_OK);
	p->request.n = wcursor_size(&c);
}

/* Proposal Num is one octet: 255 are possible, and some clients send 200 payloads. */
static void long_offers(void **state)
{
	static const struct {
		unsigned proposals, vendors;
	} cases[] = { { 32, 0 }, { 33, 0 }, { 255, 0 }, { 1, 60 }, { 1, 61 }, { 1, 200 } };
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		peer_restart(&p);
		make_long_init(&p, cases[i].proposals, cases[i].vendors);
		assert_int_equal(session_init(w, A, &p), PEER_FULL);
		assert_true(peer_derive_full(&p));
	}
	peer_clear(&p);
	world_free(w);
}

/* The same of ESP, protected. */
static void long_child_offer(void **state)
{
	const struct ike_ts_list any = { .n = 1, .at = { ike_ts_any(4) } };
	struct world *w = world_new();
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct ike_sa sa;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	ike_sa_init(&sa);
	for (unsigned i = 1; i < 255; i++)
		assert_true(ike_sa_add_proposal(&sa, PROTOCOL_ESP, span_of("\1\2\3\4", 4)) &&
			    ike_sa_add_transform(&sa, TRANSFORM_ENCR, ENCR_3DES, 0) &&
			    ike_sa_add_transform(&sa, TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0) &&
			    ike_sa_add_transform(&sa, TRANSFORM_ESN, ESN_NO, 0));
	assert_true(suite_esp_add_proposal(&sa, &p.esp, 0x01020304));
	peer_inner_init(&in);
	ike_sa_write(&in.in.w, &sa);
	ike_nonce_write(&in.in.w, SPAN_OF(p.ni));
	ike_ts_write(&in.in.w, PAYLOAD_TSI, &any);
	ike_ts_write(&in.in.w, PAYLOAD_TSR, &any);
	peer_seal(&p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_non_null(chain_find(&r.chain, PAYLOAD_SA));
	peer_clear(&p);
	world_free(w);
}

/* IKE_AUTH with this identity, its IDi and AUTH so many times. true: it is let in. */
static bool let_in(struct world *w, const struct ike_id *id, unsigned idi, unsigned auth)
{
	struct peer_init how = { 0 };
	struct peer_inner in, proof;
	struct peer_message m;
	struct peer_response r;
	struct peer p;
	const struct chain_payload *value;
	struct chain parts;
	bool in_it_is;

	peer_init(&p, "client", "aes128-sha256-x25519");
	p.sa.spi_i += w->now_ms++;
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	{
		const struct ike_attempt t = peer_attempt(&p);

		peer_inner_init(&proof);
		ike_psk_write(&proof.in, &t, &p.sa.keys, id, span_text(p.psk));
	}
	assert_int_equal(
	    chain_parse(ike_inner_chain(&proof.in), ike_inner_first(&proof.in), NULL, &parts, NULL),
	    ERR_OK);
	value = chain_find(&parts, PAYLOAD_AUTH);
	peer_inner_init(&in);
	for (unsigned i = 0; i < idi; i++)
		ike_id_write(&in.in.w, PAYLOAD_IDI, id);
	for (unsigned i = 0; i < auth; i++)
		chain_writer_payload(&in.in.w, PAYLOAD_AUTH, 0, value->body);
	peer_seal(&p, EXCHANGE_IKE_AUTH, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	in_it_is = chain_find(&r.chain, PAYLOAD_AUTH) != NULL;
	if (in_it_is)
		session_delete(w, A, &p);
	else
		assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
	peer_clear(&p);
	return in_it_is;
}

static void doubled(void **state)
{
	const struct ike_id id = { ID_FQDN, span_text("client.example") };
	struct world *w = world_new();

	(void)state;
	assert_true(let_in(w, &id, 1, 1));
	assert_false(let_in(w, &id, 2, 1));
	assert_false(let_in(w, &id, 1, 2));
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	world_free(w);
}

/* "any" is any identity, and these are none: 0, reserved, unassigned, and ID_NULL (RFC 7619). */
static void types_of_identity(void **state)
{
	static const uint8_t names[] = { ID_FQDN, ID_RFC822_ADDR, ID_DER_ASN1_DN, ID_DER_ASN1_GN,
					 ID_KEY_ID };
	static const uint8_t none[] = { 0, 4, 6, 7, 8, 12, 13, 14, 200, 201, 255 };
	struct world *w = world_new();

	(void)state;
	assert_int_equal(policy_add_peer(w->policy, "any", NULL, span_text("secret"), false),
			 ERR_OK);
	for (size_t i = 0; i < sizeof(names); i++) {
		const struct ike_id id = { names[i], span_text("anybody") };

		assert_true(let_in(w, &id, 1, 1));
	}
	for (size_t i = 0; i < sizeof(none); i++) {
		const struct ike_id id = { none[i], span_text("anybody") };

		assert_false(let_in(w, &id, 1, 1));
	}
	world_free(w);
}

struct datagram {
	size_t n;
	uint8_t octets[512];
};

/* A header, and as many octets of `rest` as fill n; Length says `length`. */
static struct datagram headed(const struct ike_header *h, size_t n, uint32_t length)
{
	struct datagram d = { .n = n };
	struct wcursor c = wcursor_init(d.octets, sizeof(d.octets));
	struct ike_header with = *h;

	with.length = length;
	ike_header_write(&c, &with);
	for (size_t i = IKE_HEADER_SIZE; i < n; i++)
		d.octets[i] = (uint8_t)(i * 37);
	return d;
}

static void stays_silent(struct world *w, const struct datagram *d)
{
	world_send(w, A, &session_path, span_of(d->octets, d->n));
	assert_int_equal(world_pending(w), 0);
}

/* Nobody waits for an answer who did not ask: other protocols, other versions, what is not even as long as it says. */
static void foreign(void **state)
{
	static const struct {
		uint8_t version, exchange, flags, next;
		uint64_t spi_i, spi_r;
	} heads[] = {
		{ 0x10, 2, 0, 1, 5, 0 },      /* IKEv1, main mode */
		{ 0x10, 4, 0, 1, 5, 0 },      /* aggressive */
		{ 0x10, 6, 1, 8, 5, 6 },      /* transaction */
		{ 0x30, 34, 0x28, 33, 5, 0 }, /* a response */
		{ 0x30, 34, 0x00, 33, 5, 0 }, /* nobody's first request */
		{ 0xf0, 2, 0x08, 33, 5, 0 },  { 0x30, 34, 0x08, 33, 0, 0 },
		{ 0x20, 35, 0x08, 0, 5, 6 },  /* no Encrypted payload */
		{ 0x20, 37, 0x28, 46, 5, 6 }, /* a response */
		{ 0x20, 38, 0x08, 41, 5, 0 }, { 0x20, 240, 0x08, 0, 5, 6 },
		{ 0x20, 34, 0x08, 33, 5, 0 }, /* what follows is no SA */
		{ 0x20, 34, 0x28, 33, 5, 6 },
	};
	struct world *w = world_new();
	struct datagram d;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		const struct ike_header h = { .spi_i = heads[i].spi_i,
					      .spi_r = heads[i].spi_r,
					      .next_payload = heads[i].next,
					      .version = heads[i].version,
					      .exchange = heads[i].exchange,
					      .flags = heads[i].flags };

		for (size_t n = IKE_HEADER_SIZE; n < 200; n++) {
			d = headed(&h, n, (uint32_t)n);
			stays_silent(w, &d);
		}
	}
	/* a wrong Length, whatever the version */
	for (unsigned version = 0; version < 256; version++) {
		const struct ike_header h = { .spi_i = 5,
					      .version = (uint8_t)version,
					      .exchange = EXCHANGE_IKE_SA_INIT,
					      .flags = IKE_FLAG_INITIATOR };

		d = headed(&h, 120, 119);
		stays_silent(w, &d);
		d = headed(&h, 120, 121);
		stays_silent(w, &d);
	}
	/* anything */
	for (unsigned i = 0; i < 20000; i++) {
		struct rng_fixed random;
		struct rng rng;
		char seed[32];

		snprintf(seed, sizeof(seed), "datagram %u", i);
		rng = rng_fixed(&random, seed);
		d.n = 1 + i % sizeof(d.octets);
		rng_fill(&rng, d.octets, d.n);
		stays_silent(w, &d);
	}
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_port),        cmocka_unit_test(long_offers),
		cmocka_unit_test(long_child_offer),  cmocka_unit_test(doubled),
		cmocka_unit_test(types_of_identity), cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
