/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both dissectors tell statistics: taps "ikesync" (IKE and stub messages, for one tree of all)
 * and "ikestub" (stub messages alone). Records cost nothing while nobody listens.
 */
#ifndef IKESYNC_TAP_RECORD_H
#define IKESYNC_TAP_RECORD_H

#include "ike/ike_state.h"
#include "stub/ikestub_state.h"

#include <epan/tap.h>

/* One message; exactly one of `ike` and `stub` is set. */
struct tap_record {
	const struct ike_link *ike;
	const struct stub_summary *stub;
	const struct stub_link *stub_link; /* NULL: a stub message without a transaction */
	bool first_pass;                   /* whether a request will be answered is not known yet */
};

void tap_record_register(void);

/* Call on every pass, with or without a tree; `link` may be NULL. */
void tap_record_ike(packet_info *pinfo, const struct ike_link *link);
void tap_record_stub(packet_info *pinfo, const struct stub_summary *s,
		     const struct stub_link *link);

#endif
