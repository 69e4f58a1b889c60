/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending a client to another gateway (RFC 5685, rule 19), and only one that has announced that it knows that. */
#ifndef IKESYNC_GATEWAY_REDIRECT_H
#define IKESYNC_GATEWAY_REDIRECT_H

#include "exchange/exchange_reply.h"
#include "wire/ike_redirect.h"

/*
 * Of a live SA: as soon as no other request of ours is under way. The SA stays until the client deletes it, or its session is elsewhere. false: it is
 * not established, or the client does not know redirection.
 */
bool redirect(struct sa *sa, const struct ike_redirect *to);
/* It is due: N(REDIRECT) as a request of ours. false: cannot be asked now. */
bool redirect_ask(struct sa *sa);
/*
 * At the end of a login: N(REDIRECT) in the answer, where the configuration sends clients on and this one has not been sent here by another. true: the SA gets
 * neither child nor stub, and ends when the client does not end it.
 */
bool redirect_login(struct sa *sa, struct exchange_reply *r);
/* The other way to do that: it has logged in, and is asked to go, with its stub. */
void redirect_established(struct sa *sa);
/* The client deletes the SA: after a redirection its stub stays for a while, since it is about to be resumed (rule 19). */
void redirect_left(struct sa *sa);
/* `new` takes the place of `old`. */
void redirect_inherit(struct sa *old, struct sa *new);

#endif
