/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form of a bank's replies, whatever they say: every message of a case is held against the clauses
 * of the profile that speak of form, and each clause is one check at the end of the case.
 */
#ifndef IKESYNC_PROBE_GATEWAY_REPLY_FORM_H
#define IKESYNC_PROBE_GATEWAY_REPLY_FORM_H

#include "run/evidence.h"
#include "wire/span.h"

/* What reply_form_state() states; for `.clauses` of a case. */
#define REPLY_FORM_CLAUSES "26.1 26.2 27.1 27.2 28.1 28.2 31.1 31.2 38.1 42.1"

enum form_clause {
	FORM_LENGTH,   /* 26.1 */
	FORM_TYPE,     /* 26.2 */
	FORM_PAYLOADS, /* 27.1 */
	FORM_RESERVED, /* 27.2 */
	FORM_FIRST,    /* 28.1 */
	FORM_ECHO,     /* 28.2 */
	FORM_ITEMS,    /* 31.1 */
	FORM_MORE,     /* 31.2 */
	FORM_STATUS,   /* 38.1 */
	FORM_REFUSAL,  /* 42.1: the type of an error reply */
	FORM_CLAUSES,
};

struct reply_form {
	unsigned replies;
	unsigned asked[FORM_CLAUSES]; /* replies that showed it */
	unsigned wrong[FORM_CLAUSES];
	char *first[FORM_CLAUSES]; /* what was wrong first */
};
void reply_form_clear(struct reply_form *f);

/* What a request wants of its reply's form. */
struct reply_wanted {
	uint8_t type;         /* of the request */
	uint32_t transaction; /* of the request */
	unsigned items;       /* that it named; 0: not known, and not asked */
	bool prefetch;        /* one status for all, then stubs */
};

/* A reply under way: several messages of one transaction. */
struct reply_reader {
	struct reply_form *form; /* NULL: nobody asks */
	struct reply_wanted wanted;
	unsigned next; /* item */
	unsigned messages;
	bool whole;    /* one status spoke of the whole request */
	bool refused;  /* a status was not ok */
	bool more_now; /* MORE of the message before */
};
void reply_reader_init(struct reply_reader *r, struct reply_form *form,
		       const struct reply_wanted *wanted);
/* Read one more message. */
void reply_reader_take(struct reply_reader *r, struct span message);
/* The last one has been taken. */
void reply_reader_end(struct reply_reader *r);

/* Note a deviation. */
void reply_form_wrong(struct reply_form *f, enum form_clause c, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* State all clauses that were shown; none where nothing came. */
void reply_form_state(const struct reply_form *f, struct evidence *e);

#endif
