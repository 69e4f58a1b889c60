/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies what is left of a store around what cannot be read. */
#include "rocks_repair.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mend.h"
#include "record.h"
#include "rocks_options.h"

#define CACHE (8 << 20)
/* Records in one batch of the copy. */
#define BATCH 1000

bool rocks_in_use(const char *directory)
{
	char *path = g_build_filename(directory, "LOCK", NULL);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool used = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	g_free(path);
	return used;
}

int rocks_lock(const char *directory, GError **error)
{
	g_autofree char *path = g_build_filename(directory, "LOCK", NULL);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "store %s: %s", directory,
		    errno == EAGAIN || errno == EACCES ? "a bank has it open: stop that first"
						       : g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Options, and what they borrow. */
struct tools {
	rocksdb_cache_t *cache;
	rocksdb_options_t *options;
	rocksdb_readoptions_t *read;
	rocksdb_writeoptions_t *write;
};

static bool tools_init(struct tools *t, GError **error)
{
	t->cache = rocksdb_cache_create_lru(CACHE);
	t->options = rocks_options_new(t->cache, NULL, error);
	t->read = rocksdb_readoptions_create();
	rocksdb_readoptions_set_fill_cache(t->read, 0);
	rocksdb_readoptions_set_verify_checksums(t->read, 1);
	t->write = rocksdb_writeoptions_create();
	return t->options != NULL;
}

static void tools_clear(struct tools *t)
{
	if (t->options)
		rocksdb_options_destroy(t->options);
	rocksdb_readoptions_destroy(t->read);
	rocksdb_writeoptions_destroy(t->write);
	rocksdb_cache_destroy(t->cache);
}

bool rocks_whole(const char *directory, uint64_t *records, char **why)
{
	struct tools t;
	GError *error = NULL;
	rocksdb_iterator_t *it;
	rocksdb_t *db = NULL;
	char *message = NULL;

	*records = 0;
	if (!tools_init(&t, &error)) {
		message = g_strdup(error->message);
		g_error_free(error);
	} else {
		db = rocksdb_open_for_read_only(t.options, directory, 0, &message);
	}
	if (!message) {
		it = rocksdb_create_iterator(db, t.read);
		for (rocksdb_iter_seek_to_first(it); rocksdb_iter_valid(it); rocksdb_iter_next(it))
			++*records;
		rocksdb_iter_get_error(it, &message);
		rocksdb_iter_destroy(it);
		rocksdb_close(db);
	}
	*why = g_strdup(message);
	rocksdb_free(message);
	tools_clear(&t);
	return !*why;
}

/* ---- the copy ---- */

struct copy {
	struct tools *tools;
	rocksdb_t *from, *to;
	rocksdb_writebatch_t *batch;
	uint64_t records;
	char *message; /* why it cannot be written */
};

static void write_batch(struct copy *c)
{
	if (!c->message)
		rocksdb_write(c->to, c->tools->write, c->batch, &c->message);
	rocksdb_writebatch_clear(c->batch);
}

static void put(struct copy *c, const char *key, size_t key_n, const char *value, size_t value_n)
{
	rocksdb_writebatch_put(c->batch, key, key_n, value, value_n);
	c->records++;
	if (rocksdb_writebatch_count(c->batch) >= BATCH)
		write_batch(c);
}

/* In the order of keys, around what cannot be read. */
static void copy_in_order(struct copy *c)
{
	rocksdb_iterator_t *it = rocksdb_create_iterator(c->from, c->tools->read);
	struct record_key last = { 0 };

	rocksdb_iter_seek_to_first(it);
	while (it) {
		char *failed = NULL;

		for (; rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
			size_t key_n, value_n;
			const char *key = rocksdb_iter_key(it, &key_n),
				   *value = rocksdb_iter_value(it, &value_n);

			if (key_n > RECORD_KEY_MAX)
				continue;
			put(c, key, key_n, value, value_n);
			memcpy(last.octets, key, key_n);
			last.n = key_n;
		}
		rocksdb_iter_get_error(it, &failed);
		rocksdb_iter_destroy(it);
		it = failed ? rocks_skip(c->from, c->tools->read, last.octets, last.n) : NULL;
		rocksdb_free(failed);
	}
	write_batch(c);
}

/*
 * A record whose neighbours in another table cannot be read was passed over with them. One by one they can be
 * got, if it is not they who are damaged.
 */
static void copy_one(struct span key, void *user)
{
	struct copy *c = user;
	char *failed = NULL, *value;
	size_t n;

	value = rocksdb_get(c->to, c->tools->read, (const char *)key.p, key.n, &n, &failed);
	if (!value && !failed && key.n <= RECORD_KEY_MAX) {
		value =
		    rocksdb_get(c->from, c->tools->read, (const char *)key.p, key.n, &n, &failed);
		if (value && !failed) {
			put(c, (const char *)key.p, key.n, value, n);
			write_batch(c); /* it may come again */
		}
	}
	rocksdb_free(value);
	rocksdb_free(failed);
}

static bool copy_all(struct tools *t, const char *directory, const char *fresh, uint64_t *records,
		     GError **error)
{
	char *rescue = g_strconcat(directory, ".rescue", NULL);
	struct copy c = { .tools = t };
	rocksdb_flushoptions_t *flush = rocksdb_flushoptions_create();

	c.from = rocks_open_left(t->options, directory, rescue, &c.message);
	if (!c.message)
		c.to = rocksdb_open(t->options, fresh, &c.message);
	if (!c.message) {
		c.batch = rocksdb_writebatch_create();
		copy_in_order(&c);
		mend_keys(directory, copy_one, &c);
		rocksdb_writebatch_destroy(c.batch);
	}
	if (!c.message)
		rocksdb_flush(c.to, flush, &c.message);
	rocksdb_flushoptions_destroy(flush);
	g_clear_pointer(&c.from, rocksdb_close);
	g_clear_pointer(&c.to, rocksdb_close);
	rocks_remove_all(rescue);
	g_free(rescue);
	*records = c.records;
	if (!c.message)
		return true;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s", c.message);
	rocksdb_free(c.message);
	return false;
}

bool rocks_give(const char *directory, const struct stat *owner)
{
	GDir *dir = g_dir_open(directory, 0, NULL);
	const char *name;
	bool ok = chown(directory, owner->st_uid, owner->st_gid) == 0 &&
		  chmod(directory, owner->st_mode & 07777) == 0;

	while (dir && (name = g_dir_read_name(dir))) {
		char *path = g_build_filename(directory, name, NULL);

		ok = chown(path, owner->st_uid, owner->st_gid) == 0 && ok;
		g_free(path);
	}
	if (dir)
		g_dir_close(dir);
	return ok;
}

/* To whom the old one belongs. */
static bool give_to_owner(const char *directory, const char *fresh)
{
	struct stat st;

	return stat(directory, &st) == 0 && rocks_give(fresh, &st);
}

static char *free_name(const char *directory)
{
	for (unsigned i = 1;; i++) {
		char *name = g_strdup_printf("%s.damaged-%u", directory, i);

		if (g_access(name, F_OK) != 0)
			return name;
		g_free(name);
	}
}

static bool replace(const char *directory, const char *fresh, char **aside, GError **error)
{
	*aside = free_name(directory);
	if (give_to_owner(directory, fresh) && g_rename(directory, *aside) == 0) {
		if (g_rename(fresh, directory) == 0)
			return true;
		g_set_error(
		    error, G_FILE_ERROR, g_file_error_from_errno(errno),
		    "the repaired store is in %s and the old one in %s, but neither could be "
		    "moved to its place: %s",
		    fresh, *aside, g_strerror(errno));
	} else {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
			    "%s cannot be replaced: %s", directory, g_strerror(errno));
	}
	g_clear_pointer(aside, g_free);
	return false;
}

bool rocks_repair(const char *directory, uint64_t *records, char **aside, GError **error)
{
	char *fresh = g_strconcat(directory, ".new", NULL);
	struct tools t;
	bool ok = tools_init(&t, error);

	rocks_remove_all(fresh); /* of a repair that did not end */
	if (ok) {
		ok = copy_all(&t, directory, fresh, records, error);
		ok = ok && replace(directory, fresh, aside, error);
	}
	tools_clear(&t);
	g_free(fresh);
	return ok;
}
