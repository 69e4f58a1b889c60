/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files (GKeyFile syntax) read strictly: every group and key must be known, every value is checked,
 * and a complaint reads "FILE:LINE: [group] key: what is wrong and what is allowed".
 */
#ifndef IKESYNC_TOOL_CONFIG_H
#define IKESYNC_TOOL_CONFIG_H

#include <glib.h>

#include "net/endpoint.h"

#define CONFIG_ERROR (config_error_quark())
GQuark config_error_quark(void);

struct config;

/* Read and parse. NULL and a GError (with file and line). Free with config_free(). */
struct config *config_load(const char *path, GError **error);
/* The same for text in memory; `path` only names it. */
struct config *config_parse(const char *path, const char *text, size_t n, GError **error);
void config_free(struct config *c);
const char *config_path(const struct config *c);

/*
 * Readers. Each remembers that its key is known. A missing key gives `fallback` and leaves *error alone; a bad value sets *error
 * (only the first sticks) and gives the fallback. Strings are owned by the config and live as long as it does.
 */
const char *config_string(struct config *c, const char *group, const char *key,
			  const char *fallback, GError **error);
bool config_bool(struct config *c, const char *group, const char *key, bool fallback,
		 GError **error);
uint64_t config_uint(struct config *c, const char *group, const char *key, uint64_t fallback,
		     uint64_t min, uint64_t max, GError **error);
/* "5s", "250ms", "2m", "1h" or a bare number of seconds; result in milliseconds. */
uint64_t config_duration_ms(struct config *c, const char *group, const char *key,
			    uint64_t fallback_ms, uint64_t min_ms, uint64_t max_ms, GError **error);
/* false when missing or bad. */
bool config_endpoint(struct config *c, const char *group, const char *key, uint16_t default_port,
		     struct endpoint *out, GError **error);
bool config_address(struct config *c, const char *group, const char *key, struct address *out,
		    GError **error);
/* Comma-separated list, stripped; NULL-terminated; owned by the config. NULL when missing. */
char **config_list(struct config *c, const char *group, const char *key, GError **error);
bool config_has(struct config *c, const char *group, const char *key);
/* Complain about a value that the caller has judged bad: sets *error "FILE:LINE: [group] key: why". */
void config_complain(struct config *c, const char *group, const char *key, GError **error,
		     const char *format, ...) G_GNUC_PRINTF(5, 6);
/* Groups of the form "prefix NAME" ("peer alice"), in file order; NULL-terminated array of whole group names; owned by the config. Marks them as known. */
char **config_groups(struct config *c, const char *prefix);
/* After everything has been read: an unknown group or key is an error that names it and, when one is near, the known name meant. */
bool config_check_unknown(struct config *c, GError **error);

#endif
