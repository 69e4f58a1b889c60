/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub that the bank gave: opened, judged, made part of an SA. */
#ifndef IKESYNC_GATEWAY_STUB_IN_H
#define IKESYNC_GATEWAY_STUB_IN_H

#include "core/gateway_state.h"
#include "keys/suite.h"
#include "wire/stub.h"

/* A stub that could be opened. */
struct stub_in {
	uint8_t *plain; /* what `stub` points into; NULL: nothing */
	size_t plain_n;
	struct stub stub;
	uint64_t over; /* UTC seconds: when its 205 ends (rule 35) */
};

/* Open what the bank returned for `ix`. Clear `out` whatever comes back. */
IKESYNC_MUST_USE enum err stub_in_open(struct gateway *g, const struct index *ix,
				       struct span container, struct stub_in *out);
/* Wipes and frees what `in` still owns. */
void stub_in_clear(struct stub_in *in);
/*
 * Rule 39. NULL: qualified; else why not, for the log. `offer`: NULL: do not look (at the commit).
 */
const char *stub_in_unqualified(struct gateway *g, const struct index *ix, const struct stub *s,
				const struct ike_sa *offer);
/* Rule 50: is the bank of that name one that we ask? Empty: the one that the stub came from. */
bool stub_in_knows_authority(const struct gateway_config *c, struct span authority);
/* The suite of a stub's SA. */
struct suite stub_in_suite(const struct stub *s);
/* Rule 18: the moves of the stub after a commit at `address`, now. */
struct stub_moves stub_in_moved(const struct gateway *g, const struct stub *s,
				const struct address *from);

#endif
