/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Indexes that the bank did not know a moment ago (rule 15). */
#ifndef IKESYNC_GATEWAY_MISS_CACHE_H
#define IKESYNC_GATEWAY_MISS_CACHE_H

#include "core/gateway_state.h"
#include "wire/index.h"

bool miss_cache_knows(struct gateway *g, const struct index *ix);
void miss_cache_add(struct gateway *g, const struct index *ix);
void miss_cache_clear(struct gateway *g);

#endif
