/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protected messages of resumed SAs: keys from SK_d_old and the SYN exchange, verified by their
 * ICV, and the plain payloads handed to isakmp as a message without encryption.
 */
#ifndef IKESYNC_RESUME_DECRYPT_H
#define IKESYNC_RESUME_DECRYPT_H

#include "ike/ike_state.h"

/* One protected message of an SA whose SK_d_old was known; file scope. */
struct resume_message;

void resume_decrypt_register(int proto);
void resume_decrypt_handoff(void);

/*
 * First pass; `known` may be NULL. NULL: not a protected message of a resumed SA, or nothing is
 * known of the old one. What it tells (new SK_d, index) is remembered. `*clear`: the message
 * without encryption, NULL when it did not verify or is a fragment that does not complete one.
 */
struct resume_message *resume_decrypt_add(packet_info *pinfo, const struct ike_message *m,
					  const struct ike_sa *known, struct ike_contents *c,
					  tvbuff_t **clear);

/* On every pass: what `r` adds to the tables that are exported, if anybody exports; may be NULL. */
void resume_decrypt_export(packet_info *pinfo, const struct resume_message *r);

/*
 * Below `tree`. `syn_type`: payload type of IKE_SA_SYN. `isakmp_did_it`: its own table had the keys, so its payloads are in the tree
 * already, and only what it cannot know is added.
 */
void resume_decrypt_show(packet_info *pinfo, proto_tree *tree, const struct ike_message *m,
			 const struct resume_message *r, uint8_t syn_type, bool isakmp_did_it);

#endif
