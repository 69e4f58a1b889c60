/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where stubs are kept. Nothing here waits: every operation is answered by a call, in the loop's thread.
 * Operations on one index take effect in the order in which they were handed over (rule 28), whatever
 * the engine: a get waits for the writes on its index that came before it, a write for the gets.
 */
#ifndef IKESYNC_BANK_STORE_H
#define IKESYNC_BANK_STORE_H

#include "ledger.h"

struct store;

/* Takes `engine` over, also on error. `threaded` false: store_run() does the work (tests). NULL and a
 * GError. */
struct store *store_new(struct engine *engine, const struct ledger_settings *settings,
			GMainContext *context, bool threaded, GError **error);
/* Finishes first. */
void store_free(struct store *s);

/*
 * Queue `op`, which stays the maker's and must live until op->done(), called once and never from inside
 * this call.
 */
void store_submit(struct store *s, struct store_op *op);
/* Hand over what was queued. */
void store_flush(struct store *s);
/* Is an operation on `ix` queued that is not done yet? Then a get must be queued behind it. */
bool store_pending(const struct store *s, const struct index *ix);

/* Gets of indexes that nothing is pending for. */
struct store_gets {
	struct store_op **ops; /* both the maker's until done() */
	size_t n;
	size_t budget; /* octets: what comes after more were found is told to ask again */
	void (*done)(struct store_gets *g); /* from inside store_get() or later */
	void *user;
	/* for the store */
	struct store *store;
	size_t asked, answered, noted_from;
	bool calling, noted; /* noted: further operations wait for [noted_from, n) */
};

/* Answer them from what is durable, behind no write. */
void store_get(struct store *s, struct store_gets *g);

/* As ledger_scan(): done() from inside it or later. */
void store_scan(struct store *s, struct ledger_scan *scan);

/* As ledger_browse(). */
void store_browse(struct store *s, struct ledger_browse *browse);
/* As ledger_checkpoint(). Gateways wait for it. */
bool store_checkpoint(struct store *s, const char *directory, GError **error);
/* Is store_count() known yet? An engine that answers later may still be counting. */
bool store_counted(const struct store *s);
const char *store_name(const struct store *s);

void store_expire(struct store *s);
uint64_t store_count(const struct store *s);
/* As those of the ledger. */
uint64_t store_tombstones(const struct store *s);
void store_limit(struct store *s, uint64_t max_stubs, uint64_t max_tombstones);

/* Unthreaded: apply what was handed over. */
void store_run(struct store *s);
/* Wait until all is applied and answered. */
void store_finish(struct store *s);

#endif
