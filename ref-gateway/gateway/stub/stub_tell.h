/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bank is told of stubs. */
#ifndef IKESYNC_GATEWAY_STUB_TELL_H
#define IKESYNC_GATEWAY_STUB_TELL_H

#include "core/gateway_state.h"
#include "wire/index.h"

/* Tell the bank: a new stub, or a replacement for `old`. */
void stub_tell_init(struct sa *sa);
void stub_tell_update(struct sa *sa, const struct index *old);
void stub_tell_delete(struct gateway *g, const struct index *ix);
/* Ask for the move of `old` to this SA (rule 13). `done` is called from the loop, unless the SA is
 * gone by then. */
void stub_tell_move(struct sa *sa, const struct index *old, struct span container,
		    void (*done)(struct sa *sa, int result));
/* Before the end: answers to init, update and move that will not come. */
void stub_tell_forget_pending(struct gateway *g);

#endif
