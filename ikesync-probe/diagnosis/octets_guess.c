/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds octets against known ones. */
#include "diagnosis/octets_guess.h"

#include <string.h>

/* Fewer octets are alike by chance. */
#define LEAST_PREFIX 4
#define BITS_FLIPPED 2
#define COUNTED_UP 255

static bool reversed(struct span a, struct span b)
{
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != b.p[b.n - 1 - i])
			return false;
	return a.n == b.n && a.n > 1;
}

static unsigned bits_apart(struct span a, struct span b)
{
	unsigned bits = 0;

	for (size_t i = 0; i < a.n; i++)
		bits += (unsigned)__builtin_popcount(a.p[i] ^ b.p[i]);
	return bits;
}

/* `a` - `b` as big-endian numbers; 0: equal, less, or more than COUNTED_UP. */
static unsigned counted_up(struct span a, struct span b)
{
	uint64_t x = 0, y = 0;

	if (a.n < 8)
		return 0;
	for (size_t i = a.n - 8; i < a.n; i++) {
		x = x << 8 | a.p[i];
		y = y << 8 | b.p[i];
	}
	if (a.n > 8 && memcmp(a.p, b.p, a.n - 8) != 0)
		return 0;
	return x > y && x - y <= COUNTED_UP ? (unsigned)(x - y) : 0;
}

static char *of_one_length(const char *what, struct span got, const struct known_octets *k)
{
	unsigned by;

	if (span_equal(got, k->octets))
		return g_strdup_printf("%s is %s", what, k->name);
	if (reversed(got, k->octets))
		return g_strdup_printf("%s is %s in the other order of octets", what, k->name);
	by = counted_up(got, k->octets);
	if (by)
		return g_strdup_printf("%s is %s counted up by %u", what, k->name, by);
	by = bits_apart(got, k->octets);
	return by <= BITS_FLIPPED
		   ? g_strdup_printf("%s is %s with %u bits flipped", what, k->name, by)
		   : NULL;
}

static char *of_another(const char *what, struct span got, const struct known_octets *k)
{
	const struct span o = k->octets;
	const size_t n = MIN(got.n, o.n);

	if (n < LEAST_PREFIX || memcmp(got.p, o.p, n) != 0)
		return NULL;
	return got.n < o.n ? g_strdup_printf("%s is %s cut to %zu octets", what, k->name, got.n)
			   : g_strdup_printf("%s begins with %s", what, k->name);
}

static char *of_one_octet(const char *what, struct span got)
{
	for (size_t i = 1; i < got.n; i++)
		if (got.p[i] != got.p[0])
			return NULL;
	return got.n < 2 ? NULL
	       : got.p[0]
		   ? g_strdup_printf("%s is the octet 0x%02x %zu times", what, got.p[0], got.n)
		   : g_strdup_printf("%s is zero", what);
}

GPtrArray *octets_guess(const char *what, struct span got, const struct known_octets *known,
			unsigned n)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	char *text = of_one_octet(what, got);

	if (text)
		g_ptr_array_add(out, text);
	for (unsigned i = 0; i < n && got.n; i++) {
		if (!known[i].octets.n)
			continue;
		text = got.n == known[i].octets.n ? of_one_length(what, got, &known[i])
						  : of_another(what, got, &known[i]);
		if (text)
			g_ptr_array_add(out, text);
	}
	return out;
}
