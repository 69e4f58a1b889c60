/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the answer to an IKE_SA_INIT request, with or without SYN (wire profile rule 7). */
#ifndef IKESYNC_IKE_ANSWER_H
#define IKESYNC_IKE_ANSWER_H

#include "ike/ike_clause.h"
#include "wire/ike_ke.h"
#include "wire/ike_notify.h"

enum ike_answer_kind {
	IKE_ANSWER_NONE,     /* nothing was read yet */
	IKE_ANSWER_RESUMED,  /* HDR, Nr */
	IKE_ANSWER_ORDINARY, /* SA, KE, Nr: without SYN what was asked for, with SYN a fallback */
	IKE_ANSWER_COOKIE,
	IKE_ANSWER_INVALID_KE,
	IKE_ANSWER_ERROR,   /* another error notify */
	IKE_ANSWER_NEITHER, /* an answer, but none of these; `broken` says why */
	IKE_ANSWER_FOREIGN, /* no answer to this request; `broken` says why */
};

struct ike_answer {
	enum ike_answer_kind kind;
	struct ike_broken broken;
	struct span message; /* as given; all below borrows from it */
	struct ike_header header;
	bool has_nr, nr_fits; /* nr_fits: 16 to 256 octets (rule 9) */
	bool has_sa, has_ke;
	struct span nr; /* body of the first Nonce payload, of any length */
	struct ike_ke ke;
	bool has_notify;
	struct ike_notify notify; /* the first COOKIE, or else the first error */
	bool announced;           /* profile 1's Vendor ID */
	bool childless;           /* RFC 6023 is supported */
	bool fragmentation;       /* RFC 7383 is supported */
	struct chain chain;       /* last: large, and not cleared beyond its count */
};

/*
 * Judge `message`, received after a request with `spi_i`. It must outlive `out`. Anything may come:
 * a nonce of a wrong size does not change the kind, for a tester has to tell that apart; whoever
 * goes on with the answer must ask for nr_fits.
 */
enum ike_answer_kind ike_answer_read(struct span message, uint64_t spi_i, struct ike_answer *out);

#endif
