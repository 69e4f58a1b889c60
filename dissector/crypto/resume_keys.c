/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prf, prf+ and the seven keys of a resumed SA, the draft's way and wrong ones. */
#include "crypto/resume_keys.h"

#include <wsutil/wsgcrypt.h>

#include "base/wipe.h"

/* prf+ has one octet for its counter, RFC 7296 section 2.13; seven keys never need so much. */
#define OKM_MAX (RESUME_PARTS * RESUME_KEY_MAX)

static const uint8_t orders[RESUME_ORDERS][RESUME_PARTS] = {
	[RESUME_ORDER_RFC7296] = { RESUME_D, RESUME_AI, RESUME_AR, RESUME_EI, RESUME_ER, RESUME_PI,
				   RESUME_PR },
	[RESUME_ORDER_E_A_P] = { RESUME_D, RESUME_EI, RESUME_ER, RESUME_AI, RESUME_AR, RESUME_PI,
				 RESUME_PR },
	[RESUME_ORDER_BY_SIDE_AEP] = { RESUME_D, RESUME_AI, RESUME_EI, RESUME_PI, RESUME_AR,
				       RESUME_ER, RESUME_PR },
	[RESUME_ORDER_BY_SIDE_EA] = { RESUME_D, RESUME_EI, RESUME_AI, RESUME_ER, RESUME_AR,
				      RESUME_PI, RESUME_PR },
	[RESUME_ORDER_BY_SIDE_AE] = { RESUME_D, RESUME_AI, RESUME_EI, RESUME_AR, RESUME_ER,
				      RESUME_PI, RESUME_PR },
	[RESUME_ORDER_D_LAST] = { RESUME_AI, RESUME_AR, RESUME_EI, RESUME_ER, RESUME_PI, RESUME_PR,
				  RESUME_D },
	[RESUME_ORDER_P_FIRST] = { RESUME_D, RESUME_PI, RESUME_PR, RESUME_AI, RESUME_AR, RESUME_EI,
				   RESUME_ER },
};

bool resume_prf(int md, struct octets key, const struct octets *parts, unsigned n, uint8_t *out)
{
	unsigned size = gcry_md_get_algo_dlen(md);
	gcry_md_hd_t h;
	const uint8_t *digest;

	if (!size || size > RESUME_KEY_MAX || gcry_md_open(&h, md, GCRY_MD_FLAG_HMAC) != 0)
		return false;
	if (gcry_md_setkey(h, key.p, key.n) != 0) {
		gcry_md_close(h);
		return false;
	}
	for (unsigned i = 0; i < n; i++)
		if (parts[i].n)
			gcry_md_write(h, parts[i].p, parts[i].n);
	digest = gcry_md_read(h, md);
	if (digest)
		memcpy(out, digest, size);
	gcry_md_close(h);
	return digest != NULL;
}

static bool prf_plus(int md, unsigned size, struct octets key, const struct octets seed[4],
		     uint8_t *out, unsigned total)
{
	uint8_t block[RESUME_KEY_MAX];
	bool ok = true;

	for (unsigned at = 0, counter = 1; ok && at < total; at += size, counter++) {
		const uint8_t number = (uint8_t)counter;
		const struct octets parts[] = { { block, counter > 1 ? size : 0 },
						seed[0],
						seed[1],
						seed[2],
						seed[3],
						{ &number, 1 } };

		ok = counter <= 255 && resume_prf(md, key, parts, array_length(parts), block);
		if (ok)
			memcpy(out + at, block, MIN(size, total - at));
	}
	wipe(block, sizeof(block));
	return ok;
}

static bool skeyseed(const struct resume_seed *seed, const struct resume_twist *t, int md,
		     struct octets a, struct octets b, uint8_t *out)
{
	static const uint8_t label[] = "Resumption"; /* RFC 5723 section 5.1 */
	const struct octets none = { NULL, 0 };
	struct octets parts[3] = { none, a, b };
	uint8_t nonces[512];

	switch (t->input) {
	case RESUME_INPUT_LABEL:
		parts[0] = (struct octets){ label, sizeof(label) - 1 };
		break;
	case RESUME_INPUT_REKEY:
		parts[0] = t->g_ir;
		break;
	case RESUME_INPUT_FULL:
		if (a.n + b.n > sizeof(nonces))
			return false;
		memcpy(nonces, a.p, a.n);
		memcpy(nonces + a.n, b.p, b.n);
		return resume_prf(md, (struct octets){ nonces, a.n + b.n }, &t->g_ir, 1, out);
	default:
		break;
	}
	return resume_prf(md, seed->sk_d, parts, array_length(parts), out);
}

static unsigned part_length(const struct resume_sizes *s, const struct resume_twist *t,
			    unsigned part)
{
	switch (part) {
	case RESUME_AI:
	case RESUME_AR:
		return t->a_key ? t->a_key : s->integ_key;
	case RESUME_EI:
	case RESUME_ER:
		return s->encr_key;
	default:
		return t->p_key ? t->p_key : s->prf;
	}
}

bool resume_keys_derive(const struct resume_seed *seed, const struct resume_twist *twist,
			struct resume_keys *out)
{
	static const struct resume_twist none;
	const struct resume_twist *t = twist ? twist : &none;
	struct octets ni = seed->ni, nr = seed->nr, plus[4];
	uint8_t first[RESUME_KEY_MAX], okm[OKM_MAX];
	unsigned total = 0, at = 0;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->suite = seed->suite;
	out->swapped = t->swap_roles;
	if (!resume_suite_sizes(&seed->suite, &out->sizes))
		return false;
	if (t->cut_nonces) {
		if (ni.n < 8 || nr.n < 8)
			return false;
		ni.n = nr.n = 8;
	}
	for (unsigned i = 0; i < RESUME_PARTS; i++) {
		out->key[i].n = part_length(&out->sizes, t, i);
		if (out->key[i].n > RESUME_KEY_MAX)
			return false;
		total += out->key[i].n;
	}
	plus[0] = t->swap_prf_plus ? nr : ni;
	plus[1] = t->swap_prf_plus ? ni : nr;
	plus[2] = (struct octets){ seed->spii, 8 };
	plus[3] = (struct octets){ seed->spir, 8 };
	ok = skeyseed(seed, t, out->sizes.prf_md, t->swap_skeyseed ? nr : ni,
		      t->swap_skeyseed ? ni : nr, first) &&
	     prf_plus(out->sizes.prf_md, out->sizes.prf, (struct octets){ first, out->sizes.prf },
		      plus, okm, total);
	for (unsigned i = 0; ok && i < RESUME_PARTS; i++) {
		struct resume_key *k = &out->key[orders[t->order][i]];

		memcpy(k->octets, okm + at, k->n);
		at += k->n;
	}
	wipe(first, sizeof(first));
	wipe(okm, sizeof(okm));
	return ok;
}

bool resume_keymat(const struct resume_keys *keys, struct octets ni, struct octets nr, uint8_t *out,
		   unsigned n)
{
	const struct resume_key *d = &keys->key[RESUME_D];
	const struct octets seed[4] = { ni, nr, { NULL, 0 }, { NULL, 0 } };

	return n <= OKM_MAX && prf_plus(keys->sizes.prf_md, keys->sizes.prf,
					(struct octets){ d->octets, d->n }, seed, out, n);
}
