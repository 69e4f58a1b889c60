/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encrypted payloads against RFC 7634's example, libgcrypt (AEAD) and the openssl program (CBC,
 * HMAC). */
#include "support.h"

#include <gcrypt.h>

#include "keys/sk.h"

#define MESSAGE_MAX 2048
#define HEADER_AND_SK 32

static const struct {
	const char *text;
	const char *digest; /* of the integrity algorithm, NULL: AEAD */
	const char *enc;    /* name for openssl enc */
} suites[] = {
	{ "aes128-sha1", "SHA1", "aes-128-cbc" },     { "aes128-sha256", "SHA256", "aes-128-cbc" },
	{ "aes192-sha384", "SHA384", "aes-192-cbc" }, { "aes256-sha512", "SHA512", "aes-256-cbc" },
	{ "aes128gcm16-prfsha256", NULL, NULL },      { "aes192gcm16-prfsha384", NULL, NULL },
	{ "aes256gcm16-prfsha512", NULL, NULL },      { "chacha20poly1305-prfsha256", NULL, NULL },
};
#define SUITES (sizeof(suites) / sizeof(suites[0]))

static struct ike_keys keys_of(const char *text)
{
	const uint8_t ni[32] = { 1 }, nr[32] = { 2 }, g[32] = { 3 };
	struct ike_seed seed = { SPAN_OF(ni), SPAN_OF(nr), 0x1111, 0x2222 };
	struct ike_keys k;
	struct suite s;

	assert_ok(suite_from_text(text, &s));
	assert_ok(ike_keys_initial(&k, &s, &seed, SPAN_OF(g)));
	return k;
}

struct message {
	uint8_t p[MESSAGE_MAX];
	size_t n;
	struct ike_header header;
	struct chain chain;
};

static struct span whole(const struct message *m)
{
	return span_of(m->p, m->n);
}

static void parse(struct message *m)
{
	struct fault fault;

	assert_ok(chain_parse_message(whole(m), &m->header, &m->chain, &fault));
}

/* An INFORMATIONAL message with `inner` in SK or, with a total, SKF. */
static void make(struct message *m, const struct ike_keys *k, enum sk_sender sender,
		 struct sk_iv *iv, struct span inner, uint16_t number, uint16_t total)
{
	struct ike_header h = { .spi_i = 0x1111,
				.spi_r = 0x2222,
				.version = IKE_VERSION_2,
				.exchange = EXCHANGE_INFORMATIONAL,
				.flags = IKE_FLAG_INITIATOR,
				.message_id = 7 };
	struct wcursor c = wcursor_init(m->p, sizeof(m->p));
	struct chain_writer w;
	struct rng_fixed fixed;
	struct rng rng = rng_fixed(&fixed, "IV");

	chain_writer_message(&w, &c, &h);
	if (total)
		assert_ok(sk_seal_fragment(&w, k, sender, iv, &rng, PAYLOAD_NOTIFY, inner, number,
					   total));
	else
		assert_ok(sk_seal(&w, k, sender, iv, &rng, PAYLOAD_NOTIFY, inner));
	m->n = wcursor_size(&c);
	parse(m);
	assert_int_equal(m->chain.n, 1);
	assert_int_equal(m->chain.at[0].type, total ? PAYLOAD_SKF : PAYLOAD_SK);
	assert_int_equal(m->chain.at[0].next, PAYLOAD_NOTIFY);
	assert_int_equal(m->header.length, m->n);
	assert_int_equal(m->n,
			 IKE_HEADER_SIZE + (total ? 4 : 0) + inner.n + sk_overhead(k, inner.n));
}

