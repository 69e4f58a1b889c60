/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where protocol code gets random octets: passed in, so that tests repeat. */
#ifndef IKESYNC_KEYS_RNG_H
#define IKESYNC_KEYS_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	void (*fill)(void *ctx, uint8_t *out, size_t n);
	void *ctx;
};

/* The system's CSPRNG (OpenSSL RAND_bytes); aborts the process when that fails. */
extern const struct rng rng_system;

static inline void rng_fill(const struct rng *r, uint8_t *out, size_t n)
{
	r->fill(r->ctx, out, n);
}

/* A non-zero 64-bit number, as an IKE SPI must be. */
uint64_t rng_spi(const struct rng *r);

/*
 * For tests and worked examples only: SHA-256 in counter mode over `seed`. Not for keys that matter.
 * `state` is owned by the caller and must outlive the rng.
 */
struct rng_fixed {
	uint8_t seed[32];
	uint64_t counter;
};
struct rng rng_fixed(struct rng_fixed *state, const char *seed);

#endif
