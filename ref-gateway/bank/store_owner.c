/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the file system, and the list of users. */
#include "store_owner.h"

#include <errno.h>
#include <pwd.h>

bool store_owner(const struct bank_settings *s, struct stat *owner, GError **error)
{
	const char *store = s->rocksdb.directory;
	const struct passwd *pw = s->user && *s->user ? getpwnam(s->user) : NULL;
	g_autofree char *whole = g_canonicalize_filename(store, NULL),
			*around = g_path_get_dirname(whole);

	if (s->user && *s->user && !pw) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "no such user: %s", s->user);
		return false;
	}
	if (stat(store, owner) != 0) {
		if (stat(around, owner) != 0) {
			g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s",
				    around, g_strerror(errno));
			return false;
		}
		owner->st_mode = 0700;
	}
	if (pw) {
		owner->st_uid = pw->pw_uid;
		owner->st_gid = pw->pw_gid;
	}
	return true;
}
