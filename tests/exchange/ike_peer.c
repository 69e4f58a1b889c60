/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tests' client: lib/ike with buffers, a repeating random source and a few ways to misbehave. */
#include "ike_peer.h"

#include <glib.h>

#include "ike/ike_bind.h"
#include "ike/ike_child.h"
#include "ike/ike_derive.h"
#include "ike/ike_init.h"
#include "ike/ike_psk.h"
#include "ike/ike_signature.h"
#include "ike/ike_told.h"

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
	ike_client_clear(&p->sa);
	p->sa.spi_i = rng_spi(&p->rng);
	ike_window_init(&p->sa.window, 1);
	rng_fill(&p->rng, p->ni, sizeof(p->ni));
	p->cookie_n = 0;
}

struct ike_attempt peer_attempt(const struct peer *p)
{
	return (struct ike_attempt){ .spi_i = p->sa.spi_i,
				     .spi_r = p->sa.spi_r,
				     .ni = SPAN_OF(p->ni),
				     .nr = span_of(p->nr, p->nr_n),
				     .request = peer_span(&p->request),
				     .response = peer_span(&p->response) };
}

void peer_make_init(struct peer *p, const struct peer_init *how)
{
	uint8_t public[DH_PUBLIC_MAX], nat[NAT_DETECTION_SIZE] = { 1 };
	const struct suite suites[2] = { how->first ? *how->first : p->suite, p->suite };
	const struct ike_init r = { .spi_i = p->sa.spi_i,
				    .cookie = span_of(p->cookie, p->cookie_n),
				    .n_suites = how->first ? 2 : 1,
				    .suites = suites,
				    .group = how->ke_group ? how->ke_group : p->suite.dh,
				    .ke = span_of(public, dh_public_size(p->suite.dh)),
				    .ni = SPAN_OF(p->ni),
				    .syn_type = IKE_SA_SYN_TYPE_DEFAULT,
				    .vendor_id = !how->no_vendor,
				    .fragmentation = how->fragmentation,
				    .redirect = how->redirect,
				    .hashes = p->hashes };
	struct wcursor c = wcursor_init(p->request.octets, sizeof(p->request.octets)), body;
	const uint8_t from[] = { 1, 4, 192, 0, 2, 9 };
	uint8_t syn[INDEX_BODY_MAX];
	struct chain_writer w;

	CHECK(dh_public(p->dh, public));
	ike_init_begin(&w, &c, &r);
	ike_init_offer(&w, &r);
	/* no address hashes to these: as behind a NAT */
	ike_notify_write_simple(&w, NOTIFY_NAT_DETECTION_SOURCE_IP, SPAN_OF(nat));
	ike_notify_write_simple(&w, NOTIFY_NAT_DETECTION_DESTINATION_IP, SPAN_OF(nat));
	ike_init_announce(&w, &r);
	if (how->redirected_from)
		ike_notify_write_simple(&w, NOTIFY_REDIRECTED_FROM, SPAN_OF(from));
	if (how->with_critical)
		chain_writer_payload(&w, 250, CHAIN_CRITICAL, span_text("?"));
	body = wcursor_init(syn, sizeof(syn));
	if (how->syn)
		index_write(&body, how->syn);
	if (how->syn || how->syn_raw.p)
		chain_writer_payload(&w, IKE_SA_SYN_TYPE_DEFAULT, how->syn_flags,
				     how->syn ? wcursor_written(&body, 0) : how->syn_raw);
	CHECK(chain_writer_finish(&w));
	p->request.n = wcursor_size(&c);
}

static enum peer_answer take_notify(struct peer *p, const struct ike_answer *a)
{
	if (a->kind == IKE_ANSWER_COOKIE) {
		if (a->notify.data.n > sizeof(p->cookie))
			return PEER_BROKEN;
		p->cookie_n = a->notify.data.n;
		memcpy(p->cookie, a->notify.data.p, p->cookie_n);
		return PEER_COOKIE;
	}
	p->error = a->notify.type;
	(void)!ike_ke_wanted_parse(a->notify.data, &p->wanted_group);
	return PEER_ERROR;
}

enum peer_answer peer_read_init(struct peer *p, struct span message)
{
	struct ike_answer a;

	switch (ike_answer_read(message, p->sa.spi_i, &a)) {
	case IKE_ANSWER_COOKIE:
	case IKE_ANSWER_INVALID_KE:
	case IKE_ANSWER_ERROR:
		return take_notify(p, &a);
	case IKE_ANSWER_ORDINARY:
	case IKE_ANSWER_RESUMED:
		break;
	default:
		return PEER_BROKEN;
	}
	if (!a.nr_fits || message.n > PEER_BUFFER)
		return PEER_BROKEN;
	p->sa.spi_r = a.header.spi_r;
	p->nr_n = a.nr.n;
	memcpy(p->nr, a.nr.p, a.nr.n);
	p->response.n = message.n;
	memcpy(p->response.octets, message.p, message.n);
	return a.kind == IKE_ANSWER_ORDINARY ? PEER_FULL : PEER_HIT;
}

