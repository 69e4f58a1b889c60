/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of RocksDB, and ways around what is damaged. */
#include "rocks_options.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

/* Nothing goes out of the memtable while a log is replayed: it may be larger then. */
#define MEMTABLE_REPLAY (256 << 20)
#define CHECKSUM_CRC32C 1
/* Keys as numbers of so many octets, the largest. */
#define KEY RECORD_KEY_MAX

static void set_options(rocksdb_options_t *o, rocksdb_cache_t *cache,
			rocksdb_compactionfilter_t *filter)
{
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

	rocksdb_options_set_create_if_missing(o, 1);
	rocksdb_options_set_paranoid_checks(o, 1);
	/* 0: tolerate a torn tail, refuse any other damage rather than lose acknowledged stubs in
	 * silence. */
	rocksdb_options_set_wal_recovery_mode(o, 0);
	rocksdb_options_set_recycle_log_file_num(o, 0);
	rocksdb_options_set_max_total_wal_size(o, ROCKS_LOG_MAX);
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
	if (filter)
		rocksdb_options_set_compaction_filter(o, filter);
	rocksdb_block_based_options_set_block_cache(table, cache);
	/* The kind that tells of one flipped bit which (mend.h). */
	rocksdb_block_based_options_set_checksum(table, CHECKSUM_CRC32C);
	/* An init looks up an index that is not there: the filter answers without a read. Owned by
	 * `table`. */
	rocksdb_block_based_options_set_filter_policy(table,
						      rocksdb_filterpolicy_create_bloom_full(10));
	rocksdb_options_set_block_based_table_factory(o, table);
	rocksdb_block_based_options_destroy(table);
}

rocksdb_options_t *rocks_options_new(rocksdb_cache_t *cache, rocksdb_compactionfilter_t *filter,
				     GError **error)
{
	rocksdb_options_t *plain = rocksdb_options_create(), *whole = rocksdb_options_create();
	char *message = NULL;

	set_options(plain, cache, filter);
	/* What the C API has no call for. No writing but of what is asked for: to open and to close
	 * must go well on a full disk. */
	rocksdb_get_options_from_string(plain,
					"avoid_flush_during_recovery=true;"
					"avoid_flush_during_shutdown=true;"
					"max_bgerror_resume_count=0;"
					"allow_fallocate=false;",
					whole, &message);
	rocksdb_options_destroy(plain);
	if (!message)
		return whole;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "RocksDB: %s", message);
	rocksdb_free(message);
	rocksdb_options_destroy(whole);
	return NULL;
}

rocksdb_options_t *rocks_options_tolerant(const rocksdb_options_t *options)
{
	/* the C API takes no const, and changes nothing */
	rocksdb_options_t *o = rocksdb_options_create_copy((rocksdb_options_t *)(uintptr_t)options);

	rocksdb_options_set_create_if_missing(o, 0);
	rocksdb_options_set_paranoid_checks(o, 0);
	rocksdb_options_set_wal_recovery_mode(o, 3); /* pass over what is damaged */
	return o;
}

void rocks_remove_all(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *file = g_build_filename(path, name, NULL);

		if (g_unlink(file) != 0)
			rocks_remove_all(file);
		g_free(file);
	}
	if (dir)
		g_dir_close(dir);
	g_rmdir(path);
}

static void link_tables(const char *from, const char *to)
{
	GDir *dir = g_dir_open(from, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *old = g_build_filename(from, name, NULL),
		     *new = g_build_filename(to, name, NULL);

		if (g_str_has_suffix(name, ".sst") || g_str_has_suffix(name, ".log"))
			(void)!link(old, new); /* one less, if not */
		g_free(old);
		g_free(new);
	}
	if (dir)
		g_dir_close(dir);
}

rocksdb_t *rocks_open_left(const rocksdb_options_t *options, const char *directory,
			   const char *rescue, char **message)
{
	rocksdb_options_t *tolerant = rocks_options_tolerant(options);
	rocksdb_t *db = rocksdb_open_for_read_only(tolerant, directory, 0, message);

	if (*message) {
		g_clear_pointer(message, rocksdb_free);
		rocks_remove_all(rescue);
		g_mkdir_with_parents(rescue, 0700);
		link_tables(directory, rescue);
		rocksdb_repair_db(tolerant, rescue, message);
		if (!*message)
			db = rocksdb_open_for_read_only(tolerant, rescue, 0, message);
	}
	rocksdb_options_destroy(tolerant);
	return *message ? NULL : db;
}

/* ---- around what cannot be read ---- */

/* += 2^bit. false: it does not fit. */
static bool add_bit(uint8_t *key, unsigned bit)
{
	unsigned carry = 1u << bit % 8;

	for (unsigned i = KEY - bit / 8; carry && i-- > 0;) {
		carry += key[i];
		key[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return !carry;
}

/* Half of both together. false: there is nothing between them. */
static bool between(const uint8_t *low, const uint8_t *high, uint8_t *out)
{
	unsigned carry = 0;

	for (unsigned i = KEY; i-- > 0;) {
		carry += low[i] + (unsigned)high[i];
		out[i] = (uint8_t)carry;
		carry >>= 8;
	}
	for (unsigned i = 0; i < KEY; i++) {
		unsigned v = carry << 8 | out[i];

		out[i] = (uint8_t)(v >> 1);
		carry = v & 1;
	}
	return memcmp(out, low, KEY) != 0;
}

/* With an iterator of its own each time: one that has met damage remembers. NULL: it cannot be read. */
static rocksdb_iterator_t *seek(rocksdb_t *db, const rocksdb_readoptions_t *read,
				const uint8_t *key)
{
	rocksdb_iterator_t *it = rocksdb_create_iterator(db, read);
	char *message = NULL;

	rocksdb_iter_seek(it, (const char *)key, KEY);
	rocksdb_iter_get_error(it, &message);
	if (message)
		g_clear_pointer(&it, rocksdb_iter_destroy);
	rocksdb_free(message);
	return it;
}

rocksdb_iterator_t *rocks_skip(rocksdb_t *db, const rocksdb_readoptions_t *read,
			       const uint8_t *from, size_t n)
{
	uint8_t low[KEY] = { 0 }, high[KEY], middle[KEY];
	rocksdb_iterator_t *it = NULL, *nearer;

	memcpy(low, from, MIN(n, KEY));
	for (unsigned bit = 0; !it && bit < 8 * KEY; bit++) {
		memcpy(high, low, KEY);
		if (!add_bit(high, bit))
			break;
		it = seek(db, read, high);
		if (!it)
			memcpy(low, high, KEY);
	}
	while (it && between(low, high, middle)) {
		nearer = seek(db, read, middle);
		memcpy(nearer ? high : low, middle, KEY);
		if (nearer) {
			rocksdb_iter_destroy(it);
			it = nearer;
		}
	}
	if (it && !rocksdb_iter_valid(it))
		g_clear_pointer(&it, rocksdb_iter_destroy);
	return it;
}

bool rocks_copy(rocksdb_t *db, const char *directory, GError **error)
{
	char *message = NULL;
	rocksdb_checkpoint_t *c = db ? rocksdb_checkpoint_object_create(db, &message) : NULL;
	bool ok;

	if (c && !message)
		rocksdb_checkpoint_create(c, directory, UINT64_MAX, &message);
	ok = c && !message;
	if (!ok)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s",
			    message ? message : "the store is open for reading alone");
	if (c)
		rocksdb_checkpoint_object_destroy(c);
	rocksdb_free(message);
	return ok;
}
