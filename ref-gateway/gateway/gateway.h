/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An IKEv2 responder with IKE_SA_SYN (draft-xu-ike-sa-sync-01, wire profile 1).
 * No clock, socket or random source in here: they are passed in, so that two peers can be run in
 * one process.
 */
#ifndef IKESYNC_GATEWAY_GATEWAY_H
#define IKESYNC_GATEWAY_GATEWAY_H

#include "core/gateway_types.h"

void gateway_config_defaults(struct gateway_config *c);

struct gateway;

/* `config` is copied, apart from what it points to. */
struct gateway *gateway_new(const struct gateway_config *config, const struct gateway_ops *ops);
/* Stop the bank first: answers of open requests must not come any more. Sends nothing. */
void gateway_free(struct gateway *g);
/* One IKE message, without marker. Whatever it holds, the gateway goes on. */
void gateway_receive(struct gateway *g, const struct gateway_path *path, struct span octets);
/* A message that goes after all others of its batch: of no SA yet. */
bool gateway_may_wait(struct span octets);
/*
 * A turn of the loop begins: what strangers may cost in it (core/turn.h) is counted anew. What was too much for the last turns is
 * work; gateway_work() does as much of it as this turn goes.
 */
void gateway_turn(struct gateway *g);
bool gateway_has_work(const struct gateway *g);
void gateway_work(struct gateway *g);
/* The bank says that the stub of this index has moved away; the status for it (rule 33). */
uint8_t gateway_moved(struct gateway *g, const struct index *ix);
/* The end is near: say goodbye to up to n SAs, and drop them; how many are left. Nothing may be received any more. */
size_t gateway_goodbye(struct gateway *g, size_t n);
/* From now on stubs are sealed and opened with these keys, a copy of which is made. SAs are left alone. */
void gateway_set_seal_keys(struct gateway *g, const struct seal_keys *keys);
/* From now on clients that log in are sent there, if they can be; type 0: they stay. `late`: not in IKE_AUTH, but once the SA is there. */
void gateway_set_redirect(struct gateway *g, const struct ike_redirect *to, bool late);
/* From now on clients' certificates are judged by `trust`, and `own` is ours; NULL as in gateway_ops. They outlive the gateway. */
void gateway_set_certificates(struct gateway *g, const struct trust *trust,
			      const struct credential *own);
const struct gateway_counters *gateway_counters(const struct gateway *g);

#endif
