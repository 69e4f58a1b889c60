/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a certificate allows. */
#include "rights.h"

bool rights_own(const struct channel_identity *who, const struct address *address)
{
	for (unsigned i = 0; i < who->n_addresses; i++) {
		if (address_equal(&who->addresses[i], address))
			return true;
	}
	return false;
}

bool rights_prefetch(const struct channel_identity *who, const struct address *allowed,
		     size_t n_allowed)
{
	for (size_t i = 0; i < n_allowed; i++) {
		if (rights_own(who, &allowed[i]))
			return true;
	}
	return false;
}
