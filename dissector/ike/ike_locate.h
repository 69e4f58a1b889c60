/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where isakmp found its messages in this frame, and which of its tree's nodes show what.
 *
 * isakmp has no hook, and a post-dissector that asks for its fields ("wanted hfids") forces a tree
 * on every frame of the file. So: a frame without isakmp in its layers is left at once; with a
 * tree, the message is where isakmp's own protocol node says (direct children of the root are not
 * faked before 4.6); without that node, it is looked for in the octets of the frame and of what was
 * reassembled for it.
 */
#ifndef IKESYNC_IKE_LOCATE_H
#define IKESYNC_IKE_LOCATE_H

#include "base/ws_compat.h"

#define IKE_PLACES_MAX 16

struct ike_place {
	tvbuff_t *tvb; /* a data source of the frame */
	unsigned offset;
	unsigned limit; /* first octet that no longer belongs to isakmp */
	bool snapped;   /* `limit` is where the capture ends, not the message */
	/* isakmp's protocol node, the root where that was not built, NULL without a tree */
	proto_tree *node;
	unsigned first_source; /* of the frame's data sources, those in [first_source, */
	unsigned last_source;  /* last_source) may be of this message */
};

/* Call once in the handoff. */
void ike_locate_init(void);

/*
 * Cheap: was isakmp called for this frame at all? Then `quoted` says whether only in an ICMP error:
 * that is not traffic, what a dead gateway was sent comes back so.
 */
bool ike_locate_any(packet_info *pinfo, bool *quoted);

/* Fill `out`; returns how many. */
unsigned ike_locate(packet_info *pinfo, proto_tree *tree, struct ike_place out[IKE_PLACES_MAX]);

/*
 * How many octets UDP has for the message, whatever its Length says (isakmp's node ends where that
 * says); 0: not known, or no UDP.
 */
unsigned ike_locate_datagram(packet_info *pinfo, const struct ike_place *place);

/*
 * The node below `isakmp` that shows the payload at `offset` of `tvb`, or `isakmp` itself when that
 * node was faked because nobody looks at it (filters, colour rules).
 */
proto_tree *ike_locate_payload(proto_tree *isakmp, tvbuff_t *tvb, unsigned offset, uint8_t type);

/*
 * A carrier that can have several messages in a frame says so before each call of isakmp with
 * `tvb`; then nothing need be searched for.
 */
void ike_locate_note(packet_info *pinfo, tvbuff_t *tvb);

/*
 * Call `fn` for what isakmp decrypted of the message at `place`: of an SK payload, or the whole
 * message that its last SKF payload completed (RFC 7383).
 */
typedef void (*ike_locate_source_fn)(tvbuff_t *tvb, void *data);
void ike_locate_decrypted(packet_info *pinfo, const struct ike_place *place, bool fragments,
			  ike_locate_source_fn fn, void *data);

#endif
