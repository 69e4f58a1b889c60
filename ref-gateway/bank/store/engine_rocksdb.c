/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded engine: RocksDB through its C API. One thread commits, with one synced WriteBatch a
 * commit, so the compare of a compare-and-swap needs no lock; others read beside it and, since RocksDB
 * syncs its log before it fills the memtable, see nothing that a power cut could take back.
 */
#include "engine_rocksdb.h"

#include <errno.h>
#include <fcntl.h>
#include <rocksdb/c.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tool/log.h"

/*
 * After a failed write the next try is not before this, and "there is room" means so many octets.
 */
#define AGAIN_US G_USEC_PER_SEC
#define ROOM (1 << 20)

struct rocks {
	struct engine engine;
	char *directory;
	rocksdb_t *db;
	rocksdb_options_t *options;
	rocksdb_readoptions_t *read;
	rocksdb_readoptions_t *scan; /* a takeover must not empty the cache of gets */
	rocksdb_writeoptions_t *write;
	rocksdb_cache_t *cache;
	rocksdb_compactionfilter_t *filter;
	rocksdb_writebatch_t *batch; /* of the thread that commits, as the next four */
	bool broken;                 /* the last write failed */
	enum engine_result trouble;  /* so */
	gint64 again_at;
	void (*hopeless)(void);
	GThread *compacting;
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
	for (size_t i = 0; i < n; i++)
		read_one(r, &reads[i], &slices[i]);
	done(user);
	for (size_t i = 0; i < n; i++) {
		if (slices[i])
			rocksdb_pinnableslice_destroy(slices[i]);
	}
	if (slices != few)
		g_free(slices);
}

static bool has_room(const struct rocks *r)
{
	char *path = g_strdup_printf("%s/room", r->directory);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool room = fd >= 0 && posix_fallocate(fd, 0, ROOM) == 0;

	if (fd >= 0)
		close(fd);
	unlink(path);
	g_free(path);
	return room;
}

/*
 * RocksDB refuses every write after one has failed. From some causes it gets well by itself; where
 * the disk has room again and it has not, only a new process helps: its C API cannot resume, and to
 * close it in this state fails an assertion.
 */
static enum engine_result write_failed(struct rocks *r)
{
	bool room = has_room(r);

	if (r->broken && r->hopeless && room)
		r->hopeless();
	r->broken = true;
	r->trouble = room ? ENGINE_READ_ONLY : ENGINE_FULL;
	r->again_at = g_get_monotonic_time() + AGAIN_US;
	return r->trouble;
}

static enum engine_result write_batch(struct rocks *r, const struct engine_transaction *t, size_t n)
{
	char *message = NULL;

	if (r->broken && g_get_monotonic_time() < r->again_at)
		return r->trouble;
	rocksdb_writebatch_clear(r->batch);
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < t[i].n; k++) {
			const struct engine_change *c = &t[i].at[k];

			if (c->erase)
				rocksdb_writebatch_delete(r->batch, (const char *)c->key.octets,
							  c->key.n);
			else
				rocksdb_writebatch_put(r->batch, (const char *)c->key.octets,
						       c->key.n, (const char *)c->value.p,
						       c->value.n);
		}
	}
	rocksdb_write(r->db, r->write, r->batch, &message);
	if (!went_well(r, "write", message))
		return write_failed(r);
	r->broken = false;
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
	rocksdb_iterator_t *it = rocksdb_create_iterator(r->db, r->scan);
	unsigned seen = 0;
	char *message = NULL;

	scan->end = true;
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
	if (r->compacting) {
		if (!atomic_load(&r->compaction_done))
			return;
		g_thread_join(r->compacting);
	}
	atomic_store(&r->compaction_done, false);
	r->compacting = g_thread_new("compaction", compact, r);
}

static void rocks_free(struct engine *e)
{
	struct rocks *r = rocks_of(e);

	if (r->compacting) {
		rocksdb_disable_manual_compaction(r->db);
		g_thread_join(r->compacting);
	}
	if (r->db)
		rocksdb_close(r->db);
	rocksdb_readoptions_destroy(r->read);
	rocksdb_readoptions_destroy(r->scan);
	rocksdb_writebatch_destroy(r->batch);
	rocksdb_writeoptions_destroy(r->write);
	rocksdb_options_destroy(r->options); /* and the filter's wrapper stays ours */
	rocksdb_compactionfilter_destroy(r->filter);
	rocksdb_cache_destroy(r->cache);
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
	rocksdb_options_set_max_total_wal_size(o, 64 << 20);
	rocksdb_options_set_write_buffer_size(o, 32 << 20);
	rocksdb_options_set_max_write_buffer_number(o, 3);
	rocksdb_options_set_max_background_jobs(o, 2);
	rocksdb_options_set_max_open_files(o, 256);
	rocksdb_options_set_compression(o, rocksdb_no_compression); /* ciphertext does not shrink */
	rocksdb_options_set_info_log_level(o, 2);                   /* warnings */
	rocksdb_options_set_keep_log_file_num(o, 3);
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

struct engine *engine_rocksdb_open(const struct engine_rocksdb_settings *settings, uint64_t now,
				   GError **error)
{
	struct rocks *r;
	char *message = NULL;

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
	r->hopeless = settings->hopeless;
	atomic_store(&r->now, now);
	r->options = rocksdb_options_create();
	r->read = rocksdb_readoptions_create();
	r->scan = rocksdb_readoptions_create();
	rocksdb_readoptions_set_fill_cache(r->scan, 0);
	r->write = rocksdb_writeoptions_create();
	r->batch = rocksdb_writebatch_create();
	r->cache = rocksdb_cache_create_lru(settings->cache);
	r->filter = rocksdb_compactionfilter_create(r, filter_gone, filter_expired, filter_name);
	set_options(r, settings);
	r->db = rocksdb_open(r->options, settings->directory, &message);
	if (!r->db || message) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "store %s: %s",
			    settings->directory, message ? message : "cannot be opened");
		rocksdb_free(message);
		rocks_free(&r->engine);
		return NULL;
	}
	return &r->engine;
}
