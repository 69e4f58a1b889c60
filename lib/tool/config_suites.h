/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of cipher suites in a configuration file: "aes128-sha256-x25519, aes256gcm16-prfsha384-ecp256". */
#ifndef IKESYNC_TOOL_CONFIG_SUITES_H
#define IKESYNC_TOOL_CONFIG_SUITES_H

#include "keys/suite.h"
#include "tool/config.h"

/*
 * Append the suites of a key, or of `fallback` (parted by ", "; NULL: none) when it is missing, to the *n that `out` holds
 * already, up to `max`. IKE suites must have a group. A suite that is none, or one too many, sets *error.
 */
void config_ike_suites(struct config *c, const char *group, const char *key, const char *fallback,
		       struct suite *out, unsigned *n, unsigned max, GError **error);
void config_esp_suites(struct config *c, const char *group, const char *key, const char *fallback,
		       struct suite_esp *out, unsigned *n, unsigned max, GError **error);

#endif
