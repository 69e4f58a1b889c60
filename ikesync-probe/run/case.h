/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test case: what it asks and whose rule it is. Case functions are plain sequential code: they
 * send, wait for an answer or the end of a protocol timer, and state facts (evidence.h).
 */
#ifndef IKESYNC_PROBE_RUN_CASE_H
#define IKESYNC_PROBE_RUN_CASE_H

#include <stdbool.h>

struct probe;    /* the run: target, options, engines (probe.h) */
struct evidence; /* what one case collected (evidence.h) */
struct desk;     /* connections to a bank (gateway/desk.h) */
struct banked;   /* a gateway at the probe's bank (cases/banked.h) */
struct steps;    /* a resumption under way (client/steps.h) */
struct roaming;  /* a client under test that is logged in (host/roaming.h) */

enum level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY, LEVEL_INFO };

/* A failed R rule is a warning where the target is no profile 1 peer. */
enum provenance { PROVENANCE_DRAFT, PROVENANCE_BASE, PROVENANCE_PROBLEM, PROVENANCE_RULE };

enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_WARN,
	VERDICT_INFO,
	VERDICT_INCONCLUSIVE, /* the case could not come to its point */
	VERDICT_SKIP,         /* a requirement is not there; the reason says which */
	VERDICT_UNSUPPORTED,  /* the target declares that it does not do this */
};

/* Whom a case questions. */
enum asks {
	ASKS_GATEWAY, /* the probe plays a client */
	ASKS_BANK,    /* the bank alone; the probe plays a gateway */
	ASKS_CLIENT,  /* the client; the probe plays the gateways of a pool */
	ASKS_CAPTURE, /* nobody: it reads a file */
};

struct probe_case {
	const char *id;    /* "C03" */
	const char *title; /* one line */
	enum level level;
	enum provenance provenance;
	const char *source; /* "draft-xu-ike-sa-sync-01 section 3.3" and/or "wire profile rule 9" */
	const char *required; /* the requirement in one or two sentences */
	const char *causes;   /* possible causes of a failure, one per line */
	enum asks asks;
	unsigned requires;   /* enum requirement (target/requirement.h), or-ed */
	const char *clauses; /* of the profile, that its checks cite: "12.4 12.5"; NULL: none yet */
	/*
	 * Cases whose ground this one stands on, all of them: "C01 C03"; NULL: none. Where one of
	 * them was asked before in the same run and failed or was inconclusive, this one is not run.
	 */
	const char *needs;
	unsigned
	    lasts;  /* about so many seconds, where it waits for timers: begun first; 0: a moment */
	bool alone; /* floods, holds, restarts or measures what others use meanwhile */
	bool any_gateway; /* asks something that holds for one that knows no SYN, too */
	void (*run)(struct probe *p, struct evidence *e);
	/* what `run` goes on with where it is one of stage.h, which open and close what many need */
	void (*at_desk)(struct desk *d);
	void (*resuming)(struct steps *s);
	void (*roaming)(struct roaming *r);
	void (*at_bank)(struct banked *b);
};

#endif
