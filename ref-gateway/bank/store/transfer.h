/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All records of one engine into another, octet by octet: what is live, and what is remembered of stubs that have ended, since without that
 * they could come back. The first engine is only read.
 */
#ifndef IKESYNC_BANK_STORE_TRANSFER_H
#define IKESYNC_BANK_STORE_TRANSFER_H

#include "engine.h"

struct transfer {
	struct engine *from, *to; /* both answer in the default context */
	uint64_t now;             /* UTC seconds */
	bool overwrite;           /* what is different in `to` is replaced; else it is an error */
	unsigned page;            /* records of one scan; 0: what is good */
	unsigned patience_ms;     /* how long an engine that is busy or full is asked again */
	/* From time to time; false: stop here. What was done stays done. */
	bool (*progress)(const char *doing, uint64_t done, uint64_t of, void *user);
	void *user;
	/* the answer */
	uint64_t records; /* in `from`, without those that are over */
	uint64_t over;    /* left out */
	uint64_t copied;  /* and so many of these were different before, with `overwrite`: */
	uint64_t replaced;
	uint64_t there;    /* the same already, of a run before */
	uint64_t compared; /* read from both afterwards, and the same */
};

/*
 * Copy what is not there yet, then read both again and compare record by record, and the numbers. false and a GError; the same again goes on
 * where it stopped.
 */
bool transfer_run(struct transfer *t, GError **error);

#endif