static void round_trip_every_length(void **state)
{
	uint8_t inner[70], out[MESSAGE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(inner); i++)
		inner[i] = (uint8_t)i;
	for (size_t s = 0; s < SUITES; s++) {
		struct ike_keys k = keys_of(suites[s].text);
		struct sk_iv iv = { 0 };

		for (size_t n = 0; n <= sizeof(inner); n++)
			for (unsigned fragment = 0; fragment < 2; fragment++) {
				struct message m;
				size_t got;

				make(&m, &k, SK_FROM_INITIATOR, &iv, span_of(inner, n), 2,
				     fragment ? 3 : 0);
				assert_ok(sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_INITIATOR,
						  out, &got));
				assert_octets(span_of(out, got), span_of(inner, n));
				/* The other direction has other keys. */
				assert_err(sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_RESPONDER,
						   out, &got),
					   ERR_INTEGRITY);
				assert_int_equal(got, 0);
			}
	}
}

/* HMAC over everything before the ICV, and the ciphertext as `openssl enc` sees it. */
static void cbc_as_openssl_has_it(void **state)
{
	const uint8_t inner[37] = { 9, 8, 7 };

	(void)state;
	for (size_t s = 0; s < SUITES; s++) {
		struct ike_keys k = keys_of(suites[s].text);
		struct sk_iv iv = { 0 };
		struct message m;
		struct octets icv, clear;
		char key[129], iv_hex[33];
		size_t icv_n = k.sizes.icv;

		if (!suites[s].digest)
			continue;
		make(&m, &k, SK_FROM_RESPONDER, &iv, SPAN_OF(inner), 0, 0);
		icv = openssl_hmac(suites[s].digest, secret_peek(&k.sk_ar),
				   span_of(m.p, m.n - icv_n));
		assert_memory_equal(&m.p[m.n - icv_n], icv.p, icv_n);
		clear = openssl(span_of(&m.p[HEADER_AND_SK + 16], m.n - HEADER_AND_SK - 16 - icv_n),
				"enc -d -%s -nopad -K %s -iv %s", suites[s].enc,
				to_hex(secret_peek(&k.sk_er), key),
				to_hex(span_of(&m.p[HEADER_AND_SK], 16), iv_hex));
		assert_int_equal(clear.n, 48);
		assert_memory_equal(clear.p, inner, sizeof(inner));
		assert_int_equal(clear.p[47], 48 - 1 - sizeof(inner));
	}
}

/* The same AEAD by libgcrypt: encrypts `text` in place behind `aad`, tag after it. */
static void gcrypt_aead(const struct ike_keys *k, const struct secret *key, const uint8_t *iv,
			struct span aad, uint8_t *text, size_t n, uint8_t *tag)
{
	gcry_cipher_hd_t h;
	uint8_t nonce[12];
	bool gcm = k->suite.encr == ENCR_AES_GCM_16;
	int algo = !gcm                            ? GCRY_CIPHER_CHACHA20
		   : k->suite.encr_key_bits == 128 ? GCRY_CIPHER_AES128
		   : k->suite.encr_key_bits == 192 ? GCRY_CIPHER_AES192
						   : GCRY_CIPHER_AES256;

	memcpy(nonce, &key->octets[key->n - 4], 4);
	memcpy(&nonce[4], iv, 8);
	assert_int_equal(
	    gcry_cipher_open(&h, algo, gcm ? GCRY_CIPHER_MODE_GCM : GCRY_CIPHER_MODE_POLY1305, 0),
	    0);
	assert_int_equal(gcry_cipher_setkey(h, key->octets, key->n - 4u), 0);
	assert_int_equal(gcry_cipher_setiv(h, nonce, sizeof(nonce)), 0);
	assert_int_equal(gcry_cipher_authenticate(h, aad.p, aad.n), 0);
	assert_int_equal(gcry_cipher_final(h), 0);
	assert_int_equal(gcry_cipher_encrypt(h, text, n, NULL, 0), 0);
	assert_int_equal(gcry_cipher_gettag(h, tag, 16), 0);
	gcry_cipher_close(h);
}

