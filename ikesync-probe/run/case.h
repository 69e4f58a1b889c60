/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test case: what it asks, whose rule it is, and how it says what it saw.
 * Case functions are plain sequential code: they send, wait for an answer or the end of a protocol
 * timer, and state facts.
 */
#ifndef IKESYNC_PROBE_RUN_CASE_H
#define IKESYNC_PROBE_RUN_CASE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/span.h"

struct probe;    /* the run: target, options, engines (probe.h) */
struct evidence; /* what one case collected (evidence.h) */

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

/* What a case needs of the target file; missing: skip with that reason. */
enum requirement {
	REQUIRES_GATEWAY = 1 << 0,
	REQUIRES_OLD_GATEWAY = 1 << 1,  /* [old-gateway] other than [gateway] */
	REQUIRES_BANK = 1 << 2,         /* [bank] with certificate for the probe's own address */
	REQUIRES_BANK_SECOND = 1 << 3,  /* [bank] second-certificate: another gateway of the pool */
	REQUIRES_BANK_FOREIGN = 1 << 4, /* [bank] foreign-certificate: of another CA */
	REQUIRES_SEAL_KEYS = 1 << 5,    /* [bank] seal-keys */
	REQUIRES_VARIANT_SYN_OFF = 1 << 6,
	REQUIRES_VARIANT_SILENCE = 1 << 7,
	REQUIRES_VARIANT_COOKIE = 1 << 8,
	REQUIRES_VARIANT_RELAY =
	    1 << 9, /* a gateway that reaches its bank through the probe's relay */
	REQUIRES_BANK_RESTART = 1 << 10, /* [hooks] bank-restart */
	REQUIRES_SECOND_PRF = 1 << 11,   /* [client] more-ike with a suite of another prf */
};

struct probe_case {
	const char *id;    /* "C03" */
	const char *title; /* one line */
	enum level level;
	enum provenance provenance;
	const char *source; /* "draft-xu-ike-sa-sync-01 section 3.3" and/or "wire profile rule 9" */
	const char *required; /* the requirement in one or two sentences */
	const char *causes;   /* possible causes of a failure, one per line */
	unsigned requires;    /* enum requirement, or-ed */
	const char *defect;   /* "gateway:resume-label": the deliberate defect that makes it fail */
	void (*run)(struct probe *p, struct evidence *e);
};

/* Groups: each file of cases/ exports one NULL-id-terminated table. */
extern const struct probe_case cases_sanity[], cases_resume[], cases_fallback[], cases_commit[],
    cases_bank_store[], cases_bank_protocol[], cases_bank_access[], cases_bank_durable[],
    cases_security[];

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
/* Has a check failed so far? */
bool evidence_failed(const struct evidence *e);

/* Capture and keys of this case; no-ops when capturing is off. `local` and `remote` as seen by the
 * probe. */
struct endpoint;
void evidence_udp(struct evidence *e, bool sent, const struct endpoint *local,
		  const struct endpoint *remote, struct span datagram);
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
