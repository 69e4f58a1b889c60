/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SK and SKF payloads sealed and opened. */
#include "keys/sk.h"

#include "keys/cipher.h"

#define AEAD_SALT_SIZE 4
#define AEAD_NONCE_SIZE 12
#define SKF_NUMBERS_SIZE 4

/* One direction's keys. */
struct direction {
	const struct ike_keys *keys;
	const EVP_CIPHER *cipher;
	const struct secret *encr;
	const struct secret *integ;
};

static enum err direction_of(const struct ike_keys *keys, enum sk_sender sender,
			     struct direction *d)
{
	bool initiator = sender == SK_FROM_INITIATOR;

	*d = (struct direction){ keys,
				 algorithms_cipher(keys->suite.encr, keys->suite.encr_key_bits),
				 initiator ? &keys->sk_ei : &keys->sk_er,
				 initiator ? &keys->sk_ai : &keys->sk_ar };
	/* Keys never set, or cleared. */
	return d->cipher && d->encr->n && d->encr->n == keys->sizes.encr_key ? ERR_OK : ERR_CRYPTO;
}

/* RFC 5282 section 4: salt, the last four octets of the key, then the eight of the IV. */
static void aead_nonce(const struct direction *d, const uint8_t *iv, uint8_t *nonce)
{
	memcpy(nonce, &d->encr->octets[d->encr->n - AEAD_SALT_SIZE], AEAD_SALT_SIZE);
	memcpy(&nonce[AEAD_SALT_SIZE], iv, AEAD_NONCE_SIZE - AEAD_SALT_SIZE);
}

/* The untruncated ICV over the parts. */
static bool integ_icv(const struct direction *d, const struct span *parts, size_t n,
		      uint8_t out[static HASH_SIZE_MAX])
{
	enum hash h;

	return hash_of_integ(d->keys->suite.integ, &h) &&
	       hash_hmac(h, secret_peek(d->integ), parts, n, out);
}

static size_t padding(const struct suite_sizes *z, size_t inner_n)
{
	size_t used = (inner_n + 1) % z->block;

	return used ? z->block - used : 0;
}

size_t sk_overhead(const struct ike_keys *keys, size_t inner_n)
{
	const struct suite_sizes *z = &keys->sizes;

	return CHAIN_PAYLOAD_HEADER_SIZE + z->iv + padding(z, inner_n) + 1 + z->icv;
}

/*
 * `ct` holds the plaintext and is encrypted in place; `clear` is all of the message before the IV.
 */
static enum err protect(const struct direction *d, struct sk_iv *iv, const struct rng *rng,
			struct span clear, uint8_t *iv_at, uint8_t *ct, size_t n, uint8_t *icv)
{
	const struct suite_sizes *z = &d->keys->sizes;
	uint8_t full[HASH_SIZE_MAX], nonce[AEAD_NONCE_SIZE];
	struct span text = span_of(ct, n);
	enum err err = ERR_CRYPTO;

	if (z->aead) {
		uint64_t v = iv->next;

		/* The counter must not come round (RFC 5282 section 3.1). */
		if (v == UINT64_MAX)
			return ERR_WRONG_STATE;
		iv->next++;
		for (size_t i = z->iv; i-- > 0; v >>= 8)
			iv_at[i] = (uint8_t)v;
		aead_nonce(d, iv_at, nonce);
		if (cipher_aead_seal(d->cipher, d->encr->octets, nonce, clear, text, ct, icv))
			err = ERR_OK;
	} else {
		struct span signed_parts[3] = { clear, span_of(iv_at, z->iv), text };

		rng_fill(rng, iv_at, z->iv);
		if (cipher_cbc(d->cipher, true, d->encr->octets, iv_at, text, ct) &&
		    integ_icv(d, signed_parts, 3, full)) {
			memcpy(icv, full, z->icv);
			err = ERR_OK;
		}
		secret_wipe(full, sizeof(full));
	}
	/* Whatever went wrong, no plaintext may stay in a buffer that is meant to be sent. */
	if (err)
		secret_wipe(ct, n);
	return err;
}

