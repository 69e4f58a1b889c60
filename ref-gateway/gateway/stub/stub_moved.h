/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub of ours has moved: another gateway has its session now, or says so (rule 33). */
#ifndef IKESYNC_GATEWAY_STUB_MOVED_H
#define IKESYNC_GATEWAY_STUB_MOVED_H

#include "core/gateway_state.h"
#include "wire/index.h"

/*
 * The bank says that the stub of this index is another gateway's. Its client is asked for a sign of life, and its SA dropped with its
 * inner address when there is none in time; neither client nor bank hears of it. The status for the bank: ok, not-found,
 * not-authorised where another bank decides about that stub.
 */
uint8_t stub_moved(struct gateway *g, const struct index *ix);

#endif
