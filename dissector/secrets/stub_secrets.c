/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets out of the stubs that a capture shows, sealed and in clear. */
#include "secrets/stub_secrets.h"

#include <wsutil/wsgcrypt.h>

#include "base/keyed_hash.h"
#include "base/stub_numbers.h"
#include "secrets/resume_secrets.h"
#include "base/wipe.h"

#define CONTAINER_HEADER 4
#define DIGEST_SIZE 32

/* Payloads with the generic header, one after the other, as far as they are sound. */
struct chain {
	const uint8_t *p;
	unsigned at, end;
	uint8_t next, type;
	struct octets body;
};

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool chain_next(struct chain *c)
{
	unsigned length;

	if (!c->next || c->end - c->at < 4)
		return false;
	length = get16(c->p + c->at + 2);
	if (length < 4 || length > c->end - c->at)
		return false;
	c->type = c->next;
	c->next = c->p[c->at];
	c->body = (struct octets){ c->p + c->at + 4, length - 4 };
	c->at += length;
	return true;
}

/* A chain of payloads behind First Payload and three reserved octets. */
static struct chain chain_of(struct octets container)
{
	return (struct chain){ .p = container.p,
			       .at = CONTAINER_HEADER,
			       .end = container.n,
			       .next = container.n > CONTAINER_HEADER ? container.p[0] : 0 };
}

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

static void read_inner(struct chain c, struct resume_secret *s)
{
	struct resume_sizes sizes;

	while (chain_next(&c)) {
		switch (c.type) {
		case PL_SA:
			read_sa(c.body, &s->suite);
			break;
		case PL_SPI_PAIR:
			if (c.body.n != 16)
				break;
			s->has_pair = true;
			memcpy(s->spii, c.body.p, 8);
			memcpy(s->spir, c.body.p + 8, 8);
			break;
		case PL_SK_D:
			if (c.body.n > RESUME_KEY_MAX)
				return;
			s->sk_d.n = c.body.n;
			memcpy(s->sk_d.octets, c.body.p, c.body.n);
			break;
		case PL_SHARED_SECRET:
			s->g_ir = c.body;
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
	if (sealed.n <= SEAL_CLEAR_SIZE + SEAL_TAG_SIZE || sealed.p[0] != 1)
		return false;
	*id = get16(sealed.p + 1) << 16 | get16(sealed.p + 3);
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
	read_inner(chain_of(plain), s);
	wipe((void *)(uintptr_t)plain.p, plain.n);
	wipe(s, sizeof(*s));
}

static void read_stub(packet_info *pinfo, struct octets container,
		      const struct resume_secret *older)
{
	struct resume_secret s = { .source = RESUME_SOURCE_STUB,
				   .frame = pinfo->num,
				   .older = older };
	struct chain c = chain_of(container), all = c;
	struct octets idx = { NULL, 0 };

	if (!chain_next(&c) || c.type != PL_INDEX ||
	    (c.body.n != INDEX_IP4_SIZE && c.body.n != INDEX_IP6_SIZE))
		return;
	idx = c.body;
	memcpy(s.idx.spi, idx.p, INDEX_SPI_SIZE);
	s.idx.address_size = idx.n - INDEX_SPI_SIZE;
	memcpy(s.idx.address, idx.p + INDEX_SPI_SIZE, s.idx.address_size);
	while (chain_next(&c)) {
		if (c.type != PL_SEALED)
			continue;
		read_sealed(pinfo, c.body, idx, &s);
		return;
	}
	read_inner(all, &s);
}

void stub_secrets_read_held(packet_info *pinfo, struct octets sealed, const struct index_body *idx)
{
	struct resume_secret s = { .source = RESUME_SOURCE_STUB, .frame = pinfo->num, .idx = *idx };
	uint8_t body[INDEX_IP6_SIZE];

	if (!idx->address_size)
		return;
	memcpy(body, idx->spi, INDEX_SPI_SIZE);
	memcpy(body + INDEX_SPI_SIZE, idx->address, idx->address_size);
	read_sealed(pinfo, sealed, (struct octets){ body, INDEX_SPI_SIZE + idx->address_size }, &s);
}

void stub_secrets_read(packet_info *pinfo, tvbuff_t *tvb)
{
	struct index_body from = { .address_size = 0 };
	unsigned n = tvb_captured_length(tvb);
	struct chain c;
	bool has_from = false;

	if (n < 8)
		return;
	c = (struct chain){ .p = tvb_get_ptr(tvb, 0, (int)n), .at = 4, .end = n };
	c.next = c.p[0];
	while (chain_next(&c)) {
		if (c.type == PL_INDEX && c.body.n >= INDEX_SPI_SIZE) {
			/* An update's old index: what is known of it is older than what follows. */
			unsigned offset = (unsigned)(c.body.p - c.p);

			index_body_read(tvb, offset, c.body.n, &from);
			has_from = true;
		} else if (c.type == PL_STUB) {
			read_stub(pinfo, c.body,
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
