/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded engine: RocksDB through its C API. One writer thread gives one synced WriteBatch per
 * group of operations, so the compare of a compare-and-swap needs no lock; gets read beside it and,
 * since RocksDB syncs its log before it fills the memtable, see nothing that a power cut could take
 * back.
 */
#include <errno.h>
#include <fcntl.h>
#include <rocksdb/c.h>
#include <unistd.h>

#include "atrest.h"
#include "census.h"
#include "keys/secret.h"
#include "rules.h"
#include "tool/log.h"

/* A get may say `expired` instead of `not-found` for this long, in seconds. */
#define EXPIRED_GRACE 60
/* Records looked at in one call of a scan: many may be tombstones, and a get must not wait for
 * them. */
#define SCAN_TURN 4096
/*
 * After a failed write the next try is not before this, and "there is room" means so many octets.
 */
#define AGAIN_US G_USEC_PER_SEC
#define ROOM (1 << 20)

struct rocks {
	struct store store;
	char *directory;
	rocksdb_t *db;
	rocksdb_options_t *options;
	rocksdb_readoptions_t *read;
	rocksdb_writeoptions_t *write;
	rocksdb_cache_t *cache;
	rocksdb_compactionfilter_t *filter;
	struct census census;
	uint64_t max_stubs;
	bool has_rest_key;
	uint8_t rest_key[ATREST_KEY_SIZE];
	GByteArray *scratch; /* of the writer thread */
	bool broken;         /* of the writer thread, as the next three: the last write failed */
	gint64 again_at;
	void (*hopeless)(void);
	GArray *counted; /* of the writer thread: struct counted, of the batch under way */
	GThread *compacting;
	_Atomic bool compaction_done;
	_Atomic uint64_t now; /* for the compaction filter, which runs in RocksDB's threads */
};

/* What a batch did to the census: to be undone when it cannot be written. */
struct counted {
	uint64_t expiry;
	bool added;
};

static struct rocks *rocks_of(struct store *s)
{
	return (struct rocks *)(void *)s; /* its first member */
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

static void parse_view(struct rocks *r, const struct record_key *key, struct span value,
		       struct rules_view *view)
{
	struct fault fault = { 0 };

	view->known = true;
	view->damaged = record_parse(value, &view->record, &fault) != ERR_OK;
	if (view->damaged) {
		char text[INDEX_TEXT_MAX] = "?";
		struct index ix;

		if (record_key_parse(span_of(key->octets, key->n), &ix) == ERR_OK)
			index_text(&ix, text);
		log_error("store %s: record of %s is damaged: %s: %s", r->directory, text,
			  fault.field, err_text(fault.err));
	}
}

/*
 * The container of a live record as it is to be returned: decrypted, with the remaining lifetime in
 * it. NULL (and a log line) when what is stored is not sound.
 */
static GBytes *container_out(struct rocks *r, const struct record_key *key,
			     const struct record *rec, const struct index *ix, uint64_t now)
{
	struct stub_container container;
	struct chain_payload payload = { .type = STUB_PAYLOAD_STUB };
	struct fault fault = { 0 };
	struct wcursor w;
	size_t n = rec->container.n;
	uint8_t *octets = g_malloc(n ? n : 1);
	enum err err = ERR_OK;

	if (!rec->encrypted)
		memcpy(octets, rec->container.p ? rec->container.p : (const uint8_t *)"", n);
	else if (!r->has_rest_key)
		err = ERR_KEY;
	else
		err = atrest_decrypt(r->rest_key, span_of(key->octets, key->n), rec->container,
				     octets, &n);
	payload.body = span_of(octets, n);
	if (err == ERR_OK)
		err = stub_container_parse(&payload, &container, &fault);
	if (err == ERR_OK && !index_equal(&container.index, ix))
		err = ERR_VALUE;
	if (err != ERR_OK) {
		char text[INDEX_TEXT_MAX];

		log_error("store %s: stub of %s cannot be returned: %s", r->directory,
			  index_text(ix, text), err_text(err));
		secret_wipe(octets, rec->container.n);
		g_free(octets);
		return NULL;
	}
	w = wcursor_init(octets, n);
	(void)wcursor_reserve(&w, n);
	wcursor_patch(&w, container.lifetime_offset, 4, MIN(rec->expiry - now, STUB_LIFETIME_MAX));
	return g_bytes_new_take(octets, n);
}

static void finish_get(struct rocks *r, struct store_op *op, const struct record_key *key,
		       const struct rules_view *view, uint64_t now)
{
	if (!rules_get(op, view, now))
		return;
	op->found = container_out(r, key, &view->record, &op->index, now);
	if (!op->found) {
		op->status = STUB_NOT_FOUND;
		op->why = "the stored stub is damaged";
	}
}

static void rocks_get_batch(struct store *s, struct store_op *const *ops, size_t n, uint64_t now)
{
	struct rocks *r = rocks_of(s);

	for (size_t i = 0; i < n; i++) {
		struct record_key key = record_key(&ops[i]->index);
		struct rules_view view = { 0 };
		char *message = NULL;
		rocksdb_pinnableslice_t *slice =
		    rocksdb_get_pinned(r->db, r->read, (const char *)key.octets, key.n, &message);

		if (!went_well(r, "get", message)) {
			ops[i]->status = STUB_BUSY;
			ops[i]->why = "the storage failed";
			continue;
		}
		if (slice) {
			size_t size;
			const char *value = rocksdb_pinnableslice_value(slice, &size);

			parse_view(r, &key, span_of(value, size), &view);
		}
		finish_get(r, ops[i], &key, &view, now);
		if (slice)
			rocksdb_pinnableslice_destroy(slice);
	}
}

/* A record as the batch under way left it. *value is to be freed with rocksdb_free(). */
static bool read_through(struct rocks *r, rocksdb_writebatch_wi_t *batch, const struct index *ix,
			 struct rules_view *view, char **value)
{
	struct record_key key = record_key(ix);
	char *message = NULL;
	size_t size = 0;

