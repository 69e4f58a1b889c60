/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rate that is shared among source prefixes, in memory that nobody can fill. */
#ifndef IKESYNC_GATEWAY_RATION_H
#define IKESYNC_GATEWAY_RATION_H

#include "core/gateway_state.h"

/* Has the prefix of this address one left of its `per_second`? Takes it. Two prefixes may share by chance, which nobody can aim at. */
bool ration_take(struct gateway *g, const struct address *source, uint32_t per_second);

#endif
