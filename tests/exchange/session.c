/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmocka_all.h"
#include "session.h"

const struct gateway_path session_path = { .remote = { { 4, { 198, 51, 100, 7 } }, 500 } };

enum peer_answer session_init(struct world *w, unsigned site, struct peer *p)
{
	g_autoptr(GBytes) answer = NULL;
	enum peer_answer kind;
	gsize n;
	const void *octets;

	world_drop_all(w);
	world_send(w, site, &session_path, peer_span(&p->request));
	answer = world_take(w);
	if (!answer)
		return PEER_NOTHING;
	octets = g_bytes_get_data(answer, &n);
	kind = peer_read_init(p, span_of(octets, n));
	assert_int_equal(world_pending(w), 0);
	return kind;
}

enum peer_answer session_ask(struct world *w, unsigned site, struct peer *p,
			     const struct peer_init *how)
{
	enum peer_answer kind;

	peer_restart(p);
	peer_make_init(p, how);
	kind = session_init(w, site, p);
	if (kind != PEER_COOKIE)
		return kind;
	peer_make_init(p, how);
	return session_init(w, site, p);
}

bool session_exchange(struct world *w, unsigned site, struct peer *p, const struct peer_message *m,
		      struct peer_response *r)
{
	g_autoptr(GBytes) answer = NULL;
	gsize n;
	const void *octets;

	world_drop_all(w);
	world_send(w, site, &session_path, peer_span(m));
	answer = world_take(w);
	if (!answer)
		return false;
	octets = g_bytes_get_data(answer, &n);
	if (!peer_open(p, span_of(octets, n), r))
		return false;
	p->next_id++;
	return true;
}

static void take_inner_address(struct peer *p, const struct peer_response *r)
{
	const struct chain_payload *payload = chain_find(&r->chain, PAYLOAD_CP);
	struct fault fault;
	struct ike_cp cp;

	assert_non_null(payload);
	assert_int_equal(ike_cp_parse(payload, &cp, &fault), ERR_OK);
	assert_int_equal(cp.at[0].type, IKE_CP_INTERNAL_IP4_ADDRESS);
	memcpy(p->inner, cp.at[0].value.p, 4);
}

void session_establish(struct world *w, unsigned site, struct peer *p, bool child)
{
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer_response r;

	assert_int_equal(session_ask(w, site, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_make_auth(p, child, &m);
	assert_true(session_exchange(w, site, p, &m, &r));
	assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH));
	assert_int_equal(chain_find(&r.chain, PAYLOAD_SA) != NULL, child);
	if (child)
		take_inner_address(p, &r);
	assert_true(peer_take_index(p, &r));
}

void session_syn(struct world *w, unsigned site, struct peer *p)
{
	struct index old = p->index;
	struct peer_init how = { .syn = &old };

	assert_int_equal(session_ask(w, site, p, &how), PEER_HIT);
	assert_true(peer_derive_hit(p));
}

void session_make_confirm(struct peer *p, struct peer_message *out)
{
	struct peer_inner in;

	peer_inner_init(&in);
	peer_write_bind(p, &in);
	peer_seal(p, EXCHANGE_INFORMATIONAL, &in, out);
}

void session_resume(struct world *w, unsigned site, struct peer *p)
{
	struct peer_message m;
	struct peer_response r;

	session_syn(w, site, p);
	session_make_confirm(p, &m);
	assert_true(session_exchange(w, site, p, &m, &r));
	assert_true(peer_bind_is_right(p, &r));
	assert_true(peer_take_index(p, &r));
}

bool session_is_alive(struct world *w, unsigned site, struct peer *p)
{
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;

	peer_inner_init(&in);
	peer_seal(p, EXCHANGE_INFORMATIONAL, &in, &m);
	return session_exchange(w, site, p, &m, &r);
}

void session_delete(struct world *w, unsigned site, struct peer *p)
{
	struct ike_delete d = { .protocol = PROTOCOL_IKE };
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;

	peer_inner_init(&in);
	ike_delete_write(&in.w, &d);
	peer_seal(p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, site, p, &m, &r));
}

static unsigned count_indexes(const struct peer_response *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->chain.n; i++) {
		struct ike_notify notify;

		n += r->chain.at[i].type == PAYLOAD_NOTIFY &&
		     ike_notify_parse(&r->chain.at[i], &notify, NULL) == ERR_OK &&
		     notify.type == NOTIFY_IKESYNC_INDEX;
	}
	return n;
}

bool session_try_rekey(struct world *w, unsigned site, struct peer *p, bool confirm)
{
	uint64_t spi_i = rng_spi(&p->rng);
	uint8_t spi[8], ni[32], public[DH_PUBLIC_MAX], g_ir[DH_PUBLIC_MAX];
	struct wcursor c = wcursor_init(spi, sizeof(spi));
	struct ike_sa offer = { 0 }, answer;
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct dh *dh = dh_new(p->suite.dh);
	struct ike_seed seed = { .ni = SPAN_OF(ni), .spi_i = spi_i };
	struct ike_keys keys;
	struct ike_ke ke;
	struct fault fault;
	size_t n;

	wcursor_u64(&c, spi_i);
	rng_fill(&p->rng, ni, sizeof(ni));
	assert_int_equal(dh_public(dh, public), ERR_OK);
	(void)suite_add_proposal(&offer, &p->suite, SPAN_OF(spi));
	peer_inner_init(&in);
	if (confirm)
		peer_write_bind(p, &in);
	ike_sa_write(&in.w, &offer);
	ike_nonce_write(&in.w, SPAN_OF(ni));
	ike_ke_write(&in.w, p->suite.dh, span_of(public, dh_public_size(p->suite.dh)));
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, site, p, &m, &r));
	assert_true(!confirm || peer_bind_is_right(p, &r));
	if (peer_has_notify(&r, NOTIFY_NO_ADDITIONAL_SAS)) {
		dh_free(dh);
		return false;
	}
	assert_int_equal(ike_sa_parse(chain_find(&r.chain, PAYLOAD_SA), &answer, &fault), ERR_OK);
	assert_int_equal(ike_nonce_parse(chain_find(&r.chain, PAYLOAD_NONCE), &seed.nr, &fault),
			 ERR_OK);
	assert_int_equal(ike_ke_parse(chain_find(&r.chain, PAYLOAD_KE), &ke, &fault), ERR_OK);
	assert_int_equal(answer.proposals[0].spi_size, 8);
	for (unsigned i = 0; i < 8; i++)
		seed.spi_r = seed.spi_r << 8 | answer.proposals[0].spi[i];
	assert_int_equal(dh_shared(dh, ke.data, g_ir, &n), ERR_OK);
	assert_int_equal(ike_keys_rekey(&keys, &p->suite, &seed, p->suite.prf,
					secret_peek(&p->keys.sk_d), span_of(g_ir, n)),
			 ERR_OK);
	dh_free(dh);
	p->keys = keys;
	p->spi_i = seed.spi_i;
	p->spi_r = seed.spi_r;
	p->next_id = 0;
	p->iv.next = 0;
	assert_int_equal(count_indexes(&r), 1);
	assert_true(peer_take_index(p, &r));
	assert_true(p->index.spi == p->spi_r);
	return true;
}

void session_rekey(struct world *w, unsigned site, struct peer *p)
{
	assert_true(session_try_rekey(w, site, p, false));
}
