/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an exchange shows beside the one thing that a case is about: every clause of the profile that
 * can be read off a hit, a fallback, a confirmation, as a check of its own; and what came, used.
 */
#ifndef IKESYNC_PROBE_CASES_SHOWN_H
#define IKESYNC_PROBE_CASES_SHOWN_H

#include "diagnosis/octets_guess.h"
#include "client/steps.h"

/* Octets of `a` and `b` that are the same in the same place. */
unsigned shown_same_octets(struct span a, struct span b);
/* Do two SPIs differ in most of their octets? */
bool shown_spis_differ(uint64_t a, uint64_t b);

/* s->a is the answer to SYN for a live stub: rules 7, 6.2, 9.5. true: it is a hit. */
bool shown_hit(struct steps *s);
/* `a` is the ordinary answer to a SYN that missed: rules 8.1, 6.2, 9.5. true: it is one. */
bool shown_fallback(struct evidence *e, const struct init_answer *a, const char *what,
		    bool vendor_id);
/* The kinds and lengths of its payloads, to compare answers by. Free with g_free(). */
char *shown_shape(const struct init_answer *a);
/* s->r is the answer to a right message ID 1: rules 12.2, 12.3, 5.4. true: committed. */
bool shown_commit(struct steps *s, const char *clause, const char *what);
/* The last confirmation was answered, verified and without error, under `clause`; names the mistake
 * if not. */
bool shown_committed(struct steps *s, const char *clause, const char *what);
/* NAT detection in an answer to `c` does not have its two ends swapped (23.1). What is not there is not asked. */
void shown_detection(struct evidence *e, const struct client *c, const struct init_answer *a,
		     const char *where);
/* N(IKESYNC_INDEX) was told and names the SPI of this SA; if not, what it is instead. `c`: whose SA it
 * is, or was; NULL: not known. */
bool shown_index(struct evidence *e, const char *clause, const char *where, bool told,
		 const struct index *ix, uint64_t spi_r, const struct client *c);
/* All that octets_guess() says, as diagnoses. */
void shown_guess(struct evidence *e, const char *what, struct span got,
		 const struct known_octets *known, unsigned n);
/* BIND of the last answer is right. */
bool shown_bind(struct steps *s, const char *where);

/* One more protected request on `c` is answered. */
bool shown_alive(struct evidence *e, struct client *c, const char *clause, const char *what);
/* The SA of `c` is asked and does not answer. */
bool shown_gone(struct evidence *e, struct client *c, const char *clause, const char *what);
/* The last message ID 1, once more octet for octet, gets the identical answer (47.1, 16.3). */
bool shown_repeated(struct steps *s, const char *clause, const char *what);

/* SYN for `ix` at the gateway under test is a miss: an ordinary answer, or silence by policy. */
bool shown_miss(struct steps *s, const struct index *ix, const char *clause, const char *what);
/*
 * The SA that s->c is now, resumed by a new client at `gateway` (NULL: the one under test). s->c
 * becomes that client, and s->old what it was before; the old s->old is freed. Checks the hit under
 * `clause`, and the confirmation. false: it did not resume.
 */
bool shown_resumes_on(struct steps *s, const struct target_gateway *gateway, const char *clause,
		      const char *what);
/* The same without a statement: what came is in s->a and s->r. */
enum resume_outcome shown_resume_on(struct steps *s, const struct target_gateway *gateway);

#endif
