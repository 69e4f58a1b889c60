/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a configuration file, and keeps it. */
#include "loaded.h"

struct loaded *loaded_new(const char *path, GError **error)
{
	struct loaded *l = g_new0(struct loaded, 1);

	l->path = g_strdup(path);
	l->file = config_load(path, error);
	if (l->file && bank_config_read(l->file, &l->settings, error))
		return l;
	loaded_free(l);
	return NULL;
}

void loaded_free(struct loaded *l)
{
	if (!l)
		return;
	bank_config_clear(&l->settings);
	config_free(l->file);
	g_free(l->path);
	g_free(l);
}
