/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guesses at wrong derivations, one by one and in pairs. */
#include "diagnosis/diagnosis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/chain.h"

enum part { PART_D, PART_AI, PART_AR, PART_EI, PART_ER, PART_PI, PART_PR, PARTS };

enum secret_input { INPUT_DRAFT, INPUT_LABEL, INPUT_REKEY, INPUT_FULL, INPUT_OLDER, INPUT_CUT };

/* One way to derive; the zero of every field but the orders is what the draft says. */
struct derivation {
	uint64_t spi_i, spi_r;
	bool swap_in_skeyseed, swap_in_prf_plus;
	size_t cut_nonces; /* 0: whole */
	enum secret_input input;
	struct suite suite;
	unsigned order;
	int integ_key, prf_key; /* -1: as the suite wants it */
	bool roles_swapped;
};

/* Orders that people have taken the seven keys in; the first is RFC 7296 section 2.14's. */
static const uint8_t orders[][PARTS] = {
	{ PART_D, PART_AI, PART_AR, PART_EI, PART_ER, PART_PI, PART_PR },
	{ PART_D, PART_EI, PART_ER, PART_AI, PART_AR, PART_PI, PART_PR },
	{ PART_D, PART_AI, PART_EI, PART_PI, PART_AR, PART_ER, PART_PR },
	{ PART_D, PART_EI, PART_AI, PART_ER, PART_AR, PART_PI, PART_PR },
	{ PART_D, PART_AI, PART_EI, PART_AR, PART_ER, PART_PI, PART_PR },
	{ PART_AI, PART_AR, PART_EI, PART_ER, PART_PI, PART_PR, PART_D },
	{ PART_D, PART_PI, PART_PR, PART_AI, PART_AR, PART_EI, PART_ER },
};
#define ORDER_P_FIRST 6
#define SK_D_CUT 16
#define LEAST(a, b) ((a) < (b) ? (a) : (b))

enum what {
	WHAT_NOTHING,
	WHAT_SPI,
	WHAT_NONCES,
	WHAT_CUT_NONCES,
	WHAT_INPUT,
	WHAT_PRF,
	WHAT_ORDER,
	WHAT_ENCR_KEY,
	WHAT_INTEG_KEY,
	WHAT_PRF_KEY,
	WHAT_ROLES
};
enum spi_mistake { SPI_OLD_I, SPI_OLD_R, SPI_OLD_BOTH, SPI_SWAPPED };
enum nonce_mistake { NONCES_SWAPPED, NONCES_SWAPPED_SKEYSEED, NONCES_SWAPPED_PRF_PLUS };

