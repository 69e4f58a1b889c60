/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ESP by libgcrypt: RFC 4303, 3602, 4106, 4868, 7634. */
#include "other_esp.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#define CBC GCRY_CIPHER_MODE_CBC
#define GCM GCRY_CIPHER_MODE_GCM
#define POLY GCRY_CIPHER_MODE_POLY1305
#define AES(bits) GCRY_CIPHER_AES##bits

const struct other_suite other_suites[OTHER_SUITES] = {
	{ "aes128gcm16", AES(128), GCM, 0, 16, 4, 0, 8, 16, 4 },
	{ "aes192gcm16", AES(192), GCM, 0, 24, 4, 0, 8, 16, 4 },
	{ "aes256gcm16", AES(256), GCM, 0, 32, 4, 0, 8, 16, 4 },
	{ "chacha20poly1305", GCRY_CIPHER_CHACHA20, POLY, 0, 32, 4, 0, 8, 16, 4 },
	{ "aes128-sha1", AES(128), CBC, GCRY_MD_SHA1, 16, 0, 20, 16, 12, 16 },
	{ "aes128-sha256", AES(128), CBC, GCRY_MD_SHA256, 16, 0, 32, 16, 16, 16 },
	{ "aes192-sha384", AES(192), CBC, GCRY_MD_SHA384, 24, 0, 48, 16, 24, 16 },
	{ "aes256-sha512", AES(256), CBC, GCRY_MD_SHA512, 32, 0, 64, 16, 32, 16 },
	{ "null-sha256", 0, 0, GCRY_MD_SHA256, 0, 0, 32, 0, 16, 4 },
	{ "aes128gcm16-esn", AES(128), GCM, 0, 16, 4, 0, 8, 16, 4 },
	{ "chacha20poly1305-esn", GCRY_CIPHER_CHACHA20, POLY, 0, 32, 4, 0, 8, 16, 4 },
	{ "aes128-sha256-esn", AES(128), CBC, GCRY_MD_SHA256, 16, 0, 32, 16, 16, 16 },
	{ "aes256-sha512-esn", AES(256), CBC, GCRY_MD_SHA512, 32, 0, 64, 16, 32, 16 },
};

static void must(gcry_error_t e)
{
	if (e)
		abort();
}

static void put32(uint8_t *at, uint64_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		at[i] = (uint8_t)v;
}

static gcry_cipher_hd_t open_cipher(const struct other_suite *s, const struct other_packet *p,
				    const uint8_t *iv)
{
	gcry_cipher_hd_t c;
	uint8_t nonce[12];

	must(gcry_cipher_open(&c, s->cipher, s->mode, 0));
	must(gcry_cipher_setkey(c, p->encr, s->key));
	if (s->salt) {
		memcpy(nonce, p->encr + s->key, 4);
		memcpy(nonce + 4, iv, 8);
		must(gcry_cipher_setiv(c, nonce, 12));
	} else {
		must(gcry_cipher_setiv(c, iv, 16));
	}
	return c;
}

static void authenticate(gcry_cipher_hd_t c, const struct other_packet *p, const uint8_t *header)
{
	uint8_t aad[12];

	memcpy(aad, header, 8);
	if (p->esn) { /* RFC 4106 section 5: SPI, then all 64 bits */
		put32(aad + 4, p->seq >> 32);
		memcpy(aad + 8, header + 4, 4);
	}
	must(gcry_cipher_authenticate(c, aad, p->esn ? 12 : 8));
}

static void icv(const struct other_suite *s, const struct other_packet *p, const uint8_t *packet,
		size_t n, uint8_t *out)
{
	gcry_md_hd_t h;
	uint8_t high[4];

	must(gcry_md_open(&h, s->hash, GCRY_MD_FLAG_HMAC));
	must(gcry_md_setkey(h, p->integ, s->integ));
	gcry_md_write(h, packet, n);
	put32(high, p->seq >> 32);
	if (p->esn)
		gcry_md_write(h, high, 4);
	memcpy(out, gcry_md_read(h, s->hash), s->icv);
	gcry_md_close(h);
}

static size_t add_trailer(const struct other_suite *s, const struct other_packet *p, uint8_t *at)
{
	size_t pad = 0;

	while ((p->n + pad + 2) % s->block)
		pad++;
	pad += p->extra * s->block;
	for (size_t i = 0; i < pad; i++)
		at[i] = (uint8_t)(i + 1);
	at[pad] = (uint8_t)pad;
	at[pad + 1] = p->next;
	return pad + 2;
}

size_t other_esp_make(const struct other_suite *s, const struct other_packet *p, uint8_t *out)
{
	uint8_t *text = out + 8 + s->iv;
	size_t n;

	put32(out, p->spi);
	put32(out + 4, p->seq);
	memcpy(out + 8, p->iv, s->iv);
	if (p->n)
		memcpy(text, p->text, p->n);
	n = p->raw ? p->n : p->n + add_trailer(s, p, text + p->n);
	if (s->cipher) {
		gcry_cipher_hd_t c = open_cipher(s, p, p->iv);

		if (s->salt)
			authenticate(c, p, out);
		must(gcry_cipher_encrypt(c, text, n, NULL, 0));
		if (s->salt)
			must(gcry_cipher_gettag(c, text + n, 16));
		gcry_cipher_close(c);
	}
	if (!s->salt)
		icv(s, p, out, 8 + s->iv + n, text + n);
	return 8 + s->iv + n + s->icv;
}

size_t other_esp_read(const struct other_suite *s, const struct other_packet *keys,
		      const uint8_t *packet, size_t n, uint8_t *out)
{
	uint8_t expected[64];
	size_t text = n - 8 - s->iv - s->icv;
	bool ok = true;

	memcpy(out, packet + 8 + s->iv, text);
	if (!s->salt) {
		icv(s, keys, packet, n - s->icv, expected);
		ok = memcmp(expected, packet + n - s->icv, s->icv) == 0;
	}
	if (s->cipher) {
		gcry_cipher_hd_t c = open_cipher(s, keys, packet + 8);

		if (s->salt)
			authenticate(c, keys, packet);
		must(gcry_cipher_decrypt(c, out, text, NULL, 0));
		if (s->salt)
			ok = gcry_cipher_checktag(c, packet + n - 16, 16) == 0;
		gcry_cipher_close(c);
	}
	return ok ? text : 0;
}
