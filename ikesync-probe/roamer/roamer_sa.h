/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reference client keeps (wire profile section 6.1). Private to this folder. */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_SA_H
#define IKESYNC_PROBE_ROAMER_ROAMER_SA_H

#include "ike/ike_attempt.h"
#include "ike/ike_candidates.h"
#include "ike/ike_child.h"
#include "ike/ike_client.h"
#include "keys/dh.h"
#include "roamer/roamer.h"
#include "roamer/roamer_plan.h"

#define ROAMER_NONCE 32
#define ROAMER_REQUEST_MAX 2048
#define ROAMER_MESSAGE_MAX 4096
#define ROAMER_COOKIE_MAX 64

struct roamer_message {
	size_t n;
	uint8_t octets[ROAMER_MESSAGE_MAX];
};

/* An answer to IKE_SA_INIT that is gone on with, with copies of what it stands on. */
struct roamer_candidate {
	bool dropped;
	bool resumed;   /* HDR, Nr; otherwise SA, KE, Nr */
	bool nat;       /* one was seen on the way */
	bool announced; /* profile 1's Vendor ID came with it */
	struct ike_attempt attempt;
	struct ike_client client;
	struct ike_child child;                         /* as it was offered */
	struct roamer_message request, response, first; /* first: message ID 1 */
	uint8_t ni[ROAMER_NONCE];
};

struct roamer {
	const struct roamer_config *config;
	struct roamer_ops ops;
	struct rng rng;
	enum roamer_state state;

	/* the SA that stands; while another one is sought it is used as long as it lives */
	bool lives, nat, checking;
	struct ike_client sa;
	unsigned gateway;
	struct roamer_message asked, answered; /* our last request, our last response */
	unsigned sent;                         /* how often `asked` was */

	/* for the next resumption */
	bool announced; /* a member of the pool announced profile 1 (rule 6) */
	bool has_old;
	struct ike_resumable old;
	struct address inner; /* as the gateway gave it; family 0: none */

	/* the attempt under way */
	struct roamer_plan plan;
	struct roamer_step step;
	uint64_t spi_i;
	uint8_t ni[ROAMER_NONCE];
	uint16_t group;
	struct dh *dh;
	size_t cookie_n;
	uint8_t cookie[ROAMER_COOKIE_MAX];
	struct roamer_message request;
	unsigned tries;
	unsigned again;      /* how often the gateway has had it asked again */
	bool retried;        /* new, old, none have been planned once (rule 13) */
	uint16_t remembered; /* an error notify, which counts only when the time is over */
	unsigned n_candidates;
	struct roamer_candidate candidates[IKE_CANDIDATES_MAX];
};

#endif
