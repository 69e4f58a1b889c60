/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_INIT: the ordinary one, cookies, and the way to SYN. */
#ifndef IKESYNC_GATEWAY_INIT_H
#define IKESYNC_GATEWAY_INIT_H

#include "gateway_state.h"
#include "response_cache.h"

/* What is needed of an IKE_SA_INIT request; spans point into the message. */
struct init_request {
	const struct gateway_message *m;
	struct ike_sa offer;
	struct ike_ke ke;
	struct span ni;
	enum ike_syn_presence syn;
	struct index index;
	struct span syn_body; /* for the cookie */
	bool announced;
	bool fragmentation;
	bool cookie_ok;
};

/* A stub that was found but not accepted (rule 22); id.data.n 0: none. */
struct init_named {
	struct index index;
	struct ike_id id;
};

/* A datagram with exchange IKE_SA_INIT and responder's SPI zero. */
void init_receive(struct gateway *g, const struct gateway_path *path, struct span octets);
/* Parse; false: to be dropped, or answered already (when `answer`). `m` is filled in. */
bool init_parse(struct gateway *g, const struct gateway_path *path, struct span octets, bool answer,
		struct gateway_message *m, struct init_request *out);
/* Answer in full; `entry` is pending and becomes answered, or is dropped. */
void init_full(struct gateway *g, const struct init_request *q, struct response_entry *entry,
	       const struct init_named *named);
/* Notifies and Vendor ID that every positive answer ends with. `full`: CHILDLESS_IKEV2_SUPPORTED
 * too. */
void init_write_tail(struct gateway *g, const struct init_request *q, uint64_t spi_r, bool full,
		     struct chain_writer *w);
/* Remember what both kinds of answer need later. */
struct sa_setup *init_setup(const struct init_request *q, struct response_entry *entry);

/* cookie.c */
bool cookie_is_valid(struct gateway *g, const struct init_request *q);
void cookie_ask(struct gateway *g, const struct init_request *q);
/* Is one asked for, the load considered (not what SYN adds)? */
bool cookie_is_due(const struct gateway *g);

/* syn.c: a request with an acceptable SYN, cookie where due. */
void syn_request(struct gateway *g, const struct init_request *q);
/* Before the end: gets whose answer will not come. */
void syn_forget_pending(struct gateway *g);
/* Derive the keys of a provisional SA (rule 9). false: cannot be. */
bool syn_derive(struct sa *sa);

/* claim.c: pending and provisional SYNs by index, source and prefix. */
struct sa_claim *claim_new(struct gateway *g, const struct index *ix,
			   const struct endpoint *source);
void claim_free(struct sa_claim *c);
bool claim_exists(struct gateway *g, const struct index *ix);
/* How many of this index and source address; *oldest is the oldest one that is provisional. */
uint32_t claim_count(struct gateway *g, const struct index *ix, const struct endpoint *source,
		     struct sa_claim **oldest);
uint32_t claim_prefix_count(struct gateway *g, const struct address *source);

/* miss_cache.c */
bool miss_is_known(struct gateway *g, const struct index *ix);
void miss_add(struct gateway *g, const struct index *ix);
void miss_clear(struct gateway *g);

#endif
