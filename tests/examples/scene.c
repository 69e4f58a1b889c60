/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all acts share: the people, their keys, and how a message is sealed and shown. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "print.h"

void must(enum err err)
{
	if (err) {
		fprintf(stderr, "example: %s\n", err_name(err));
		exit(1);
	}
}

void must_be(bool ok)
{
	must(ok ? ERR_OK : ERR_VALUE);
}

void inner_begin(struct inner *in)
{
	ike_inner_init(&in->in, in->p, sizeof(in->p));
}

void inner_index(struct inner *in, const struct index *ix)
{
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));

	index_write(&c, ix);
	ike_notify_write_simple(&in->in.w, NOTIFY_IKESYNC_INDEX, span_of(body, wcursor_size(&c)));
}

static void public_of(const uint8_t *private, uint8_t *public)
{
	struct dh *dh = dh_from_private(DH_X25519, span_of(private, 32));

	must_be(dh != NULL);
	must(dh_public(dh, public));
	dh_free(dh);
}

void key_exchange_make(struct scene *s, struct key_exchange *ke)
{
	struct dh *dh;
	size_t n;

	rng_fill(&s->rng, ke->private_i, 32);
	rng_fill(&s->rng, ke->private_r, 32);
	rng_fill(&s->rng, ke->ni, 32);
	rng_fill(&s->rng, ke->nr, 32);
	public_of(ke->private_i, ke->public_i);
	public_of(ke->private_r, ke->public_r);
	dh = dh_from_private(DH_X25519, SPAN_OF(ke->private_i));
	must_be(dh != NULL);
	must(dh_shared(dh, SPAN_OF(ke->public_r), ke->g_ir, &n));
	dh_free(dh);
}

static void value(const char *prefix, const char *name, struct span octets)
{
	char text[64];

	snprintf(text, sizeof(text), "%s.%s", prefix, name);
	print_octets(text, octets);
}

void key_exchange_print(const char *prefix, const struct key_exchange *ke)
{
	print_begin();
	value(prefix, "x25519_private_i", SPAN_OF(ke->private_i));
	value(prefix, "x25519_public_i", SPAN_OF(ke->public_i));
	value(prefix, "x25519_private_r", SPAN_OF(ke->private_r));
	value(prefix, "x25519_public_r", SPAN_OF(ke->public_r));
	value(prefix, "g_ir", SPAN_OF(ke->g_ir));
	value(prefix, "Ni", SPAN_OF(ke->ni));
	value(prefix, "Nr", SPAN_OF(ke->nr));
	print_end();
}

void keys_print(const char *prefix, const struct ike_keys *k, struct span key,
		const struct span *parts, size_t n)
{
	uint8_t skeyseed[64];

	must(prf(k->suite.prf, key, parts, n, skeyseed));
	print_begin();
	value(prefix, "SKEYSEED", span_of(skeyseed, suite_prf_size(k->suite.prf)));
	value(prefix, "SK_d", secret_peek(&k->sk_d));
	value(prefix, "SK_ai", secret_peek(&k->sk_ai));
	value(prefix, "SK_ar", secret_peek(&k->sk_ar));
	value(prefix, "SK_ei", secret_peek(&k->sk_ei));
	value(prefix, "SK_er", secret_peek(&k->sk_er));
	value(prefix, "SK_pi", secret_peek(&k->sk_pi));
	value(prefix, "SK_pr", secret_peek(&k->sk_pr));
	print_end();
}

void sealed_message(struct scene *s, const char *name, const struct ike_keys *k, uint64_t spi_i,
		    uint64_t spi_r, uint8_t exchange, bool response, uint32_t message_id,
		    const struct inner *in)
{
	struct ike_header h = { .spi_i = spi_i,
				.spi_r = spi_r,
				.version = IKE_VERSION_2,
				.exchange = exchange,
				.message_id = message_id,
				.flags = response ? IKE_FLAG_RESPONSE : IKE_FLAG_INITIATOR };
	struct message m;
	struct wcursor c = wcursor_init(m.p, sizeof(m.p));
	struct sk_iv iv = { 1 };
	char text[64];

	must(ike_protected_seal(&c, &h, k, response ? SK_FROM_RESPONDER : SK_FROM_INITIATOR, &iv,
				&s->rng, &in->in));
	m.n = wcursor_size(&c);
	print_begin();
	snprintf(text, sizeof(text), "%s.inner", name);
	print_chain(text, ike_inner_first(&in->in), ike_inner_chain(&in->in), false);
	print_ike(name, whole(&m));
	print_end();
}

static const uint8_t pool_key[32] = { 0x70, 0x6f, 0x6f, 0x6c, 0x20, 0x6b, 0x65, 0x79,
				      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
				      0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
				      0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17 };

void scene_init(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->rng = rng_fixed(&s->fixed, "ikesync profile 1 worked examples");
	must(suite_from_text("aes128-sha256-x25519", &s->suite));
	must(address_from_text("198.51.100.7", &s->client));
	must(address_from_text("192.0.2.1", &s->a));
	must(address_from_text("192.0.2.2", &s->b));
	s->idi = (struct ike_id){ ID_FQDN, span_text("client.example") };
	s->idr_a = (struct ike_id){ ID_FQDN, span_text("gw-a.example") };
	s->idr_b = (struct ike_id){ ID_FQDN, span_text("gw-b.example") };
	s->psk = span_text("a key that client and pool share");
	s->pool.n = 1;
	s->pool.keys[0].id = 1;
	memcpy(s->pool.keys[0].key, pool_key, sizeof(pool_key));
	print_begin();
	print_octets("psk", s->psk);
	print_octets("IDi", s->idi.data);
	print_octets("a.IDr", s->idr_a.data);
	print_octets("b.IDr", s->idr_b.data);
	print_octets("client.address", span_of(s->client.octets, 4));
	print_octets("a.address", span_of(s->a.octets, 4));
	print_octets("b.address", span_of(s->b.octets, 4));
	print_number("now", NOW, 8);
	print_end();
}