/* `numbers`: NULL for SK, else fragment number and total. `more`: octets of padding that nobody needs. */
static enum err seal_payload(struct chain_writer *w, const struct ike_keys *keys,
			     enum sk_sender sender, struct sk_iv *iv, const struct rng *rng,
			     uint8_t first, struct span inner, const uint16_t *numbers, size_t more)
{
	const struct suite_sizes *z = &keys->sizes;
	struct wcursor *c = w->c;
	size_t payload_at = wcursor_size(c);
	uint8_t *iv_at, *ct, *icv;
	struct direction d;
	struct span clear;
	size_t n;
	enum err err = direction_of(keys, sender, &d);

	if (err)
		return err;
	n = inner.n + padding(z, inner.n) + more + 1;
	if (n - 1 - inner.n > UINT8_MAX)
		return ERR_LENGTH;
	chain_writer_begin(w, numbers ? PAYLOAD_SKF : PAYLOAD_SK, 0);
	wcursor_patch(c, payload_at, 1, first);
	if (numbers) {
		wcursor_u16(c, numbers[0]);
		wcursor_u16(c, numbers[1]);
	}
	clear = span_of(c->base, wcursor_size(c));
	iv_at = wcursor_reserve(c, z->iv);
	ct = wcursor_reserve(c, n);
	icv = wcursor_reserve(c, z->icv);
	chain_writer_end(w);
	/* Both lengths are authenticated: they have to stand before the ICV is made. */
	err = chain_writer_finish(w);
	if (err || !iv_at || !ct || !icv)
		return err ? err : ERR_NO_SPACE;
	if (inner.n)
		memcpy(ct, inner.p, inner.n);
	memset(&ct[inner.n], 0, n - inner.n);
	ct[n - 1] = (uint8_t)(n - 1 - inner.n);
	return protect(&d, iv, rng, clear, iv_at, ct, n, icv);
}

enum err sk_seal(struct chain_writer *w, const struct ike_keys *keys, enum sk_sender sender,
		 struct sk_iv *iv, const struct rng *rng, uint8_t first, struct span inner)
{
	return seal_payload(w, keys, sender, iv, rng, first, inner, NULL, 0);
}

enum err sk_seal_padded(struct chain_writer *w, const struct ike_keys *keys, enum sk_sender sender,
			struct sk_iv *iv, const struct rng *rng, uint8_t first, struct span inner)
{
	const size_t most = UINT8_MAX - padding(&keys->sizes, inner.n);

	return seal_payload(w, keys, sender, iv, rng, first, inner, NULL,
			    most - most % keys->sizes.block);
}

enum err sk_seal_fragment(struct chain_writer *w, const struct ike_keys *keys,
			  enum sk_sender sender, struct sk_iv *iv, const struct rng *rng,
			  uint8_t first, struct span inner, uint16_t number, uint16_t total)
{
	const uint16_t numbers[2] = { number, total };

	return seal_payload(w, keys, sender, iv, rng, first, inner, numbers, 0);
}

/* Check the ICV, then decrypt. */
static enum err unprotect(const struct direction *d, struct span clear, struct span iv,
			  struct span ct, struct span icv, uint8_t *out)
{
	const struct suite_sizes *z = &d->keys->sizes;
	struct span signed_parts[3] = { clear, iv, ct };
	uint8_t full[HASH_SIZE_MAX], nonce[AEAD_NONCE_SIZE];
	enum err err = ERR_OK;

	if (z->aead) {
		aead_nonce(d, iv.p, nonce);
		return cipher_aead_open(d->cipher, d->encr->octets, nonce, clear, ct, icv, out)
			   ? ERR_OK
			   : ERR_INTEGRITY;
	}
	if (!integ_icv(d, signed_parts, 3, full))
		err = ERR_CRYPTO;
	else if (!secret_equal(span_of(full, z->icv), icv))
		err = ERR_INTEGRITY;
	else if (!cipher_cbc(d->cipher, false, d->encr->octets, iv.p, ct, out))
		err = ERR_CRYPTO;
	secret_wipe(full, sizeof(full));
	return err;
}

enum err sk_open(struct span message, const struct chain_payload *p, const struct ike_keys *keys,
		 enum sk_sender sender, uint8_t *out, size_t *n)
{
	const struct suite_sizes *z = &keys->sizes;
	size_t head = CHAIN_PAYLOAD_HEADER_SIZE + (p->type == PAYLOAD_SKF ? SKF_NUMBERS_SIZE : 0);
	struct rcursor c = rcursor_init(message, NULL);
	struct span clear, iv, ct, icv;
	struct direction d;
	size_t left, pad;
	enum err err;

	*n = 0;
	if (p->type != PAYLOAD_SK && p->type != PAYLOAD_SKF)
		return ERR_VALUE;
	err = direction_of(keys, sender, &d);
	if (err)
		return err;
	/* The payload is the message's last (3.14): what follows the offset is all of it. */
	if (p->offset > message.n || message.n - p->offset != CHAIN_PAYLOAD_HEADER_SIZE + p->body.n)
		return ERR_INTEGRITY;
	clear = rcursor_bytes(&c, p->offset + head, "SK");
	iv = rcursor_bytes(&c, z->iv, "SK IV");
	left = rcursor_left(&c);
	if (!rcursor_ok(&c) || left < (size_t)z->icv + z->block || (left - z->icv) % z->block)
		return ERR_INTEGRITY;
	ct = rcursor_bytes(&c, left - z->icv, "SK ciphertext");
	icv = rcursor_bytes(&c, z->icv, "SK ICV");
	err = unprotect(&d, clear, iv, ct, icv, out);
	if (err)
		return err;
	pad = out[ct.n - 1];
	if (pad + 1 > ct.n) {
		secret_wipe(out, ct.n);
		return ERR_INTEGRITY;
	}
	*n = ct.n - 1 - pad;
	return ERR_OK;
}
