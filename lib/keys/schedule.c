/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of IKE and child SAs from shared secrets and nonces. */
#include "keys/schedule.h"

#include "keys/algorithms.h"

#define SPIS_SIZE 16
#define KEYMAT_MAX (7 * SECRET_MAX)

/* Copy the next `n` octets of key material into `s` and step on. */
static enum err cut(struct secret *s, const uint8_t *keymat, size_t *at, size_t n)
{
	enum err err = secret_set(s, span_of(&keymat[*at], n));

	*at += n;
	return err;
}

static void put_spi(uint8_t *out, uint64_t spi)
{
	for (size_t i = 8; i-- > 0; spi >>= 8)
		out[i] = (uint8_t)spi;
}

enum err ike_keys_expand(struct ike_keys *out, const struct suite *s, struct span skeyseed,
			 const struct ike_seed *seed)
{
	struct suite_sizes z;
	uint8_t keymat[KEYMAT_MAX];
	uint8_t spi_i[8], spi_r[8];
	struct span parts[4] = { seed->ni, seed->nr, SPAN_OF(spi_i), SPAN_OF(spi_r) };
	size_t total, at = 0;
	enum err err = suite_sizes(s, &z);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	out->suite = *s;
	out->sizes = z;
	put_spi(spi_i, seed->spi_i);
	put_spi(spi_r, seed->spi_r);
	total = 3 * (size_t)z.prf_key + 2 * (size_t)z.integ_key + 2 * (size_t)z.encr_key;
	err = prf_plus(s->prf, skeyseed, parts, 4, keymat, total);
	if (!err) {
		/* The order of RFC 7296 section 2.14; sizes are checked to fit a secret. */
		struct {
			struct secret *key;
			size_t n;
		} order[] = {
			{ &out->sk_d, z.prf_key },    { &out->sk_ai, z.integ_key },
			{ &out->sk_ar, z.integ_key }, { &out->sk_ei, z.encr_key },
			{ &out->sk_er, z.encr_key },  { &out->sk_pi, z.prf_key },
			{ &out->sk_pr, z.prf_key },
		};

		for (size_t i = 0; !err && i < sizeof(order) / sizeof(order[0]); i++)
			err = cut(order[i].key, keymat, &at, order[i].n);
	}
	secret_wipe(keymat, sizeof(keymat));
	if (err)
		ike_keys_clear(out);
	return err;
}

static enum err from_seed(struct ike_keys *out, const struct suite *s, const struct ike_seed *seed,
			  uint16_t prf_id, struct span key, const struct span *parts, size_t n)
{
	uint8_t skeyseed[HASH_SIZE_MAX];
	enum err err;

	memset(out, 0, sizeof(*out));
	err = prf(prf_id, key, parts, n, skeyseed);
	if (!err)
		err = ike_keys_expand(out, s, span_of(skeyseed, suite_prf_size(prf_id)), seed);
	secret_wipe(skeyseed, sizeof(skeyseed));
	return err;
}

enum err ike_keys_initial(struct ike_keys *out, const struct suite *s, const struct ike_seed *seed,
			  struct span g_ir)
{
	uint8_t nonces[512];
	size_t n = seed->ni.n + seed->nr.n;

	/* Whole nonces: the prfs here take keys of any length (2.14). */
	if (n > sizeof(nonces)) {
		memset(out, 0, sizeof(*out));
		return ERR_LENGTH;
	}
	if (seed->ni.n)
		memcpy(nonces, seed->ni.p, seed->ni.n);
	if (seed->nr.n)
		memcpy(&nonces[seed->ni.n], seed->nr.p, seed->nr.n);
	return from_seed(out, s, seed, s->prf, span_of(nonces, n), &g_ir, 1);
}

enum err ike_keys_rekey(struct ike_keys *out, const struct suite *s, const struct ike_seed *seed,
			uint16_t old_prf, struct span sk_d_old, struct span g_ir)
{
	struct span parts[3] = { g_ir, seed->ni, seed->nr };

	return from_seed(out, s, seed, old_prf, sk_d_old, parts, 3);
}

enum err ike_keys_resume(struct ike_keys *out, const struct suite *s, const struct ike_seed *seed,
			 struct span sk_d_old)
{
	struct span parts[2] = { seed->ni, seed->nr };

	return from_seed(out, s, seed, s->prf, sk_d_old, parts, 2);
}

void ike_keys_clear(struct ike_keys *k)
{
	secret_wipe(k, sizeof(*k));
}

enum err child_keys_derive(struct child_keys *out, const struct suite_esp *s, uint16_t prf_id,
			   struct span sk_d, struct span g_ir, struct span ni, struct span nr)
{
	struct span parts[3] = { g_ir, ni, nr };
	uint8_t keymat[4 * SECRET_MAX];
	size_t encr, integ, at = 0;
	enum err err = suite_esp_keymat(s, &encr, &integ);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	err = prf_plus(prf_id, sk_d, parts, 3, keymat, 2 * (encr + integ));
	if (!err)
		err = cut(&out->encr_i, keymat, &at, encr);
	if (!err)
		err = cut(&out->integ_i, keymat, &at, integ);
	if (!err)
		err = cut(&out->encr_r, keymat, &at, encr);
	if (!err)
		err = cut(&out->integ_r, keymat, &at, integ);
	secret_wipe(keymat, sizeof(keymat));
	if (err)
		child_keys_clear(out);
	return err;
}

void child_keys_clear(struct child_keys *k)
{
	secret_wipe(k, sizeof(*k));
}
