/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the chosen cases, sanity first and last, and keeps what came of them. */
#ifndef IKESYNC_PROBE_RUN_RUNNER_H
#define IKESYNC_PROBE_RUN_RUNNER_H

#include "run/run.h"

struct runner {
	struct probe *probe;
	/* S01 for the gateway and S02 for the bank; NULL: not in this build */
	const struct probe_case *sanity_gateway, *sanity_bank;
	struct capture_run *capture;
	/* Asked after a case that did not pass: NULL, or that a gateway or the bank fell silent, stated in
	 * `e` (free with g_free()); in `owed_ms` when it was asked what it does not answer. NULL: nobody asks. */
	char *(*gateway_fell_silent)(struct probe *p, struct evidence *e, uint64_t *owed_ms);
	char *(*bank_fell_silent)(struct probe *p, struct evidence *e, uint64_t *owed_ms);
	/* Asked at the end: which stubs of this run are still at the bank (struct trace); NULL: that cannot be
	 * told. NULL: nobody asks. */
	GArray *(*left_behind)(struct probe *p);
	/* Called before and after each case; `r` is NULL before. NULL: no progress. */
	void (*progress)(const struct probe_case *c, const struct result *r, void *user);
	void *user;
};

/* How many results a run of `cases` has, the rounds of sanity among them. */
unsigned runner_count(const struct runner *runner, const GPtrArray *cases);
/* Run `cases` (const struct probe_case *). Free with run_free(). */
struct run *runner_run(const struct runner *runner, const GPtrArray *cases);

#endif
