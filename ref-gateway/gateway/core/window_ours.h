/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own requests: one at a time, sent again until answered (RFC 7296 sections 2.1 to 2.3). */
#ifndef IKESYNC_GATEWAY_WINDOW_OURS_H
#define IKESYNC_GATEWAY_WINDOW_OURS_H

#include "core/gateway_state.h"

/*
 * What was answered; NULL: config.request_tries sendings and nothing came. May drop the SA, or begin its end: false then; after
 * true the next request that is due may go.
 */
typedef bool window_ours_done_fn(struct sa *sa, const struct chain *answer);

/* The message ID for the next request; UINT32_MAX: one is under way. */
uint32_t window_ours_next(const struct sa *sa);
/*
 * Send `messages` (one, or the fragments of one), made with that ID, and again after config.request_first_ms, twice
 * that, and so on. `done` is called once, but not when the SA goes before.
 */
void window_ours_ask(struct sa *sa, struct span messages, window_ours_done_fn *done);
/* Is a request of this ID under way? */
bool window_ours_expects(const struct sa *sa, uint32_t message_id);
/* Its answer has come, verified: these payloads. */
void window_ours_answered(struct sa *sa, const struct chain *answer);
/* Forget what is under way. */
void window_ours_forget(struct sa *sa);

#endif
