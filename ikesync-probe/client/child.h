/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs, as far as the exchange goes: the probe installs none. */
#ifndef IKESYNC_PROBE_CLIENT_CHILD_H
#define IKESYNC_PROBE_CLIENT_CHILD_H

#include "client/protected.h"
#include "ike/ike_child.h"

/* SA, TSi, TSr of a tunnel for everything; with `nonce` also Ni, as CREATE_CHILD_SA has it. */
void child_write_request(struct client *c, struct inner *in, struct ike_child *child, bool nonce);
/* Judge the answer's SA, TSi and TSr (and Nr with `nonce`). false: c->why. */
bool child_read_answer(struct client *c, const struct chain *inner, struct ike_child *child,
		       bool nonce);
/* CREATE_CHILD_SA on a live SA. false: c->why. */
bool child_make(struct client *c, struct ike_child *child);

#endif
