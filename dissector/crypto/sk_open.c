/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening an Encrypted payload: AEADs, and CBC or NULL with an HMAC. */
#include "crypto/sk_open.h"

#include <wsutil/wsgcrypt.h>

bool sk_aead_open(int cipher, int mode, struct octets key, struct octets nonce,
		  const struct octets *aad, unsigned n_aad, struct octets sealed, struct octets tag,
		  uint8_t *out)
{
	gcry_cipher_hd_t h;
	bool ok;

	if (gcry_cipher_open(&h, cipher, mode, 0) != 0)
		return false;
	ok =
	    gcry_cipher_setkey(h, key.p, key.n) == 0 && gcry_cipher_setiv(h, nonce.p, nonce.n) == 0;
	for (unsigned i = 0; i < n_aad && ok; i++)
		ok = gcry_cipher_authenticate(h, aad[i].p, aad[i].n) == 0;
	ok = ok && gcry_cipher_final(h) == 0 &&
	     gcry_cipher_decrypt(h, out, sealed.n, sealed.p, sealed.n) == 0 &&
	     gcry_cipher_checktag(h, tag.p, tag.n) == 0;
	gcry_cipher_close(h);
	return ok;
}

/* A shorter tag is the beginning of the whole one, and libgcrypt checks only what it is given. */
static bool open_aead(struct octets message, unsigned body, const struct resume_sizes *s,
		      const struct resume_key *key, uint8_t *plain, unsigned n)
{
	struct octets aad = { message.p, body };
	uint8_t nonce[12];

	memcpy(nonce, key->octets + s->encr_key - s->salt, s->salt);
	memcpy(nonce + s->salt, message.p + body, s->iv);
	return sk_aead_open(s->cipher, s->mode,
			    (struct octets){ key->octets, s->encr_key - s->salt },
			    (struct octets){ nonce, sizeof(nonce) }, &aad, 1,
			    (struct octets){ message.p + body + s->iv, n },
			    (struct octets){ message.p + message.n - s->icv, s->icv }, plain);
}

static bool check_hmac(struct octets message, const struct resume_sizes *s,
		       const struct resume_key *key)
{
	struct octets covered = { message.p, message.n - s->icv };
	uint8_t mac[RESUME_KEY_MAX];

	return resume_prf(s->integ_md, (struct octets){ key->octets, key->n }, &covered, 1, mac) &&
	       memcmp(mac, message.p + covered.n, s->icv) == 0;
}

static bool open_cbc(const struct resume_sizes *s, const struct resume_key *key, const uint8_t *iv,
		     struct octets sealed, uint8_t *plain)
{
	gcry_cipher_hd_t h;
	bool ok;

	if (!s->cipher) { /* ENCR_NULL */
		memcpy(plain, sealed.p, sealed.n);
		return true;
	}
	if (gcry_cipher_open(&h, s->cipher, s->mode, 0) != 0)
		return false;
	ok = gcry_cipher_setkey(h, key->octets, key->n) == 0 &&
	     gcry_cipher_setiv(h, iv, s->iv) == 0 &&
	     gcry_cipher_decrypt(h, plain, sealed.n, sealed.p, sealed.n) == 0;
	gcry_cipher_close(h);
	return ok;
}

enum sk_verdict sk_open(struct octets message, unsigned body, const struct resume_keys *keys,
			bool from_initiator, wmem_allocator_t *scope, struct octets *out)
{
	const struct resume_sizes *s = &keys->sizes;
	bool initiator = from_initiator != keys->swapped;
	const struct resume_key *e = &keys->key[initiator ? RESUME_EI : RESUME_ER];
	const struct resume_key *a = &keys->key[initiator ? RESUME_AI : RESUME_AR];
	uint8_t *plain;
	unsigned n;
	bool ok;

	/* At least one octet: the pad length. */
	if (body > message.n || message.n - body < s->iv + s->icv + 1)
		return SK_BAD_SHAPE;
	n = message.n - body - s->iv - s->icv;
	if (n % s->block)
		return SK_BAD_SHAPE;
	if (!s->aead && !check_hmac(message, s, a))
		return SK_BAD_ICV;
	plain = wmem_alloc(scope, n);
	ok = s->aead ? open_aead(message, body, s, e, plain, n)
		     : open_cbc(s, e, message.p + body,
				(struct octets){ message.p + body + s->iv, n }, plain);
	if (!ok || plain[n - 1] + 1u > n) {
		wmem_free(scope, plain);
		return ok || !s->aead ? SK_BAD_SHAPE : SK_BAD_ICV;
	}
	*out = (struct octets){ plain, n - plain[n - 1] - 1 };
	return SK_OPENED;
}
