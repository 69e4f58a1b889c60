/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the probe's bank answers: right, or in one of the ways of a bank that does not. */
#ifndef IKESYNC_PROBE_BANK_BANK_PLAY_H
#define IKESYNC_PROBE_BANK_BANK_PLAY_H

#include <glib.h>

#include "bank/bank_asked.h"
#include "bank/bank_model.h"

enum bank_does {
	BANK_ANSWERS,           /* as the model has it */
	BANK_HOLDS,             /* not before bank_role_release() */
	BANK_DELAYS,            /* after `ms` */
	BANK_REFUSES,           /* status `code` for every item, and nothing is changed */
	BANK_IS_SILENT,         /* what it is asked is done, but no word of it */
	BANK_RESETS,            /* RST instead of an answer */
	BANK_OTHER_TRANSACTION, /* the answer to a request that was never made */
	BANK_OTHER_TYPE,        /* the right items in a message of another type */
	BANK_BREAKS_LENGTH,     /* a status payload of 3 octets */
	BANK_ANSWERS_ODDLY,     /* right, with RESERVED set and payloads that nobody knows */
	BANK_ANSWERS_IN_PIECES, /* right, octet groups in TLS records of their own */
};

struct bank_play {
	enum bank_does does;
	unsigned code;  /* BANK_REFUSES: enum iana_stub_status */
	unsigned ms;    /* BANK_DELAYS */
	unsigned times; /* so many requests, then BANK_ANSWERS again; 0: until told otherwise */
};

/*
 * The octets of the answer to one message (its items, struct bank_asked *), as `play` has it; the
 * model does what was asked. NULL: no answer. Not for BANK_HOLDS, BANK_DELAYS and BANK_RESETS, which
 * are those of whoever sends.
 */
GBytes *bank_play_answer(const struct bank_play *play, struct bank_model *model,
			 const GPtrArray *items);
/* A download of one stub that nobody asked for: a push where the transaction has the top bit. */
GBytes *bank_play_download(uint32_t transaction, GBytes *container);
/* A delete of these indexes that nobody asked for: where the transaction has the top bit, the notice that
 * their stubs have moved. */
GBytes *bank_play_notice(uint32_t transaction, const struct index *indexes, unsigned n);

#endif