static const struct guess {
	enum what what;
	int value;
	const char *name, *text;
} guesses[] = {
	{ WHAT_NOTHING, 0, "right", "the derivation of the draft itself" },
	{ WHAT_SPI, SPI_OLD_R, "old-spi-r",
	  "the old SA's SPIr stands in prf+ instead of SPIr_new" },
	{ WHAT_SPI, SPI_OLD_I, "old-spi-i",
	  "the old SA's SPIi stands in prf+ instead of the new one" },
	{ WHAT_SPI, SPI_OLD_BOTH, "old-spis",
	  "the old SA's SPIi and SPIr stand in prf+ instead of the new ones" },
	{ WHAT_SPI, SPI_SWAPPED, "swapped-spis", "SPIi and SPIr are swapped in prf+" },
	{ WHAT_NONCES, NONCES_SWAPPED, "swapped-nonces", "the nonces are swapped (Nr | Ni)" },
	{ WHAT_NONCES, NONCES_SWAPPED_SKEYSEED, "swapped-nonces-skeyseed",
	  "the nonces are swapped (Nr | Ni) in SKEYSEED alone" },
	{ WHAT_NONCES, NONCES_SWAPPED_PRF_PLUS, "swapped-nonces-prf-plus",
	  "the nonces are swapped (Nr | Ni) in prf+ alone" },
	{ WHAT_CUT_NONCES, 8, "nonces-8", "the nonces are cut to 8 octets" },
	{ WHAT_CUT_NONCES, 16, "nonces-16", "the nonces are cut to 16 octets" },
	{ WHAT_INPUT, INPUT_LABEL, "label",
	  "RFC 5723's label \"Resumption\" is mixed into SKEYSEED" },
	{ WHAT_INPUT, INPUT_REKEY, "rekey",
	  "g^ir of the old SA is mixed into SKEYSEED, as in an IKE rekey" },
	{ WHAT_INPUT, INPUT_FULL, "full",
	  "SKEYSEED is prf(Ni | Nr, g^ir) of the old SA's g^ir, as in a full IKE_SA_INIT" },
	{ WHAT_INPUT, INPUT_OLDER, "stale-sk-d",
	  "SK_d is stale: not the old SA's but that of the SA before it (the stub was not "
	  "renewed)" },
	{ WHAT_INPUT, INPUT_CUT, "cut-sk-d", "SK_d is cut to its first 16 octets" },
	{ WHAT_PRF, PRF_HMAC_SHA1, "prf-sha1", "the prf is HMAC-SHA-1, not the stub's" },
	{ WHAT_PRF, PRF_HMAC_SHA2_256, "prf-sha256", "the prf is HMAC-SHA2-256, not the stub's" },
	{ WHAT_PRF, PRF_HMAC_SHA2_384, "prf-sha384", "the prf is HMAC-SHA2-384, not the stub's" },
	{ WHAT_PRF, PRF_HMAC_SHA2_512, "prf-sha512", "the prf is HMAC-SHA2-512, not the stub's" },
	{ WHAT_ORDER, 1, "order-e-a",
	  "the keys are taken in the order SK_d, SK_ei, SK_er, SK_ai, SK_ar, SK_pi, SK_pr" },
	{ WHAT_ORDER, 2, "order-by-side",
	  "the keys are taken in the order SK_d, SK_ai, SK_ei, SK_pi, SK_ar, SK_er, SK_pr" },
	{ WHAT_ORDER, 3, "order-e-a-by-side",
	  "the keys are taken in the order SK_d, SK_ei, SK_ai, SK_er, SK_ar, SK_pi, SK_pr" },
	{ WHAT_ORDER, 4, "order-a-e-by-kind",
	  "the keys are taken in the order SK_d, SK_ai, SK_ei, SK_ar, SK_er, SK_pi, SK_pr" },
	{ WHAT_ORDER, 5, "order-d-last",
	  "the keys are taken in the order SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr, SK_d" },
	{ WHAT_ORDER, ORDER_P_FIRST, "order-p-first",
	  "the keys are taken in the order SK_d, SK_pi, SK_pr, SK_ai, SK_ar, SK_ei, SK_er" },
	{ WHAT_ENCR_KEY, 128, "encr-128",
	  "the encryption key has 128 bits, not the stub's length" },
	{ WHAT_ENCR_KEY, 192, "encr-192",
	  "the encryption key has 192 bits, not the stub's length" },
	{ WHAT_ENCR_KEY, 256, "encr-256",
	  "the encryption key has 256 bits, not the stub's length" },
	{ WHAT_INTEG_KEY, 16, "integ-16",
	  "SK_ai and SK_ar have 16 octets, not the suite's length" },
	{ WHAT_INTEG_KEY, 20, "integ-20",
	  "SK_ai and SK_ar have 20 octets, not the suite's length" },
	{ WHAT_INTEG_KEY, 32, "integ-32",
	  "SK_ai and SK_ar have 32 octets, not the suite's length" },
	{ WHAT_INTEG_KEY, 48, "integ-48",
	  "SK_ai and SK_ar have 48 octets, not the suite's length" },
	{ WHAT_INTEG_KEY, 64, "integ-64",
	  "SK_ai and SK_ar have 64 octets, not the suite's length" },
	{ WHAT_PRF_KEY, 16, "prf-key-16",
	  "SK_d, SK_pi and SK_pr have 16 octets, not the prf's key length" },
	{ WHAT_PRF_KEY, 20, "prf-key-20",
	  "SK_d, SK_pi and SK_pr have 20 octets, not the prf's key length" },
	{ WHAT_PRF_KEY, 32, "prf-key-32",
	  "SK_d, SK_pi and SK_pr have 32 octets, not the prf's key length" },
	{ WHAT_PRF_KEY, 48, "prf-key-48",
	  "SK_d, SK_pi and SK_pr have 48 octets, not the prf's key length" },
	{ WHAT_PRF_KEY, 64, "prf-key-64",
	  "SK_d, SK_pi and SK_pr have 64 octets, not the prf's key length" },
	{ WHAT_ROLES, 0, "swapped-roles",
	  "initiator and responder are swapped: the gateway uses the initiator's keys to send" },
};

