/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which wrong derivation of keys opens a message that the draft's does not. */
#include "resume/resume_diagnosis.h"

#include "base/payload_walk.h"

/* A guess departs from the draft in one kind of thing; two of a kind cannot go together. */
enum kind {
	KIND_SPI,
	KIND_NONCES,
	KIND_INPUT,
	KIND_PRF,
	KIND_ORDER,
	KIND_ENCR,
	KIND_A_KEY,
	KIND_P_KEY,
	KIND_ROLES,
};

enum spis { SPI_OLD_R, SPI_OLD_I, SPI_OLD_BOTH, SPI_SWAPPED };
enum nonces { NONCES_SWAPPED, NONCES_IN_SKEYSEED, NONCES_IN_PRF_PLUS, NONCES_CUT };
#define INPUT_OLDER 100 /* beside enum resume_input */

struct guess {
	uint8_t kind;
	uint16_t value;
	const char *text;
};

static const struct guess guesses[] = {
	{ KIND_SPI, SPI_OLD_R, "prf+ has the old SA's SPIr in place of the new one" },
	{ KIND_SPI, SPI_OLD_I, "prf+ has the old SA's SPIi in place of the new one" },
	{ KIND_SPI, SPI_OLD_BOTH, "prf+ has both of the old SA's SPIs" },
	{ KIND_SPI, SPI_SWAPPED, "prf+ has SPIr before SPIi" },
	{ KIND_NONCES, NONCES_SWAPPED, "Nr stands before Ni" },
	{ KIND_NONCES, NONCES_IN_SKEYSEED, "Nr stands before Ni in SKEYSEED" },
	{ KIND_NONCES, NONCES_IN_PRF_PLUS, "Nr stands before Ni in prf+" },
	{ KIND_NONCES, NONCES_CUT, "only 8 octets of each nonce are used" },
	{ KIND_INPUT, RESUME_INPUT_LABEL,
	  "the label \"Resumption\" of RFC 5723 is mixed into SKEYSEED" },
	{ KIND_INPUT, RESUME_INPUT_REKEY,
	  "the old SA's g^ir is mixed into SKEYSEED, as a rekey would" },
	{ KIND_INPUT, RESUME_INPUT_FULL,
	  "SKEYSEED is made of the old SA's g^ir, as a full handshake would" },
	{ KIND_INPUT, INPUT_OLDER, "SK_d is that of the SA before: the stub was not renewed" },
	{ KIND_PRF, 2, "the prf is HMAC-SHA-1, not the old SA's" },
	{ KIND_PRF, 5, "the prf is HMAC-SHA2-256, not the old SA's" },
	{ KIND_PRF, 6, "the prf is HMAC-SHA2-384, not the old SA's" },
	{ KIND_PRF, 7, "the prf is HMAC-SHA2-512, not the old SA's" },
	{ KIND_ORDER, RESUME_ORDER_E_A_P,
	  "the keys are cut in the order SK_d, SK_ei, SK_er, SK_ai, SK_ar, SK_pi, SK_pr" },
	{ KIND_ORDER, RESUME_ORDER_BY_SIDE_AEP,
	  "the keys are cut in the order SK_d, SK_ai, SK_ei, SK_pi, SK_ar, SK_er, SK_pr" },
	{ KIND_ORDER, RESUME_ORDER_BY_SIDE_EA,
	  "the keys are cut in the order SK_d, SK_ei, SK_ai, SK_er, SK_ar, SK_pi, SK_pr" },
	{ KIND_ORDER, RESUME_ORDER_BY_SIDE_AE,
	  "the keys are cut in the order SK_d, SK_ai, SK_ei, SK_ar, SK_er, SK_pi, SK_pr" },
	{ KIND_ORDER, RESUME_ORDER_D_LAST,
	  "the keys are cut in the order SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr, SK_d" },
	{ KIND_ORDER, RESUME_ORDER_P_FIRST,
	  "the keys are cut in the order SK_d, SK_pi, SK_pr, SK_ai, SK_ar, SK_ei, SK_er" },
	{ KIND_ENCR, 128, "SK_ei and SK_er have 128 bits, not the old SA's key length" },
	{ KIND_ENCR, 192, "SK_ei and SK_er have 192 bits, not the old SA's key length" },
	{ KIND_ENCR, 256, "SK_ei and SK_er have 256 bits, not the old SA's key length" },
	{ KIND_A_KEY, 16, "SK_ai and SK_ar are 16 octets" },
	{ KIND_A_KEY, 20, "SK_ai and SK_ar are 20 octets" },
	{ KIND_A_KEY, 32, "SK_ai and SK_ar are 32 octets" },
	{ KIND_A_KEY, 48, "SK_ai and SK_ar are 48 octets" },
	{ KIND_A_KEY, 64, "SK_ai and SK_ar are 64 octets" },
	{ KIND_P_KEY, 16, "SK_d, SK_pi and SK_pr are 16 octets" },
	{ KIND_P_KEY, 20, "SK_d, SK_pi and SK_pr are 20 octets" },
	{ KIND_P_KEY, 32, "SK_d, SK_pi and SK_pr are 32 octets" },
	{ KIND_P_KEY, 48, "SK_d, SK_pi and SK_pr are 48 octets" },
	{ KIND_P_KEY, 64, "SK_d, SK_pi and SK_pr are 64 octets" },
	{ KIND_ROLES, 0, "the keys of initiator and responder are exchanged" },
};

