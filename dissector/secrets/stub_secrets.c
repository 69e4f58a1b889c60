/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets out of the stubs that a capture shows, sealed and in clear. */
#include "secrets/stub_secrets.h"

#include <wsutil/wsgcrypt.h>

#include "base/keyed_hash.h"
#include "base/payload_walk.h"
#include "base/sealed.h"
#include "base/stub_numbers.h"
#include "secrets/resume_secrets.h"
#include "secrets/secret_lines.h"
#include "base/wipe.h"

#define DIGEST_SIZE 32

/* RFC 7296 section 3.3.2: the transforms of the one proposal. */
static void read_sa(struct octets sa, struct resume_suite *out)
{
	unsigned at = 8;

	while (sa.n > at && sa.n - at >= 8) {
		unsigned length = get16(sa.p + at + 2), id = get16(sa.p + at + 6);

		if (length < 8 || length > sa.n - at)
			return;
		switch (sa.p[at + 4]) {
		case TRANSFORM_ENCR:
			out->encr = (uint16_t)id;
			/* Key Length is the only attribute there is. */
			if (length >= 12 && get16(sa.p + at + 8) == 0x800e)
				out->encr_bits = (uint16_t)get16(sa.p + at + 10);
			break;
		case TRANSFORM_PRF:
			out->prf = (uint16_t)id;
			break;
		case TRANSFORM_INTEG:
			out->integ = (uint16_t)id;
			break;
		default:
			break;
		}
		at += length;
	}
}

static struct octets body_of(const struct payload_walk *w)
{
	return (struct octets){ w->p + payload_body(w), payload_body_length(w) };
}

static void read_inner(struct payload_walk w, struct resume_secret *s)
{
	struct resume_sizes sizes;

	while (payload_next(&w)) {
		struct octets body = body_of(&w);

		switch (w.type) {
		case PL_SA:
			read_sa(body, &s->suite);
			break;
		case PL_SPI_PAIR:
			if (body.n != 16)
				break;
			s->has_pair = true;
			memcpy(s->spii, body.p, 8);
			memcpy(s->spir, body.p + 8, 8);
			break;
		case PL_SK_D:
			if (body.n > RESUME_KEY_MAX)
				return;
			s->sk_d.n = body.n;
			memcpy(s->sk_d.octets, body.p, body.n);
			break;
		case PL_SHARED_SECRET:
			s->g_ir = body;
			break;
		default:
			break;
		}
	}
	if (resume_suite_sizes(&s->suite, &sizes) && s->sk_d.n == sizes.prf)
		resume_secrets_add(s);
}

static bool try_keys(const struct seal_key **last, uint32_t id, struct octets sealed,
		     struct octets idx, wmem_allocator_t *scope, struct octets *out)
{
	const struct seal_key *k;

	while ((k = resume_seal_key(id, *last)) != NULL) {
		*last = k;
		if (seal_open(sealed, idx, k->key, scope, out))
			return true;
	}
	return false;
}

/* Kept of a stub that several keys may open, in file scope. */
struct tried {
	uint8_t digest[RESUME_KEY_MAX]; /* of the stub and its index */
	const struct seal_key *last;    /* of those tried */
	bool opened;                    /* by it */
};

static wmem_map_t *tried;

static unsigned tried_hash(gconstpointer p)
{
	return keyed_hash(((const struct tried *)p)->digest, KEYED_HASH_WORDS);
}

static gboolean tried_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(((const struct tried *)a)->digest, ((const struct tried *)b)->digest,
		      DIGEST_SIZE) == 0;
}

static struct tried *tried_before(struct octets sealed, struct octets idx)
{
	static const uint8_t label[] = "ikesync tried";
	const struct octets parts[] = { sealed, idx };
	struct tried key, *t;

	if (!resume_prf(GCRY_MD_SHA256, (struct octets){ label, sizeof(label) - 1 }, parts,
			array_length(parts), key.digest))
		return NULL;
	t = wmem_map_lookup(tried, &key);
	if (t)
		return t;
	t = wmem_new0(wmem_file_scope(), struct tried);
	memcpy(t->digest, key.digest, DIGEST_SIZE);
	wmem_map_insert(tried, t, t);
	return t;
}

