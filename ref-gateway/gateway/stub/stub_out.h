/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub out of an SA. */
#ifndef IKESYNC_GATEWAY_STUB_OUT_H
#define IKESYNC_GATEWAY_STUB_OUT_H

#include "core/gateway_state.h"
#include "wire/cursor.h"
#include "wire/stub.h"

/* Shall this SA have a stub? */
bool stub_out_wanted(const struct sa *sa);
/* The container body for this SA as it is now. ERR_MISSING: neither seal keys nor permission for
 * clear stubs; ERR_EXPIRED. */
IKESYNC_MUST_USE enum err stub_out_container(struct sa *sa, struct wcursor *out);
/*
 * Keep what a login said for the stubs of this SA: methods, EAP identity, limits, inner address, unknown attributes. false: it
 * cannot be kept.
 */
bool stub_out_keep(struct sa *sa, const struct stub *terms);
/* The EAP identity that this SA's login had; empty: none. Points into the SA. */
struct span stub_out_eap_identity(struct sa *sa);
/* Which bank decides about this SA's stub; empty: the one that it is at. Points into the SA or the configuration. */
struct span stub_out_authority(struct sa *sa);
/* `expiry`, cut to the session limit and the re-authentication deadline that the SA came with (rule
 * 21). */
uint64_t stub_out_bound(struct sa *sa, uint64_t expiry);

#endif
