/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An SA for who runs the gateway: never a key. */
#ifndef IKESYNC_GATEWAY_SA_DESCRIBE_H
#define IKESYNC_GATEWAY_SA_DESCRIBE_H

#include "core/gateway_state.h"
#include "tool/listing.h"

#define SA_DESCRIBE_NAME_MAX 256

/* In one line; `eap`: the identity of its EAP login, empty: none. */
void sa_describe(const struct sa *sa, struct span eap, struct listing *l);
/* All about it, and its children. */
void sa_describe_whole(const struct sa *sa, struct span eap, struct listing *l);
/* Is that its identity: as it is listed, with its form before it (ike_id_from_text), or that of its EAP login? */
bool sa_describe_is_of(const struct sa *sa, struct span eap, const char *name);

#endif
