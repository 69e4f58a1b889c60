/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the folder of a run, and the link to the latest. */
#include "run/run_folder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARENT "ikesync-runs"
#define TRIES 1000

static GQuark folder_error(void)
{
	return g_quark_from_static_string("ikesync-run-folder");
}

static bool is_empty(const char *path, GError **error)
{
	GDir *d = g_dir_open(path, 0, error);
	bool empty;

	if (!d)
		return false;
	empty = g_dir_read_name(d) == NULL;
	g_dir_close(d);
	if (!empty)
		g_set_error(error, folder_error(), 0,
			    "%s is not empty; a run needs a fresh folder and overwrites nothing",
			    path);
	return empty;
}

static char *make_wanted(const char *wanted, GError **error)
{
	char *parent = g_path_get_dirname(wanted);

	if (g_mkdir_with_parents(parent, 0755) != 0 ||
	    (mkdir(wanted, 0700) != 0 && errno != EEXIST)) {
		g_set_error(error, folder_error(), errno, "cannot make %s: %s", wanted,
			    g_strerror(errno));
		g_free(parent);
		return NULL;
	}
	g_free(parent);
	return is_empty(wanted, error) ? g_strdup(wanted) : NULL;
}

char *run_folder_make(const char *wanted, GError **error)
{
	GDateTime *now;
	char *stamp, *path = NULL;

	if (wanted)
		return make_wanted(wanted, error);
	if (g_mkdir_with_parents(PARENT, 0755) != 0) {
		g_set_error(error, folder_error(), errno, "cannot make ./%s: %s (use --out DIR)",
			    PARENT, g_strerror(errno));
		return NULL;
	}
	now = g_date_time_new_now_local();
	stamp = g_date_time_format(now, "%Y%m%d-%H%M%S");
	for (int i = 1; i <= TRIES && !path; i++) {
		path = i == 1 ? g_strdup_printf(PARENT "/%s", stamp)
			      : g_strdup_printf(PARENT "/%s-%d", stamp, i);
		if (mkdir(path, 0700) == 0)
			break;
		if (errno != EEXIST || i == TRIES)
			g_set_error(error, folder_error(), errno, "cannot make %s: %s", path,
				    g_strerror(errno));
		if (errno != EEXIST) {
			g_clear_pointer(&path, g_free);
			break;
		}
		g_clear_pointer(&path, g_free);
	}
	g_free(stamp);
	g_date_time_unref(now);
	return path;
}

void run_folder_latest(const char *path)
{
	char *parent = g_path_get_dirname(path), *name = g_path_get_basename(path);
	char *link = g_build_filename(parent, "latest", NULL);
	char *fresh = g_strdup_printf("%s/.latest-%d", parent, (int)getpid());
	bool ours =
	    g_file_test(link, G_FILE_TEST_IS_SYMLINK) || !g_file_test(link, G_FILE_TEST_EXISTS);

	/* renamed, so that there is always one */
	if (ours && symlink(name, fresh) == 0 && rename(fresh, link) != 0)
		(void)unlink(fresh);
	g_free(fresh);
	g_free(link);
	g_free(name);
	g_free(parent);
}
