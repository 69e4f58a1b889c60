/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike_peer.h"

#include <glib.h>

#define CHECK(value)                                                                \
	do {                                                                        \
		enum err check_ = (value);                                          \
		if (check_)                                                         \
			g_error("%s:%d: %s", __FILE__, __LINE__, err_text(check_)); \
	} while (0)

void peer_init(struct peer *p, const char *seed, const char *suite)
{
	memset(p, 0, sizeof(*p));
	p->rng = rng_fixed(&p->random, seed);
	p->id = "client.example";
	p->psk = "secret";
	CHECK(suite_from_text(suite, &p->suite));
	CHECK(suite_esp_from_text("aes128gcm16", &p->esp));
	peer_restart(p);
}

void peer_clear(struct peer *p)
{
	dh_free(p->dh);
	p->dh = NULL;
}

void peer_restart(struct peer *p)
{
	dh_free(p->dh);
	p->dh = dh_new(p->suite.dh);
	p->spi_i = rng_spi(&p->rng);
	p->spi_r = 0;
	rng_fill(&p->rng, p->ni, sizeof(p->ni));
	p->cookie_n = 0;
	p->next_id = 1;
	p->iv.next = 0;
}

static void write_syn(const struct peer_init *how, struct chain_writer *w)
{
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));

	if (how->syn)
		index_write(&c, how->syn);
	if (how->syn)
		chain_writer_payload(w, IKE_SA_SYN_TYPE_DEFAULT, how->syn_flags,
				     span_of(body, wcursor_size(&c)));
	else if (how->syn_raw.p)
		chain_writer_payload(w, IKE_SA_SYN_TYPE_DEFAULT, how->syn_flags, how->syn_raw);
}

void peer_make_init(struct peer *p, const struct peer_init *how)
{
	struct ike_header h = { .spi_i = p->spi_i,
				.version = IKE_VERSION_2,
				.exchange = EXCHANGE_IKE_SA_INIT,
				.flags = IKE_FLAG_INITIATOR };
	struct wcursor c = wcursor_init(p->request.octets, sizeof(p->request.octets));
	uint8_t public[DH_PUBLIC_MAX], nat[20] = { 1 };
	struct ike_sa offer = { 0 };
	struct chain_writer w;

	CHECK(dh_public(p->dh, public));
	if (how->first)
		(void)suite_add_proposal(&offer, how->first, SPAN_NONE);
	(void)suite_add_proposal(&offer, &p->suite, SPAN_NONE);
	chain_writer_message(&w, &c, &h);
	if (p->cookie_n)
		ike_notify_write_simple(&w, NOTIFY_COOKIE, span_of(p->cookie, p->cookie_n));
	ike_sa_write(&w, &offer);
	ike_ke_write(&w, how->ke_group ? how->ke_group : p->suite.dh,
		     span_of(public, dh_public_size(p->suite.dh)));
	ike_nonce_write(&w, SPAN_OF(p->ni));
	ike_notify_write_simple(&w, NOTIFY_NAT_DETECTION_SOURCE_IP, SPAN_OF(nat));
	ike_notify_write_simple(&w, NOTIFY_NAT_DETECTION_DESTINATION_IP, SPAN_OF(nat));
	if (how->fragmentation)
		ike_notify_write_simple(&w, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, SPAN_NONE);
	if (!how->no_vendor)
		ike_vendor_write_profile_1(&w);
	if (how->with_critical)
		chain_writer_payload(&w, 250, CHAIN_CRITICAL, span_text("?"));
	write_syn(how, &w);
	CHECK(chain_writer_finish(&w));
	p->request.n = wcursor_size(&c);
}

