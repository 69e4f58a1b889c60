/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes stubs with one thing wrong, and opens those of others. */
#include "bank/bank_stub.h"

#include "bank/bank_seal.h"
#include "keys/seal.h"

#define PLAIN_MAX 4096

const struct seal_keys *bank_stub_keys(struct probe *p)
{
	const char *path = p->target->bank_role.seal_keys;
	char why[KEY_FILE_WHY_MAX];

	if (!p->bank_role_keys && path) {
		p->bank_role_keys = g_new0(struct seal_keys, 1);
		/* what target_load() has not refused is read; a file that went since has no key */
		if (!seal_keys_load(path, p->bank_role_keys, why))
			g_clear_pointer(&p->bank_role_keys, g_free);
	}
	return p->bank_role_keys;
}

void bank_stub_fill(struct bank_stub *s, struct probe *p, const struct suite *suite)
{
	const uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
	const struct seal_keys *keys = bank_stub_keys(p);

	memset(s, 0, sizeof(*s));
	s->index = (struct index){ rng_spi(&rng_system), p->target->bank_role.stub_address };
	s->lifetime = BANK_STUB_LIFETIME;
	s->key_id = keys ? keys->keys[0].id : 0;
	s->sealed_for = s->in_container = s->index;
	s->clear_expiry = now + s->lifetime;
	rng_fill(&rng_system, s->sk_d, sizeof(s->sk_d));
	s->stub = (struct stub){
		.encr = suite->encr,
		.encr_key_bits = suite->encr_key_bits,
		.prf = suite->prf,
		.integ = suite->integ,
		.dh = suite->dh,
		.idi = p->target->client.id.id,
		.idr = { ID_FQDN, span_text("old.gateway.probe.example") },
		.spi_i = rng_spi(&rng_system),
		.spi_r = s->index.spi,
		.sk_d = span_of(s->sk_d, suite_prf_size(suite->prf)),
		.role = STUB_ROLE_RESPONDER,
		.auth_method_i = AUTH_SHARED_KEY_MIC,
		.auth_method_r = AUTH_SHARED_KEY_MIC,
		.expiry = s->clear_expiry,
		.peer_features = STUB_PEER_PROFILE_1,
	};
}

/* The proposal with one transform too many. */
static void write_doubled_sa(struct chain_writer *w, const struct stub *s)
{
	struct ike_sa sa = { 0 };

	(void)!ike_sa_add_proposal(&sa, PROTOCOL_IKE, SPAN_NONE);
	(void)!ike_sa_add_transform(&sa, TRANSFORM_ENCR, s->encr, s->encr_key_bits);
	(void)!ike_sa_add_transform(&sa, TRANSFORM_ENCR, ENCR_AES_CBC,
				    s->encr_key_bits == 256 ? 128 : 256);
	(void)!ike_sa_add_transform(&sa, TRANSFORM_PRF, s->prf, 0);
	if (s->integ != INTEG_NONE)
		(void)!ike_sa_add_transform(&sa, TRANSFORM_INTEG, s->integ, 0);
	(void)!ike_sa_add_transform(&sa, TRANSFORM_DH, s->dh, 0);
	ike_sa_write(w, &sa);
}

/* The chain of `right` (a plaintext), payload by payload, with what `s` wants otherwise. */
static void write_chain(struct chain_writer *w, const struct bank_stub *s, struct span right)
{
	struct chain_iter it;
	struct chain_payload p;

	chain_iter_init(&it, span_of(right.p + STUB_CONTAINER_HEAD, right.n - STUB_CONTAINER_HEAD),
			right.p[0], right.p);
	while (chain_iter_next(&it, &p)) {
		if (p.type == s->without)
			continue;
		if (p.type == PAYLOAD_SA && s->two_encryptions)
			write_doubled_sa(w, &s->stub);
		else
			chain_writer_payload(w, p.type, p.flags, p.body);
		if (p.type == s->twice)
			chain_writer_payload(w, p.type, p.flags, p.body);
	}
}

