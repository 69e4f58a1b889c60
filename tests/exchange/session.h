/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole exchanges between an ike_peer and a world, for tests that read as message ladders. */
#ifndef IKESYNC_TESTS_SESSION_H
#define IKESYNC_TESTS_SESSION_H

#include "ike_peer.h"
#include "world.h"

enum { A, B, C };

extern const struct gateway_path session_path; /* the client at 198.51.100.7:500 */

/* Send p->request (made before) and read the answer. */
enum peer_answer session_init(struct world *w, unsigned site, struct peer *p);
/* Fresh SPIi and Ni, request as `how` says, cookie when asked for. */
enum peer_answer session_ask(struct world *w, unsigned site, struct peer *p,
			     const struct peer_init *how);
/* Send a sealed message; true: answered, and the answer verifies. */
bool session_exchange(struct world *w, unsigned site, struct peer *p, const struct peer_message *m,
		      struct peer_response *r);
/* IKE_SA_INIT and IKE_AUTH; asserts success, and INDEX. */
void session_establish(struct world *w, unsigned site, struct peer *p, bool child);
/* SYN with p->index, asserts PEER_HIT, derives keys. */
void session_syn(struct world *w, unsigned site, struct peer *p);
/* Message ID 1 as an empty INFORMATIONAL with BIND. */
void session_make_confirm(struct peer *p, struct peer_message *out);
/* SYN and confirmation; asserts BIND, and takes INDEX. */
void session_resume(struct world *w, unsigned site, struct peer *p);
/* An empty INFORMATIONAL; true: answered. */
bool session_is_alive(struct world *w, unsigned site, struct peer *p);
/* An empty response to the gateway's request with that message ID; `spoiled`: it does not verify. */
void session_answer(struct world *w, unsigned site, struct peer *p, uint32_t message_id,
		    bool spoiled);
/* Delete the IKE SA. */
void session_delete(struct world *w, unsigned site, struct peer *p);
/* Rekey the IKE SA with KE; asserts success; `p` goes on with the new one. */
void session_rekey(struct world *w, unsigned site, struct peer *p);
/* The same, where no INDEX may come. */
void session_rekey_unbacked(struct world *w, unsigned site, struct peer *p);
/* As session_rekey(); `confirm`: as message ID 1 of a resumed SA, with BIND. false: N(NO_ADDITIONAL_SAS). Asserts that exactly one INDEX came. */
bool session_try_rekey(struct world *w, unsigned site, struct peer *p, bool confirm);

#endif
