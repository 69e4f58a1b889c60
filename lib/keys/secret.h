/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key material has a type of its own, so that it cannot be logged or compared by accident. */
#ifndef IKESYNC_KEYS_SECRET_H
#define IKESYNC_KEYS_SECRET_H

#include "wire/err.h"
#include "wire/span.h"

/* HMAC-SHA2-512 keys are the longest; AES-256-GCM with its salt has 36. */
#define SECRET_MAX 64

struct secret {
	uint8_t n;
	uint8_t octets[SECRET_MAX];
};

/* Copy. ERR_LENGTH when it does not fit. */
IKESYNC_MUST_USE enum err secret_set(struct secret *s, struct span octets);
/* Borrow the octets, for keying only. */
static inline struct span secret_peek(const struct secret *s)
{
	return span_of(s->octets, s->n);
}
/* Overwrite with zeros in a way the compiler keeps. */
void secret_clear(struct secret *s);
void secret_wipe(void *p, size_t n);
/* Constant time in the content; lengths are no secret. */
bool secret_equal(struct span a, struct span b);

#endif
