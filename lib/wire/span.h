/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A borrowed run of octets. The owner of the memory must outlive it. */
#ifndef IKESYNC_WIRE_SPAN_H
#define IKESYNC_WIRE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

#define SPAN_NONE ((struct span){ NULL, 0 })
#define SPAN_OF(array) ((struct span){ (array), sizeof(array) })

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){ p, n };
}

/* The characters of a C string without the NUL. */
static inline struct span span_text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

/* `part` of `whole`, there where it lies in `copy`, which has the same octets; nothing where there is no part. */
static inline struct span span_in_copy(struct span part, struct span whole, struct span copy)
{
	if (!part.p)
		return SPAN_NONE;
	return span_of(copy.p + (part.p - whole.p), part.n);
}

/* Not for secrets: the time depends on the content. */
static inline bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif
