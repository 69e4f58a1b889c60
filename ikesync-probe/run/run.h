/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a run: a result for each case, counts, exit code, conclusion. */
#ifndef IKESYNC_PROBE_RUN_RUN_H
#define IKESYNC_PROBE_RUN_RUN_H

#include "run/evidence.h"
#include "run/probe.h"
#include "target/waiver.h"

/* A target fell silent. */
struct death {
	char *text;       /* which, when, after what; NULL: none did */
	bool bank;        /* it was the bank, on which gateways stand, too */
	uint64_t owed_ms; /* when it was asked what it did not answer (monotonic); UINT64_MAX: the
			     probe asked nothing */
};

/* What the waiver of a case came to. */
enum waived {
	WAIVED_NOT,      /* there is none, or the case was not asked */
	WAIVED,          /* it did not pass, and that is borne */
	WAIVED_OVER,     /* it did not pass, and the waiver's last day is behind us */
	WAIVED_NEEDLESS, /* it passed */
};

/* One case of a run. */
struct result {
	const struct probe_case *c;
	char *label; /* names the files: "C03", "S01-last" */
	bool last;   /* the second time a sanity case ran */
	enum verdict verdict;
	char *reason;             /* one line; NULL for a pass */
	const struct result *see; /* not run, since this case, whose ground it stands on, did not
				     pass; NULL: otherwise */
	bool rules_bind;
	struct evidence *evidence; /* NULL: did not run */
	uint64_t duration_ms;
	struct capture_result capture;
	struct death death;
	const struct waiver *waiver; /* of the case; NULL: none */
	enum waived waived;
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
	char *sanity_failure;         /* "S02 (last): ..."; NULL: sane */
	const struct result *died_in; /* where a target fell silent in mid-run; NULL: none did */
	GArray
	    *left_behind; /* struct trace: stubs that are still there at the end; NULL: not known */
	bool interrupted;
	unsigned counts[VERDICTS]; /* of the two rounds of a sanity case the worse one counts */
	enum run_exit exit;
	char *conclusion; /* one line */
};

/* For a GPtrArray of results. */
void run_result_free(void *result);
void run_free(struct run *run);
/* Does `r` count? Of a sanity case's two rounds the worse one does. */
bool run_counts(const struct run *run, const struct result *r);
/* The verdicts of the cases that begin with `group`. false: the run has none. */
bool run_count_group(const struct run *run, char group, unsigned n[static VERDICTS]);
/*
 * `r` found that a target fell silent. Of several that ran side by side the one counts that asked first what was not
 * answered; the others then fail for its reason.
 */
void run_died_in(struct run *run, const struct result *r);
/* `r` proves nothing for that reason. */
void run_not_for_death(const struct run *run, struct result *r);
/* Counts, exit code and conclusion from the results. */
void run_conclude(struct run *run);

#endif