static enum peer_answer read_notifies(struct peer *p, const struct chain *chain)
{
	for (unsigned i = 0; i < chain->n; i++) {
		struct ike_notify n;
		struct fault fault;

		if (chain->at[i].type != PAYLOAD_NOTIFY ||
		    ike_notify_parse(&chain->at[i], &n, &fault))
			continue;
		if (n.type == NOTIFY_COOKIE && n.data.n <= sizeof(p->cookie)) {
			p->cookie_n = n.data.n;
			memcpy(p->cookie, n.data.p, n.data.n);
			return PEER_COOKIE;
		}
		if (ike_notify_is_error(n.type)) {
			p->error = n.type;
			if (n.data.n == 2)
				p->wanted_group = (uint16_t)(n.data.p[0] << 8 | n.data.p[1]);
			return PEER_ERROR;
		}
	}
	return PEER_BROKEN;
}

enum peer_answer peer_read_init(struct peer *p, struct span message)
{
	const struct chain_payload *nonce;
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	struct span nr;

	if (chain_parse_message(message, &h, &chain, &fault) || h.spi_i != p->spi_i ||
	    h.message_id != 0 || h.flags != IKE_FLAG_RESPONSE ||
	    h.exchange != EXCHANGE_IKE_SA_INIT || message.n > PEER_BUFFER)
		return PEER_BROKEN;
	nonce = chain_find(&chain, PAYLOAD_NONCE);
	if (!nonce)
		return read_notifies(p, &chain);
	if (ike_nonce_parse(nonce, &nr, &fault) || h.spi_r == 0)
		return PEER_BROKEN;
	p->spi_r = h.spi_r;
	p->nr_n = nr.n;
	memcpy(p->nr, nr.p, nr.n);
	p->response.n = message.n;
	memcpy(p->response.octets, message.p, message.n);
	if (chain_find(&chain, PAYLOAD_SA) && chain_find(&chain, PAYLOAD_KE))
		return PEER_FULL;
	return chain_find(&chain, PAYLOAD_SA) || chain_find(&chain, PAYLOAD_KE) ? PEER_BROKEN
										: PEER_HIT;
}

static struct ike_seed seed_of(const struct peer *p)
{
	return (struct ike_seed){ SPAN_OF(p->ni), span_of(p->nr, p->nr_n), p->spi_i, p->spi_r };
}

bool peer_derive_full(struct peer *p)
{
	struct ike_seed seed = seed_of(p);
	uint8_t g_ir[DH_PUBLIC_MAX];
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	struct ike_ke ke;
	size_t n;

	CHECK(chain_parse_message(peer_span(&p->response), &h, &chain, &fault));
	CHECK(ike_ke_parse(chain_find(&chain, PAYLOAD_KE), &ke, &fault));
	return ke.group == p->suite.dh && dh_shared(p->dh, ke.data, g_ir, &n) == ERR_OK &&
	       ike_keys_initial(&p->keys, &p->suite, &seed, span_of(g_ir, n)) == ERR_OK;
}

bool peer_derive_hit(struct peer *p)
{
	struct ike_seed seed = seed_of(p);

	return ike_keys_resume(&p->keys, &p->suite, &seed, secret_peek(&p->sk_d)) == ERR_OK;
}

void peer_inner_init(struct peer_inner *in)
{
	in->c = wcursor_init(in->buffer, sizeof(in->buffer));
	wcursor_u8(&in->c, PAYLOAD_NONE);
	chain_writer_init(&in->w, &in->c, 0);
}

void peer_seal(struct peer *p, uint8_t exchange, struct peer_inner *in, struct peer_message *out)
{
	struct ike_header h = { .spi_i = p->spi_i,
				.spi_r = p->spi_r,
				.version = IKE_VERSION_2,
				.exchange = exchange,
				.flags = IKE_FLAG_INITIATOR,
				.message_id = p->next_id };
	struct wcursor c = wcursor_init(out->octets, sizeof(out->octets));
	struct chain_writer w;

	CHECK(in->c.err);
	chain_writer_message(&w, &c, &h);
	CHECK(sk_seal(&w, &p->keys, SK_FROM_INITIATOR, &p->iv, &p->rng, in->buffer[0],
		      span_of(&in->buffer[1], wcursor_size(&in->c) - 1)));
	out->n = wcursor_size(&c);
}

