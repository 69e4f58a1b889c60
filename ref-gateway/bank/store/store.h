/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where stubs are kept. Everything comes in batches, and what a batch decides, it decides
 * atomically: an engine applies the rules (rules.h) to what it holds, so that "compare and swap"
 * means the same in each.
 */
#ifndef IKESYNC_BANK_STORE_H
#define IKESYNC_BANK_STORE_H

#include <glib.h>

#include "record.h"

enum store_kind {
	STORE_PUT,    /* init */
	STORE_UPDATE, /* the owner's update, or the move to another address */
	STORE_DELETE, /* by the owner, or retirement by the pool */
	STORE_GET,
	STORE_BARRIER, /* done when everything before it is */
};

struct store_op {
	enum store_kind kind;
	struct index index;                 /* update: the old one */
	struct index new_index;             /* update */
	struct span container;              /* put, update: owned by the maker */
	uint8_t digest[RECORD_DIGEST_SIZE]; /* put, update: of the container */
	bool clear;       /* put, update: the container is not sealed, so it is encrypted at rest */
	uint64_t expiry;  /* put, update: UTC seconds */
	const char *pool; /* of who asks; owned by the maker */
	bool owns_old;    /* owns the address of `index` */
	bool owns_new;    /* owns the address of `new_index` */
	/* the answer */
	uint8_t status;  /* enum iana_stub_status */
	const char *why; /* static text for people, or NULL */
	/* get: the container with the remaining lifetime in it; owned by the maker */
	GBytes *found;
	/* for the writer (writer.h) */
	void (*done)(struct store_op *op, void *user);
	void *user;
	struct store_op *next;
};

/* One stub of a scan; borrowed. Return false to stop before it. */
typedef bool store_scan_fn(const struct index *ix, struct span container, void *user);

struct store {
	/*
	 * Put, update, move and delete (gets between them see what came before), in order, each
	 * decided on what the ones before it left. Returns after ONE synced write of all; false
	 * (and a log line) when that failed: nothing of it may be acknowledged. One thread at a
	 * time.
	 */
	bool (*write_batch)(struct store *s, struct store_op *const *ops, size_t n, uint64_t now);
	/* Gets alone; any thread, beside write_batch. Sees only what is durable. */
	void (*get_batch)(struct store *s, struct store_op *const *ops, size_t n, uint64_t now);
	/*
	 * The live stubs of `gateway` that somebody of `pool` may read, in index order, from after
	 * SPI *after, which moves on with what was seen. Returns true when the end was reached,
	 * false when `each` stopped it or enough was looked at for one turn. Any thread.
	 */
	bool (*scan_gateway)(struct store *s, const struct address *gateway, uint64_t *after,
			     const char *pool, bool owner, uint64_t now, store_scan_fn *each,
			     void *user);
	/* Take what has expired off the disk; may start a thread of its own and return at once. */
	void (*expire)(struct store *s, uint64_t now);
	/* Live stubs, up to a minute late in forgetting the expired. Any thread. */
	uint64_t (*count)(struct store *s);
	void (*free)(struct store *s);
};

struct store_settings {
	const char *directory;   /* made when missing, mode 0700 */
	uint64_t cache;          /* octets */
	uint64_t max_stubs;      /* live ones; more are `full`. 0 = no limit */
	const uint8_t *rest_key; /* 32 octets for clear stubs; NULL: there are none */
	bool sync;               /* false only in tests that show what is lost then */
	/* Writes go on failing though the disk has room: a new process is needed. From the thread
	 * that writes; NULL: go on. */
	void (*hopeless)(void);
};

/* NULL and a GError naming directory and reason. `now` is UTC seconds. The settings are copied. */
struct store *store_rocksdb_open(const struct store_settings *settings, uint64_t now,
				 GError **error);

#endif