static void aead_as_libgcrypt_has_it(void **state)
{
	const uint8_t inner[53] = { 1, 2, 3 };

	(void)state;
	for (size_t s = 0; s < SUITES; s++)
		for (unsigned fragment = 0; fragment < 2; fragment++) {
			struct ike_keys k = keys_of(suites[s].text);
			struct sk_iv iv = { 0x0102030405060708 };
			size_t head = HEADER_AND_SK + (fragment ? 4 : 0);
			uint8_t text[54] = { 0 }, tag[16];
			struct message m;

			if (suites[s].digest)
				continue;
			make(&m, &k, SK_FROM_INITIATOR, &iv, SPAN_OF(inner), 1, fragment ? 2 : 0);
			assert_int_equal(iv.next, 0x0102030405060709);
			assert_hex(span_of(&m.p[head], 8), "0102030405060708");
			memcpy(text, inner, sizeof(inner));
			gcrypt_aead(&k, &k.sk_ei, &m.p[head], span_of(m.p, head), text,
				    sizeof(text), tag);
			assert_memory_equal(&m.p[head + 8], text, sizeof(text));
			assert_memory_equal(&m.p[head + 8 + sizeof(text)], tag, sizeof(tag));
			assert_int_equal(m.n, head + 8 + sizeof(text) + 16);
		}
}

/* RFC 7634 appendix B. */
static void chacha_rfc7634(void **state)
{
	static const char expected[] =
	    "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029"
	    "101112131415161761039470 1f8d017f7c12924889 6b71bfe25236efd7cdc67066906315b2";
	struct octets key =
	    octets_from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
			    "a0a1a2a3");
	struct octets inner = octets_from_hex("0000000c000040010000000a");
	struct ike_header h = { .spi_i = 0xc0c1c2c3c4c5c6c7,
				.spi_r = 0xd0d1d2d3d4d5d6d7,
				.version = IKE_VERSION_2,
				.exchange = EXCHANGE_INFORMATIONAL,
				.message_id = 9 };
	struct ike_keys k = keys_of("chacha20poly1305-prfsha256");
	struct sk_iv iv = { 0x1011121314151617 };
	uint8_t buf[MESSAGE_MAX], out[MESSAGE_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct chain_writer w;
	struct message m;
	size_t n;

	(void)state;
	assert_ok(secret_set(&k.sk_er, octets_span(&key)));
	chain_writer_message(&w, &c, &h);
	assert_ok(sk_seal(&w, &k, SK_FROM_RESPONDER, &iv, &rng_system, PAYLOAD_NOTIFY,
			  octets_span(&inner)));
	assert_hex(span_of(buf, wcursor_size(&c)), expected);
	m.n = wcursor_size(&c);
	memcpy(m.p, buf, m.n);
	parse(&m);
	assert_ok(sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_RESPONDER, out, &n));
	assert_octets(span_of(out, n), octets_span(&inner));
}

static void every_bit_counts(void **state)
{
	const uint8_t inner[21] = { 5 };

	(void)state;
	for (size_t s = 0; s < SUITES; s++)
		for (unsigned fragment = 0; fragment < 2; fragment++) {
			struct ike_keys k = keys_of(suites[s].text);
			struct sk_iv iv = { 1 };
			struct message m;

			make(&m, &k, SK_FROM_INITIATOR, &iv, SPAN_OF(inner), 1, fragment ? 2 : 0);
			for (size_t bit = 0; bit < 8 * m.n; bit++) {
				uint8_t out[MESSAGE_MAX];
				size_t n = 99;

				m.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
				assert_err(sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_INITIATOR,
						   out, &n),
					   ERR_INTEGRITY);
				assert_int_equal(n, 0);
				m.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			}
		}
}

