/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS 1.3 records: the Hellos, the keys of each phase (RFC 8446 section 7), opening (section 5.2). */
#include "reader/tls_record.h"

#include <openssl/evp.h>

#include "wire/cursor.h"
#include "wire/stub_message.h"

enum { CONTENT_CCS = 20, CONTENT_ALERT = 21, CONTENT_HANDSHAKE = 22, CONTENT_DATA = 23 };
enum { HS_CLIENT_HELLO = 1, HS_SERVER_HELLO = 2, HS_FINISHED = 20, HS_KEY_UPDATE = 24 };
enum { EXTENSION_ALPN = 16, EXTENSION_VERSIONS = 43 };
enum { AES_128_GCM = 0x1301, AES_256_GCM = 0x1302, CHACHA20 = 0x1303 };
#define TAG 16
#define HEADER 5

void tls_side_clear(struct tls_side *side)
{
	secret_wipe(side, sizeof(*side));
}

static const EVP_CIPHER *cipher_of(uint16_t suite)
{
	switch (suite) {
	case AES_128_GCM:
		return EVP_aes_128_gcm();
	case AES_256_GCM:
		return EVP_aes_256_gcm();
	case CHACHA20:
		return EVP_chacha20_poly1305();
	default:
		return NULL;
	}
}

static uint16_t prf_of(uint16_t suite)
{
	return suite == AES_256_GCM ? PRF_HMAC_SHA2_384 : PRF_HMAC_SHA2_256;
}

/* HKDF-Expand-Label without context, of at most one block. */
static bool expand(uint16_t suite, const struct secret *traffic, const char *label, size_t n,
		   uint8_t *out)
{
	uint8_t info[64], block[SECRET_MAX];
	struct wcursor c = wcursor_init(info, sizeof(info));
	struct span part;
	bool ok;

	wcursor_u16(&c, (uint16_t)n);
	wcursor_u8(&c, (uint8_t)(6 + strlen(label)));
	wcursor_bytes(&c, span_text("tls13 "));
	wcursor_bytes(&c, span_text(label));
	wcursor_u8(&c, 0);
	wcursor_u8(&c, 1);
	part = wcursor_written(&c, 0);
	ok = c.err == ERR_OK && n <= suite_prf_size(prf_of(suite)) &&
	     prf(prf_of(suite), secret_peek(traffic), &part, 1, block) == ERR_OK;
	if (ok)
		memcpy(out, block, n);
	secret_wipe(block, sizeof(block));
	return ok;
}

static bool set_traffic(struct tls_side *s, uint16_t suite, struct span secret)
{
	const EVP_CIPHER *cipher = cipher_of(suite);

	s->keyed = false;
	s->sequence = 0;
	if (!cipher || secret.n != suite_prf_size(prf_of(suite)) ||
	    secret_set(&s->traffic, secret) != ERR_OK)
		return false;
	s->key.n = (uint8_t)EVP_CIPHER_get_key_length(cipher);
	s->keyed = expand(suite, &s->traffic, "key", s->key.n, s->key.octets) &&
		   expand(suite, &s->traffic, "iv", sizeof(s->iv), s->iv);
	return s->keyed;
}

static bool enter(struct tls_side *s, enum tls_phase phase, const struct tls_hello *hello,
		  const struct key_ring *keys)
{
	static const char *const labels[2][2] = {
		{ "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET" },
		{ "SERVER_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_0" },
	};

	s->phase = phase;
	return set_traffic(s, hello->cipher,
			   key_ring_tls(keys, labels[phase == TLS_APPLICATION][s->from_client],
					SPAN_OF(hello->client_random)));
}

/* The secret after a KeyUpdate. */
static bool update(struct tls_side *s, uint16_t suite)
{
	struct secret next;
	bool ok;

	next.n = s->traffic.n;
	ok = expand(suite, &s->traffic, "traffic upd", next.n, next.octets) &&
	     set_traffic(s, suite, secret_peek(&next));
	secret_clear(&next);
	return ok;
}

