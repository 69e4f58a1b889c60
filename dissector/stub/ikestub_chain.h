/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chain of payloads in a stub message or a stub, and octets of it that may be secret. */
#ifndef IKESYNC_IKESTUB_CHAIN_H
#define IKESYNC_IKESTUB_CHAIN_H

#include "base/ws_compat.h"

/* One payload of a chain. */
struct stub_payload {
	tvbuff_t *tvb;
	packet_info *pinfo;
	proto_item *item; /* "Payload: index (200)" */
	proto_tree *tree;
	uint8_t type;
	unsigned body;   /* offset behind the generic header */
	unsigned length; /* of the body */
};

/* Called for each payload in order; `data` is the walker's. */
typedef void (*stub_payload_fn)(const struct stub_payload *p, unsigned position, void *data);

/*
 * Walk the chain in [offset, end): show each generic header, then call `fn` for the body.
 * `message`: it is a message's, not a stub's.
 * Structural faults get their expert info. Returns whether there was none.
 */
bool stub_chain_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned offset,
		     unsigned end, uint8_t first, bool message, stub_payload_fn fn, void *data,
		     unsigned *payloads);

/* `n` octets that may hold a secret: how many, and which ones when the preference shows secrets. */
proto_item *stub_octets_show(tvbuff_t *tvb, proto_tree *tree, int hf, unsigned offset, unsigned n);

/* The same of a whole body, for what cannot be taken apart. */
void stub_body_show(const struct stub_payload *p, int hf);

#endif
