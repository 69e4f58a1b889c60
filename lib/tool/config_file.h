/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration file (GKeyFile syntax) as groups and keys: what stands where, who has asked for it, complaints.
 * Values are read with tool/config.h.
 */
#ifndef IKESYNC_TOOL_CONFIG_FILE_H
#define IKESYNC_TOOL_CONFIG_FILE_H

#include <glib.h>
#include <stdbool.h>

#define CONFIG_ERROR (config_error_quark())
GQuark config_error_quark(void);

struct config;

/* Read and parse. NULL and a GError (with file and line). Free with config_free(), which wipes the values. */
struct config *config_load(const char *path, GError **error);
/* The same for text in memory; `path` only names it. */
struct config *config_parse(const char *path, const char *text, size_t n, GError **error);
void config_free(struct config *c);
const char *config_path(const struct config *c);

/* The value of a key, or NULL; either way group and key count as known. Lives as long as `c`. */
const char *config_lookup(struct config *c, const char *group, const char *key);
/* Groups of the form "prefix NAME" ("peer alice"), in file order; NULL-terminated array of whole group names; owned by the config. Marks them as known. */
char **config_groups(struct config *c, const char *prefix);
/* Let the config own a NULL-terminated list, freed with it by g_strfreev(); returns it. */
char **config_own(struct config *c, char **list);

/* Complain about a value that the caller has judged bad: sets *error "FILE:LINE: [group] key: why". Only the first complaint sticks. */
void config_complain(struct config *c, const char *group, const char *key, GError **error,
		     const char *format, ...) G_GNUC_PRINTF(5, 6);
/*
 * `key` holds a key, so the file must keep the rule of keys/key_file.h: complain and return false if it did not when
 * it was loaded. Text in memory has no file and passes.
 */
bool config_demand_private(struct config *c, const char *group, const char *key, GError **error);
/* After everything has been read: an unknown group or key is an error that names it and, when one is near, the known name meant. */
bool config_check_unknown(struct config *c, GError **error);
/*
 * Quotes around a value and a comment behind one are no part of the syntax: an error, but in group `except` (shell
 * commands; NULL: none).
 */
bool config_check_values(struct config *c, const char *except, GError **error);

#endif
