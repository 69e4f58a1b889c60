/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After what takes a bank away: until the target's gateways have found it again. */
#ifndef IKESYNC_PROBE_CLIENT_RECOVERY_H
#define IKESYNC_PROBE_CLIENT_RECOVERY_H

#include "client/old_sa.h"

/*
 * SYN for `old` at `gateway`, never confirmed (that consumes nothing, rule 13), until it is answered
 * with HDR, Nr: true. false after `patience_ms`, or when interrupted. At least one is sent.
 */
bool recovery_until_hit(struct probe *p, struct evidence *e, const struct old_sa *old,
			const struct target_gateway *gateway, uint64_t patience_ms);

/* The target's gateways that resumed before the bank was taken away, a bit each. */
struct recovery {
	struct probe *p;
	struct evidence *e;
	unsigned resumed;
};

/* Before: which gateways of the target resume? None where the target file gives no gateway. */
void recovery_begin(struct recovery *r, struct probe *p, struct evidence *e);
/*
 * After: wait until each of them resumes again, so that the cases which follow meet the gateways
 * that this one met. Says in the evidence who was waited for, and who did not come back in a minute.
 */
void recovery_wait(struct recovery *r);

#endif