static GBytes *sealed_body(struct probe *p, const struct bank_stub *s, struct span plain)
{
	struct seal_keys keys = *bank_stub_keys(p);
	GBytes *body;

	for (unsigned i = 1; i < keys.n; i++)
		if (keys.keys[i].id == s->key_id)
			keys.keys[0] = keys.keys[i];
	keys.keys[0].id = s->key_id;
	body = bank_seal(&keys, &s->sealed_for, s->clear_expiry, plain);
	secret_wipe(&keys, sizeof(keys));
	return body;
}

static GBytes *seal_container(struct probe *p, const struct bank_stub *s, struct span right)
{
	uint8_t plain[PLAIN_MAX], body[2 * PLAIN_MAX];
	struct wcursor c = wcursor_init(plain, sizeof(plain)),
		       out = wcursor_init(body, sizeof(body));
	struct chain_writer w;
	GBytes *sealed;
	uint8_t *octets;
	size_t n;

	chain_writer_init(&w, &c, 0);
	wcursor_u32(&c, 0);
	write_chain(&w, s, right);
	sealed = bank_stub_keys(p) ? sealed_body(p, s, span_of(plain, wcursor_size(&c))) : NULL;
	secret_wipe(plain, sizeof(plain));
	if (!sealed)
		return NULL;
	octets = g_bytes_unref_to_data(sealed, &n);
	octets[n - 1] ^= s->flip_tag ? 1 : 0;
	stub_container_write_sealed(&out, &s->in_container, s->lifetime, span_of(octets, n));
	g_free(octets);
	return g_bytes_new(body, wcursor_size(&out));
}

GBytes *bank_stub_container(struct probe *p, const struct bank_stub *s)
{
	uint8_t plain[PLAIN_MAX], body[2 * PLAIN_MAX];
	struct wcursor c = wcursor_init(plain, sizeof(plain)),
		       out = wcursor_init(body, sizeof(body));
	struct chain_writer w;
	GBytes *made;

	stub_write_plaintext(&c, &s->stub);
	if (s->clear) {
		stub_container_begin(&w, &out, &s->in_container, s->lifetime);
		write_chain(&w, s, span_of(plain, wcursor_size(&c)));
		made = g_bytes_new(body, wcursor_size(&out));
		secret_wipe(body, sizeof(body));
	} else {
		made = seal_container(p, s, span_of(plain, wcursor_size(&c)));
	}
	secret_wipe(plain, sizeof(plain));
	return made;
}

bool bank_stub_open(struct probe *p, GBytes *container, struct bank_stub_read *out)
{
	const uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
	size_t n;
	const void *octets = g_bytes_get_data(container, &n);
	const struct chain_payload payload = { .type = STUB_PAYLOAD_STUB,
					       .body = span_of(octets, n) };
	struct fault fault = { 0 };

	*out = (struct bank_stub_read){ 0 };
	out->err = stub_container_parse(&payload, &out->container, &fault);
	if (!out->err && !out->container.is_sealed) {
		out->err = stub_parse(out->container.first, out->container.chain, octets,
				      &out->stub, &fault);
	} else if (!out->err) {
		const struct seal_keys *keys = bank_stub_keys(p);

		out->sealed = true;
		out->plain_n = out->container.sealed.ciphertext.n;
		out->plain = g_malloc(out->plain_n + 1);
		out->err = keys ? seal_open(keys, &out->container.index, &out->container.sealed,
					    now, out->plain, &out->stub, &fault)
				: ERR_KEY;
	}
	out->field = fault.field;
	return out->err == ERR_OK;
}

void bank_stub_read_clear(struct bank_stub_read *r)
{
	if (r->plain)
		secret_wipe(r->plain, r->plain_n);
	g_free(r->plain);
	*r = (struct bank_stub_read){ 0 };
}
