/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who counts as one sender. */
#include "core/source.h"

#include <string.h>

enum { ADDRESS_IPV4 = 4, ADDRESS_IPV6 = 8, PREFIX_IPV4 = 3, PREFIX_IPV6 = 7 };

static struct source_key key_of(const struct address *a, size_t used)
{
	struct source_key k = { { a->family, (uint8_t)used } };

	memcpy(&k.octets[2], a->octets, used);
	return k;
}

struct source_key source_address(const struct address *a)
{
	return key_of(a, a->family == 4 ? ADDRESS_IPV4 : ADDRESS_IPV6);
}

struct source_key source_prefix(const struct address *a)
{
	return key_of(a, a->family == 4 ? PREFIX_IPV4 : PREFIX_IPV6);
}
