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
#include <stdatomic.h>

#include "mend.h"
#include "reserve.h"
#include "rocks_options.h"
#include "tally.h"
#include "tool/log.h"

/* After a failed write, or one without room, the next try is not before this; it doubles as long as
 * they go on failing, up to the second one. */
#define AGAIN_US (G_USEC_PER_SEC / 5)
#define AGAIN_MAX_US (10 * G_USEC_PER_SEC)
/* What a recovery writes: tables of all that the log holds and what is in flight, and small files. */
#define RESERVE (40 << 20)
/* All files are looked through for the cause of a read that failed no more often than this. */
#define MEND_US (600 * G_USEC_PER_SEC)

struct rocks {
	struct engine engine;
	char *directory;
	GRWLock lock; /* over `db`: whoever reads holds it, and whoever opens it anew alone */
	rocksdb_t *db;
	bool read_only; /* the last resort, until it can be opened for writing */
	bool hurt;      /* so it stays: there is damage that a person must look at */
	bool only_read; /* as it was opened */
	rocksdb_options_t *options;
	rocksdb_readoptions_t *read;
	rocksdb_readoptions_t *scan; /* a takeover must not empty the cache of gets */
	rocksdb_writeoptions_t *write;
	rocksdb_cache_t *cache;
	rocksdb_compactionfilter_t *filter;
	rocksdb_writebatch_t *batch; /* of the thread that commits, as what follows */
	struct reserve *reserve;
	struct tally *tally;
	_Atomic gint64 told_second;
	_Atomic bool suspicious; /* something could not be read */
	gint64 mend_at;
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

/* Says what failed, once a second; frees `message`. true when there was nothing to say. */
static bool went_well(struct rocks *r, const char *what, char *message)
{
	gint64 now;

	if (!message)
		return true;
	now = g_get_monotonic_time();
	if (atomic_exchange(&r->told_second, now / G_USEC_PER_SEC) != now / G_USEC_PER_SEC)
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
	if (read->result != ENGINE_OK)
		atomic_store(&r->suspicious, true);
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

/* NULL, or why not; to be freed with rocksdb_free(). */
static char *open_for_writing(struct rocks *r)
{
	const char *key = "write_buffer_size";
	char value[16], *message = NULL;

	r->db = rocksdb_open(r->options, r->directory, &message);
	if (message)
		return message;
	r->read_only = false;
	g_snprintf(value, sizeof(value), "%d", ROCKS_MEMTABLE);
	rocksdb_set_options(r->db, 1, &key, (const char *const[]){ value }, &message);
	/* It has effect even where the file of options cannot be written. */
	rocksdb_free(message);
	return NULL;
}

/* The last resort. */
static bool open_for_reading(struct rocks *r, GError **error)
{
	char *message = NULL, *rescue = g_build_filename(r->directory, "rescue", NULL);

	if (r->hurt)
		r->db = rocks_open_left(r->options, r->directory, rescue, &message);
	else
		r->db = rocksdb_open_for_read_only(r->options, r->directory, 0, &message);
	r->read_only = true;
	g_free(rescue);
	if (!message)
		return true;
	r->db = NULL;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "store %s: %s", r->directory, message);
	rocksdb_free(message);
	return false;
}

/*
 * Look through all files, and put right what can be. It must be closed. Returns how many places are
 * damaged in tables: those may be ones that were never finished.
 */
static unsigned mend(struct rocks *r)
{
	struct mend m;

	mend_directory(&m, r->directory, true);
	if (m.damaged > m.tables)
		r->hurt = true;
	if (r->hurt) {
		char *text = mend_text(&m);

		log_error("store %s: %u damaged places, changes lost: %s", r->directory, m.damaged,
			  text);
		g_free(text);
	}
	mend_clear(&m);
	atomic_store(&r->suspicious, false);
	r->mend_at = g_get_monotonic_time() + MEND_US;
	return m.tables;
}

/* Every record of it? */
static bool readable(struct rocks *r)
{
	rocksdb_iterator_t *it = rocksdb_create_iterator(r->db, r->scan);
	char *message = NULL;

	for (rocksdb_iter_seek_to_first(it); rocksdb_iter_valid(it);)
		rocksdb_iter_next(it);
	rocksdb_iter_get_error(it, &message);
	rocksdb_iter_destroy(it);
	return went_well(r, "scan", message);
}

/* Is what was acknowledged there? The log may have been cut off at a sound place. */
static void compare_tally(struct rocks *r)
{
	uint64_t last = tally_last(r->tally), is = rocksdb_get_latest_sequence_number(r->db);

	if (last > is)
		log_error("store %s: %" G_GUINT64_FORMAT
			  " changes that were acknowledged are missing: the end of its log",
			  r->directory, last - is);
	if (!r->read_only)
		tally_note(r->tally, is);
}

static bool is_damage(const char *message)
{
	return g_str_has_prefix(message, "Corruption") || strstr(message, "No such file");
}

/* For writing, with damage mended and with the reserve's room when there is no other. Else r->hurt, or
 * NULL and why not, to be freed with rocksdb_free(). */
static char *open_mended(struct rocks *r)
{
	char *message = NULL;
	bool suspect = atomic_load(&r->suspicious) || mend_headless(r->directory);
	unsigned tables = suspect ? mend(r) : 0;

	r->hurt = r->hurt || mend_headless(r->directory);
	if (!r->hurt)
		message = open_for_writing(r);
	if (message && is_damage(message) && !suspect) {
		log_error("store %s: %s: looking for the damage", r->directory, message);
		g_clear_pointer(&message, rocksdb_free);
		tables = mend(r);
		if (!r->hurt)
			message = open_for_writing(r);
	}
	r->hurt = r->hurt || (message && is_damage(message));
	if (message && !r->hurt && reserve_release(r->reserve)) {
		g_clear_pointer(&message, rocksdb_free);
		message = open_for_writing(r);
	}
	if (!r->hurt && !message && tables && !readable(r)) {
		g_clear_pointer(&r->db, rocksdb_close);
		r->hurt = true;
		(void)mend(r); /* what is damaged now is part of it */
	}
	return message;
}

static bool open_somehow(struct rocks *r, GError **error)
{
	char *message = open_mended(r);

	if (message || r->hurt) {
		log_error("store %s: %s: opened for reading alone", r->directory,
			  message ? message : "damaged; see ikesync-bank fsck");
		rocksdb_free(message);
		if (!open_for_reading(r, error))
			return false;
	}
	compare_tally(r);
	return true;
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
	if (r->hurt || r->only_read)
		return no_writing(r, ENGINE_READ_ONLY);
	if (atomic_load(&r->suspicious) && g_get_monotonic_time() >= r->mend_at)
		r->broken = true;
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
	if (message && g_str_has_prefix(message, "Corruption")) /* in the background */
		atomic_store(&r->suspicious, true);
	if (!went_well(r, "write", message)) {
		r->broken = true;
		no_writing(r, reserve_room(r->reserve) ? ENGINE_READ_ONLY : ENGINE_FULL);
		return r->trouble;
	}
	if (r->told)
		log_notice("store %s: writes go on", r->directory);
	r->told = false;
	r->again_us = 0;
	tally_note(r->tally, rocksdb_get_latest_sequence_number(r->db));
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

/* The record that `it` is at. false: stop before it. */
static bool scan_one(struct engine_scan *scan, const rocksdb_iterator_t *it, unsigned *seen)
{
	size_t key_n, value_n;
	const char *key = rocksdb_iter_key(it, &key_n), *value = rocksdb_iter_value(it, &value_n);

	if (key_n < scan->prefix.n || memcmp(key, scan->prefix.octets, scan->prefix.n) != 0)
		return false;
	if (key_n > RECORD_KEY_MAX ||
	    span_equal(span_of(key, key_n), span_of(scan->after.octets, scan->after.n)))
		return true;
	scan->end = (*seen)++ < scan->max_records &&
		    scan->each(scan, span_of(key, key_n), span_of(value, value_n));
	if (!scan->end)
		return false;
	memcpy(scan->after.octets, key, key_n);
	scan->after.n = key_n;
	return true;
}

/* Is there more, behind what cannot be read? Then *it is there. */
static bool scan_around(struct rocks *r, const struct engine_scan *scan, rocksdb_iterator_t **it,
			bool *failed)
{
	const struct record_key *from = scan->after.n ? &scan->after : &scan->prefix;
	char *message = NULL;

	rocksdb_iter_get_error(*it, &message);
	if (went_well(r, "scan", message))
		return false;
	rocksdb_iter_destroy(*it);
	*it = r->hurt ? rocks_skip(r->db, r->scan, from->octets, from->n) : NULL;
	*failed = !r->hurt;
	if (!r->hurt)
		atomic_store(&r->suspicious, true);
	return *it != NULL;
}

static void scan_all(struct rocks *r, struct engine_scan *scan)
{
	const struct record_key *start = scan->after.n ? &scan->after : &scan->prefix;
	rocksdb_iterator_t *it = rocksdb_create_iterator(r->db, r->scan);
	unsigned seen = 0;
	bool failed = false, more = true;

	rocksdb_iter_seek(it, (const char *)start->octets, start->n);
	do {
		for (; more && rocksdb_iter_valid(it); rocksdb_iter_next(it))
			more = scan_one(scan, it, &seen);
	} while (more && scan_around(r, scan, &it, &failed));
	if (it)
		rocksdb_iter_destroy(it);
	scan->result = failed ? ENGINE_FAILED : ENGINE_OK;
}

static void rocks_scan(struct engine *e, struct engine_scan *scan)
{
	struct rocks *r = rocks_of(e);

	scan->end = true;
	scan->result = ENGINE_FAILED;
	g_rw_lock_reader_lock(&r->lock);
	if (r->db)
		scan_all(r, scan);
	g_rw_lock_reader_unlock(&r->lock);
	scan->done(scan);
}

static bool rocks_mend(struct engine *e)
{
	struct rocks *r = rocks_of(e);

	if (r->hurt || r->only_read)
		return false;
	atomic_store(&r->suspicious, true);
	(void)open_again(r);
	return r->db != NULL;
}

static bool rocks_checkpoint(struct engine *e, const char *directory, GError **error)
{
	struct rocks *r = rocks_of(e);
	bool ok;

	g_rw_lock_reader_lock(&r->lock);
	ok = rocks_copy(r->read_only ? NULL : r->db, directory, error);
	g_rw_lock_reader_unlock(&r->lock);
	return ok;
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
	g_clear_pointer(&r->reserve, reserve_free);
	g_clear_pointer(&r->tally, tally_close);
	rocksdb_readoptions_destroy(r->read);
	rocksdb_readoptions_destroy(r->scan);
	rocksdb_writebatch_destroy(r->batch);
	rocksdb_writeoptions_destroy(r->write);
	if (r->options)
		rocksdb_options_destroy(r->options); /* and the filter's wrapper stays ours */
	rocksdb_compactionfilter_destroy(r->filter);
	rocksdb_cache_destroy(r->cache);
	g_rw_lock_clear(&r->lock);
	g_mutex_clear(&r->compact_lock);
	g_free(r->directory);
	g_free(r);
}

struct engine *engine_rocksdb_open(const struct engine_rocksdb_settings *settings, uint64_t now,
				   GError **error)
{
	struct rocks *r;

	if (!settings->only_read && g_mkdir_with_parents(settings->directory, 0700) != 0) {
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
				     .mend = rocks_mend,
				     .checkpoint = rocks_checkpoint,
				     .free = rocks_free };
	g_rw_lock_init(&r->lock);
	g_mutex_init(&r->compact_lock);
	atomic_store(&r->now, now);
	r->only_read = settings->only_read;
	if (!r->only_read) {
		r->reserve = reserve_new(r->directory, RESERVE);
		r->tally = tally_open(r->directory);
	}
	r->read = rocksdb_readoptions_create();
	r->scan = rocksdb_readoptions_create();
	rocksdb_readoptions_set_fill_cache(r->scan, 0);
	rocksdb_readoptions_set_verify_checksums(r->read, 1);
	rocksdb_readoptions_set_verify_checksums(r->scan, 1);
	r->write = rocksdb_writeoptions_create();
	rocksdb_writeoptions_set_sync(r->write, settings->sync);
	r->batch = rocksdb_writebatch_create();
	r->cache = rocksdb_cache_create_lru(settings->cache);
	r->filter = rocksdb_compactionfilter_create(r, filter_gone, filter_expired, filter_name);
	r->options = rocks_options_new(r->cache, r->filter, error);
	if (!r->options || !(r->only_read ? open_for_reading(r, error) : open_somehow(r, error))) {
		rocks_free(&r->engine);
		return NULL;
	}
	if (r->reserve)
		(void)reserve_hold(r->reserve); /* the first write will tell */
	return &r->engine;
}
