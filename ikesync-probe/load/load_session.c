/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sessions' store. */
#include "load/load_session.h"

#include <string.h>

bool load_sessions_init(struct load_sessions *s, unsigned n, size_t sk_d_n)
{
	*s = (struct load_sessions){ .n = n, .sk_d_n = sk_d_n };
	s->at = g_try_new0(struct load_session, n);
	s->sk_d = g_try_malloc0((gsize)n * sk_d_n);
	return s->at && s->sk_d;
}

void load_sessions_clear(struct load_sessions *s)
{
	if (s->sk_d)
		secret_wipe(s->sk_d, (size_t)s->n * s->sk_d_n);
	g_free(s->sk_d);
	g_free(s->at);
	*s = (struct load_sessions){ 0 };
}

bool load_sessions_keep(struct load_sessions *s, unsigned i, const struct index *ix,
			const struct ike_keys *keys)
{
	unsigned a = 0;

	while (a < s->n_addresses && !address_equal(&s->addresses[a], &ix->address))
		a++;
	if (a == G_N_ELEMENTS(s->addresses) || keys->sk_d.n != s->sk_d_n)
		return false;
	if (a == s->n_addresses)
		s->addresses[s->n_addresses++] = ix->address;
	s->at[i].address = (uint8_t)a;
	s->at[i].spi = ix->spi;
	memcpy(&s->sk_d[(size_t)i * s->sk_d_n], secret_peek(&keys->sk_d).p, s->sk_d_n);
	return true;
}

struct index load_sessions_index(const struct load_sessions *s, unsigned i)
{
	return (struct index){ s->at[i].spi, s->addresses[s->at[i].address] };
}

struct secret load_sessions_sk_d(const struct load_sessions *s, unsigned i)
{
	struct secret out = { 0 };
	const enum err err = secret_set(&out, span_of(&s->sk_d[(size_t)i * s->sk_d_n], s->sk_d_n));

	(void)err; /* it came from one */
	return out;
}

size_t load_sessions_octets(const struct load_sessions *s)
{
	return sizeof(*s->at) + s->sk_d_n;
}
