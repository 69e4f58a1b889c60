/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one case stated and collected; the functions that cases call are in case.h. */
#ifndef IKESYNC_PROBE_RUN_EVIDENCE_H
#define IKESYNC_PROBE_RUN_EVIDENCE_H

#include "run/case.h"

struct capture;

enum step_kind { STEP_NOTE, STEP_CHECK, STEP_INFO, STEP_INCONCLUSIVE };

struct evidence_step {
	enum step_kind kind;
	char *text;     /* note, or what was checked */
	char *expected; /* checks only */
	char *observed;
	bool ok;
	enum provenance provenance; /* of a check */
	const char *source;         /* of a check under another provenance; NULL: the case's */
	uint64_t at_ms;             /* since the case began */
	bool late; /* stated after an interruption, which cuts every wait short: proves nothing */
};

struct evidence_attachment {
	char *name;
	GBytes *octets;
};

struct evidence {
	const struct probe_case *c;
	GPtrArray *steps;        /* struct evidence_step */
	GPtrArray *attachments;  /* struct evidence_attachment */
	GPtrArray *diagnoses;    /* char * */
	struct capture *capture; /* NULL: off; owned by the runner */
	uint64_t started_ms;     /* monotonic */
};

/* `capture` may be NULL. Free with evidence_free(). */
struct evidence *evidence_new(const struct probe_case *c, struct capture *capture);
void evidence_free(struct evidence *e);

#endif
