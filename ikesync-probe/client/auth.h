/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH with a shared key (RFC 7296 section 2.15), and N(IKESYNC_INDEX) in its answer (wire
 * profile rule 5). */
#ifndef IKESYNC_PROBE_CLIENT_AUTH_H
#define IKESYNC_PROBE_CLIENT_AUTH_H

#include "client/init.h"
#include "client/protected.h"

/*
 * IKE_AUTH on an SA whose keys init_keys() made: childless where the gateway announced RFC 6023,
 * else with a first child SA (its refusal is no failure). Verifies the gateway's identity and AUTH;
 * c->live on success. false: c->why, and c->refused where the gateway said an error.
 */
bool auth_exchange(struct client *c);
/* The same in two steps, for many clients at once: the request, to be sent and freed by the caller (NULL: c->why) ... */
GByteArray *auth_prepare(struct client *c, uint32_t *message_id);
/* ... and its answer, which may have come already. The request is sent again until it is there. */
bool auth_finish(struct client *c, const GByteArray *request, uint32_t message_id);
/*
 * Take an ordinary answer that nobody has gone on from to its end, so that no half-open SA stays at
 * the gateway (many allow five an address): IKE_AUTH, and client_free() deletes. What comes of it is
 * not asked.
 */
void auth_settle(struct client *c);
/* IKE_SA_INIT without SYN and IKE_AUTH. false: c->why. */
bool auth_full_handshake(struct client *c, const struct suite *suite);
/* INTERNAL_IP4_ADDRESS of a CFG_REPLY. false: there is none. */
bool auth_read_inner_ip4(const struct chain *inner, uint8_t out[static 4]);
/* Read N(IKESYNC_INDEX) from a verified answer into c->sa.index. false: absent; or malformed, then
 * c->why. */
bool auth_read_index(struct client *c, const struct chain *inner);

#endif
