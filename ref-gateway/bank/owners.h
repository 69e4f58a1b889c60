/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections speak for an address, so that its owner can be told what others did (wire profile rule 33). */
#ifndef IKESYNC_BANK_OWNERS_H
#define IKESYNC_BANK_OWNERS_H

#include <glib.h>

#include "net/channel.h"

struct owners;

struct owners *owners_new(void);
/* When all have left. */
void owners_free(struct owners *o);

/* `connection` has shown a certificate with these addresses. */
void owners_join(struct owners *o, const struct channel_identity *who, void *connection);
/* It ends; harmless where it has not joined. */
void owners_leave(struct owners *o, const struct channel_identity *who, void *connection);
/* All that speak for `address`; owned by `o`, until one joins or leaves. NULL: none. */
const GPtrArray *owners_of(const struct owners *o, const struct address *address);

#endif
