/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run says while it goes on: a line for each case on stderr, and, for programs, a line of JSON. */
#ifndef IKESYNC_PROBE_CLI_PROGRESS_H
#define IKESYNC_PROBE_CLI_PROGRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "run/run.h"

struct progress {
	bool terminal, colour, quiet;
	unsigned total, done; /* cases */
	uint64_t began;       /* probe_now() */
	FILE *lines;          /* of JSON; NULL: none */
};

/*
 * For `total` cases. Opens options->ndjson and writes its first line. false, told on stderr: it cannot be opened.
 * End with progress_end().
 */
bool progress_begin(struct progress *s, const struct probe *p, unsigned total);
/* For runner.progress; `user` is the struct progress. */
void progress_tell(const struct probe_case *c, const struct result *r, void *user);
/* The last line. `run` may be NULL: it did not come to its end. false, told: the lines are not whole. */
bool progress_end(struct progress *s, const struct run *run);

#endif
