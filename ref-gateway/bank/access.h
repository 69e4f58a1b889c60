/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may do what, from the TLS certificate alone (wire profile rule 34). */
#ifndef IKESYNC_BANK_ACCESS_H
#define IKESYNC_BANK_ACCESS_H

#include "net/channel.h"

/* Does `who` own `address`: init, delete, update at the same address, and the target of a move? */
bool access_owns(const struct channel_identity *who, const struct address *address);

/*
 * May somebody of `pool` (who owns the index's address, or not) get, move or retire a stub whose
 * owner was in `stub_pool`? Pools are compared as strings; without a pool only the owner may.
 */
bool access_pool(struct span stub_pool, const char *pool, bool owner);

/* May `who` prefetch (rule 32): does it own one of `allowed`? */
bool access_prefetch(const struct channel_identity *who, const struct address *allowed,
		     size_t n_allowed);

#endif