#define GUESSES (sizeof(guesses) / sizeof(guesses[0]))

unsigned diagnosis_count(void)
{
	return GUESSES;
}

const char *diagnosis_name(unsigned i, const char **text)
{
	if (i >= GUESSES)
		return NULL;
	*text = guesses[i].text;
	return guesses[i].name;
}

int diagnosis_named(const char *name)
{
	for (unsigned i = 0; i < GUESSES; i++)
		if (strcmp(guesses[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void derivation_init(struct derivation *v, const struct diagnosis *d)
{
	*v = (struct derivation){
		.spi_i = d->seed.spi_i,
		.spi_r = d->seed.spi_r,
		.suite = d->suite,
		.integ_key = -1,
		.prf_key = -1,
	};
}

static bool mistake_in_spi(struct derivation *v, const struct diagnosis *d, enum spi_mistake which)
{
	if (which == SPI_SWAPPED) {
		v->spi_i = d->seed.spi_r;
		v->spi_r = d->seed.spi_i;
		return true;
	}
	if (d->old_spi_i == 0 || d->old_spi_r == 0)
		return false;
	if (which == SPI_OLD_I || which == SPI_OLD_BOTH)
		v->spi_i = d->old_spi_i;
	if (which == SPI_OLD_R || which == SPI_OLD_BOTH)
		v->spi_r = d->old_spi_r;
	return true;
}

/* Make the mistake. false: it cannot be told from what is right, or lacks an input. */
static bool derivation_mistake(struct derivation *v, const struct diagnosis *d,
			       const struct guess *g)
{
	struct suite_sizes sizes;

	switch (g->what) {
	case WHAT_NOTHING:
		return true;
	case WHAT_SPI:
		return mistake_in_spi(v, d, (enum spi_mistake)g->value);
	case WHAT_NONCES:
		v->swap_in_skeyseed =
		    g->value == NONCES_SWAPPED || g->value == NONCES_SWAPPED_SKEYSEED;
		v->swap_in_prf_plus =
		    g->value == NONCES_SWAPPED || g->value == NONCES_SWAPPED_PRF_PLUS;
		return true;
	case WHAT_CUT_NONCES:
		v->cut_nonces = (size_t)g->value;
		return d->seed.ni.n > v->cut_nonces || d->seed.nr.n > v->cut_nonces;
	case WHAT_INPUT:
		v->input = (enum secret_input)g->value;
		if (v->input == INPUT_OLDER)
			return d->sk_d_older.n != 0;
		if (v->input == INPUT_CUT)
			return d->sk_d_old.n > SK_D_CUT;
		return v->input == INPUT_LABEL || d->g_ir.n != 0;
	case WHAT_PRF:
		v->suite.prf = (uint16_t)g->value;
		return v->suite.prf != d->suite.prf;
	case WHAT_ORDER:
		v->order = (unsigned)g->value;
		/* With an AEAD that is the same as an SK_ai and SK_ar of the prf's length, the
		 * likelier mistake. */
		return g->value != ORDER_P_FIRST ||
		       (suite_sizes(&d->suite, &sizes) == ERR_OK && !sizes.aead);
	case WHAT_ENCR_KEY:
		v->suite.encr_key_bits = (uint16_t)g->value;
		return d->suite.encr_key_bits != 0 && d->suite.encr_key_bits != g->value;
	case WHAT_INTEG_KEY:
		v->integ_key = g->value;
		return suite_sizes(&d->suite, &sizes) == ERR_OK &&
		       g->value != (sizes.aead ? 0 : sizes.integ_key);
	case WHAT_PRF_KEY:
		v->prf_key = g->value;
		return suite_sizes(&d->suite, &sizes) == ERR_OK && g->value != sizes.prf_key;
	case WHAT_ROLES:
		v->roles_swapped = true;
		return true;
	}
	return false;
}

static enum err derivation_skeyseed(const struct derivation *v, const struct diagnosis *d,
				    struct span ni, struct span nr, uint8_t *out)
{
	const struct span a = v->swap_in_skeyseed ? nr : ni, b = v->swap_in_skeyseed ? ni : nr;
	uint8_t both[2 * 256];
	struct wcursor c = wcursor_init(both, sizeof(both));

	switch (v->input) {
	case INPUT_DRAFT:
		return prf(v->suite.prf, d->sk_d_old, (struct span[]){ a, b }, 2, out);
	case INPUT_OLDER:
		return prf(v->suite.prf, d->sk_d_older, (struct span[]){ a, b }, 2, out);
	case INPUT_CUT:
		return prf(v->suite.prf, span_of(d->sk_d_old.p, SK_D_CUT), (struct span[]){ a, b },
			   2, out);
	case INPUT_LABEL: /* RFC 5723 section 5.1 */
		return prf(v->suite.prf, d->sk_d_old,
			   (struct span[]){ span_text("Resumption"), a, b }, 3, out);
	case INPUT_REKEY: /* RFC 7296 section 2.18 */
		return prf(v->suite.prf, d->sk_d_old, (struct span[]){ d->g_ir, a, b }, 3, out);
	case INPUT_FULL: /* RFC 7296 section 2.14 */
		wcursor_bytes(&c, a);
		wcursor_bytes(&c, b);
		if (c.err != ERR_OK)
			return c.err;
		return prf(v->suite.prf, span_of(both, wcursor_size(&c)), &d->g_ir, 1, out);
	}
	return ERR_VALUE;
}

/* How long each part of prf+ is taken. Returns the sum. */
static size_t part_lengths(const struct derivation *v, const struct suite_sizes *sizes,
			   size_t length[PARTS])
{
	size_t total = 0;

	length[PART_D] = length[PART_PI] = length[PART_PR] =
	    v->prf_key >= 0 ? (size_t)v->prf_key : sizes->prf_key;
	length[PART_AI] = length[PART_AR] = v->integ_key >= 0 ? (size_t)v->integ_key
					    : sizes->aead     ? 0
							      : sizes->integ_key;
	length[PART_EI] = length[PART_ER] = sizes->encr_key;
	for (unsigned i = 0; i < PARTS; i++)
		total += length[i];
	return total;
}

/* Cut prf+ into keys, in this derivation's order. */
static enum err cut_keys(const struct derivation *v, struct span okm, const size_t length[PARTS],
			 struct ike_keys *out)
{
	struct secret *at[PARTS] = { &out->sk_d,  &out->sk_ai, &out->sk_ar, &out->sk_ei,
				     &out->sk_er, &out->sk_pi, &out->sk_pr };
	struct rcursor cut = rcursor_init(okm, NULL);
	enum err err = ERR_OK;

	for (unsigned i = 0; i < PARTS && err == ERR_OK; i++) {
		const uint8_t part = orders[v->order][i];

		err = secret_set(at[part], rcursor_bytes(&cut, length[part], "key"));
	}
	if (out->sizes.aead) { /* derived too much, but an AEAD has no use for them */
		secret_clear(&out->sk_ai);
		secret_clear(&out->sk_ar);
	}
	if (err != ERR_OK)
		ike_keys_clear(out);
	return err;
}

static enum err derivation_run(const struct derivation *v, const struct diagnosis *d,
			       struct ike_keys *out)
{
	uint8_t skeyseed[SECRET_MAX], spis[16], okm[PARTS * SECRET_MAX];
	struct wcursor spi_cursor = wcursor_init(spis, sizeof(spis));
	struct span ni = d->seed.ni, nr = d->seed.nr;
	size_t length[PARTS], total;
	enum err err;

	*out = (struct ike_keys){ .suite = v->suite };
	err = suite_sizes(&v->suite, &out->sizes);
	if (err != ERR_OK)
		return err;
	if (v->cut_nonces) {
		ni.n = LEAST(ni.n, v->cut_nonces);
		nr.n = LEAST(nr.n, v->cut_nonces);
	}
	total = part_lengths(v, &out->sizes, length);
	err = derivation_skeyseed(v, d, ni, nr, skeyseed);
	if (err != ERR_OK)
		return err;
	wcursor_u64(&spi_cursor, v->spi_i);
	wcursor_u64(&spi_cursor, v->spi_r);
	err = prf_plus(v->suite.prf, span_of(skeyseed, suite_prf_size(v->suite.prf)),
		       (struct span[]){ v->swap_in_prf_plus ? nr : ni,
					v->swap_in_prf_plus ? ni : nr, SPAN_OF(spis) },
		       3, okm, total);
	secret_wipe(skeyseed, sizeof(skeyseed));
	if (err == ERR_OK)
		err = cut_keys(v, span_of(okm, total), length, out);
	secret_wipe(okm, sizeof(okm));
	return err;
}

enum err diagnosis_derive(const struct diagnosis *d, unsigned i, struct diagnosis_guess *out)
{
	struct derivation v;

	derivation_init(&v, d);
	if (i >= GUESSES || !derivation_mistake(&v, d, &guesses[i]))
		return ERR_NO_MATCH;
	out->right = i == 0;
	out->roles_swapped = v.roles_swapped;
	snprintf(out->text, sizeof(out->text), "%s", guesses[i].text);
	return derivation_run(&v, d, &out->keys);
}

static bool verifies(const struct diagnosis_guess *g, struct span message,
		     const struct chain_payload *sk, enum sk_sender sender)
{
	enum sk_sender keyed = sender;
	struct fault fault;
	struct chain inner;
	uint8_t *plain = NULL;
	size_t n = 0;
	bool ok;

	if (g->roles_swapped)
		keyed = sender == SK_FROM_INITIATOR ? SK_FROM_RESPONDER : SK_FROM_INITIATOR;
	plain = calloc(1, sk->body.n ? sk->body.n : 1);
	if (!plain)
		return false;
	/* With CBC the ICV says nothing about SK_e: what was encrypted must be a chain of payloads,
	 * too. */
	ok = sk_open(message, sk, &g->keys, keyed, plain, &n) == ERR_OK &&
	     chain_parse(span_of(plain, n), sk->next, NULL, &inner, &fault) == ERR_OK;
	secret_wipe(plain, n);
	free(plain);
	return ok;
}

/* Two mistakes at once, of different kinds. */
static bool derive_pair(const struct diagnosis *d, const struct guess *a, const struct guess *b,
			struct diagnosis_guess *out)
{
	struct derivation v;

	derivation_init(&v, d);
	if (a->what == b->what || !derivation_mistake(&v, d, a) || !derivation_mistake(&v, d, b))
		return false;
	out->right = false;
	out->roles_swapped = v.roles_swapped;
	snprintf(out->text, sizeof(out->text), "%s, and %s", a->text, b->text);
	return derivation_run(&v, d, &out->keys) == ERR_OK;
}

/* Mistakes that come to the same keys here are told as well: nobody can say which it is. */
static void name_others(const struct diagnosis *d, struct span message,
			const struct chain_payload *sk, enum sk_sender sender, unsigned first,
			struct diagnosis_guess *out)
{
	struct diagnosis_guess other;

	for (unsigned i = first + 1; !out->right && i < GUESSES; i++) {
		const size_t n = strlen(out->text);

		if (diagnosis_derive(d, i, &other) != ERR_OK)
			continue;
		if (verifies(&other, message, sk, sender))
			snprintf(out->text + n, sizeof(out->text) - n, "; or when %s", other.text);
		ike_keys_clear(&other.keys);
	}
}

bool diagnosis_find(const struct diagnosis *d, struct span message, enum sk_sender sender,
		    struct diagnosis_guess *out)
{
	struct ike_header header;
	struct fault fault;
	struct chain chain;
	const struct chain_payload *sk;

	if (chain_parse_message(message, &header, &chain, &fault) != ERR_OK)
		return false;
	sk = chain_find(&chain, PAYLOAD_SK);
	if (!sk)
		return false;
	for (unsigned i = 0; i < GUESSES; i++) {
		if (diagnosis_derive(d, i, out) != ERR_OK)
			continue;
		if (verifies(out, message, sk, sender)) {
			name_others(d, message, sk, sender, i, out);
			return true;
		}
		ike_keys_clear(&out->keys);
	}
	for (unsigned i = 1; i < GUESSES; i++) {
		for (unsigned j = i + 1; j < GUESSES; j++) {
			if (!derive_pair(d, &guesses[i], &guesses[j], out))
				continue;
			if (verifies(out, message, sk, sender))
				return true;
			ike_keys_clear(&out->keys);
		}
	}
	return false;
}
