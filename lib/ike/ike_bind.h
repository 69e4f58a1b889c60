/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N(IKESYNC_BIND), wire profile rule 12: in message ID 1 of a resumed SA and in its answer. */
#ifndef IKESYNC_IKE_BIND_H
#define IKESYNC_IKE_BIND_H

#include "ike/ike_attempt.h"
#include "ike/ike_inner.h"
#include "keys/sk.h"

/* BIND of `sender` over the attempt's two messages: `mac` takes SECRET_MAX octets, *n how many. */
IKESYNC_MUST_USE enum err ike_bind_make(const struct ike_attempt *t, const struct ike_keys *keys,
					enum sk_sender sender, uint8_t mac[static SECRET_MAX],
					size_t *n);
/* Add it to `in`; an error sticks in in->c. */
void ike_bind_write(struct ike_inner *in, const struct ike_attempt *t, const struct ike_keys *keys,
		    enum sk_sender sender);

enum ike_bind { IKE_BIND_RIGHT, IKE_BIND_WRONG, IKE_BIND_ABSENT };
/* Judge the one in a verified message of `sender`. */
enum ike_bind ike_bind_judge(const struct chain *inner, const struct ike_attempt *t,
			     const struct ike_keys *keys, enum sk_sender sender);

#endif
