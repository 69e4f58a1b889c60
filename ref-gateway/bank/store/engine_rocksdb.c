/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded engine: RocksDB through its C API. One thread commits, with one synced WriteBatch a
 * commit, so the compare of a compare-and-swap needs no lock; others read beside it and, since RocksDB
 * syncs its log before it fills the memtable, see nothing that a power cut could take back.
 *
 * After a failed write an instance is read only: the next write closes it and opens it anew, which
 * replays what is durable. That needs some room, and a full disk has none: so a file is kept
 * (reserve.h) that gives way to the recovery, and nothing is written while it cannot be had.
 */
#include "engine_rocksdb.h"

#include <errno.h>
#include <rocksdb/c.h>
#include <stdatomic.h>

#include "reserve.h"
#include "tool/log.h"

/* After a failed write, or one without room, the next try is not before this; it doubles as long as
 * they go on failing, up to the second one. */
#define AGAIN_US (G_USEC_PER_SEC / 5)
#define AGAIN_MAX_US (10 * G_USEC_PER_SEC)
/*
 * What a recovery writes: tables of all that the log holds (LOG_MAX and what is in flight), and some
 * small files.
 */
#define RESERVE (40 << 20)
#define LOG_MAX (64 << 20)
#define MEMTABLE (32 << 20)
/* Nothing goes out of the memtable while a log is replayed: it may be larger then. */
#define MEMTABLE_REPLAY (256 << 20)

struct rocks {
	struct engine engine;
	char *directory;
	GRWLock lock; /* over `db`: whoever reads holds it, and whoever opens it anew alone */
	rocksdb_t *db;
	bool read_only; /* the last resort, until it can be opened for writing */
	rocksdb_options_t *options;
	rocksdb_readoptions_t *read;
	rocksdb_readoptions_t *scan; /* a takeover must not empty the cache of gets */
	rocksdb_writeoptions_t *write;
	rocksdb_cache_t *cache;
	rocksdb_compactionfilter_t *filter;
	rocksdb_writebatch_t *batch; /* of the thread that commits, as the next five */
	struct reserve *reserve;
	bool broken;                /* a write failed through this instance */
	bool told;                  /* that there is no writing */
	enum engine_result trouble; /* so */
	gint64 again_at, again_us;
	GMutex compact_lock; /* over the next two */
	GThread *compacting;
	bool closing;
	_Atomic bool compaction_done;
	_Atomic uint64_t now; /* for the compaction filter, which runs in RocksDB's threads */
};

static struct rocks *rocks_of(struct engine *e)
{
	return (struct rocks *)(void *)e; /* its first member */
}

/* Says what failed; frees `message`. true when there was nothing to say. */
static bool went_well(struct rocks *r, const char *what, char *message)
{
	if (!message)
		return true;
	log_error("store %s: %s: %s", r->directory, what, message);
	rocksdb_free(message);
	return false;
}

static void read_one(struct rocks *r, struct engine_read *read, rocksdb_pinnableslice_t **slice)
{
	char *message = NULL;
	size_t n;
	const char *value;

	*slice = NULL;
	if (!r->db) {
		read->result = ENGINE_FAILED;
		return;
	}
	*slice = rocksdb_get_pinned(r->db, r->read, (const char *)read->key.octets, read->key.n,
				    &message);
	read->result = went_well(r, "read", message) ? ENGINE_OK : ENGINE_FAILED;
	read->found = *slice != NULL;
	if (*slice) {
		value = rocksdb_pinnableslice_value(*slice, &n);
		read->value = span_of(value, n);
	}
}

static void rocks_read(struct engine *e, struct engine_read *reads, size_t n, engine_done_fn *done,
		       void *user)
{
	struct rocks *r = rocks_of(e);
	rocksdb_pinnableslice_t *few[8], **slices = n <= G_N_ELEMENTS(few) ? few : NULL;

	if (!slices)
		slices = g_new(rocksdb_pinnableslice_t *, n);
	g_rw_lock_reader_lock(&r->lock);
	for (size_t i = 0; i < n; i++)
		read_one(r, &reads[i], &slices[i]);
	done(user);
	for (size_t i = 0; i < n; i++) {
		if (slices[i])
			rocksdb_pinnableslice_destroy(slices[i]);
	}
	g_rw_lock_reader_unlock(&r->lock);
	if (slices != few)
		g_free(slices);
}

/* ---- opening, and opening again ---- */

/* Reading alone, from what is there. */
static bool open_read_only(struct rocks *r)
{
	char *message = NULL;

	r->db = rocksdb_open_for_read_only(r->options, r->directory, 0, &message);
	r->read_only = r->db != NULL;
	return went_well(r, "open for reading", message) && r->db;
}

