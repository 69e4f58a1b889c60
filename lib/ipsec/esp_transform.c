/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One direction's cipher, by OpenSSL. */
#include "ipsec/esp_transform.h"

#include <limits.h>
#include <stdlib.h>

#include "ipsec/esp_hmac.h"
#include "keys/algorithms.h"
#include "keys/secret.h"

#define SALT_SIZE 4
#define AEAD_IV_SIZE 8
#define AEAD_ICV_SIZE 16
#define LEAST_BLOCK 4

struct esp_transform {
	EVP_CIPHER_CTX *cipher; /* NULL: none, ENCR_NULL */
	struct esp_hmac *hmac;  /* NULL: AEAD */
	struct esp_sizes sizes;
	bool esn;
	uint8_t salt[SALT_SIZE];
};

static bool is_aead(uint16_t encr)
{
	return encr == ENCR_AES_GCM_16 || encr == ENCR_CHACHA20_POLY1305;
}

static uint8_t icv_size(uint16_t integ)
{
	switch (integ) {
	case INTEG_HMAC_SHA1_96:
		return 12;
	case INTEG_HMAC_SHA2_256_128:
		return 16;
	case INTEG_HMAC_SHA2_384_192:
		return 24;
	default:
		return 32;
	}
}

enum err esp_sizes(const struct suite_esp *s, struct esp_sizes *out)
{
	size_t encr, integ;
	enum err err = suite_esp_keymat(s, &encr, &integ);
	bool cbc = s->encr == ENCR_AES_CBC;

	if (err)
		return err;
	*out = (struct esp_sizes){ .aead = is_aead(s->encr) };
	if (out->aead) {
		out->iv = AEAD_IV_SIZE;
		out->icv = AEAD_ICV_SIZE;
	} else {
		out->iv = cbc ? 16 : 0;
		out->icv = icv_size(s->integ);
	}
	out->block = cbc ? 16 : LEAST_BLOCK;
	return ERR_OK;
}

