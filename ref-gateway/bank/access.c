/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "access.h"

#include "tool/defect.h"

bool access_owns(const struct channel_identity *who, const struct address *address)
{
	if (defect("no-owner-check"))
		return true;
	for (unsigned i = 0; i < who->n_addresses; i++) {
		if (address_equal(&who->addresses[i], address))
			return true;
	}
	return false;
}

bool access_pool(struct span stub_pool, const char *pool, bool owner)
{
	if (defect("no-owner-check"))
		return true;
	/* An empty pool is no pool: two gateways without one have nothing in common. */
	return span_equal(stub_pool, span_text(pool)) && (stub_pool.n > 0 || owner);
}

bool access_prefetch(const struct channel_identity *who, const struct address *allowed,
		     size_t n_allowed)
{
	for (size_t i = 0; i < n_allowed; i++) {
		if (access_owns(who, &allowed[i]))
			return true;
	}
	return false;
}
