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
const struct gateway_counters *gateway_counters(const struct gateway *g);

#endif