/* A context that knows its key; packets only give it an IV. */
static EVP_CIPHER_CTX *keyed(const struct suite_esp *s, const uint8_t *key, bool seal)
{
	const EVP_CIPHER *c = algorithms_cipher(s->encr, s->encr_key_bits);
	EVP_CIPHER_CTX *ctx = c ? EVP_CIPHER_CTX_new() : NULL;

	if (ctx && EVP_CipherInit_ex2(ctx, c, key, NULL, seal, NULL) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

struct esp_transform *esp_transform_new(const struct suite_esp *s, struct span encr,
					struct span integ, bool seal)
{
	struct esp_transform *t = calloc(1, sizeof(*t));
	size_t encr_n, integ_n;
	bool ok = t && esp_sizes(s, &t->sizes) == ERR_OK &&
		  suite_esp_keymat(s, &encr_n, &integ_n) == ERR_OK && encr.n == encr_n &&
		  integ.n == integ_n;

	if (ok) {
		t->esn = s->esn;
		if (t->sizes.aead)
			memcpy(t->salt, &encr.p[encr.n - SALT_SIZE], SALT_SIZE);
		else
			t->hmac = esp_hmac_new(s->integ, integ);
		if (s->encr != ENCR_NULL)
			t->cipher = keyed(s, encr.p, seal);
		ok = (t->sizes.aead || t->hmac) && (s->encr == ENCR_NULL || t->cipher);
	}
	if (ok)
		return t;
	esp_transform_free(t);
	return NULL;
}

void esp_transform_free(struct esp_transform *t)
{
	if (!t)
		return;
	EVP_CIPHER_CTX_free(t->cipher);
	esp_hmac_free(t->hmac);
	secret_wipe(t, sizeof(*t));
	free(t);
}

static void write_u32(uint8_t *at, uint32_t v)
{
	for (unsigned i = 4; i-- > 0; v >>= 8)
		at[i] = (uint8_t)v;
}

static bool update(EVP_CIPHER_CTX *ctx, uint8_t *out, struct span in)
{
	int n = 0;

	return in.n <= INT_MAX && EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) &&
	       (size_t)n == in.n;
}

static bool finish(EVP_CIPHER_CTX *ctx)
{
	uint8_t none[16];
	int n = 0;

	return EVP_CipherFinal_ex(ctx, none, &n) && n == 0;
}

/* Salt and IV (RFC 4106 section 4, RFC 7634 section 2), and what is authenticated beside the text: SPI and number. */
static bool begin_aead(const struct esp_transform *t, uint64_t seq, const uint8_t *packet)
{
	uint8_t nonce[SALT_SIZE + AEAD_IV_SIZE], aad[4 + 8];
	struct span a = span_of(packet, ESP_HEADER_SIZE);

	memcpy(nonce, t->salt, SALT_SIZE);
	memcpy(&nonce[SALT_SIZE], &packet[ESP_HEADER_SIZE], AEAD_IV_SIZE);
	if (t->esn) {
		memcpy(aad, packet, 4);
		write_u32(&aad[4], (uint32_t)(seq >> 32));
		memcpy(&aad[8], &packet[4], 4);
		a = SPAN_OF(aad);
	}
	return EVP_CipherInit_ex2(t->cipher, NULL, NULL, nonce, -1, NULL) &&
	       update(t->cipher, NULL, a);
}

/* Header, IV and ciphertext, and with ESN the upper half of the number (RFC 4303 section 2.2.1). */
static void hmac(const struct esp_transform *t, uint64_t seq, struct span octets,
		 uint8_t out[static ESP_HMAC_MAX])
{
	uint8_t high[4];

	write_u32(high, (uint32_t)(seq >> 32));
	esp_hmac_of(t->hmac, octets, t->esn ? SPAN_OF(high) : SPAN_NONE, out);
}

static bool crypt(const struct esp_transform *t, const uint8_t *iv, struct span text, uint8_t *out)
{
	if (t->cipher)
		return EVP_CipherInit_ex2(t->cipher, NULL, NULL, iv, -1, NULL) &&
		       update(t->cipher, out, text) && finish(t->cipher);
	if (text.n)
		memmove(out, text.p, text.n);
	return true;
}

bool esp_transform_seal(struct esp_transform *t, uint64_t seq, struct span text, uint8_t *packet)
{
	const size_t front = ESP_HEADER_SIZE + t->sizes.iv;
	uint8_t icv[ESP_HMAC_MAX];

	if (t->sizes.aead)
		return begin_aead(t, seq, packet) && update(t->cipher, &packet[front], text) &&
		       finish(t->cipher) &&
		       EVP_CIPHER_CTX_ctrl(t->cipher, EVP_CTRL_AEAD_GET_TAG, AEAD_ICV_SIZE,
					   &packet[front + text.n]);
	if (!crypt(t, &packet[ESP_HEADER_SIZE], text, &packet[front]))
		return false;
	hmac(t, seq, span_of(packet, front + text.n), icv);
	memcpy(&packet[front + text.n], icv, t->sizes.icv);
	return true;
}

static bool open_aead(struct esp_transform *t, uint64_t seq, struct span packet, struct span text,
		      uint8_t *out)
{
	uint8_t icv[AEAD_ICV_SIZE];

	memcpy(icv, &packet.p[packet.n - AEAD_ICV_SIZE], AEAD_ICV_SIZE);
	if (begin_aead(t, seq, packet.p) &&
	    EVP_CIPHER_CTX_ctrl(t->cipher, EVP_CTRL_AEAD_SET_TAG, AEAD_ICV_SIZE, icv) &&
	    update(t->cipher, out, text) && finish(t->cipher))
		return true;
	secret_wipe(out, text.n);
	return false;
}

bool esp_transform_open(struct esp_transform *t, uint64_t seq, struct span packet, uint8_t *out)
{
	const size_t front = ESP_HEADER_SIZE + t->sizes.iv;
	struct span text;
	uint8_t icv[ESP_HMAC_MAX];

	if (packet.n <= front + t->sizes.icv)
		return false;
	text = span_of(&packet.p[front], packet.n - front - t->sizes.icv);
	if (text.n % t->sizes.block)
		return false;
	if (t->sizes.aead)
		return open_aead(t, seq, packet, text, out);
	hmac(t, seq, span_of(packet.p, front + text.n), icv);
	return secret_equal(span_of(icv, t->sizes.icv),
			    span_of(&packet.p[front + text.n], t->sizes.icv)) &&
	       crypt(t, &packet.p[ESP_HEADER_SIZE], text, out);
}
