/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is needed of an IKE_SA_INIT request, read once. */
#ifndef IKESYNC_GATEWAY_INIT_REQUEST_H
#define IKESYNC_GATEWAY_INIT_REQUEST_H

#include "core/gateway_state.h"
#include "wire/ike_payloads.h"

/* Spans point into `octets`. */
struct init_request {
	struct gateway_path path;
	struct ike_header header;
	struct span octets;
	uint8_t hash[SA_HASH_SIZE]; /* of `octets` */
	struct ike_ke ke;
	struct span ni;
	struct span cookie; /* empty: none */
	enum ike_syn_presence syn;
	struct index index;
	struct span syn_body; /* for the cookie */
	bool announced;       /* profile 1's Vendor ID is there */
	bool fragmentation;
	bool nat_detection;
	uint8_t redirects; /* enum sa_redirects */
	bool has_hashes;   /* SIGNATURE_HASH_ALGORITHMS is there (RFC 7427) */
	uint8_t hashes;    /* and says these (signature.h) */
	bool cookie_ok;
	uint8_t critical;    /* the payload of ERR_CRITICAL */
	struct ike_sa offer; /* last: its tables are long, and nothing copies what is not used */
};

/*
 * Read `octets`, whose header is `header`, into all of `q` but path, hash and cookie_ok. `syn_type`: of the SYN
 * payload; 0: as a gateway that never heard of it. Nothing else happens.
 * ERR_CRITICAL: an unknown critical payload, q->critical. Other errors: no request; `fault` says why.
 */
IKESYNC_MUST_USE enum err init_request_parse(struct init_request *q, struct span octets,
					     const struct ike_header *header, uint8_t syn_type,
					     struct fault *fault);
/* A request that waits, for the bank or for its turn: some 400 octets instead of 17 KiB. */
struct init_kept;

/* Its spans will point into `octets`, a copy of q->octets that lives as long. Free with g_free(). */
struct init_kept *init_request_keep(const struct init_request *q, struct span octets);
/* The request as it was, in `out`. */
void init_request_recall(const struct init_kept *kept, struct init_request *out);

#endif