/* NULL, or why not; to be freed with rocksdb_free(). */
static char *open_for_writing(struct rocks *r)
{
	const char *key = "write_buffer_size";
	char value[16], *message = NULL;

	r->db = rocksdb_open(r->options, r->directory, &message);
	if (message)
		return message;
	r->read_only = false;
	g_snprintf(value, sizeof(value), "%d", MEMTABLE);
	rocksdb_set_options(r->db, 1, &key, (const char *const[]){ value }, &message);
	/* It has effect even where the file of options cannot be written. */
	rocksdb_free(message);
	return NULL;
}

/* For writing, with the reserve's room when there is no other; else for reading. */
static bool open_somehow(struct rocks *r, GError **error)
{
	char *message = open_for_writing(r);

	if (message && reserve_release(r->reserve)) {
		rocksdb_free(message);
		message = open_for_writing(r);
	}
	if (!message)
		return true;
	log_error("store %s: %s: opened for reading alone", r->directory, message);
	if (open_read_only(r)) {
		rocksdb_free(message);
		return true;
	}
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "store %s: %s", r->directory, message);
	rocksdb_free(message);
	return false;
}

/* Nobody may read or compact meanwhile. */
static void close_db(struct rocks *r)
{
	g_mutex_lock(&r->compact_lock);
	r->closing = true;
	if (r->compacting && r->db)
		rocksdb_disable_manual_compaction(r->db);
	g_clear_pointer(&r->compacting, g_thread_join);
	g_mutex_unlock(&r->compact_lock);
	g_clear_pointer(&r->db, rocksdb_close);
}

static bool open_again(struct rocks *r)
{
	GError *error = NULL;
	bool ok;

	g_rw_lock_writer_lock(&r->lock);
	close_db(r);
	ok = open_somehow(r, &error);
	g_mutex_lock(&r->compact_lock);
	r->closing = false;
	g_mutex_unlock(&r->compact_lock);
	g_rw_lock_writer_unlock(&r->lock);
	if (!ok) {
		log_error("%s", error->message);
		g_error_free(error);
	}
	r->broken = !ok;
	return ok && !r->read_only;
}

static bool no_writing(struct rocks *r, enum engine_result trouble)
{
	r->trouble = trouble;
	r->again_us = MIN(MAX(2 * r->again_us, AGAIN_US), AGAIN_MAX_US);
	if (trouble == ENGINE_FULL) /* to ask for room costs little */
		r->again_us = AGAIN_US;
	r->again_at = g_get_monotonic_time() + r->again_us;
	if (!r->told)
		log_error("store %s: %s: writes are refused as busy, reads go on", r->directory,
			  engine_trouble(trouble));
	r->told = true;
	return false;
}

/* May the next write be tried? */
static bool may_write(struct rocks *r)
{
	if (!r->broken && !r->read_only && reserve_held(r->reserve))
		return true;
	if (g_get_monotonic_time() < r->again_at)
		return false;
	if (r->broken || r->read_only) {
		/* A log that could grow a little, and its table not be written, would be no help. */
		if (!reserve_room(r->reserve))
			return no_writing(r, ENGINE_FULL);
		if (!open_again(r))
			return no_writing(r, ENGINE_READ_ONLY);
	}
	if (!reserve_hold(r->reserve))
		return no_writing(r, ENGINE_FULL);
	return true;
}

static enum engine_result write_batch(struct rocks *r, const struct engine_transaction *t, size_t n)
{
	char *message = NULL;

	if (!may_write(r))
		return r->trouble;
	rocksdb_writebatch_clear(r->batch);
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < t[i].n; k++) {
			const struct engine_change *c = &t[i].at[k];

			rocksdb_writebatch_put(r->batch, (const char *)c->key.octets, c->key.n,
					       (const char *)c->value.p, c->value.n);
		}
	}
	rocksdb_write(r->db, r->write, r->batch, &message);
	if (!went_well(r, "write", message)) {
		r->broken = true;
		no_writing(r, reserve_room(r->reserve) ? ENGINE_READ_ONLY : ENGINE_FULL);
		return r->trouble;
	}
	if (r->told)
		log_notice("store %s: writes go on", r->directory);
	r->told = false;
	r->again_us = 0;
	return ENGINE_OK;
}

static void rocks_commit(struct engine *e, struct engine_transaction *t, size_t n, uint64_t now,
			 engine_done_fn *done, void *user)
{
	struct rocks *r = rocks_of(e);
	enum engine_result result;

	atomic_store(&r->now, now);
	result = write_batch(r, t, n);
	for (size_t i = 0; i < n; i++)
		t[i].result = result;
	done(user);
}

