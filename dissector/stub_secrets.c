/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stub_secrets.h"

#include <wsutil/wsgcrypt.h>

#include "keyed_hash.h"
#include "resume_secrets.h"
#include "resume_wipe.h"

#define CONTAINER_HEADER 4
#define DIGEST_SIZE 32

static int hf_opened = -1;
static int ett_opened = -1;
static expert_field ei_not_opened = EI_INIT, ei_no_key = EI_INIT, ei_inner_expiry = EI_INIT,
		    ei_inner_short = EI_INIT;

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

/*
 * With the first key of this ID that opens it. Whatever the passes over a file, no key is tried a
 * second time that did not open a stub; later ones (of a second secrets block) are.
 */
static bool open_with_any(struct octets sealed, struct octets idx, wmem_allocator_t *scope,
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

static void read_stub(packet_info *pinfo, struct octets container,
		      const struct resume_secret *older)
{
	struct resume_secret s = { .source = RESUME_SOURCE_STUB,
				   .frame = pinfo->num,
				   .older = older };
	struct chain c = chain_of(container), all = c;
	struct octets idx = { NULL, 0 }, plain;
	bool known;
	uint32_t id;

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
		if (open_with_any(c.body, idx, pinfo->pool, &plain, &id, &known)) {
			read_inner(chain_of(plain), &s);
			wipe((void *)(uintptr_t)plain.p, plain.n);
			wipe(&s, sizeof(s));
		}
		return;
	}
	read_inner(all, &s);
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

/* --- showing --- */

/* Rule 35: the absolute expiry stands inside and outside alike. */
static void check_expiry(const struct stub_payload *p, proto_item *item, struct octets plain,
			 const uint8_t *outside)
{
	struct chain c = chain_of(plain);

	while (chain_next(&c))
		if (c.type == PL_ATTRIBUTE && c.body.n == 10 && get16(c.body.p) == ATTR_EXPIRY) {
			if (memcmp(c.body.p + 2, outside, 8) != 0)
				expert_add_info(p->pinfo, item, &ei_inner_expiry);
			return;
		}
}

tvbuff_t *stub_secrets_open(const struct stub_payload *p, unsigned idx, unsigned index_length,
			    proto_tree **tree)
{
	struct octets sealed, plain;
	tvbuff_t *opened;
	proto_item *item;
	bool known, ok;
	uint32_t id = 0;

	if (!p->tree || p->length <= SEAL_CLEAR_SIZE + SEAL_TAG_SIZE ||
	    !tvb_bytes_exist(p->tvb, (int)p->body, (int)p->length) || !resume_seal_keys_any())
		return NULL;
	sealed = (struct octets){ tvb_get_ptr(p->tvb, (int)p->body, (int)p->length), p->length };
	ok = open_with_any(
	    sealed,
	    (struct octets){ tvb_get_ptr(p->tvb, (int)idx, (int)index_length), index_length },
	    p->pinfo->pool, &plain, &id, &known);
	if (!ok && !known) {
		if (sealed.p[0] == 1)
			expert_add_info_format(p->pinfo, p->item, &ei_no_key,
					       "no key with ID 0x%08x is given to open this stub",
					       id);
		return NULL;
	}
	item = proto_tree_add_boolean(p->tree, hf_opened, p->tvb, (int)p->body, (int)p->length, ok);
	proto_item_set_generated(item);
	if (!ok) {
		expert_add_info(p->pinfo, item, &ei_not_opened);
		return NULL;
	}
	opened = tvb_new_child_real_data(p->tvb, plain.p, plain.n, (int)plain.n);
	add_new_data_source(p->pinfo, opened, "Stub, opened");
	*tree = proto_item_add_subtree(item, ett_opened);
	check_expiry(p, item, plain, sealed.p + 37);
	if (plain.n < CONTAINER_HEADER) {
		expert_add_info(p->pinfo, item, &ei_inner_short);
		return NULL;
	}
	return opened;
}

static hf_register_info fields[] = {
	{ &hf_opened,
	  { "Opened with the pool's key", "ikestub.sealed.opened", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
	    "HKDF-SHA-256 and AES-256-GCM, bound to the index (rule 35)", HFILL } },
};

static ei_register_info experts[] = {
	{ &ei_not_opened,
	  { "ikestub.sealed.not_opened", PI_SECURITY, PI_ERROR,
	    "the tag does not verify: the stub was altered, or is bound to another index, or the "
	    "key "
	    "is another (rule 35)",
	    EXPFILL } },
	{ &ei_no_key,
	  { "ikestub.sealed.no_key", PI_SECURITY, PI_CHAT,
	    "no key with this ID is given to open this stub", EXPFILL } },
	{ &ei_inner_expiry,
	  { "ikestub.sealed.expiry_differs", PI_PROTOCOL, PI_ERROR,
	    "the expiry inside the seal is not the one outside (rule 35)", EXPFILL } },
	{ &ei_inner_short,
	  { "ikestub.sealed.short", PI_MALFORMED, PI_ERROR,
	    "what was sealed is not at least 4 octets (rule 35)", EXPFILL } },
};

void stub_secrets_register(int proto)
{
	static int *subtrees[] = { &ett_opened };
	expert_module_t *expert;

	proto_register_field_array(proto, fields, array_length(fields));
	proto_register_subtree_array(subtrees, array_length(subtrees));
	expert = expert_register_protocol(proto);
	expert_register_field_array(expert, experts, array_length(experts));
	tried =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), tried_hash, tried_equal);
}
