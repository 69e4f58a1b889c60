/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files (GKeyFile syntax) read strictly: every group and key must be known, every value is checked,
 * and a complaint reads "FILE:LINE: [group] key: what is wrong and what is allowed".
 */
#ifndef IKESYNC_TOOL_CONFIG_H
#define IKESYNC_TOOL_CONFIG_H

#include "net/endpoint.h"
#include "tool/config_file.h"

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
/* One of a few words; its place in `words`, which ends with NULL. `fallback` is a place, too. */
unsigned config_word(struct config *c, const char *group, const char *key, const char *const *words,
		     unsigned fallback, GError **error);

#endif