static void rocks_scan(struct engine *e, struct engine_scan *scan)
{
	struct rocks *r = rocks_of(e);
	const struct record_key *start = scan->after.n ? &scan->after : &scan->prefix;
	rocksdb_iterator_t *it;
	unsigned seen = 0;
	char *message = NULL;

	scan->end = true;
	scan->result = ENGINE_FAILED;
	g_rw_lock_reader_lock(&r->lock);
	if (!r->db) {
		g_rw_lock_reader_unlock(&r->lock);
		scan->done(scan);
		return;
	}
	it = rocksdb_create_iterator(r->db, r->scan);
	for (rocksdb_iter_seek(it, (const char *)start->octets, start->n); rocksdb_iter_valid(it);
	     rocksdb_iter_next(it)) {
		size_t key_n, value_n;
		const char *key = rocksdb_iter_key(it, &key_n);
		const char *value = rocksdb_iter_value(it, &value_n);

		if (key_n < scan->prefix.n || memcmp(key, scan->prefix.octets, scan->prefix.n) != 0)
			break;
		if (key_n > RECORD_KEY_MAX ||
		    span_equal(span_of(key, key_n), span_of(scan->after.octets, scan->after.n)))
			continue;
		scan->end = seen++ < scan->max_records &&
			    scan->each(scan, span_of(key, key_n), span_of(value, value_n));
		if (!scan->end)
			break;
		memcpy(scan->after.octets, key, key_n);
		scan->after.n = key_n;
	}
	rocksdb_iter_get_error(it, &message);
	rocksdb_iter_destroy(it);
	g_rw_lock_reader_unlock(&r->lock);
	scan->result = went_well(r, "scan", message) ? ENGINE_OK : ENGINE_FAILED;
	scan->done(scan);
}

static unsigned char filter_expired(void *state, int level, const char *key, size_t key_length,
				    const char *value, size_t value_length, char **new_value,
				    size_t *new_value_length, unsigned char *value_changed)
{
	struct rocks *r = state;

	(void)level;
	(void)key;
	(void)key_length;
	(void)new_value;
	(void)new_value_length;
	*value_changed = 0;
	return record_is_over(span_of(value, value_length), atomic_load(&r->now));
}

static void filter_gone(void *state)
{
	(void)state; /* the store frees itself */
}

static const char *filter_name(void *state)
{
	(void)state;
	return "ikesync.expired";
}

static void *compact(void *user)
{
	struct rocks *r = user;
	rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();

	/* 3 = force, optimised: deleted key material must leave the last level too. */
	rocksdb_compactoptions_set_bottommost_level_compaction(options, 3);
	rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
	rocksdb_compact_range_opt(r->db, options, NULL, 0, NULL, 0);
	rocksdb_compactoptions_destroy(options);
	atomic_store(&r->compaction_done, true);
	return NULL;
}

/* The C API has no periodic compaction: without this, expired key material would stay until
 * something else rewrites its file. */
static void rocks_expire(struct engine *e, uint64_t now)
{
	struct rocks *r = rocks_of(e);

	atomic_store(&r->now, now);
	g_rw_lock_reader_lock(&r->lock);
	g_mutex_lock(&r->compact_lock);
	if (r->compacting && atomic_load(&r->compaction_done))
		g_clear_pointer(&r->compacting, g_thread_join);
	if (!r->compacting && !r->closing && !r->read_only && r->db) {
		atomic_store(&r->compaction_done, false);
		r->compacting = g_thread_new("compaction", compact, r);
	}
	g_mutex_unlock(&r->compact_lock);
	g_rw_lock_reader_unlock(&r->lock);
}

static void rocks_free(struct engine *e)
{
	struct rocks *r = rocks_of(e);

	close_db(r);
	reserve_free(r->reserve);
	rocksdb_readoptions_destroy(r->read);
	rocksdb_readoptions_destroy(r->scan);
	rocksdb_writebatch_destroy(r->batch);
	rocksdb_writeoptions_destroy(r->write);
	rocksdb_options_destroy(r->options); /* and the filter's wrapper stays ours */
	rocksdb_compactionfilter_destroy(r->filter);
	rocksdb_cache_destroy(r->cache);
	g_rw_lock_clear(&r->lock);
	g_mutex_clear(&r->compact_lock);
	g_free(r->directory);
	g_free(r);
}