static void read_alpn(struct rcursor body, struct tls_hello *hello)
{
	rcursor_u16(&body, "list");
	while (rcursor_ok(&body) && rcursor_left(&body)) {
		struct span name = rcursor_bytes(&body, rcursor_u8(&body, "length"), "name");

		if (span_equal(name, span_text(STUB_ALPN)))
			hello->stub_alpn = true;
		else
			hello->other_alpn = true;
	}
}

/* Both Hellos begin alike. */
static bool read_hello(struct rcursor *c, bool client, struct tls_hello *hello)
{
	/* HelloRetryRequest is a ServerHello with this random (section 4.1.3) */
	static const uint8_t retry[] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11 };
	struct span random, extensions;
	bool tls13 = false;

	rcursor_u16(c, "version");
	random = rcursor_bytes(c, TLS_RANDOM, "random");
	rcursor_bytes(c, rcursor_u8(c, "session"), "session");
	if (client) {
		rcursor_bytes(c, rcursor_u16(c, "ciphers"), "ciphers");
		rcursor_bytes(c, rcursor_u8(c, "compressions"), "compressions");
	} else {
		hello->cipher = rcursor_u16(c, "cipher");
		rcursor_u8(c, "compression");
	}
	extensions = rcursor_bytes(c, rcursor_u16(c, "extensions"), "extensions");
	if (!rcursor_ok(c))
		return false;
	if (client)
		memcpy(hello->client_random, random.p, TLS_RANDOM);
	else
		hello->retry = memcmp(random.p, retry, sizeof(retry)) == 0;
	*c = rcursor_init(extensions, NULL);
	while (rcursor_ok(c) && rcursor_left(c)) {
		unsigned type = rcursor_u16(c, "type");
		struct rcursor body =
		    rcursor_init(rcursor_bytes(c, rcursor_u16(c, "length"), "extension"), NULL);

		if (client && type == EXTENSION_ALPN)
			read_alpn(body, hello);
		if (!client && type == EXTENSION_VERSIONS)
			tls13 = rcursor_u16(&body, "version") == 0x0304;
	}
	if (client)
		hello->client_seen = true;
	else
		hello->server_seen = !hello->retry;
	if (!client)
		hello->below_13 = !tls13;
	return true;
}

/* A Hello has a record of its own in every stack there is; one in two records is not read. */
static enum tls_result take_hello(struct tls_side *s, struct tls_hello *hello,
				  const struct key_ring *keys, struct span body)
{
	struct rcursor c = rcursor_init(body, NULL);
	uint8_t type = rcursor_u8(&c, "type");
	size_t n = (size_t)rcursor_uint(&c, 3, "length");
	struct rcursor message = rcursor_init(rcursor_bytes(&c, n, "hello"), NULL);

	if (!rcursor_ok(&c) || type != (s->from_client ? HS_CLIENT_HELLO : HS_SERVER_HELLO) ||
	    !read_hello(&message, s->from_client, hello))
		return TLS_BROKEN;
	if (!s->from_client && (!hello->client_seen || hello->below_13))
		return TLS_BROKEN;
	if (!s->from_client && hello->retry)
		return TLS_NOTHING;
	/* the client's own keys wait for the ServerHello, which names the suite */
	if (!s->from_client && !enter(s, TLS_HANDSHAKE, hello, keys))
		return TLS_NO_KEYS;
	return TLS_NOTHING;
}

/* Is a handshake message of `type` complete in `body`? Only Finished and KeyUpdate matter. */
static bool walk_handshake(struct tls_side *s, struct span body, bool *finished, bool *updated)
{
	struct rcursor c = rcursor_init(body, NULL);

	while (rcursor_left(&c)) {
		size_t step;

		if (s->head_n < 4) {
			s->head[s->head_n++] = rcursor_u8(&c, "head");
			if (s->head_n < 4)
				continue;
			s->left =
			    (uint32_t)s->head[1] << 16 | (uint32_t)s->head[2] << 8 | s->head[3];
		}
		step = MIN((size_t)s->left, rcursor_left(&c));
		rcursor_bytes(&c, step, "message");
		s->left -= (uint32_t)step;
		if (s->left)
			continue;
		s->head_n = 0;
		*finished |= s->head[0] == HS_FINISHED;
		*updated |= s->head[0] == HS_KEY_UPDATE;
	}
	return rcursor_ok(&c);
}

