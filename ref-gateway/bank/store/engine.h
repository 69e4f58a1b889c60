/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps the records: octets by key, and a compare-and-swap. An engine knows nothing of rules, rights
 * or lifetimes (ledger.h does), nor of other users of its storage: several banks may serve one cluster.
 *
 * Every call is answered once, through done(), from inside the call or later; also when there is nobody
 * to ask any more: then, after a time of the engine's own, with ENGINE_BUSY. Later means: in the thread
 * that runs the loop's context. Structures belong to the caller and must live until done(). An engine
 * that `blocks` answers from inside the call, so its commits get a thread of their own (writer.h), beside
 * which it must bear reads and scans from another.
 */
#ifndef IKESYNC_BANK_STORE_ENGINE_H
#define IKESYNC_BANK_STORE_ENGINE_H

#include <glib.h>

#include "record.h"

enum engine_result {
	ENGINE_OK,
	ENGINE_CHANGED, /* commit: a record is no longer what was expected: read and decide again */
	ENGINE_BUSY,    /* not now: no connection, no quorum; the same again may go well */
	ENGINE_FULL,    /* no room to write; reads go on, and writes once there is room */
	ENGINE_READ_ONLY, /* reads go on; writes not before somebody has mended something */
	ENGINE_FAILED,    /* this cannot be read, or was not written */
};

/* For people; static. */
const char *engine_trouble(enum engine_result result);

typedef void engine_done_fn(void *user);

struct engine_read {
	struct record_key key;
	/* the answer */
	enum engine_result result;
	bool found;
	struct span value; /* borrowed until done() returns */
};

struct engine_change {
	struct record_key key;
	/* What the record must still be, as it was read or as an earlier transaction of this commit left
	 * it. An engine that is the only writer of its storage need not compare. */
	bool expect_none;
	struct span expected;
	struct span value;
};

/*
 * All of it or nothing, also for whoever reads beside it. at[0] decides: an engine that cannot write two
 * records at once swaps at[0] with at[1] inside it, and finishes what it finds half done. A move names the
 * old record first.
 */
struct engine_transaction {
	unsigned n;
	struct engine_change at[2];
	enum engine_result result; /* the answer; ENGINE_OK: on stable storage */
};

struct engine_scan {
	struct record_key prefix; /* n = 0: everything */
	struct record_key after;  /* n = 0: from the first; moves on with what each() took */
	unsigned max_records;     /* for one call */
	/* One record, in the order of keys; borrowed. false: stop before it. */
	bool (*each)(struct engine_scan *scan, struct span key, struct span value);
	void (*done)(struct engine_scan *scan);
	void *user;
	/* the answer */
	enum engine_result result;
	bool end; /* nothing follows */
};

struct engine {
	bool blocks;
	/* The transactions of one commit take effect in order, all or none, and may name one record more
	 * than once. Otherwise each stands alone, and they name different records. */
	bool atomic;
	/*
	 * Others may write to the storage, too, and what is read may not be acknowledged yet, to anybody: an operation that is
	 * answered for what it found is committed, with the octets that are there.
	 */
	bool shared;
	const char *name; /* for the log: what and where; lives as long as the engine */

	void (*read)(struct engine *e, struct engine_read *reads, size_t n, engine_done_fn *done,
		     void *user);
	/* One commit at a time. `now`: UTC seconds. */
	void (*commit)(struct engine *e, struct engine_transaction *t, size_t n, uint64_t now,
		       engine_done_fn *done, void *user);
	void (*scan)(struct engine *e, struct engine_scan *scan);
	/* Take off the storage what record_is_over(); may go on in the background. */
	void (*expire)(struct engine *e, uint64_t now);
	/*
	 * Something could not be read, and no other call is under way: try to put it right. true: it is
	 * worth another try. NULL: there is nothing to be done.
	 */
	bool (*mend)(struct engine *e);
	/*
	 * A copy of what is durable now, as a store of its own, in a directory that must not exist yet; true, or false and a
	 * GError. NULL: that is not the bank's affair.
	 */
	bool (*checkpoint)(struct engine *e, const char *directory, GError **error);
	/* Only when all calls are answered. */
	void (*free)(struct engine *e);
};

#endif