	*view = (struct rules_view){ 0 };
	*value = rocksdb_writebatch_wi_get_from_batch_and_db(
	    batch, r->db, r->read, (const char *)key.octets, key.n, &size, &message);
	if (!went_well(r, "read", message))
		return false;
	if (*value)
		parse_view(r, &key, span_of(*value, size), view);
	return true;
}

static bool write_record(struct rocks *r, rocksdb_writebatch_wi_t *batch, const struct index *ix,
			 const struct record *record, bool encrypt)
{
	struct record_key key = record_key(ix);
	struct record out = *record;
	uint8_t *sealed = NULL;
	struct wcursor c;
	enum err err = ERR_OK;

	if (encrypt && out.state == RECORD_LIVE) {
		if (!r->has_rest_key)
			return false;
		sealed = g_malloc(out.container.n + ATREST_OVERHEAD);
		err =
		    atrest_encrypt(r->rest_key, span_of(key.octets, key.n), out.container, sealed);
		out.container = span_of(sealed, out.container.n + ATREST_OVERHEAD);
		out.encrypted = true;
	}
	g_byte_array_set_size(r->scratch, (guint)(RECORD_OVERHEAD + out.pool.n + out.container.n));
	c = wcursor_init(r->scratch->data, r->scratch->len);
	record_write(&c, &out);
	if (err == ERR_OK)
		err = c.err;
	if (err == ERR_OK)
		rocksdb_writebatch_wi_put(batch, (const char *)key.octets, key.n,
					  (const char *)c.base, wcursor_size(&c));
	g_free(sealed);
	return err == ERR_OK;
}

static void count_one(struct rocks *r, uint64_t expiry, bool add)
{
	struct counted c = { expiry, add };

	if (add)
		census_add(&r->census, expiry);
	else
		census_remove(&r->census, expiry);
	g_array_append_val(r->counted, c);
}

/* Live counts before and after: census entries follow what is written. */
static void count(struct rocks *r, const struct rules_view *before, bool erase,
		  const struct record *after)
{
	if (before->known && !before->damaged && before->record.state == RECORD_LIVE)
		count_one(r, before->record.expiry, false);
	if (!erase && after->state == RECORD_LIVE)
		count_one(r, after->expiry, true);
}

static void uncount(struct rocks *r)
{
	for (guint i = r->counted->len; i-- > 0;) {
		const struct counted *c = &g_array_index(r->counted, struct counted, i);

		if (c->added)
			census_remove(&r->census, c->expiry);
		else
			census_add(&r->census, c->expiry);
	}
}

static bool apply_one(struct rocks *r, rocksdb_writebatch_wi_t *batch, struct store_op *op,
		      uint64_t now)
{
	struct rules_view view = { 0 }, target = { 0 };
	struct rules_change changes = { 0 };
	struct record_key key = record_key(&op->index);
	char *value = NULL, *target_value = NULL;
	bool full, ok;

	if (op->kind == STORE_BARRIER) {
		op->status = STUB_OK;
		return true;
	}
	full = r->max_stubs && atomic_load(&r->census.total) >= r->max_stubs;
	ok = read_through(r, batch, &op->index, &view, &value) &&
	     (op->kind != STORE_UPDATE ||
	      read_through(r, batch, &op->new_index, &target, &target_value));
	if (!ok) { /* one that cannot be read is not its neighbours' affair */
		op->status = STUB_BUSY;
		op->why = "the storage failed";
		rocksdb_free(value);
		return true;
	}
	if (op->kind == STORE_GET)
		finish_get(r, op, &key, &view, now);
	else
		rules_apply(op, &view, &target, full, now, &changes);
	for (unsigned i = 0; ok && i < changes.n; i++) {
		const struct index *ix = &changes.at[i].index;
		struct record_key k = record_key(ix);
		const struct rules_view *before = index_equal(ix, &op->index) ? &view : &target;

		if (changes.at[i].erase)
			rocksdb_writebatch_wi_delete(batch, (const char *)k.octets, k.n);
		else
			ok = write_record(r, batch, ix, &changes.at[i].record, op->clear);
		if (ok)
			count(r, before, changes.at[i].erase, &changes.at[i].record);
	}
	rocksdb_free(value);
	rocksdb_free(target_value);
	return ok;
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
static void write_failed(struct rocks *r)
{
	if (r->broken && r->hopeless && has_room(r))
		r->hopeless();
	r->broken = true;
	r->again_at = g_get_monotonic_time() + AGAIN_US;
}

static bool rocks_write_batch(struct store *s, struct store_op *const *ops, size_t n, uint64_t now)
{
	struct rocks *r = rocks_of(s);
	rocksdb_writebatch_wi_t *batch;
	bool ok = true;

	if (r->broken && g_get_monotonic_time() < r->again_at)
		return false;
	batch = rocksdb_writebatch_wi_create(0, 1);
	atomic_store(&r->now, now);
	census_advance(&r->census, now);
	for (size_t i = 0; ok && i < n; i++)
		ok = apply_one(r, batch, ops[i], now);
	if (ok && rocksdb_writebatch_wi_count(batch) > 0) {
		char *message = NULL;

		rocksdb_write_writebatch_wi(r->db, r->write, batch, &message);
		ok = went_well(r, "write", message);
		if (ok)
			r->broken = false;
		else
			write_failed(r);
	}
	if (!ok)
		uncount(r);
	g_array_set_size(r->counted, 0);
	rocksdb_writebatch_wi_destroy(batch);
	return ok;
}

/* The container of one record of a scan, or NULL when it is none that this pool may read now. */
static GBytes *scan_one(struct rocks *r, struct span key, struct span value, const struct index *ix,
			const char *pool, bool owner, uint64_t now)
{
	struct rules_view view = { 0 };
	struct record_key k = { .n = key.n };

	memcpy(k.octets, key.p, key.n); /* record_key_parse() has seen its length */
	parse_view(r, &k, value, &view);
	if (view.damaged || view.record.state != RECORD_LIVE || view.record.expiry <= now ||
	    !rules_may_read(&view.record, pool, owner))
		return NULL;
	return container_out(r, &k, &view.record, ix, now);
}

static bool rocks_scan_gateway(struct store *s, const struct address *gateway, uint64_t *after,
			       const char *pool, bool owner, uint64_t now, store_scan_fn *each,
			       void *user)
{
	struct rocks *r = rocks_of(s);
	struct record_key prefix = record_key_prefix(gateway);
	struct index from = { .spi = *after, .address = *gateway };
	struct record_key start = record_key(&from);
	rocksdb_readoptions_t *options = rocksdb_readoptions_create();
	rocksdb_iterator_t *it;
	unsigned seen = 0;
	bool whole = true;

	rocksdb_readoptions_set_fill_cache(options,
					   0); /* a takeover must not empty the cache of gets */
	it = rocksdb_create_iterator(r->db, options);
	for (rocksdb_iter_seek(it, (const char *)start.octets, start.n);
	     whole && rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
		size_t key_n, value_n;
		const char *key = rocksdb_iter_key(it, &key_n);
		const char *value = rocksdb_iter_value(it, &value_n);
		struct index ix;
		GBytes *container;

		if (key_n < prefix.n || memcmp(key, prefix.octets, prefix.n) != 0)
			break;
		if (record_key_parse(span_of(key, key_n), &ix) != ERR_OK || ix.spi <= *after)
			continue;
		container = scan_one(r, span_of(key, key_n), span_of(value, value_n), &ix, pool,
				     owner, now);
		if (container) {
			gsize n;
			const void *octets = g_bytes_get_data(container, &n);

			whole = each(&ix, span_of(octets, n), user);
			g_bytes_unref(container);
		}
		if (whole)
			*after = ix.spi;
		whole = whole && ++seen < SCAN_TURN;
	}
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_destroy(options);
	return whole;
}

static uint64_t rocks_count(struct store *s)
{
	return atomic_load(&rocks_of(s)->census.total);
}

static unsigned char filter_expired(void *state, int level, const char *key, size_t key_length,
				    const char *value, size_t value_length, char **new_value,
				    size_t *new_value_length, unsigned char *value_changed)
{
	struct rocks *r = state;
	struct record record;
	uint64_t now;

	(void)level;
	(void)key;
	(void)key_length;
	(void)new_value;
	(void)new_value_length;
	*value_changed = 0;
	/* Damaged records stay: they are evidence, and count as tombstones (rules.c). */
	if (record_parse(span_of(value, value_length), &record, NULL) != ERR_OK)
		return 0;
	now = atomic_load(&r->now);
	return now >= EXPIRED_GRACE && record.expiry <= now - EXPIRED_GRACE;
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
static void rocks_expire(struct store *s, uint64_t now)
{
	struct rocks *r = rocks_of(s);

	atomic_store(&r->now, now);
	if (r->compacting) {
		if (!atomic_load(&r->compaction_done))
			return;
		g_thread_join(r->compacting);
	}
	atomic_store(&r->compaction_done, false);
	r->compacting = g_thread_new("compaction", compact, r);
}

static void rocks_free(struct store *s)
{
	struct rocks *r = rocks_of(s);

	if (r->compacting) {
		rocksdb_disable_manual_compaction(r->db);
		g_thread_join(r->compacting);
	}
	if (r->db)
		rocksdb_close(r->db);
	rocksdb_readoptions_destroy(r->read);
	rocksdb_writeoptions_destroy(r->write);
	rocksdb_options_destroy(r->options); /* and the filter's wrapper stays ours */
	rocksdb_compactionfilter_destroy(r->filter);
	rocksdb_cache_destroy(r->cache);
	secret_wipe(r->rest_key, sizeof(r->rest_key));
	g_byte_array_unref(r->scratch);
	g_array_unref(r->counted);
	g_free(r->directory);
	g_free(r);
}

static void set_options(struct rocks *r, const struct store_settings *settings)
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

/* One pass over everything: counts the living, and shows early whether the store can be read at
 * all. */
static bool take_census(struct rocks *r, uint64_t now, GError **error)
{
	rocksdb_readoptions_t *options = rocksdb_readoptions_create();
	rocksdb_iterator_t *it;
	char *message = NULL;

	census_init(&r->census, now);
	rocksdb_readoptions_set_fill_cache(options, 0);
	it = rocksdb_create_iterator(r->db, options);
	for (rocksdb_iter_seek_to_first(it); rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
		size_t n;
		const char *value = rocksdb_iter_value(it, &n);
		struct record record;

		if (record_parse(span_of(value, n), &record, NULL) == ERR_OK &&
		    record.state == RECORD_LIVE)
			census_add(&r->census, record.expiry);
	}
	rocksdb_iter_get_error(it, &message);
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_destroy(options);
	if (message)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "store %s: %s", r->directory,
			    message);
	rocksdb_free(message);
	return !message;
}

struct store *store_rocksdb_open(const struct store_settings *settings, uint64_t now,
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
	r->store = (struct store){ rocks_write_batch, rocks_get_batch, rocks_scan_gateway,
				   rocks_expire,      rocks_count,     rocks_free };
	r->directory = g_strdup(settings->directory);
	r->max_stubs = settings->max_stubs;
	r->hopeless = settings->hopeless;
	r->has_rest_key = settings->rest_key;
	if (settings->rest_key)
		memcpy(r->rest_key, settings->rest_key, sizeof(r->rest_key));
	r->scratch = g_byte_array_new();
	r->counted = g_array_new(FALSE, FALSE, sizeof(struct counted));
	atomic_store(&r->now, now);
	r->options = rocksdb_options_create();
	r->read = rocksdb_readoptions_create();
	r->write = rocksdb_writeoptions_create();
	r->cache = rocksdb_cache_create_lru(settings->cache);
	r->filter = rocksdb_compactionfilter_create(r, filter_gone, filter_expired, filter_name);
	set_options(r, settings);
	r->db = rocksdb_open(r->options, settings->directory, &message);
	if (!r->db || message) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "store %s: %s",
			    settings->directory, message ? message : "cannot be opened");
		rocksdb_free(message);
		rocks_free(&r->store);
		return NULL;
	}
	if (!take_census(r, now, error)) {
		rocks_free(&r->store);
		return NULL;
	}
	return &r->store;
}
