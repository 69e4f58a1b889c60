/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway's inside, shared by the files that make it; not for users of gateway.h. */
#ifndef IKESYNC_GATEWAY_GATEWAY_STATE_H
#define IKESYNC_GATEWAY_GATEWAY_STATE_H

#include <glib.h>
#include "core/gateway_types.h"
#include "core/sa_store.h"
#include "core/table.h"
#include "wire/chain.h"

/* Source prefixes share so many buckets. */
#define RATIONS 1024

struct gateway {
	struct gateway_config config;
	struct gateway_ops ops;
	struct gateway_counters counters;
	void (*due)(struct sa *sa);            /* something of an established SA is (sa_due.h) */
	void (*login_answered)(struct sa *sa); /* setup.waits is over */
	struct sa_store sas;
	struct table responses;
	size_t kept_octets; /* of the requests and answers in it */
	struct table misses;
	struct table claims;
	struct table prefixes;
	struct table crowds; /* crowd.c */
	struct table leases; /* lease.c */
	/* turn.c: lines of jobs that wait, by source prefix, and whose turn it is */
	struct table lines;
	GQueue turns;
	uint32_t turn_spent_us;
	GQueue waiting; /* init_wait.c: requests that wait for their turn */
	struct table_key hash_key;
	struct miss *miss_oldest, *miss_newest;
	uint64_t claim_sequence;
	GQueue pending;   /* stub_tell.c: requests about SAs that the bank has not answered */
	GQueue offers;    /* stub_tell.c: stubs that the bank did not take, to be offered again */
	GQueue lingering; /* stub_linger.c: stubs that are deleted later */
	GQueue retiring;  /* stub_retire.c: gets that the bank has not answered */
	/* cookie.c */
	uint8_t cookie_secret[2][32];
	uint8_t cookie_version;
	uint64_t cookie_rotated_ms;
	struct table spent;         /* cookies that have had their request */
	GQueue spent_by_version[2]; /* as cookie_secret */
	/* unprotected errors, fallbacks without a bank, lines of the log: token buckets */
	struct gateway_bucket {
		uint32_t tokens;
		uint64_t filled_ms;
	} error_bucket, fallback_bucket, refusal_bucket;
	uint32_t refusals_unsaid;               /* refusal.c */
	struct gateway_bucket rations[RATIONS]; /* ration.c */
};

/* A received message with its outer chain. */
struct gateway_message {
	const struct gateway_path *path;
	struct span octets;
	struct ike_header header;
	struct chain chain;
};

#endif