/* Cut after each octet: with the lengths of the headers left alone, and put right. */
static void truncated(void **state)
{
	const uint8_t inner[40] = { 5 };

	(void)state;
	for (size_t s = 0; s < SUITES; s++)
		for (unsigned fragment = 0; fragment < 2; fragment++) {
			struct ike_keys k = keys_of(suites[s].text);
			struct sk_iv iv = { 1 };
			struct message m;
			size_t all;

			make(&m, &k, SK_FROM_INITIATOR, &iv, SPAN_OF(inner), 1, fragment ? 2 : 0);
			all = m.n;
			for (size_t n = 0; n < all; n++) {
				uint8_t *exact = malloc(n ? n : 1), out[MESSAGE_MAX];
				struct chain_payload p = m.chain.at[0];
				size_t got;

				assert_non_null(exact);
				memcpy(exact, m.p, n);
				assert_err(sk_open(span_of(exact, n), &p, &k, SK_FROM_INITIATOR,
						   out, &got),
					   ERR_INTEGRITY);
				if (n >= HEADER_AND_SK) {
					exact[26] = (uint8_t)(n >> 8);
					exact[27] = (uint8_t)n;
					exact[30] = (uint8_t)((n - 28) >> 8);
					exact[31] = (uint8_t)(n - 28);
					p.body = span_of(exact, n - HEADER_AND_SK);
					assert_err(sk_open(span_of(exact, n), &p, &k,
							   SK_FROM_INITIATOR, out, &got),
						   ERR_INTEGRITY);
				}
				free(exact);
			}
		}
}

/* Authentic, but the pad length says more than there is: RFC 7296 section 3.14 makes that
 * impossible. */
static void lying_pad_length(void **state)
{
	struct ike_keys k = keys_of("aes128gcm16-prfsha256");
	struct sk_iv iv = { 1 };
	uint8_t text[5] = { 0xaa, 0, 0, 0, 0 }, out[MESSAGE_MAX];
	struct message m;
	size_t n, at = HEADER_AND_SK + 8;

	(void)state;
	make(&m, &k, SK_FROM_INITIATOR, &iv, span_of(text, 4), 0, 0);
	for (unsigned pad = 0; pad < 256; pad++) {
		memset(text, 0xaa, sizeof(text));
		text[4] = (uint8_t)pad;
		memcpy(&m.p[at], text, sizeof(text));
		gcrypt_aead(&k, &k.sk_ei, &m.p[HEADER_AND_SK], span_of(m.p, HEADER_AND_SK),
			    &m.p[at], sizeof(text), &m.p[at + sizeof(text)]);
		if (pad <= 4) {
			/* A peer may pad more than it has to. */
			assert_ok(
			    sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_INITIATOR, out, &n));
			assert_int_equal(n, 4 - pad);
		} else {
			assert_err(
			    sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_INITIATOR, out, &n),
			    ERR_INTEGRITY);
		}
	}
}

static void lying_pad_length_cbc(void **state)
{
	struct ike_keys k = keys_of("aes128-sha256");
	struct sk_iv iv = { 1 };
	uint8_t out[MESSAGE_MAX], inner[15] = { 0 };
	struct message m;
	struct octets ct, icv;
	char key[65];
	size_t n;

	(void)state;
	make(&m, &k, SK_FROM_INITIATOR, &iv, SPAN_OF(inner), 0, 0);
	inner[14] = 0;
	ct = octets_from_hex("00000000000000000000000000000010"); /* 16 of padding in 16 octets */
	ct = openssl(octets_span(&ct),
		     "enc -aes-128-cbc -nopad -K %s -iv 00000000000000000000000000000000",
		     to_hex(secret_peek(&k.sk_ei), key));
	memset(&m.p[HEADER_AND_SK], 0, 16);
	memcpy(&m.p[HEADER_AND_SK + 16], ct.p, 16);
	icv = openssl_hmac("SHA256", secret_peek(&k.sk_ai), span_of(m.p, m.n - 16));
	memcpy(&m.p[m.n - 16], icv.p, 16);
	assert_err(sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_INITIATOR, out, &n),
		   ERR_INTEGRITY);
}

