/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every file here asks of the gateway: time, sending, limits, hashes. */
#ifndef IKESYNC_GATEWAY_SERVICES_H
#define IKESYNC_GATEWAY_SERVICES_H

#include <inttypes.h>
#include "core/gateway_state.h"
#include "tool/log.h"

static inline uint64_t services_now(const struct gateway *g)
{
	return g->ops.now_ms(g->ops.user);
}
static inline uint64_t services_utc(const struct gateway *g)
{
	return g->ops.utc(g->ops.user);
}
static inline void services_send(struct gateway *g, const struct gateway_path *path,
				 struct span message)
{
	g->ops.send(g->ops.user, path, message);
}
/* Messages one after the other, as seal_message() makes them. */
void services_send_all(struct gateway *g, const struct gateway_path *path, struct span messages);
/* Take a token; `per_second` are filled in, at most one second's worth. */
bool services_bucket_take(struct gateway *g, struct gateway_bucket *b, uint32_t per_second);
/* An unprotected response with one notify, to the request of that header, of no SA. */
void services_send_clear_notify(struct gateway *g, const struct gateway_path *path,
				const struct ike_header *request, uint16_t type, struct span data);
/* Count and log a message that cannot be read. */
void services_drop_malformed(struct gateway *g, const struct gateway_path *path,
			     const struct fault *fault);
/* SHA-256, the key of the response cache (rule 14) and of the window. */
void services_hash(struct span data, uint8_t out[static SA_HASH_SIZE]);
bool services_has_bank(const struct gateway *g);
bool services_bank_reachable(const struct gateway *g);
/* Will what the bank is told survive this process? */
bool services_bank_durable(const struct gateway *g);
/* Tell the key log, where there is one. */
void services_log_keys(struct gateway *g, const struct sa *sa);

#endif
