/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check over many frames of a capture: how many keep a clause, and which break it. */
#ifndef IKESYNC_PROBE_CASES_TALLY_H
#define IKESYNC_PROBE_CASES_TALLY_H

#include "run/evidence.h"

struct tally {
	const char *clause; /* "12.4"; NULL: the case's own provenance */
	const char *what;
	const char *expected;
	unsigned kept, broken;
	unsigned first; /* frame of the first that keeps it */
	GString *faults;
};

struct tally tally_new(const char *clause, const char *what, const char *expected);
void tally_kept(struct tally *t, unsigned frame);
/* What is wrong in `frame`. */
void tally_broken(struct tally *t, unsigned frame, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* One or the other; returns `ok`. The format tells of the broken ones alone. */
bool tally_add(struct tally *t, unsigned frame, bool ok, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* State the check, unless nothing was counted. Returns how many were. */
unsigned tally_state(struct tally *t, struct evidence *e);

#endif
