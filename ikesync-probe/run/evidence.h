/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one case states and collects. */
#ifndef IKESYNC_PROBE_RUN_EVIDENCE_H
#define IKESYNC_PROBE_RUN_EVIDENCE_H

#include <glib.h>

#include "net/endpoint.h"
#include "run/case.h"
#include "run/lateness.h"
#include "run/message_log.h"
#include "wire/span.h"

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
	const char *clause;         /* of a check: the profile's clause, "12.4"; NULL: none given */
	uint64_t at_ms;             /* since the case began */
	bool late; /* stated after an interruption, which cuts every wait short: proves nothing */
	/* so long the probe was kept waiting by its own machine since the check before; 0: not too long */
	uint64_t kept_ms;
};

/* A finding that the probe's own lateness may have made. */
static inline bool evidence_step_doubtful(const struct evidence_step *s)
{
	return ((s->kind == STEP_CHECK && !s->ok) || s->kind == STEP_INCONCLUSIVE) && !s->late &&
	       s->kept_ms;
}

/* A check that speaks against the target. */
static inline bool evidence_step_failed(const struct evidence_step *s)
{
	return s->kind == STEP_CHECK && !s->ok && !s->late && !evidence_step_doubtful(s);
}

struct evidence_attachment {
	char *name;
	GBytes *octets;
};

/* What a target does to whom asks it much; none is a fault. */
enum limit {
	LIMIT_COOKIE = 1 << 0,  /* a cookie was asked for without a SYN */
	LIMIT_BUSY = 1 << 1,    /* the bank said busy */
	LIMIT_SILENCE = 1 << 2, /* an address that had answered shortly before did not */
};

struct evidence {
	const struct probe_case *c;
	GPtrArray *steps;       /* struct evidence_step */
	GPtrArray *attachments; /* struct evidence_attachment */
	GPtrArray *diagnoses;   /* char * */
	struct message_log messages;
	struct capture *capture; /* NULL: off; owned by the runner */
	uint64_t started_ms;     /* monotonic */
	unsigned limits;         /* enum limit: those that were met */
	bool impatient; /* the case asks what stands at this moment: silence is not waited out */
	struct lateness checked; /* the probe's own, at the last check */
	uint64_t checked_ms;     /* and when that was */
	bool diagnosed;          /* a diagnosis names the mistake: nothing else may be it */
};

/* `capture` may be NULL. Free with evidence_free(). */
struct evidence *evidence_new(const struct probe_case *c, struct capture *capture);
void evidence_free(struct evidence *e);

/*
 * Stating facts. Each call adds a numbered step to the evidence. The verdict of a case is the worst
 * statement; a case that states nothing is inconclusive.
 */
/* A step for the reader: "sent IKE_SA_SYN for 0123...@192.0.2.1". */
void evidence_note(struct evidence *e, const char *format, ...) G_GNUC_PRINTF(2, 3);
/*
 * Record expected and observed; returns `ok`. A false one fails (or warns, by provenance) the case.
 */
bool evidence_check(struct evidence *e, bool ok, const char *what, const char *expected,
		    const char *observed_format, ...) G_GNUC_PRINTF(5, 6);
/*
 * As evidence_check(), for one clause of the profile ("12.4"), whose provenance rules instead of the
 * case's. Each clause that an exchange shows is a check of its own. The case lists it in `clauses`.
 */
bool evidence_clause(struct evidence *e, const char *clause, bool ok, const char *what,
		     const char *expected, const char *observed_format, ...) G_GNUC_PRINTF(6, 7);
/* As evidence_check(), for a fact under another provenance than the case's (mixed cases). */
bool evidence_check_as(struct evidence *e, enum provenance p, const char *source, bool ok,
		       const char *what, const char *expected, const char *observed_format, ...)
    G_GNUC_PRINTF(7, 8);
/* The case cannot come to its point: why. Wins over pass, loses to fail. */
void evidence_inconclusive(struct evidence *e, const char *format, ...) G_GNUC_PRINTF(2, 3);
void evidence_info(struct evidence *e, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Attach octets to the report under a name (a message, a payload); copied. */
void evidence_octets(struct evidence *e, const char *name, struct span octets);
/* Diagnosis of a failed verification: "fits when RFC 5723's label is mixed in". */
void evidence_diagnosis(struct evidence *e, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What was tried in vain: "none of the 39 derivations fits". The case's own causes are still offered. */
void evidence_undiagnosed(struct evidence *e, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Has a check failed so far, doubtful or not? For a case that asks whether it goes on. */
bool evidence_failed(const struct evidence *e);

/* Messages, captures and keys of this case; where capturing is off only the report gets them. `local` and `remote`
 * as seen by the probe. */
void evidence_udp(struct evidence *e, bool sent, const struct endpoint *local,
		  const struct endpoint *remote, struct span datagram);
/* A stub message inside TLS, for the report alone: the capture has it from evidence_tcp(). */
void evidence_stub(struct evidence *e, bool sent, const struct endpoint *local,
		   const struct endpoint *remote, struct span message);
/* What stands under the Encrypted payload of the next datagram that is sent, or of the last one that came; `chain`
 * begins with a payload of type `first`. For the report. */
void evidence_sealed(struct evidence *e, struct span chain, uint8_t first);
void evidence_opened(struct evidence *e, struct span chain, uint8_t first);
/* One line for Wireshark's ikev2_decryption_table. */
void evidence_ikev2_keys(struct evidence *e, const char *line);
void evidence_sa_keys(struct evidence *e, const char *line);
/* A TCP connection's octets; `id` tells connections apart. closed with octets empty. */
void evidence_tcp(struct evidence *e, uint64_t id, bool sent, const struct endpoint *local,
		  const struct endpoint *remote, struct span octets);
/* Where TLS keys of this case's connections go (a file in the run folder); NULL when capturing is
 * off. */
const char *evidence_tls_key_log(struct evidence *e);

#endif
