/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a store does, whatever its engine: applies the rules (rules.h) to the records that the engine
 * keeps, encrypts clear stubs, counts the living. "Compare and swap" means the same over each engine.
 */
#ifndef IKESYNC_BANK_STORE_LEDGER_H
#define IKESYNC_BANK_STORE_LEDGER_H

#include "engine.h"
#include "rules.h"
#include "store_op.h"

struct ledger;

struct ledger_settings {
	uint64_t max_stubs;           /* live ones; more are `full`. 0 = no limit */
	uint64_t max_tombstones;      /* so many are kept; then inits are `full`. 0 = no limit */
	const uint8_t *rest_key;      /* 32 octets for clear stubs; NULL: there are none. Copied */
	uint64_t (*clock)(void *ctx); /* UTC seconds; called from the thread that applies, too */
	void *ctx;
};

/* Takes `engine` over, also on error. Counts what lives: NULL and a GError when that cannot be read. */
struct ledger *ledger_new(struct engine *engine, const struct ledger_settings *settings,
			  GError **error);
void ledger_free(struct ledger *l);

bool ledger_blocks(const struct ledger *l);
/* Has the count been taken? Nothing may be applied before. */
bool ledger_ready(const struct ledger *l);

/*
 * Apply `ops` in order, each decided on what the ones before it left (gets between them see that), and
 * call done() when all of it is on stable storage, or an operation's status says that it is not. One
 * call at a time; `ops` is reordered.
 */
void ledger_apply(struct ledger *l, struct store_op **ops, size_t n, engine_done_fn *done,
		  void *user);

/* Gets alone, beside ledger_apply(); sees only what is durable. In the loop's thread. */
void ledger_get(struct ledger *l, struct store_op *const *ops, size_t n, engine_done_fn *done,
		void *user);

struct ledger_scan {
	struct address gateway;
	uint64_t after; /* SPI; moves on with what was seen */
	const char
	    *pool; /* of who asks, who owns the gateway's address or not; owned by the maker */
	bool owner;
	/* One live stub that they may read, in index order; borrowed. false: stop before it. */
	bool (*each)(struct ledger_scan *scan, const struct index *ix, struct span container);
	void (*done)(struct ledger_scan *scan);
	void *user;
	/* the answer */
	bool end; /* nothing follows; else each() stopped it, or enough was looked at for a turn */
	bool failed; /* the rest cannot be read */
	/* for the ledger */
	struct ledger *ledger;
	uint64_t now;
	struct engine_scan engine;
};

/* In the loop's thread. */
void ledger_scan(struct ledger *l, struct ledger_scan *scan);

/* For who runs the bank: every record of a gateway, whatever it is and whoever's; contents stay closed. */
struct ledger_browse {
	struct address gateway;
	bool from_spi; /* begin with `spi` itself, not behind it */
	uint64_t spi;  /* moves on with what was seen */
	/* Borrowed; damaged ones have no record. false: stop before it. */
	bool (*each)(struct ledger_browse *browse, const struct index *ix,
		     const struct rules_view *view);
	void (*done)(struct ledger_browse *browse); /* from inside the call or later */
	void *user;
	/* the answer */
	bool end, failed; /* as in ledger_scan */
	/* for the ledger */
	struct ledger *ledger;
	struct engine_scan engine;
};
void ledger_browse(struct ledger *l, struct ledger_browse *browse);

/* As an engine's; false also where it has none. */
bool ledger_checkpoint(struct ledger *l, const char *directory, GError **error);

/* What keeps it; static as long as the ledger. */
const char *ledger_name(const struct ledger *l);

/* Gets and scans on their way. */
size_t ledger_calls(const struct ledger *l);

/* Take what has expired off the storage; where others write to it, count anew, too. */
void ledger_expire(struct ledger *l);
/* From now on; any thread. As in ledger_settings. */
void ledger_limit(struct ledger *l, uint64_t max_stubs, uint64_t max_tombstones);
/* What is remembered of stubs that have ended, counted as the living. Any thread. */
uint64_t ledger_tombstones(const struct ledger *l);
/* Live stubs, up to a minute late in forgetting the expired, and up to ledger_expire() in what others wrote. Any thread. */
uint64_t ledger_count(const struct ledger *l);

#endif
