/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The peer's requests: message IDs and retransmissions, RFC 7296 sections 2.1 to 2.3, with a window of one. */
#ifndef IKESYNC_GATEWAY_WINDOW_THEIRS_H
#define IKESYNC_GATEWAY_WINDOW_THEIRS_H

#include "core/gateway_state.h"

/* true: a new request. false: dealt with (repeated the response), or to be ignored. */
bool window_theirs_accept(struct sa *sa, const struct gateway_message *m);
/* Remember and send `messages` (one, or the fragments of one) along `to` as the response to the request of
 * `hash`. */
void window_theirs_answer(struct sa *sa, const struct gateway_path *to,
			  const uint8_t hash[static SA_HASH_SIZE], struct span messages);

#endif
