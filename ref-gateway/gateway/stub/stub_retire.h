/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Retirement: the stub that a client named before it had to authenticate (rules 22 and 45). */
#ifndef IKESYNC_GATEWAY_STUB_RETIRE_H
#define IKESYNC_GATEWAY_STUB_RETIRE_H

#include "core/gateway_state.h"
#include "wire/index.h"

/*
 * `sa` has authenticated after a SYN that named `ix` was a miss: get the stub once more, and delete
 * it if it is of the same IDi and EAP identity. Nothing happens where it cannot be had or opened.
 */
void stub_retire(struct sa *sa, const struct index *ix);
/* Before the end: gets whose answer will not come. */
void stub_retire_forget_pending(struct gateway *g);

#endif
