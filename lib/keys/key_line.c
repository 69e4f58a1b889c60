/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of Wireshark's ikev2_decryption_table. */
#include "keys/key_line.h"

#include <inttypes.h>
#include <stdio.h>

#include "wire/hex.h"

const char *key_line_encr_name(const struct suite *s)
{
	const unsigned k = s->encr_key_bits;

	switch (s->encr) {
	case ENCR_AES_CBC:
		return k == 128   ? "AES-CBC-128 [RFC3602]"
		       : k == 192 ? "AES-CBC-192 [RFC3602]"
				  : "AES-CBC-256 [RFC3602]";
	case ENCR_AES_GCM_16:
		return k == 128   ? "AES-GCM-128 with 16 octet ICV [RFC5282]"
		       : k == 192 ? "AES-GCM-192 with 16 octet ICV [RFC5282]"
				  : "AES-GCM-256 with 16 octet ICV [RFC5282]";
	default:
		return NULL;
	}
}

const char *key_line_integ_name(uint16_t integ)
{
	switch (integ) {
	case INTEG_NONE:
		return "NONE [RFC4306]";
	case INTEG_HMAC_SHA1_96:
		return "HMAC_SHA1_96 [RFC2404]";
	case INTEG_HMAC_SHA2_256_128:
		return "HMAC_SHA2_256_128 [RFC4868]";
	case INTEG_HMAC_SHA2_384_192:
		return "HMAC_SHA2_384_192 [RFC4868]";
	case INTEG_HMAC_SHA2_512_256:
		return "HMAC_SHA2_512_256 [RFC4868]";
	default:
		return NULL;
	}
}

static const char *hex(const struct secret *k, char out[static 2 * SECRET_MAX + 1])
{
	return hex_write(secret_peek(k), out);
}

bool key_line(const struct ike_keys *keys, uint64_t spi_i, uint64_t spi_r, char *out, size_t cap)
{
	const char *encr = key_line_encr_name(&keys->suite);
	const char *integ = key_line_integ_name(keys->suite.integ);
	char text[4][2 * SECRET_MAX + 1];
	int n;

	if (!encr || !integ)
		return false;
	n = snprintf(out, cap, "%016" PRIx64 ",%016" PRIx64 ",%s,%s,\"%s\",%s,%s,\"%s\"", spi_i,
		     spi_r, hex(&keys->sk_ei, text[0]), hex(&keys->sk_er, text[1]), encr,
		     hex(&keys->sk_ai, text[2]), hex(&keys->sk_ar, text[3]), integ);
	secret_wipe(text, sizeof(text));
	return n > 0 && (size_t)n < cap;
}
