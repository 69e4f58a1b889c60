/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client and a gateway of a world, exchange by exchange. */
#include "cmocka_all.h"
#include "session.h"

#include "ike/ike_inform.h"
#include "ike/ike_rekey.h"
#include "ike/ike_told.h"

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
	p->sa.window.next++;
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

void session_answer(struct world *w, unsigned site, struct peer *p, uint32_t message_id,
		    bool spoiled)
{
	struct peer_inner in;
	struct peer_message m;
	struct wcursor c = wcursor_init(m.octets, sizeof(m.octets));

	peer_inner_init(&in);
	assert_int_equal(
	    ike_client_seal(&p->sa, &p->rng, EXCHANGE_INFORMATIONAL, true, message_id, &in.in, &c),
	    ERR_OK);
	m.n = wcursor_size(&c);
	if (spoiled)
		m.octets[m.n - 1] ^= 1;
	world_send(w, site, &session_path, peer_span(&m));
}

void session_delete(struct world *w, unsigned site, struct peer *p)
{
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;

	peer_inner_init(&in);
	ike_inform_delete(&in.in);
	peer_seal(p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, site, p, &m, &r));
}

/* `p` goes on with the new SA. false: N(NO_ADDITIONAL_SAS). */
static bool rekey(struct world *w, unsigned site, struct peer *p, bool confirm,
		  struct peer_response *r)
{
	struct dh *dh = dh_new(p->suite.dh);
	struct ike_rekey k = { .suite = p->suite, .dh = dh };
	struct peer_inner in;
	struct peer_message m;
	struct ike_keys keys;

	peer_inner_init(&in);
	if (confirm)
		peer_write_bind(p, &in);
	ike_rekey_write(&in.in, &k, &p->rng);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, site, p, &m, r));
	assert_true(!confirm || peer_bind_is_right(p, r));
	if (peer_has_notify(r, NOTIFY_NO_ADDITIONAL_SAS)) {
		dh_free(dh);
		return false;
	}
	assert_true(ike_rekey_read(&r->chain, &k, &p->sa, &keys, NULL, NULL));
	dh_free(dh);
	ike_rekey_switch(&p->sa, &k, &keys, &r->chain);
	return true;
}

bool session_try_rekey(struct world *w, unsigned site, struct peer *p, bool confirm)
{
	struct peer_response r;

	if (!rekey(w, site, p, confirm, &r))
		return false;
	assert_int_equal(ike_told_index_count(&r.chain), 1);
	assert_true(peer_take_index(p, &r));
	assert_true(p->index.spi == p->sa.spi_r);
	return true;
}

void session_rekey_unbacked(struct world *w, unsigned site, struct peer *p)
{
	struct peer_response r;

	assert_true(rekey(w, site, p, false, &r));
	assert_int_equal(ike_told_index_count(&r.chain), 0);
}

void session_rekey(struct world *w, unsigned site, struct peer *p)
{
	assert_true(session_try_rekey(w, site, p, false));
}
