/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pending and provisional SYNs by index, source and prefix: what the caps of rule 15 count. */
#ifndef IKESYNC_GATEWAY_CLAIM_H
#define IKESYNC_GATEWAY_CLAIM_H

#include "core/crowd.h"
#include "core/gateway_state.h"
#include "net/endpoint.h"
#include "wire/index.h"

struct syn_attempt;
struct claim_prefix;

/* One SYN between its arrival and the confirmation; counted in the caps of rule 15. */
struct sa_claim {
	struct table_link by_index;
	struct gateway *gateway;
	struct sa *sa;               /* NULL while the get is pending */
	struct syn_attempt *attempt; /* the pending get; NULL afterwards */
	struct index index;
	struct endpoint source;
	uint64_t sequence; /* the oldest goes first */
	struct claim_prefix *prefix;
	struct crowd_place crowd;
};

struct sa_claim *claim_new(struct gateway *g, const struct index *ix,
			   const struct endpoint *source);
void claim_free(struct sa_claim *c);
bool claim_exists(struct gateway *g, const struct index *ix);
/* How many of this index and source address; *oldest is the oldest one that is provisional. */
uint32_t claim_count(struct gateway *g, const struct index *ix, const struct endpoint *source,
		     struct sa_claim **oldest);
uint32_t claim_prefix_count(struct gateway *g, const struct address *source);

#endif
