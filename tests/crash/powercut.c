/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes of the log of writes and syncs the files that a power cut would leave. */
#include "powercut.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dropsync.h"

static void must(bool ok, const char *what, const char *path)
{
	if (!ok)
		g_error("power cut: %s %s: %s", what, path, g_strerror(errno));
}

/* Names that came after the directory's last sync, newest first. */
static void take_back_names(const char *directory, const char *undo, const struct dropsync_entry *e,
			    size_t n, struct powercut *result)
{
	while (n-- > 0 && e[n].kind != DROPSYNC_NAMES) {
		char *name = g_build_filename(directory, e[n].name, NULL);
		char *other = g_build_filename(directory, e[n].other, NULL);
		char *kept = g_strdup_printf("%s/%u", undo, (unsigned)e[n].size);

		if (e[n].kind == DROPSYNC_CREATED && g_unlink(name) == 0)
			result->names++;
		if (e[n].kind == DROPSYNC_RENAMED && g_access(name, F_OK) == 0) {
			must(g_rename(name, other) == 0, "rename", name);
			if (e[n].size)
				must(g_rename(kept, name) == 0, "restore", name);
			result->names++;
		}
		g_free(name);
		g_free(other);
		g_free(kept);
	}
}

/*
 * Inode -> octets that are on the disk, as the journal's order left them (inodes are used again).
 */
static GHashTable *durable_sizes(const struct dropsync_entry *e, size_t n)
{
	GHashTable *sizes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);

	for (size_t i = 0; i < n; i++) {
		if (e[i].kind == DROPSYNC_CREATED || e[i].kind == DROPSYNC_SYNCED)
			g_hash_table_insert(sizes, g_memdup2(&e[i].inode, 8),
					    g_memdup2(&e[i].size, 8));
	}
	return sizes;
}

static void cut_files(const char *directory, GHashTable *sizes, struct powercut *result)
{
	GDir *dir = g_dir_open(directory, 0, NULL);
	const char *name;

	must(dir != NULL, "open", directory);
	while ((name = g_dir_read_name(dir))) {
		char *path = g_build_filename(directory, name, NULL);
		struct stat st;
		uint64_t inode, *size;

		must(stat(path, &st) == 0, "stat", path);
		inode = st.st_ino;
		size = g_hash_table_lookup(sizes, &inode);
		if (size && S_ISREG(st.st_mode) && (uint64_t)st.st_size > *size) {
			result->files++;
			result->octets += (uint64_t)st.st_size - *size;
			must(truncate(path, (off_t)*size) == 0, "truncate", path);
		}
		g_free(path);
	}
	g_dir_close(dir);
}

static void empty_directory(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *file = g_build_filename(path, name, NULL);

		g_unlink(file);
		g_free(file);
	}
	if (dir)
		g_dir_close(dir);
}

void powercut_forget(const char *journal, const char *undo)
{
	g_unlink(journal);
	empty_directory(undo);
}

struct powercut powercut(const char *directory, const char *journal, const char *undo)
{
	struct powercut result = { 0 };
	struct dropsync_entry *entries;
	char *text, *lost;
	gsize size;
	GHashTable *sizes;
	size_t n;

	must(g_file_get_contents(journal, &text, &size, NULL), "read", journal);
	must(size > 0 && size % sizeof(*entries) == 0, "odd size of", journal);
	entries = g_memdup2(text, size); /* aligned */
	n = size / sizeof(*entries);
	sizes = durable_sizes(entries, n);
	take_back_names(directory, undo, entries, n, &result);
	cut_files(directory, sizes, &result);
	lost = g_build_filename(directory, DROPSYNC_LOSE, NULL);
	g_unlink(lost);
	g_free(lost);
	g_hash_table_unref(sizes);
	g_free(entries);
	g_free(text);
	powercut_forget(journal, undo);
	return result;
}
