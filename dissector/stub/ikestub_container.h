/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub: payload 201 of stub messages, and what IKE carries of one. */
#ifndef IKESYNC_IKESTUB_CONTAINER_H
#define IKESYNC_IKESTUB_CONTAINER_H

#include "base/index_body.h"
#include "stub/ikestub_chain.h"

/* Payload 201. */
void stub_container_show(const struct stub_payload *p);

/*
 * N(IKESYNC_STUB), rule 37: `length` octets at `offset` that are the body of payload 208. Shows
 * version, key ID, salt, expiry, ciphertext and tag below `tree`, and what the pool's key opens
 * when `bound_to` is known (NULL or address_size 0: it is not). May throw where octets are missing.
 */
void ikestub_show_sealed(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned offset,
			 unsigned length, const struct index_body *bound_to);

#endif