struct derivation {
	struct resume_seed seed;
	struct resume_twist twist;
};

static bool apply_spis(const struct resume_diagnosis *d, enum spis value, struct resume_seed *seed)
{
	if (value == SPI_SWAPPED) {
		memcpy(seed->spii, d->seed.spir, 8);
		memcpy(seed->spir, d->seed.spii, 8);
		return true;
	}
	if (value != SPI_OLD_R)
		memcpy(seed->spii, d->old_spii, 8);
	if (value != SPI_OLD_I)
		memcpy(seed->spir, d->old_spir, 8);
	return d->has_pair;
}

/* False: this guess is the draft's own way for this suite, or lacks what it needs. */
static bool apply(const struct resume_diagnosis *d, const struct guess *g, struct derivation *v)
{
	struct resume_sizes sizes;

	if (!resume_suite_sizes(&d->seed.suite, &sizes))
		return false;
	switch (g->kind) {
	case KIND_SPI:
		return apply_spis(d, (enum spis)g->value, &v->seed);
	case KIND_NONCES:
		v->twist.cut_nonces = g->value == NONCES_CUT;
		v->twist.swap_skeyseed =
		    g->value == NONCES_SWAPPED || g->value == NONCES_IN_SKEYSEED;
		v->twist.swap_prf_plus =
		    g->value == NONCES_SWAPPED || g->value == NONCES_IN_PRF_PLUS;
		return true;
	case KIND_INPUT:
		if (g->value == INPUT_OLDER) {
			v->seed.sk_d = d->older_sk_d;
			return d->older_sk_d.n != 0;
		}
		v->twist.input = (enum resume_input)g->value;
		v->twist.g_ir = d->g_ir;
		return g->value == RESUME_INPUT_LABEL || d->g_ir.n != 0;
	case KIND_PRF:
		v->seed.suite.prf = g->value;
		return g->value != d->seed.suite.prf;
	case KIND_ORDER:
		v->twist.order = g->value;
		/* Without SK_a these octets are those of longer SK_a, which is likelier. */
		return g->value != RESUME_ORDER_P_FIRST || !sizes.aead;
	case KIND_ENCR:
		v->seed.suite.encr_bits = g->value;
		return d->seed.suite.encr_bits && d->seed.suite.encr_bits != g->value;
	case KIND_A_KEY:
		v->twist.a_key = g->value;
		return g->value != sizes.integ_key;
	case KIND_P_KEY:
		v->twist.p_key = g->value;
		return g->value != sizes.prf;
	default:
		v->twist.swap_roles = true;
		return true;
	}
}

static bool fits(const struct resume_diagnosis *d, const struct derivation *v)
{
	struct resume_keys keys;
	struct octets plain;
	bool ok;

	if (!resume_keys_derive(&v->seed, &v->twist, &keys) ||
	    sk_open(d->message, d->body, &keys, d->from_initiator, NULL, &plain) != SK_OPENED)
		return false;
	/* An HMAC says nothing about SK_e. */
	ok = !d->first || payload_chain_sound(plain, d->first);
	wmem_free(NULL, (void *)(uintptr_t)plain.p);
	return ok;
}

char *resume_diagnose(const struct resume_diagnosis *d, wmem_allocator_t *scope)
{
	const struct derivation draft = { .seed = d->seed };

	for (unsigned i = 0; i < array_length(guesses); i++) {
		struct derivation v = draft;

		if (apply(d, &guesses[i], &v) && fits(d, &v))
			return wmem_strdup(scope, guesses[i].text);
	}
	for (unsigned i = 0; i < array_length(guesses); i++)
		for (unsigned j = i + 1; j < array_length(guesses); j++) {
			struct derivation v = draft;

			if (guesses[i].kind != guesses[j].kind && apply(d, &guesses[i], &v) &&
			    apply(d, &guesses[j], &v) && fits(d, &v))
				return wmem_strdup_printf(scope, "%s, and %s", guesses[i].text,
							  guesses[j].text);
		}
	return NULL;
}
