/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites as text: the notation that strongSwan's users know. */
#include "keys/suite_text.h"

#include "keys/suite.h"

#include <stdio.h>

#define WORD_MAX 32

static const struct {
	const char *name;
	uint16_t encr;
	uint16_t bits;
} encrs[] = {
	{ "aes128", ENCR_AES_CBC, 128 },
	{ "aes192", ENCR_AES_CBC, 192 },
	{ "aes256", ENCR_AES_CBC, 256 },
	{ "aes128gcm16", ENCR_AES_GCM_16, 128 },
	{ "aes192gcm16", ENCR_AES_GCM_16, 192 },
	{ "aes256gcm16", ENCR_AES_GCM_16, 256 },
	{ "chacha20poly1305", ENCR_CHACHA20_POLY1305, 0 },
	{ "null", ENCR_NULL, 0 }, /* ESP only: suite_sizes() refuses it */
};

static const struct {
	const char *name;
	uint16_t integ;
	uint16_t prf;
} hashes[] = {
	{ "sha1", INTEG_HMAC_SHA1_96, PRF_HMAC_SHA1 },
	{ "sha256", INTEG_HMAC_SHA2_256_128, PRF_HMAC_SHA2_256 },
	{ "sha384", INTEG_HMAC_SHA2_384_192, PRF_HMAC_SHA2_384 },
	{ "sha512", INTEG_HMAC_SHA2_512_256, PRF_HMAC_SHA2_512 },
};

static const struct {
	const char *name;
	uint16_t group;
} groups[] = {
	{ "modp2048", DH_MODP2048 }, { "modp3072", DH_MODP3072 }, { "modp4096", DH_MODP4096 },
	{ "ecp256", DH_ECP256 },     { "ecp384", DH_ECP384 },     { "ecp521", DH_ECP521 },
	{ "x25519", DH_X25519 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *suite_word(enum suite_word kind, size_t i)
{
	if (kind == SUITE_WORD_ENCRYPTION)
		return i < COUNT(encrs) ? encrs[i].name : NULL;
	if (kind == SUITE_WORD_HASH)
		return i < COUNT(hashes) ? hashes[i].name : NULL;
	return i < COUNT(groups) ? groups[i].name : NULL;
}

/* What the words of one proposal said; 0 and the flags tell what was absent. */
struct words {
	bool has_encr, has_integ, has_prf, has_dh, has_esn;
	uint16_t encr, bits, integ, prf, dh;
	bool esn;
};

/* false: unknown, or said twice. */
static bool take_word(struct words *w, const char *word)
{
	for (size_t i = 0; i < COUNT(encrs); i++)
		if (!strcmp(word, encrs[i].name)) {
			bool first = !w->has_encr;

			w->has_encr = true;
			w->encr = encrs[i].encr;
			w->bits = encrs[i].bits;
			return first;
		}
	for (size_t i = 0; i < COUNT(hashes); i++) {
		if (!strcmp(word, hashes[i].name)) {
			bool first = !w->has_integ;

			w->has_integ = true;
			w->integ = hashes[i].integ;
			return first;
		}
		if (!strncmp(word, "prf", 3) && !strcmp(&word[3], hashes[i].name)) {
			bool first = !w->has_prf;

			w->has_prf = true;
			w->prf = hashes[i].prf;
			return first;
		}
	}
	for (size_t i = 0; i < COUNT(groups); i++)
		if (!strcmp(word, groups[i].name)) {
			bool first = !w->has_dh;

			w->has_dh = true;
			w->dh = groups[i].group;
			return first;
		}
	if (!strcmp(word, "esn") || !strcmp(word, "noesn")) {
		bool first = !w->has_esn;

		w->has_esn = true;
		w->esn = word[0] == 'e';
		return first;
	}
	return false;
}

static bool read_words(const char *text, struct words *w)
{
	*w = (struct words){ 0 };
	for (;;) {
		char word[WORD_MAX];
		size_t n = strcspn(text, "-");

		if (n == 0 || n >= sizeof(word))
			return false;
		memcpy(word, text, n);
		word[n] = '\0';
		if (!take_word(w, word))
			return false;
		if (text[n] == '\0')
			return w->has_encr;
		text = &text[n + 1];
	}
}

enum err suite_from_text(const char *text, struct suite *out)
{
	struct suite_sizes sizes;
	struct words w;

	if (!read_words(text, &w) || w.has_esn)
		return ERR_VALUE;
	/* As everywhere: the prf follows the integrity algorithm unless it is named. */
	for (size_t i = 0; !w.has_prf && w.has_integ && i < COUNT(hashes); i++)
		if (hashes[i].integ == w.integ)
			w.prf = hashes[i].prf;
	*out = (struct suite){ w.encr, w.bits, w.prf, w.integ, w.dh };
	return suite_sizes(out, &sizes) ? ERR_VALUE : ERR_OK;
}

enum err suite_esp_from_text(const char *text, struct suite_esp *out)
{
	size_t encr, integ;
	struct words w;

	if (!read_words(text, &w) || w.has_prf)
		return ERR_VALUE;
	*out = (struct suite_esp){ w.encr, w.bits, w.integ, w.dh, w.esn };
	return suite_esp_keymat(out, &encr, &integ) ? ERR_VALUE : ERR_OK;
}

static const char *encr_name(uint16_t encr, uint16_t bits)
{
	for (size_t i = 0; i < COUNT(encrs); i++)
		if (encrs[i].encr == encr && encrs[i].bits == bits)
			return encrs[i].name;
	return "unknown";
}

static const char *group_name(uint16_t group)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (groups[i].group == group)
			return groups[i].name;
	return "unknown";
}

const char *suite_text(const struct suite *s, char *out, size_t cap)
{
	const char *integ = "", *integ_dash = "", *prf = "", *prf_dash = "";

	for (size_t i = 0; i < COUNT(hashes); i++) {
		if (hashes[i].integ == s->integ) {
			integ = hashes[i].name;
			integ_dash = "-";
		}
		if (hashes[i].prf == s->prf && hashes[i].integ != s->integ) {
			prf = hashes[i].name;
			prf_dash = "-prf";
		}
	}
	snprintf(out, cap, "%s%s%s%s%s%s%s", encr_name(s->encr, s->encr_key_bits), integ_dash,
		 integ, prf_dash, prf, s->dh ? "-" : "", s->dh ? group_name(s->dh) : "");
	return out;
}

const char *suite_esp_text(const struct suite_esp *s, char *out, size_t cap)
{
	const char *integ = "", *dash = "";

	for (size_t i = 0; i < COUNT(hashes); i++)
		if (hashes[i].integ == s->integ) {
			integ = hashes[i].name;
			dash = "-";
		}
	snprintf(out, cap, "%s%s%s%s%s%s", encr_name(s->encr, s->encr_key_bits), dash, integ,
		 s->dh ? "-" : "", s->dh ? group_name(s->dh) : "", s->esn ? "-esn" : "");
	return out;
}
