/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which wrong derivation of keys opens a message that the draft's does not. */
#include "resume/resume_diagnosis.h"

#include "base/payload_walk.h"
#include "base/wipe.h"
#include "ike/ike_message.h"

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

/* MISBOUND: it opens the message, and the BIND in it is another. */
enum fit { FIT_NO, FIT_MISBOUND, FIT_ICV, FIT_BIND };

/* The BIND in `plain`; n is 0 when there is none. */
static struct octets find_bind(struct octets plain, uint8_t first)
{
	struct payload_walk w = payload_walk(plain.p, plain.n, first);

	while (payload_next(&w)) {
		const uint8_t *body = w.p + payload_body(&w);

		/* protocol, SPI size 0, type */
		if (w.type == IKE_PAYLOAD_NOTIFY && payload_body_length(&w) > 4 && body[1] == 0 &&
		    get16(body + 2) == IKE_NOTIFY_SYN_BIND)
			return (struct octets){ body + 4, payload_body_length(&w) - 4 };
	}
	return (struct octets){ NULL, 0 };
}

static bool bind_fits(const struct resume_diagnosis *d, const struct resume_keys *keys,
		      struct octets bind)
{
	static const uint8_t label[] = "ikesync bind";
	const struct octets parts[] = { { label, sizeof(label) - 1 }, d->request, d->response };
	/* Who exchanges the roles of all keys exchanges those of SK_p, too. */
	const struct resume_key *k =
	    &keys->key[d->from_initiator != keys->swapped ? RESUME_PI : RESUME_PR];
	uint8_t right[RESUME_KEY_MAX];

	return bind.n == keys->sizes.prf &&
	       resume_prf(keys->sizes.prf_md, (struct octets){ k->octets, k->n }, parts,
			  array_length(parts), right) &&
	       memcmp(right, bind.p, bind.n) == 0;
}

static enum fit fits(const struct resume_diagnosis *d, const struct derivation *v)
{
	struct resume_keys keys;
	struct octets plain, bind;
	enum fit fit = FIT_ICV;

	if (!resume_keys_derive(&v->seed, &v->twist, &keys) ||
	    sk_open(d->message, d->body, &keys, d->from_initiator, NULL, &plain) != SK_OPENED)
		return FIT_NO;
	/* An HMAC says nothing about SK_e. */
	if (d->first && !payload_chain_sound(plain, d->first)) {
		fit = FIT_NO;
	} else if (d->first) {
		bind = find_bind(plain, d->first);
		if (bind.n)
			fit = bind_fits(d, &keys, bind) ? FIT_BIND : FIT_MISBOUND;
	}
	wmem_free(NULL, (void *)(uintptr_t)plain.p);
	wipe(&keys, sizeof(keys));
	return fit;
}

/* One guess, or two of different kinds; `j` -1: one. */
static enum fit try_guess(const struct resume_diagnosis *d, int i, int j)
{
	struct derivation v = { .seed = d->seed };

	if (j >= 0 && guesses[i].kind == guesses[j].kind)
		return FIT_NO;
	if (!apply(d, &guesses[i], &v) || (j >= 0 && !apply(d, &guesses[j], &v)))
		return FIT_NO;
	return fits(d, &v);
}

/* BIND has SK_p in it, which the ICV has not: where it fits, what only opens the message is out. */
static void add_fit(struct resume_fits *out, enum fit fit, int i, int j)
{
	if (fit == FIT_NO || (fit != FIT_BIND && out->bound))
		return;
	if (fit == FIT_BIND && !out->bound)
		out->n = 0;
	out->bound = fit == FIT_BIND;
	if (out->n == RESUME_FITS_MAX)
		return;
	out->at[out->n].i = (int8_t)i;
	out->at[out->n++].j = (int8_t)j;
}

static void try_all(const struct resume_diagnosis *d, struct resume_fits *out)
{
	int n = array_length(guesses);

	for (int i = 0; i < n; i++)
		add_fit(out, try_guess(d, i, -1), i, -1);
	if (out->n)
		return;
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
			add_fit(out, try_guess(d, i, j), i, j);
}

static char *fits_text(const struct resume_fits *fits, wmem_allocator_t *scope)
{
	wmem_strbuf_t *b = wmem_strbuf_new(scope, "");

	for (unsigned k = 0; k < fits->n; k++) {
		if (k)
			wmem_strbuf_append(b, "; or, as far as this message tells: ");
		wmem_strbuf_append(b, guesses[fits->at[k].i].text);
		if (fits->at[k].j >= 0)
			wmem_strbuf_append_printf(b, ", and %s", guesses[fits->at[k].j].text);
	}
	return fits->n ? (char *)(uintptr_t)wmem_strbuf_get_str(b) : NULL;
}

char *resume_diagnose_known(const struct resume_diagnosis *d, struct resume_fits *known,
			    wmem_allocator_t *scope)
{
	struct resume_fits now = { .n = 0 };

	for (unsigned k = 0; k < known->n; k++) {
		enum fit fit = try_guess(d, known->at[k].i, known->at[k].j);

		if (fit != FIT_MISBOUND)
			add_fit(&now, fit, known->at[k].i, known->at[k].j);
	}
	if (!now.n)
		return NULL;
	now.bound = now.bound || known->bound;
	*known = now;
	return fits_text(known, scope);
}

char *resume_diagnose(const struct resume_diagnosis *d, struct resume_fits *known,
		      wmem_allocator_t *scope)
{
	struct resume_fits now = { .n = 0 };

	try_all(d, &now);
	if (now.n)
		*known = now;
	return fits_text(&now, scope);
}
