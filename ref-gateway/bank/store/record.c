/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and values of stored stubs, written and read back. */
#include "record.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "wire/stub.h"

#define RECORD_FLAG_ENCRYPTED 0x01
/* Seconds that a record stays after its end. */
#define GONE_GRACE 60

struct record_key record_key_prefix(const struct address *gateway)
{
	struct record_key k = { 0 };
	struct wcursor c = wcursor_init(k.octets, sizeof(k.octets));

	wcursor_u8(&c, gateway->family);
	wcursor_bytes(&c, span_of(gateway->octets, address_size(gateway)));
	k.n = wcursor_size(&c);
	return k;
}

struct record_key record_key(const struct index *ix)
{
	struct record_key k = record_key_prefix(&ix->address);
	struct wcursor c = wcursor_init(k.octets, sizeof(k.octets));

	(void)wcursor_reserve(&c, k.n);
	wcursor_u64(&c, ix->spi);
	k.n = wcursor_size(&c);
	return k;
}

enum err record_key_parse(struct span key, struct index *out)
{
	struct rcursor c = rcursor_init(key, NULL);
	struct span address;

	*out = (struct index){ 0 };
	out->address.family = rcursor_u8(&c, "family");
	if (out->address.family != 4 && out->address.family != 6)
		rcursor_fail(&c, ERR_VALUE, "family");
	address = rcursor_bytes(&c, address_size(&out->address), "address");
	if (address.n)
		memcpy(out->address.octets, address.p, address.n);
	out->spi = rcursor_u64(&c, "SPI");
	return rcursor_finish(&c, "key", NULL);
}

void record_write(struct wcursor *c, const struct record *r)
{
	size_t length_at, body_at;

	wcursor_u8(c, RECORD_VERSION);
	wcursor_u8(c, (uint8_t)r->state);
	wcursor_u8(c, r->encrypted ? RECORD_FLAG_ENCRYPTED : 0);
	wcursor_u8(c, (uint8_t)r->pool.n);
	wcursor_u64(c, r->expiry);
	length_at = wcursor_size(c);
	wcursor_u32(c, 0);
	wcursor_bytes(c, r->pool);
	body_at = wcursor_size(c);
	if (r->state == RECORD_DELETED)
		return;
	wcursor_bytes(c, SPAN_OF(r->digest));
	if (r->state == RECORD_MOVED)
		index_write(c, &r->moved_to);
	else
		wcursor_bytes(c, r->container);
	wcursor_patch(c, length_at, 4, wcursor_size(c) - body_at);
}

enum err record_parse(struct span value, struct record *out, struct fault *fault)
{
	struct rcursor c = rcursor_init(value, NULL);
	struct span digest;
	uint8_t flags, pool;
	uint32_t length;

	*out = (struct record){ 0 };
	if (rcursor_u8(&c, "version") != RECORD_VERSION)
		rcursor_fail(&c, ERR_VERSION, "stored stub: version");
	out->state = (enum record_state)rcursor_u8(&c, "stored stub: state");
	flags = rcursor_u8(&c, "stored stub: flags");
	if (flags & (uint8_t)~RECORD_FLAG_ENCRYPTED)
		rcursor_fail(&c, ERR_VALUE, "stored stub: flags");
	out->encrypted = flags & RECORD_FLAG_ENCRYPTED;
	pool = rcursor_u8(&c, "stored stub: pool length");
	out->expiry = rcursor_u64(&c, "stored stub: expiry");
	length = rcursor_u32(&c, "stored stub: body length");
	out->pool = rcursor_bytes(&c, pool, "stored stub: pool");
	if (rcursor_ok(&c) && rcursor_left(&c) != length)
		rcursor_fail(&c, ERR_LENGTH, "stored stub: body length");
	if (rcursor_ok(&c) && (out->state < RECORD_LIVE || out->state > RECORD_DELETED))
		rcursor_fail(&c, ERR_VALUE, "stored stub: state");
	if (out->state != RECORD_DELETED) {
		digest = rcursor_bytes(&c, RECORD_DIGEST_SIZE, "stored stub: digest");
		if (digest.n)
			memcpy(out->digest, digest.p, digest.n);
	}
	if (out->state == RECORD_LIVE)
		out->container = rcursor_rest(&c);
	if (out->state == RECORD_MOVED && rcursor_ok(&c)) {
		struct fault inner = { 0 };
		struct span body = rcursor_rest(&c);

		if (index_parse(body, false, 0, &out->moved_to, &inner) != ERR_OK)
			rcursor_fail(&c, inner.err, "stored stub: new index");
	}
	return rcursor_finish(&c, "stored stub", fault);
}

uint64_t record_gone_at(const struct record *r)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = r->container };
	struct stub_container c;
	struct fault fault;
	uint64_t sealed;

	if (r->state != RECORD_LIVE || r->encrypted ||
	    stub_container_parse(&p, &c, &fault) != ERR_OK || !c.is_sealed)
		return r->expiry;
	sealed = c.sealed.expiry > UINT64_MAX - STUB_CLOCK_SKEW ? UINT64_MAX
								: c.sealed.expiry + STUB_CLOCK_SKEW;
	return sealed > r->expiry ? sealed : r->expiry;
}

bool record_is_over(struct span value, uint64_t now)
{
	struct record record;

	return record_parse(value, &record, NULL) == ERR_OK && now >= GONE_GRACE &&
	       record_gone_at(&record) <= now - GONE_GRACE;
}

void record_digest(const struct stub_container *s, uint8_t out[static RECORD_DIGEST_SIZE])
{
	static const uint8_t zeros[4];
	struct rcursor c = rcursor_init(s->body, NULL);
	struct span before = rcursor_bytes(&c, s->lifetime_offset, "before");
	struct span lifetime = rcursor_bytes(&c, sizeof(zeros), "lifetime");
	struct span after = rcursor_rest(&c);
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(md, before.p, before.n) != 1 ||
	    EVP_DigestUpdate(md, zeros, lifetime.n) != 1 ||
	    (after.n && EVP_DigestUpdate(md, after.p, after.n) != 1) ||
	    EVP_DigestFinal_ex(md, out, NULL) != 1)
		abort(); /* no memory, or a library without SHA-256: nothing sensible is left */
	EVP_MD_CTX_free(md);
}
