/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What banks said yes to, over all connections of the capture: an index that was moved, rekeyed or
 * deleted is spent (rule 30), and whoever is told "ok" about it once more is one winner too many
 * (rule 13). First pass, file scope.
 */
#ifndef IKESYNC_IKESTUB_WINNERS_H
#define IKESYNC_IKESTUB_WINNERS_H

#include "stub/ikestub_state.h"

/* An "ok" that contradicts an earlier one. */
struct stub_contradiction {
	struct stub_contradiction *next;
	uint8_t type;             /* of the request: init or update */
	struct index_body idx;    /* the spent one */
	uint32_t frame;           /* where it was spent */
	bool moved;               /* by an update, to `before`; otherwise deleted */
	struct index_body before; /* see above */
	struct index_body now;    /* update: the second new one */
};

void stub_winners_register(int proto);

/*
 * First pass, after stub_state_add(): remember what a request asks for, judge what a reply grants.
 */
void stub_winners_add(packet_info *pinfo, tvbuff_t *tvb, const struct stub_summary *s,
		      struct stub_link *link);

/* Say so below `tree`. */
void stub_winners_show(packet_info *pinfo, proto_tree *tree, const struct stub_link *link);

#endif
