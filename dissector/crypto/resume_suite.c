/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each algorithm of an IKE SA is called, and its sizes. */
#include "crypto/resume_suite.h"

#include <wsutil/wsgcrypt.h>

/* IANA "IKEv2 Parameters"; only what is supported here. */
enum {
	ENCR_NULL = 11,
	ENCR_AES_CBC = 12,
	ENCR_AES_GCM_8 = 18,
	ENCR_AES_GCM_12 = 19,
	ENCR_AES_GCM_16 = 20,
	ENCR_CHACHA20_POLY1305 = 28,
};

const value_string resume_prf_names[] = {
	{ 2, "PRF_HMAC_SHA1 [RFC2104]" },     { 5, "PRF_HMAC_SHA2_256 [RFC4868]" },
	{ 6, "PRF_HMAC_SHA2_384 [RFC4868]" }, { 7, "PRF_HMAC_SHA2_512 [RFC4868]" },
	{ 1, "PRF_HMAC_MD5 [RFC2104]" },      { 0, NULL },
};

const value_string resume_encr_names[] = {
	{ RESUME_ENCR(ENCR_AES_CBC, 128), "AES-CBC-128 [RFC3602]" },
	{ RESUME_ENCR(ENCR_AES_CBC, 192), "AES-CBC-192 [RFC3602]" },
	{ RESUME_ENCR(ENCR_AES_CBC, 256), "AES-CBC-256 [RFC3602]" },
	{ RESUME_ENCR(ENCR_AES_GCM_16, 128), "AES-GCM-128 with 16 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_16, 192), "AES-GCM-192 with 16 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_16, 256), "AES-GCM-256 with 16 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_12, 128), "AES-GCM-128 with 12 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_12, 192), "AES-GCM-192 with 12 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_12, 256), "AES-GCM-256 with 12 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_8, 128), "AES-GCM-128 with 8 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_8, 192), "AES-GCM-192 with 8 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_AES_GCM_8, 256), "AES-GCM-256 with 8 octet ICV [RFC5282]" },
	{ RESUME_ENCR(ENCR_CHACHA20_POLY1305, 0), "ChaCha20-Poly1305 [RFC7634]" },
	{ RESUME_ENCR(ENCR_NULL, 0), "NULL [RFC2410]" },
	{ 0, NULL },
};

const value_string resume_integ_names[] = {
	{ 12, "HMAC_SHA2_256_128 [RFC4868]" },
	{ 13, "HMAC_SHA2_384_192 [RFC4868]" },
	{ 14, "HMAC_SHA2_512_256 [RFC4868]" },
	{ 2, "HMAC_SHA1_96 [RFC2404]" },
	{ 1, "HMAC_MD5_96 [RFC2403]" },
	{ 0, "NONE [RFC4306]" },
	{ 0, NULL },
};

static int prf_md(uint16_t prf)
{
	switch (prf) {
	case 1:
		return GCRY_MD_MD5;
	case 2:
		return GCRY_MD_SHA1;
	case 5:
		return GCRY_MD_SHA256;
	case 6:
		return GCRY_MD_SHA384;
	case 7:
		return GCRY_MD_SHA512;
	default:
		return GCRY_MD_NONE;
	}
}

static bool integ_sizes(uint16_t integ, struct resume_sizes *out)
{
	switch (integ) {
	case 1:
		out->integ_md = GCRY_MD_MD5;
		out->icv = 12;
		break;
	case 2:
		out->integ_md = GCRY_MD_SHA1;
		out->icv = 12;
		break;
	case 12:
		out->integ_md = GCRY_MD_SHA256;
		out->icv = 16;
		break;
	case 13:
		out->integ_md = GCRY_MD_SHA384;
		out->icv = 24;
		break;
	case 14:
		out->integ_md = GCRY_MD_SHA512;
		out->icv = 32;
		break;
	default:
		return false;
	}
	out->integ_key = gcry_md_get_algo_dlen(out->integ_md);
	return true;
}

static int aes(uint16_t bits)
{
	return bits == 128   ? GCRY_CIPHER_AES128
	       : bits == 192 ? GCRY_CIPHER_AES192
	       : bits == 256 ? GCRY_CIPHER_AES256
			     : GCRY_CIPHER_NONE;
}

bool resume_suite_sizes(const struct resume_suite *suite, struct resume_sizes *out)
{
	memset(out, 0, sizeof(*out));
	out->prf_md = prf_md(suite->prf);
	if (out->prf_md == GCRY_MD_NONE)
		return false;
	out->prf = gcry_md_get_algo_dlen(out->prf_md);
	out->block = 1;
	switch (suite->encr) {
	case ENCR_NULL:
		return integ_sizes(suite->integ, out);
	case ENCR_AES_CBC:
		out->cipher = aes(suite->encr_bits);
		out->mode = GCRY_CIPHER_MODE_CBC;
		out->iv = out->block = 16;
		out->encr_key = suite->encr_bits / 8;
		return out->cipher != GCRY_CIPHER_NONE && integ_sizes(suite->integ, out);
	case ENCR_AES_GCM_8:
	case ENCR_AES_GCM_12:
	case ENCR_AES_GCM_16: /* RFC 5282 section 7.1 */
		out->cipher = aes(suite->encr_bits);
		out->mode = GCRY_CIPHER_MODE_GCM;
		out->aead = true;
		out->iv = 8;
		out->salt = 4;
		out->encr_key = suite->encr_bits / 8 + 4;
		out->icv = 8 + 4 * (suite->encr - ENCR_AES_GCM_8);
		return out->cipher != GCRY_CIPHER_NONE && suite->integ == 0;
	case ENCR_CHACHA20_POLY1305: /* RFC 7634 section 2 */
		out->cipher = GCRY_CIPHER_CHACHA20;
		out->mode = GCRY_CIPHER_MODE_POLY1305;
		out->aead = true;
		out->iv = 8;
		out->salt = 4;
		out->encr_key = 36;
		out->icv = 16;
		return suite->integ == 0;
	default:
		return false;
	}
}

static size_t bare(const char *name)
{
	const char *source = strstr(name, " [");

	return source ? (size_t)(source - name) : strlen(name);
}

bool resume_suite_number(const value_string *names, const char *name, uint32_t *out)
{
	size_t n = bare(name);

	for (unsigned i = 0; names[i].strptr; i++)
		if (bare(names[i].strptr) == n && memcmp(names[i].strptr, name, n) == 0) {
			*out = names[i].value;
			return true;
		}
	return false;
}

char *resume_suite_text(wmem_allocator_t *scope, const struct resume_suite *suite)
{
	const char *prf = val_to_str_const(suite->prf, resume_prf_names, "unknown prf");
	const char *encr = val_to_str_const(RESUME_ENCR(suite->encr, suite->encr_bits),
					    resume_encr_names, "unknown cipher");
	const char *integ =
	    val_to_str_const(suite->integ, resume_integ_names, "unknown integrity algorithm");

	return wmem_strdup_printf(scope, "%.*s, %.*s, %.*s", (int)bare(prf), prf, (int)bare(encr),
				  encr, (int)bare(integ), integ);
}