static bool open_record(const struct tls_side *s, uint16_t suite, struct span record, uint8_t *out,
			size_t *n)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t text = record.n - HEADER - TAG;
	uint8_t nonce[12], tag[TAG];
	int got = 0, last = 0;
	bool ok;

	memcpy(nonce, s->iv, sizeof(nonce));
	for (unsigned i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(s->sequence >> (8 * i));
	memcpy(tag, record.p + HEADER + text, TAG);
	ok = ctx && EVP_DecryptInit_ex(ctx, cipher_of(suite), NULL, s->key.octets, nonce) == 1 &&
	     EVP_DecryptUpdate(ctx, NULL, &got, record.p, HEADER) == 1 &&
	     EVP_DecryptUpdate(ctx, out, &got, record.p + HEADER, (int)text) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
	     EVP_DecryptFinal_ex(ctx, out + got, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	*n = text;
	return ok;
}

/* What a protected record brought: `out` has its inner plaintext of `*n` octets. */
static enum tls_result take_inner(struct tls_side *s, struct tls_hello *hello,
				  const struct key_ring *keys, const uint8_t *out, size_t *n)
{
	bool finished = false, updated = false;
	uint8_t content;

	/* the type is the last octet that is not zero (section 5.4) */
	while (*n && out[*n - 1] == 0)
		--*n;
	if (!*n)
		return TLS_BROKEN;
	content = out[--*n];
	if (content == CONTENT_DATA)
		return s->phase == TLS_APPLICATION ? TLS_DATA : TLS_BROKEN;
	if (content == CONTENT_HANDSHAKE &&
	    !walk_handshake(s, span_of(out, *n), &finished, &updated))
		return TLS_BROKEN;
	if (finished && !enter(s, TLS_APPLICATION, hello, keys))
		return TLS_NO_KEYS;
	if (updated && !update(s, hello->cipher))
		return TLS_BROKEN;
	return TLS_NOTHING;
}

enum tls_result tls_record_take(struct tls_side *side, struct tls_hello *hello,
				const struct key_ring *keys, struct span record, uint8_t *out,
				size_t *n)
{
	enum tls_result result;

	*n = 0;
	if (record.n < HEADER || record.n > TLS_RECORD_MAX)
		return TLS_BROKEN;
	if (record.p[0] == CONTENT_CCS)
		return TLS_NOTHING;
	/* in clear: a Hello, or an alert because the handshake failed */
	if (record.p[0] == CONTENT_ALERT)
		return TLS_NOTHING;
	if (record.p[0] == CONTENT_HANDSHAKE)
		return side->phase == TLS_HELLO
			   ? take_hello(side, hello, keys,
					span_of(record.p + HEADER, record.n - HEADER))
			   : TLS_BROKEN;
	if (record.p[0] != CONTENT_DATA || record.n < HEADER + TAG + 1)
		return TLS_BROKEN;
	if (!hello->client_seen || !hello->server_seen)
		return TLS_NO_KEYS;
	if (side->phase == TLS_HELLO && !enter(side, TLS_HANDSHAKE, hello, keys))
		return TLS_NO_KEYS;
	if (!side->keyed)
		return TLS_NO_KEYS;
	if (!open_record(side, hello->cipher, record, out, n)) {
		*n = 0;
		return TLS_BROKEN;
	}
	side->sequence++;
	result = take_inner(side, hello, keys, out, n);
	if (result != TLS_DATA)
		*n = 0;
	return result;
}
