/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every case at a gateway stands on: the client may log in, and the gateway knows SYN. */
#ifndef IKESYNC_PROBE_CLIENT_GROUND_H
#define IKESYNC_PROBE_CLIENT_GROUND_H

#include "client/init.h"

/*
 * Go on from an ordinary answer `a` to `r` as any client does: IKE_AUTH, and a child SA where none
 * came with it. false: stated inconclusive, with the line of the target file that is most likely
 * wrong.
 */
bool ground_login(struct client *c, const struct init_request *r, const struct init_answer *a);

/*
 * Does the gateway that `c` has logged in to know SYN? One that announces itself or tells INDEX
 * does. Another one is asked to resume an IKE SA of its own, twice and long enough apart for a stub
 * to travel; when both are answered as if there were no SYN, and a bank that can be asked has no
 * stub, p->syn_unknown is set and said. Takes less than 3 s, once a run.
 */
void ground_ask_syn(struct client *c);

#endif