/* Payloads in clear before SK are authenticated (RFC 7296 section 3.14, last paragraphs). */
static void clear_payload_before(void **state)
{
	struct ike_keys k = keys_of("aes256gcm16-prfsha384");
	struct ike_header h = {
		.spi_i = 1, .spi_r = 2, .version = IKE_VERSION_2, .exchange = EXCHANGE_INFORMATIONAL
	};
	const uint8_t nonce[16] = { 4 }, inner[8] = { 0 };
	struct sk_iv iv = { 1 };
	struct wcursor c;
	struct chain_writer w;
	struct message m;
	uint8_t out[MESSAGE_MAX];
	size_t n;

	(void)state;
	c = wcursor_init(m.p, sizeof(m.p));
	chain_writer_message(&w, &c, &h);
	chain_writer_payload(&w, PAYLOAD_NONCE, 0, SPAN_OF(nonce));
	assert_ok(
	    sk_seal(&w, &k, SK_FROM_RESPONDER, &iv, &rng_system, PAYLOAD_NOTIFY, SPAN_OF(inner)));
	m.n = wcursor_size(&c);
	parse(&m);
	assert_int_equal(m.chain.n, 2);
	assert_ok(sk_open(whole(&m), &m.chain.at[1], &k, SK_FROM_RESPONDER, out, &n));
	assert_octets(span_of(out, n), SPAN_OF(inner));
	m.p[32] ^= 1;
	assert_err(sk_open(whole(&m), &m.chain.at[1], &k, SK_FROM_RESPONDER, out, &n),
		   ERR_INTEGRITY);
	assert_err(sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_RESPONDER, out, &n), ERR_VALUE);
}

static void never_the_same_iv(void **state)
{
	struct ike_keys k = keys_of("aes128gcm16-prfsha256");
	struct sk_iv iv = { UINT64_MAX - 1 };
	struct ike_header h = { .version = IKE_VERSION_2 };
	uint8_t buf[256];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct chain_writer w;
	struct message m;

	(void)state;
	make(&m, &k, SK_FROM_INITIATOR, &iv, SPAN_NONE, 0, 0);
	chain_writer_message(&w, &c, &h);
	assert_err(sk_seal(&w, &k, SK_FROM_INITIATOR, &iv, &rng_system, 0, SPAN_NONE),
		   ERR_WRONG_STATE);
}

static void no_space_and_no_keys(void **state)
{
	const uint8_t inner[20] = { 1 };
	uint8_t buf[256], out[256];

	(void)state;
	for (size_t s = 0; s < SUITES; s++) {
		struct ike_keys k = keys_of(suites[s].text);
		size_t need = IKE_HEADER_SIZE + sizeof(inner) + sk_overhead(&k, sizeof(inner));

		for (size_t cap = IKE_HEADER_SIZE; cap <= need; cap++) {
			struct ike_header h = { .version = IKE_VERSION_2 };
			struct wcursor c = wcursor_init(buf, cap);
			struct sk_iv iv = { 0 };
			struct chain_writer w;

			chain_writer_message(&w, &c, &h);
			assert_err(
			    sk_seal(&w, &k, SK_FROM_INITIATOR, &iv, &rng_system, 0, SPAN_OF(inner)),
			    cap < need ? ERR_NO_SPACE : ERR_OK);
		}
	}
	{
		struct ike_keys k = keys_of(suites[0].text);
		struct sk_iv iv = { 0 };
		struct message m;
		size_t n;

		make(&m, &k, SK_FROM_INITIATOR, &iv, SPAN_OF(inner), 0, 0);
		ike_keys_clear(&k);
		assert_err(sk_open(whole(&m), &m.chain.at[0], &k, SK_FROM_INITIATOR, out, &n),
			   ERR_CRYPTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_every_length),  cmocka_unit_test(cbc_as_openssl_has_it),
		cmocka_unit_test(aead_as_libgcrypt_has_it), cmocka_unit_test(chacha_rfc7634),
		cmocka_unit_test(every_bit_counts),         cmocka_unit_test(truncated),
		cmocka_unit_test(lying_pad_length),         cmocka_unit_test(lying_pad_length_cbc),
		cmocka_unit_test(clear_payload_before),     cmocka_unit_test(never_the_same_iv),
		cmocka_unit_test(no_space_and_no_keys),
	};

	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
