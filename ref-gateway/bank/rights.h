/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may do what, from the TLS certificate alone (wire profile rule 34). */
#ifndef IKESYNC_BANK_RIGHTS_H
#define IKESYNC_BANK_RIGHTS_H

#include "net/channel.h"

/* Does `who` own `address`: init, delete, update at the same address, and the target of a move? */
bool rights_own(const struct channel_identity *who, const struct address *address);

/* May `who` prefetch (rule 32): does it own one of `allowed`? */
bool rights_prefetch(const struct channel_identity *who, const struct address *allowed,
		     size_t n_allowed);

#endif
