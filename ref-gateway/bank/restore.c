/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies a checkpoint beside the store's place, tries it, and moves it in. Nothing is there until all of it is on the disk. */
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/rocks_options.h"
#include "store/rocks_repair.h"
#include "store_owner.h"
#include "tool/daemon_main.h"
#include "tool/log.h"

#define COPY_OCTETS (1u << 20)

static bool fail(GError **error, const char *path)
{
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path,
		    g_strerror(errno));
	return false;
}

/* All of it; false with errno. */
static bool copy_octets(int from, int to)
{
	g_autofree uint8_t *octets = g_malloc(COPY_OCTETS);
	ssize_t n, out;

	while ((n = read(from, octets, COPY_OCTETS)) > 0) {
		for (ssize_t at = 0; at < n; at += out) {
			out = write(to, octets + at, (size_t)(n - at));
			if (out < 0)
				return false;
		}
	}
	return n == 0 && fsync(to) == 0;
}

static bool copy_file(const char *from, const char *to, GError **error)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out;
	bool ok;

	if (in < 0)
		return fail(error, from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = out >= 0 && copy_octets(in, out);
	if (!ok)
		fail(error, to);
	if (out >= 0)
		close(out);
	close(in);
	return ok;
}

static bool sync_directory(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		fail(error, path);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool copy_all(const char *from, const char *to, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(from, 0, error);
	const char *name;
	bool ok = dir != NULL;

	while (ok && (name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(from, name, NULL),
				*copy = g_build_filename(to, name, NULL);
		GStatBuf st;

		/* what belongs to an open store, and not to what is in it */
		if (g_str_equal(name, "LOCK") || g_str_equal(name, "reserve") ||
		    g_str_equal(name, "tally") || g_lstat(file, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		ok = copy_file(file, copy, error);
	}
	return ok && sync_directory(to, error);
}

/* ---- where it goes ---- */

static bool is_empty(const char *directory)
{
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

	return dir && !g_dir_read_name(dir);
}

static bool may_restore(const char *store, const char *checkpoint, GError **error)
{
	g_autofree char *current = g_build_filename(checkpoint, "CURRENT", NULL);

	if (!g_file_test(current, G_FILE_TEST_IS_REGULAR)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
			    "%s: no checkpoint: it has no file CURRENT", checkpoint);
		return false;
	}
	if (rocks_in_use(checkpoint)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s: a store that a bank has open: take a checkpoint of it",
			    checkpoint);
		return false;
	}
	if (g_file_test(store, G_FILE_TEST_EXISTS) && !is_empty(store)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
			    "store %s: is there already, and is not touched: stop the bank, and "
			    "move it away first",
			    store);
		return false;
	}
	return true;
}

static bool tried(const char *copy, const char *checkpoint, uint64_t *records, GError **error)
{
	g_autofree char *why = NULL;

	if (rocks_whole(copy, records, &why))
		return true;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO,
		    "%s: damaged, and nothing is restored: %s. To restore what can be read of it, "
		    "put a copy of it in the store's place, and ikesync-bank fsck --repair",
		    checkpoint, why);
	return false;
}

static bool put(const char *copy, const char *store, const char *around, const struct stat *owner,
		GError **error)
{
	if ((geteuid() == 0 && !rocks_give(copy, owner)) || g_rename(copy, store) != 0)
		return fail(error, store);
	return sync_directory(around, error);
}

int restore(const struct bank_settings *settings, const char *checkpoint)
{
	const char *store = settings->rocksdb.directory;
	g_autofree char *whole = g_canonicalize_filename(store, NULL),
			*around = g_path_get_dirname(whole),
			*copy = g_strconcat(whole, ".restoring", NULL);
	g_autoptr(GError) error = NULL;
	struct stat owner;
	uint64_t records;
	bool ok = may_restore(store, checkpoint, &error) && store_owner(settings, &owner, &error);

	if (ok) {
		rocks_remove_all(copy); /* of one that did not end */
		ok = g_mkdir(copy, 0700) == 0 || fail(&error, copy);
		ok = ok && copy_all(checkpoint, copy, &error) &&
		     tried(copy, checkpoint, &records, &error) &&
		     put(copy, whole, around, &owner, &error);
		if (!ok)
			rocks_remove_all(copy);
	}
	if (!ok) {
		log_error("%s", error->message);
		return DAEMON_EXIT_FAILURE;
	}
	printf("%s: restored: %" G_GUINT64_FORMAT
	       " records of %s. What has ended since the checkpoint was made is back, until it "
	       "expires\n",
	       store, records, checkpoint);
	return DAEMON_EXIT_OK;
}
