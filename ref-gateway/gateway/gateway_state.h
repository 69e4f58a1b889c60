/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway's inside, shared by the files that make it; not for users of gateway.h. */
#ifndef IKESYNC_GATEWAY_GATEWAY_STATE_H
#define IKESYNC_GATEWAY_GATEWAY_STATE_H

#include <glib.h>
#include <inttypes.h>

#include "gateway.h"
#include "sa.h"
#include "table.h"
#include "tool/log.h"
#include "wire/ike_payloads.h"

/* Largest message made here; what is larger is refused by the writer. */
#define GATEWAY_MESSAGE_MAX 8192

struct gateway {
	struct gateway_config config;
	struct gateway_ops ops;
	struct gateway_counters counters;
	struct sa_store sas;
	struct table responses;
	struct table misses;
	struct table claims;
	struct table prefixes;
	struct table_key hash_key;
	struct miss *miss_oldest, *miss_newest;
	uint64_t claim_sequence;
	GQueue pending; /* stub_make.c: requests about SAs that the bank has not answered */
	/* cookie.c */
	uint8_t cookie_secret[2][32];
	uint8_t cookie_version;
	uint64_t cookie_rotated_ms;
	/* unprotected errors and fallbacks without a bank: token buckets */
	struct gateway_bucket {
		uint32_t tokens;
		uint64_t filled_ms;
	} error_bucket, fallback_bucket;
};

/* A received message with its outer chain. */
struct gateway_message {
	const struct gateway_path *path;
	struct span octets;
	struct ike_header header;
	struct chain chain;
};

static inline uint64_t gateway_now(const struct gateway *g)
{
	return g->ops.now_ms(g->ops.user);
}
static inline uint64_t gateway_utc(const struct gateway *g)
{
	return g->ops.utc(g->ops.user);
}
static inline void gateway_send(struct gateway *g, const struct gateway_path *path,
				struct span message)
{
	g->ops.send(g->ops.user, path, message);
}
/* Take a token; `per_second` are filled in, at most one second's worth. */
bool gateway_bucket_take(struct gateway *g, struct gateway_bucket *b, uint32_t per_second);
/* An unprotected response with one notify, to a request of no SA. */
void gateway_send_clear_notify(struct gateway *g, const struct gateway_message *m, uint16_t type,
			       struct span data);
/* SHA-256, the key of the response cache (rule 14) and of the window. */
void gateway_hash(struct span data, uint8_t out[static SA_HASH_SIZE]);
bool gateway_has_bank(const struct gateway *g);
bool gateway_bank_reachable(const struct gateway *g);
void gateway_log_keys(struct gateway *g, const struct sa *sa);

#endif
