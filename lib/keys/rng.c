/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system's random source, behind an interface that tests replace. */
#include "keys/rng.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "keys/algorithms.h"

static void system_fill(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	/* Going on with predictable nonces would give keys away: nothing is better than that. */
	if (n > INT_MAX || RAND_bytes(out, (int)n) != 1) {
		fputs("random number generator failed\n", stderr);
		abort();
	}
}

const struct rng rng_system = { system_fill, NULL };

uint64_t rng_spi(const struct rng *r)
{
	uint64_t spi = 0;

	while (spi == 0) {
		uint8_t octets[8];

		rng_fill(r, octets, sizeof(octets));
		for (size_t i = 0; i < sizeof(octets); i++)
			spi = spi << 8 | octets[i];
	}
	return spi;
}

/* Each call starts a new block, so that the stream depends on the order of calls only. */
static void fixed_fill(void *ctx, uint8_t *out, size_t n)
{
	struct rng_fixed *f = ctx;

	while (n) {
		uint8_t counter[8], block[32];
		size_t take = n < sizeof(block) ? n : sizeof(block);
		uint64_t v = f->counter++;
		struct span parts[2] = { SPAN_OF(f->seed), SPAN_OF(counter) };

		for (size_t i = sizeof(counter); i-- > 0; v >>= 8)
			counter[i] = (uint8_t)v;
		if (!hash_digest(HASH_SHA256, parts, 2, block))
			abort();
		memcpy(out, block, take);
		out += take;
		n -= take;
	}
}

struct rng rng_fixed(struct rng_fixed *state, const char *seed)
{
	struct span text = span_text(seed);

	if (!hash_digest(HASH_SHA256, &text, 1, state->seed))
		abort();
	state->counter = 0;
	return (struct rng){ fixed_fill, state };
}
