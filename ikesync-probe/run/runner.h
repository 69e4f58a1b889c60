/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the chosen cases, sanity first and last, and keeps what came of them. */
#ifndef IKESYNC_PROBE_RUN_RUNNER_H
#define IKESYNC_PROBE_RUN_RUNNER_H

#include "capture/capture.h"
#include "run/evidence.h"

/* One case of a run. */
struct result {
	const struct probe_case *c;
	char *label; /* names the files: "C03", "S01-last" */
	bool last;   /* the second time a sanity case ran */
	enum verdict verdict;
	char *reason; /* one line; NULL for a pass */
	bool rules_bind;
	struct evidence *evidence; /* NULL: did not run */
	uint64_t duration_ms;
	struct capture_result capture;
};

#define VERDICTS (VERDICT_UNSUPPORTED + 1)

enum run_exit {
	RUN_CONFORMS = 0,
	RUN_DOES_NOT_CONFORM = 1,
	RUN_USAGE = 2,
	RUN_UNREACHABLE = 3,
	RUN_INTERNAL = 4,
	RUN_INTERRUPTED = 130,
};

struct run {
	struct probe *probe;
	GPtrArray *results; /* struct result * */
	GDateTime *began;
	uint64_t duration_ms;
	char *capture_method;
	char *sanity_failure; /* "S02 (last): ..."; NULL: sane */
	bool interrupted;
	unsigned counts[VERDICTS]; /* the last sanity round is not counted when it passed */
	enum run_exit exit;
	char *conclusion; /* one line */
};

/* Called before and after each case, for progress. `r` is NULL before. */
typedef void (*runner_progress)(const struct run *run, const struct probe_case *c,
				const struct result *r, void *user);

/* Run `cases` (const struct probe_case *). Captures go through `capture`. Free with run_free(). */
struct run *runner_run(struct probe *p, const GPtrArray *cases, struct capture_run *capture,
		       runner_progress progress, void *user);
void run_free(struct run *run);

/* Counts, exit code and conclusion from the results; runner_run() has done it. */
void run_conclude(struct run *run);

#endif
