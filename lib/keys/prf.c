/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prf and prf+. */
#include "keys/prf.h"

#include "keys/algorithms.h"
#include "keys/secret.h"

/* Previous block, the caller's parts, block number. */
#define PRF_PARTS_MAX 16

enum err prf(uint16_t prf_id, struct span key, const struct span *parts, size_t n, uint8_t *out)
{
	enum hash h;

	if (!hash_of_prf(prf_id, &h))
		return ERR_UNSUPPORTED;
	return hash_hmac(h, key, parts, n, out) ? ERR_OK : ERR_CRYPTO;
}

enum err prf_plus(uint16_t prf_id, struct span key, const struct span *parts, size_t n,
		  uint8_t *out, size_t out_n)
{
	struct span all[PRF_PARTS_MAX];
	uint8_t block[HASH_SIZE_MAX];
	uint8_t number = 0;
	enum err err = ERR_OK;
	enum hash h;
	size_t size;

	if (!hash_of_prf(prf_id, &h))
		return ERR_UNSUPPORTED;
	size = hash_size(h);
	/* The block number is one octet (2.13). */
	if (out_n > 255 * size || n > PRF_PARTS_MAX - 2)
		return ERR_LENGTH;
	all[0] = SPAN_NONE;
	for (size_t i = 0; i < n; i++)
		all[1 + i] = parts[i];
	all[1 + n] = span_of(&number, 1);
	for (size_t done = 0; done < out_n;) {
		size_t take = out_n - done < size ? out_n - done : size;

		number++;
		if (!hash_hmac(h, key, all, n + 2, block)) {
			err = ERR_CRYPTO;
			secret_wipe(out, out_n);
			break;
		}
		memcpy(&out[done], block, take);
		done += take;
		all[0] = span_of(block, size);
	}
	secret_wipe(block, sizeof(block));
	return err;
}