static void set_options(struct rocks *r, const struct engine_rocksdb_settings *settings)
{
	rocksdb_options_t *o = r->options;
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

	rocksdb_options_set_create_if_missing(o, 1);
	rocksdb_options_set_paranoid_checks(o, 1);
	/* 0: tolerate a torn tail, refuse any other damage rather than lose acknowledged stubs in
	 * silence. */
	rocksdb_options_set_wal_recovery_mode(o, 0);
	rocksdb_options_set_recycle_log_file_num(o, 0);
	rocksdb_options_set_max_total_wal_size(o, LOG_MAX);
	rocksdb_options_set_write_buffer_size(o, MEMTABLE_REPLAY);
	rocksdb_options_set_max_write_buffer_number(o, 3);
	rocksdb_options_set_max_background_jobs(o, 2);
	rocksdb_options_set_max_open_files(o, 256);
	rocksdb_options_set_compression(o, rocksdb_no_compression); /* ciphertext does not shrink */
	/* 5: nothing. What it fails to write there it takes for a mistake of its own, and aborts. */
	rocksdb_options_set_info_log_level(o, 5);
	rocksdb_options_set_keep_log_file_num(o, 1);
	/* A compaction that cannot go on, for lack of room or since a block is damaged, is no reason
	 * to refuse what comes in: gets read more files meanwhile. */
	rocksdb_options_set_level0_slowdown_writes_trigger(o, 1000);
	rocksdb_options_set_level0_stop_writes_trigger(o, 2000);
	rocksdb_options_set_soft_pending_compaction_bytes_limit(o, 0);
	rocksdb_options_set_hard_pending_compaction_bytes_limit(o, 0);
	rocksdb_options_set_compaction_filter(o, r->filter);
	rocksdb_block_based_options_set_block_cache(table, r->cache);
	/* An init looks up an index that is not there: the filter answers without a read. Owned by
	 * `table`. */
	rocksdb_block_based_options_set_filter_policy(table,
						      rocksdb_filterpolicy_create_bloom_full(10));
	rocksdb_options_set_block_based_table_factory(o, table);
	rocksdb_block_based_options_destroy(table);
	rocksdb_writeoptions_set_sync(r->write, settings->sync);
	rocksdb_readoptions_set_verify_checksums(r->read, 1);
}

/* What the C API has no call for. */
static bool set_more_options(struct rocks *r, GError **error)
{
	rocksdb_options_t *whole = rocksdb_options_create();
	char *message = NULL;

	/* No writing but of what is asked for: to open and to close must go well on a full disk. */
	rocksdb_get_options_from_string(r->options,
					"avoid_flush_during_recovery=true;"
					"avoid_flush_during_shutdown=true;"
					"max_bgerror_resume_count=0;"
					"allow_fallocate=false;",
					whole, &message);
	if (message) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "RocksDB: %s", message);
		rocksdb_free(message);
		rocksdb_options_destroy(whole);
		return false;
	}
	rocksdb_options_destroy(r->options);
	r->options = whole;
	return true;
}

struct engine *engine_rocksdb_open(const struct engine_rocksdb_settings *settings, uint64_t now,
				   GError **error)
{
	struct rocks *r;

	if (g_mkdir_with_parents(settings->directory, 0700) != 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "store %s: %s",
			    settings->directory, g_strerror(errno));
		return NULL;
	}
	r = g_new0(struct rocks, 1);
	r->directory = g_strdup(settings->directory);
	r->engine = (struct engine){ .blocks = true,
				     .atomic = true,
				     .name = r->directory,
				     .read = rocks_read,
				     .commit = rocks_commit,
				     .scan = rocks_scan,
				     .expire = rocks_expire,
				     .free = rocks_free };
	g_rw_lock_init(&r->lock);
	g_mutex_init(&r->compact_lock);
	atomic_store(&r->now, now);
	r->reserve = reserve_new(r->directory, RESERVE);
	r->options = rocksdb_options_create();
	r->read = rocksdb_readoptions_create();
	r->scan = rocksdb_readoptions_create();
	rocksdb_readoptions_set_fill_cache(r->scan, 0);
	r->write = rocksdb_writeoptions_create();
	r->batch = rocksdb_writebatch_create();
	r->cache = rocksdb_cache_create_lru(settings->cache);
	r->filter = rocksdb_compactionfilter_create(r, filter_gone, filter_expired, filter_name);
	set_options(r, settings);
	if (!set_more_options(r, error) || !open_somehow(r, error)) {
		rocks_free(&r->engine);
		return NULL;
	}
	(void)reserve_hold(r->reserve); /* the first write will tell */
	return &r->engine;
}
