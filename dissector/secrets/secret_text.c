/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading SPIs, addresses, keys and key IDs as text. */
#include "secrets/secret_text.h"

#include <wsutil/inet_addr.h>

bool secret_text_hex(const char *text, uint8_t *out, size_t n)
{
	if (strlen(text) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = g_ascii_xdigit_value(text[2 * i]);
		int low = g_ascii_xdigit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_id(const char *text, uint32_t *out)
{
	char *end;
	uint64_t v;

	if (g_str_has_prefix(text, "0x"))
		text += 2;
	if (!*text || strlen(text) > 8)
		return false;
	v = g_ascii_strtoull(text, &end, 16);
	*out = (uint32_t)v;
	return *end == '\0';
}

/* "" and "*" are any address. */
static bool read_address(const char *text, struct index_body *out)
{
	ws_in4_addr ip4;
	ws_in6_addr ip6;

	out->address_size = 0;
	if (!*text || strcmp(text, "*") == 0)
		return true;
	if (ws_inet_pton4(text, &ip4)) {
		out->address_size = 4;
		memcpy(out->address, &ip4, 4);
		return true;
	}
	if (ws_inet_pton6(text, &ip6)) {
		out->address_size = 16;
		memcpy(out->address, &ip6, 16);
		return true;
	}
	return false;
}

const char *secret_text_sa(const char *spi, const char *at, const struct resume_suite *suite,
			   const char *sk_d, struct resume_secret *out)
{
	struct resume_sizes sizes;

	memset(out, 0, sizeof(*out));
	out->suite = *suite;
	if (!secret_text_hex(spi, out->idx.spi, INDEX_SPI_SIZE))
		return "the gateway's SPI is not 16 hexadecimal digits";
	if (!read_address(at, &out->idx))
		return "the gateway's address is neither IPv4 nor IPv6 nor empty";
	if (!resume_suite_sizes(suite, &sizes))
		return "these algorithms do not go together (an AEAD has integrity NONE)";
	out->sk_d.n = sizes.prf;
	if (!secret_text_hex(sk_d, out->sk_d.octets, sizes.prf))
		return "SK_d has not the prf's length in hexadecimal digits";
	return NULL;
}

const char *secret_text_seal(const char *id, const char *key, uint32_t *out_id,
			     uint8_t out[SEAL_KEY_SIZE])
{
	if (!read_id(id, out_id))
		return "the key ID is not 1 to 8 hexadecimal digits";
	if (!secret_text_hex(key, out, SEAL_KEY_SIZE))
		return "the key is not 64 hexadecimal digits";
	return NULL;
}
