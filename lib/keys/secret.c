/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key material: set, cleared, compared. */
#include "keys/secret.h"

#include <openssl/crypto.h>

enum err secret_set(struct secret *s, struct span octets)
{
	if (octets.n > sizeof(s->octets))
		return ERR_LENGTH;
	secret_clear(s);
	if (octets.n)
		memcpy(s->octets, octets.p, octets.n);
	s->n = (uint8_t)octets.n;
	return ERR_OK;
}

void secret_clear(struct secret *s)
{
	secret_wipe(s, sizeof(*s));
}

void secret_wipe(void *p, size_t n)
{
	if (n)
		OPENSSL_cleanse(p, n);
}

bool secret_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}