bool peer_derive_full(struct peer *p)
{
	const struct ike_offer offer = { 1, &p->suite, p->suite.dh, p->dh };
	const struct ike_attempt t = peer_attempt(p);
	struct ike_answer a;
	struct ike_keys keys;

	if (ike_answer_read(t.response, t.spi_i, &a) != IKE_ANSWER_ORDINARY ||
	    !ike_derive_full(&keys, &t, &a, &offer, NULL, NULL))
		return false;
	ike_client_set_keys(&p->sa, &keys, 1);
	return true;
}

bool peer_derive_hit(struct peer *p)
{
	const struct ike_attempt t = peer_attempt(p);
	struct ike_keys keys;

	if (ike_derive_resumed(&keys, &t, &p->suite, &p->sk_d))
		return false;
	ike_client_set_keys(&p->sa, &keys, 1);
	return true;
}

void peer_inner_init(struct peer_inner *in)
{
	ike_inner_init(&in->in, in->buffer, sizeof(in->buffer));
}

void peer_seal(struct peer *p, uint8_t exchange, struct peer_inner *in, struct peer_message *out)
{
	struct wcursor c = wcursor_init(out->octets, sizeof(out->octets));

	CHECK(ike_client_seal(&p->sa, &p->rng, exchange, false, p->sa.window.next, &in->in, &c));
	out->n = wcursor_size(&c);
}

void peer_write_bind(struct peer *p, struct peer_inner *in)
{
	const struct ike_attempt t = peer_attempt(p);

	ike_bind_write(&in->in, &t, &p->sa.keys, SK_FROM_INITIATOR);
}

bool peer_bind_is_right(struct peer *p, const struct peer_response *r)
{
	const struct ike_attempt t = peer_attempt(p);

	return ike_bind_judge(&r->chain, &t, &p->sa.keys, SK_FROM_RESPONDER) == IKE_BIND_RIGHT;
}

void peer_write_child(struct peer *p, struct peer_inner *in, bool nonce)
{
	const struct ike_child_offer offer = { .n_suites = 1, .suites = &p->esp, .nonce = nonce };
	struct ike_child child;

	ike_child_write(&in->in, &offer, &p->rng, &child);
	p->esp_in = child.spi_in;
}

void peer_make_auth(struct peer *p, bool child, struct peer_message *out)
{
	const struct ike_id id = { ID_FQDN, span_text(p->id) };
	const struct ike_attempt t = peer_attempt(p);
	struct ike_cp cp = { .type = IKE_CP_REQUEST, .n = 1 };
	struct signature_wish wish = { .pkcs1 = p->pkcs1 };
	struct peer_inner in;

	peer_inner_init(&in);
	wish.hashes = ike_signature_announced(&t);
	if (p->credential)
		ike_signature_write(&in.in, &t, &p->sa.keys, &id, p->credential, &wish);
	else
		ike_psk_write(&in.in, &t, &p->sa.keys, &id, span_text(p->psk));
	if (p->initial_contact)
		ike_notify_write_simple(&in.in.w, NOTIFY_INITIAL_CONTACT, SPAN_NONE);
	if (p->mobike)
		ike_notify_write_simple(&in.in.w, NOTIFY_MOBIKE_SUPPORTED, SPAN_NONE);
	cp.at[0].type = IKE_CP_INTERNAL_IP4_ADDRESS;
	if (child) {
		ike_cp_write(&in.in.w, &cp);
		peer_write_child(p, &in, false);
	}
	peer_seal(p, EXCHANGE_IKE_AUTH, &in, out);
}

bool peer_open(struct peer *p, struct span message, struct peer_response *out)
{
	struct ike_protected m;

	if (ike_client_open(&p->sa, message, out->plain, sizeof(out->plain), &m))
		return false;
	out->header = m.header;
	chain_copy(&out->chain, &m.inner);
	return m.n_outer == 1 &&
	       m.header.flags == (IKE_FLAG_RESPONSE | (p->sa.responder ? IKE_FLAG_INITIATOR : 0)) &&
	       m.header.message_id == p->sa.window.next;
}

bool peer_take_index(struct peer *p, const struct peer_response *r)
{
	if (ike_told_index(&r->chain, &p->index, NULL) != IKE_TOLD_PRESENT)
		return false;
	p->sk_d = p->sa.keys.sk_d;
	return true;
}

bool peer_has_notify(const struct peer_response *r, uint16_t type)
{
	struct ike_notify n;

	return ike_notify_find(&r->chain, type, &n);
}
