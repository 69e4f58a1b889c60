/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message IDs of an IKE SA, ours and theirs, window 1 each (RFC 7296 sections 2.2 and 2.3). */
#ifndef IKESYNC_IKE_WINDOW_H
#define IKESYNC_IKE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct ike_window {
	uint32_t next;      /* ID of our next request */
	uint32_t peer_next; /* ID of the gateway's next request */
	bool asked;         /* our request `next` - 1 has no answer yet */
};

/* After IKE_SA_INIT our next is 1, after a rekey 0; the gateway's first is 0 (rule 16). */
void ike_window_init(struct ike_window *w, uint32_t next);
/* The ID of a request that goes out now. The caller has none outstanding. */
uint32_t ike_window_ask(struct ike_window *w);
/* Is a response with `id` the answer to the outstanding request? Notes nothing: who has verified it
 * calls ike_window_done(). */
bool ike_window_awaits(const struct ike_window *w, uint32_t id);
void ike_window_done(struct ike_window *w);

enum ike_window_request {
	IKE_WINDOW_NEW,     /* to be answered, then ike_window_answered() */
	IKE_WINDOW_AGAIN,   /* answered before: the same octets go out once more */
	IKE_WINDOW_OUTSIDE, /* neither: to be ignored */
};
/* What a verified request of the gateway with `id` is. */
enum ike_window_request ike_window_judge(const struct ike_window *w, uint32_t id);
void ike_window_answered(struct ike_window *w, uint32_t id);

#endif
