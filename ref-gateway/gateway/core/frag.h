/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reassembly of SKF fragments (RFC 7383), one request and one response of an SA at a time, bounded. */
#ifndef IKESYNC_GATEWAY_FRAG_H
#define IKESYNC_GATEWAY_FRAG_H

#include "core/gateway_state.h"
#include "wire/ike_sk.h"

#define FRAG_MAX 32
#define FRAG_MESSAGE_MAX 16384

/*
 * Take a verified fragment. true: the message is whole: `out` (IKE_MESSAGE_MAX octets; may hold
 * `plain`) and *n have it, `whole_first` its first payload, `hash` the hash of the datagram of
 * fragment 1.
 */
bool frag_add(struct sa *sa, const struct gateway_message *m, const struct ike_skf *skf,
	      uint8_t first, struct span plain, uint8_t *out, size_t *n, uint8_t *whole_first,
	      uint8_t hash[static SA_HASH_SIZE]);
void frag_forget(struct sa *sa);

#endif