bool stub_secrets_open(struct octets sealed, struct octets idx, wmem_allocator_t *scope,
		       struct octets *out, uint32_t *id, bool *is_known)
{
	const struct seal_key *k = NULL, *only;
	struct tried *t;

	*is_known = false;
	if (sealed.n <= SEAL_CLEAR_SIZE + SEAL_TAG_SIZE || sealed.p[0] != SEAL_VERSION)
		return false;
	*id = get32(sealed.p + SEAL_KEY_ID_AT);
	only = resume_seal_key(*id, NULL);
	if (!only)
		return false;
	*is_known = true;
	/* To try one again costs no more than to remember. */
	if (!resume_seal_key(*id, only))
		return try_keys(&k, *id, sealed, idx, scope, out);
	t = tried_before(sealed, idx);
	if (!t)
		return false;
	if (!t->opened)
		return t->opened = try_keys(&t->last, *id, sealed, idx, scope, out);
	return seal_open(sealed, idx, t->last->key, scope, out);
}

static void read_sealed(packet_info *pinfo, struct octets sealed, struct octets idx,
			struct resume_secret *s)
{
	struct octets plain;
	bool known;
	uint32_t id;

	if (!stub_secrets_open(sealed, idx, pinfo->pool, &plain, &id, &known))
		return;
	read_inner(payload_walk_in(plain.p, 0, plain.n), s);
	wipe((void *)(uintptr_t)plain.p, plain.n);
	wipe(s, sizeof(*s));
}

static void read_stub(packet_info *pinfo, struct octets container,
		      const struct resume_secret *older)
{
	struct resume_secret s = { .source = RESUME_SOURCE_STUB,
				   .frame = pinfo->num,
				   .older = older };
	struct payload_walk w = payload_walk_in(container.p, 0, container.n), all = w;
	struct octets idx;

	if (!payload_next(&w) || w.type != PL_INDEX)
		return;
	idx = body_of(&w);
	if (idx.n != INDEX_IP4_SIZE && idx.n != INDEX_IP6_SIZE)
		return;
	memcpy(s.idx.spi, idx.p, INDEX_SPI_SIZE);
	s.idx.address_size = idx.n - INDEX_SPI_SIZE;
	memcpy(s.idx.address, idx.p + INDEX_SPI_SIZE, s.idx.address_size);
	while (payload_next(&w)) {
		if (w.type != PL_SEALED)
			continue;
		read_sealed(pinfo, body_of(&w), idx, &s);
		return;
	}
	read_inner(all, &s);
}

void stub_secrets_read_held(packet_info *pinfo, struct octets sealed, const struct index_body *idx)
{
	struct resume_secret s = { .source = RESUME_SOURCE_STUB, .frame = pinfo->num, .idx = *idx };
	uint8_t body[INDEX_IP6_SIZE];

	if (idx->address_size)
		read_sealed(pinfo, sealed, index_body_octets(idx, body), &s);
}

void stub_secrets_read(packet_info *pinfo, tvbuff_t *tvb)
{
	struct payload_walk w = payload_walk_tvb(tvb);
	struct index_body from = { .address_size = 0 };
	bool has_from = false;

	secret_lines_follow_file();
	while (payload_next(&w)) {
		if (w.type == PL_INDEX && payload_body_length(&w) >= INDEX_SPI_SIZE) {
			/* An update's old index: what is known of it is older than what follows. */
			index_body_read(tvb, payload_body(&w), payload_body_length(&w), &from);
			has_from = true;
		} else if (w.type == PL_STUB) {
			read_stub(pinfo, body_of(&w),
				  has_from ? resume_secrets_find(&from, NULL) : NULL);
			has_from = false;
		}
	}
}

void stub_secrets_init(void)
{
	tried =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), tried_hash, tried_equal);
}
