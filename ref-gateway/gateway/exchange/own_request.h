/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request of ours under construction, and its way out. */
#ifndef IKESYNC_GATEWAY_OWN_REQUEST_H
#define IKESYNC_GATEWAY_OWN_REQUEST_H

#include "core/window_ours.h"
#include "wire/ike_notify.h"

/* Inner payloads: start, write with `w`, then own_request_send(). */
struct own_request {
	uint8_t buffer[GATEWAY_MESSAGE_MAX]; /* octet 0 names the first payload */
	struct wcursor c;
	struct chain_writer w;
};
void own_request_init(struct own_request *q);
/* Seal it as the next request of the SA and ask, until answered. false: another one is under way, or it cannot be sealed. */
bool own_request_send(struct sa *sa, uint8_t exchange, struct own_request *q,
		      window_ours_done_fn *done);
/* The error that an answer consists of; 0: it has none, or something else as well. */
uint16_t own_request_error(const struct chain *answer, struct ike_notify *notify);
/* Does the peer say that it could make nothing of it, so that the SA is over (RFC 7296 section 2.21.3)? */
bool own_request_ended_sa(uint16_t error);

#endif