void peer_write_bind(struct peer *p, struct peer_inner *in)
{
	uint8_t bind[64];

	CHECK(auth_bind(p->suite.prf, secret_peek(&p->keys.sk_pi), peer_span(&p->request),
			peer_span(&p->response), bind));
	ike_notify_write_simple(&in->w, NOTIFY_IKESYNC_BIND,
				span_of(bind, suite_prf_size(p->suite.prf)));
}

bool peer_bind_is_right(struct peer *p, const struct peer_response *r)
{
	struct ike_notify n;
	uint8_t bind[64];

	CHECK(auth_bind(p->suite.prf, secret_peek(&p->keys.sk_pr), peer_span(&p->request),
			peer_span(&p->response), bind));
	return ike_notify_find(&r->chain, NOTIFY_IKESYNC_BIND, &n) &&
	       span_equal(n.data, span_of(bind, suite_prf_size(p->suite.prf)));
}

void peer_write_child(struct peer *p, struct peer_inner *in, bool nonce)
{
	struct ike_sa offer = { 0 };
	struct ike_ts_list any = { .n = 1, .at = { ike_ts_any(4) } };
	uint8_t fresh[32];

	p->esp_in = (uint32_t)rng_spi(&p->rng) | 0x100;
	(void)suite_esp_add_proposal(&offer, &p->esp, p->esp_in);
	ike_sa_write(&in->w, &offer);
	rng_fill(&p->rng, fresh, sizeof(fresh));
	if (nonce)
		ike_nonce_write(&in->w, SPAN_OF(fresh));
	ike_ts_write(&in->w, PAYLOAD_TSI, &any);
	ike_ts_write(&in->w, PAYLOAD_TSR, &any);
}

void peer_make_auth(struct peer *p, bool child, struct peer_message *out)
{
	struct ike_id id = { ID_FQDN, span_text(p->id) };
	struct ike_cp cp = { .type = IKE_CP_REQUEST, .n = 1 };
	struct peer_inner in;
	uint8_t value[64];
	struct ike_auth auth = { AUTH_SHARED_KEY_MIC,
				 span_of(value, suite_prf_size(p->suite.prf)) };

	CHECK(auth_psk(p->suite.prf, span_text(p->psk), peer_span(&p->request),
		       span_of(p->nr, p->nr_n), secret_peek(&p->keys.sk_pi), &id, value));
	peer_inner_init(&in);
	ike_id_write(&in.w, PAYLOAD_IDI, &id);
	ike_auth_write(&in.w, &auth);
	if (p->initial_contact)
		ike_notify_write_simple(&in.w, NOTIFY_INITIAL_CONTACT, SPAN_NONE);
	cp.at[0].type = IKE_CP_INTERNAL_IP4_ADDRESS;
	if (child)
		ike_cp_write(&in.w, &cp);
	if (child)
		peer_write_child(p, &in, false);
	peer_seal(p, EXCHANGE_IKE_AUTH, &in, out);
}

bool peer_open(struct peer *p, struct span message, struct peer_response *out)
{
	const struct chain_payload *sk;
	struct chain outer;
	struct fault fault;
	size_t n;

	if (message.n > PEER_BUFFER || chain_parse_message(message, &out->header, &outer, &fault) ||
	    outer.n != 1 || out->header.flags != IKE_FLAG_RESPONSE ||
	    out->header.message_id != p->next_id)
		return false;
	sk = &outer.at[0];
	return sk->type == PAYLOAD_SK &&
	       sk_open(message, sk, &p->keys, SK_FROM_RESPONDER, out->plain, &n) == ERR_OK &&
	       chain_parse(span_of(out->plain, n), sk->next, NULL, &out->chain, &fault) == ERR_OK;
}

bool peer_take_index(struct peer *p, const struct peer_response *r)
{
	struct ike_notify n;

	if (!ike_notify_find(&r->chain, NOTIFY_IKESYNC_INDEX, &n) ||
	    index_parse(n.data, false, 0, &p->index, NULL))
		return false;
	p->sk_d = p->keys.sk_d;
	return true;
}

bool peer_has_notify(const struct peer_response *r, uint16_t type)
{
	struct ike_notify n;

	return ike_notify_find(&r->chain, type, &n);
}
