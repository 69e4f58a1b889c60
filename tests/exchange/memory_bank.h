/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub bank in memory, with the rules of moves and tombstones (rule 30), and ways to make it
 * misbehave. */
#ifndef IKESYNC_TESTS_MEMORY_BANK_H
#define IKESYNC_TESTS_MEMORY_BANK_H

#include <glib.h>

#include "bank_link/stub_service.h"

struct memory_bank {
	GPtrArray *stubs;
	GQueue answers; /* requests wait here until memory_bank_run() */
	bool unreachable;
	bool forgetful;               /* what is queued would not survive the gateway */
	bool silent_get, silent_move; /* answered with a time-out, by memory_bank_time_out() */
	int move_result;              /* 0: by the rules */
	int write_result; /* of init and update, which do nothing then; 0: by the rules */
	unsigned gets, moves, inits, updates, deletes;
	struct index last_delete, last_get, last_update_old;
};

void memory_bank_init(struct memory_bank *b);
void memory_bank_clear(struct memory_bank *b);
struct stub_service memory_bank_service(struct memory_bank *b);
/* Answer what waits, in order. false: nothing waited. */
bool memory_bank_run(struct memory_bank *b);
/* The container of a live stub; empty when there is none. */
struct span memory_bank_peek(const struct memory_bank *b, const struct index *ix);
unsigned memory_bank_live(const struct memory_bank *b);
/* Make every container returned from now on say that it has this many seconds left. */
void memory_bank_set_lifetime(struct memory_bank *b, const struct index *ix, uint32_t seconds);
/* As a bank that has lost this stub: it never heard of it. */
void memory_bank_lose(struct memory_bank *b, const struct index *ix);

#endif
