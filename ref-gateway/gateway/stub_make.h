/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub from an SA, and an opened stub from what the bank gave. */
#ifndef IKESYNC_GATEWAY_STUB_MAKE_H
#define IKESYNC_GATEWAY_STUB_MAKE_H

#include "gateway_state.h"

/* Shall this SA have a stub? */
bool stub_make_wanted(const struct sa *sa);
/* The container body for this SA as it is now. ERR_MISSING: neither seal keys nor permission for
 * clear stubs; ERR_EXPIRED. */
IKESYNC_MUST_USE enum err stub_make_container(struct sa *sa, struct wcursor *out);
/* Tell the bank: a new stub, or a replacement for `old`. */
void stub_make_init(struct sa *sa);
void stub_make_update(struct sa *sa, const struct index *old);
void stub_make_delete(struct gateway *g, const struct index *ix);
/* Ask for the move of `old` to this SA (rule 13). `done` is called from the loop, unless the SA is
 * gone by then. */
void stub_make_move(struct sa *sa, const struct index *old, struct span container,
		    void (*done)(struct sa *sa, int result));
/* Before the end: answers to init, update and move that will not come. */
void stub_make_forget_pending(struct gateway *g);

/*
 * Open what the bank returned for `ix`. *plain (heap, wipe with secret_wipe, free with g_free) is
 * what `out` points into.
 */
IKESYNC_MUST_USE enum err stub_make_open(struct gateway *g, const struct index *ix,
					 struct span container, uint8_t **plain, size_t *plain_n,
					 struct stub *out);
/*
 * Rule 39. NULL: qualified; else why not, for the log. `offer`: NULL: do not look (at the commit).
 */
const char *stub_make_unqualified(struct gateway *g, const struct index *ix, const struct stub *s,
				  const struct ike_sa *offer);
/* The suite of a stub's SA. */
struct suite stub_make_suite(const struct stub *s);
/* `expiry`, cut to the session limit and the re-authentication deadline that the SA came with (rule
 * 21). */
uint64_t stub_make_bound(struct sa *sa, uint64_t expiry);
/* Rule 18: the moves of the stub after a commit at `address`, now. */
struct stub_moves stub_make_moved(const struct gateway *g, const struct stub *s,
				  const struct address *from);

#endif
