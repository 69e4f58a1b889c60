/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bank has promised: one lineage of stubs per slot, one operation under way in each. */
#ifndef IKESYNC_TESTS_CRASH_LEDGER_H
#define IKESYNC_TESTS_CRASH_LEDGER_H

#include <glib.h>

#include "made.h"

#define LEDGER_SLOTS 400

enum ledger_kind { LEDGER_NOTHING, LEDGER_INIT, LEDGER_UPDATE, LEDGER_DELETE };

struct slot {
	bool live; /* acknowledged */
	struct index index;
	uint32_t content;
	enum ledger_kind pending; /* sent, not acknowledged */
	struct index new_index;
	uint32_t new_content;
};

struct grave {
	struct index index;
	uint32_t content;
	bool back; /* seen alive again: reported once */
};

struct ledger {
	struct slot slots[LEDGER_SLOTS];
	GArray *graves; /* of struct grave: acknowledged as deleted, moved or replaced by another
			   index */
	uint64_t next_spi;
	uint32_t next_content;
	GRand *dice;
	uint64_t expiry;
	uint64_t acknowledged;
	unsigned losses; /* those that are back among them */
	unsigned revived;
};

struct ledger *ledger_new(uint32_t seed, uint64_t expiry);
/* What is promised now, for a store of its own. */
struct ledger *ledger_copy(const struct ledger *l);
void ledger_free(struct ledger *l);

/* Think of a next operation for a slot with none under way, and write the request. */
GBytes *ledger_next(struct ledger *l, unsigned slot, uint32_t transaction);
/* The slot's operation was acknowledged with `status`: false when that is not what a sound bank
 * says. */
bool ledger_acknowledge(struct ledger *l, unsigned slot, int status);

/* The slot's operation was refused: nothing has happened. */
void ledger_refuse(struct ledger *l, unsigned slot);
/* Live stubs at the address of `gateway`. */
unsigned ledger_live(const struct ledger *l, const char *gateway);

/*
 * After a restart: every index worth asking for, in `ask` (struct index); answers come in the same
 * order.
 */
void ledger_questions(const struct ledger *l, GArray *ask);
struct ledger_answer {
	int status;
	GBytes *container; /* NULL unless ok */
};
/*
 * Compare with what was promised; prints and counts losses and returns their number. Operations
 * that were under way are settled as found.
 */
unsigned ledger_judge(struct ledger *l, const struct ledger_answer *answers);

#endif
