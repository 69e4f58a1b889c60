/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the bank's configuration that is about a Redis. */
#ifndef IKESYNC_BANK_REDIS_CONFIG_H
#define IKESYNC_BANK_REDIS_CONFIG_H

#include "bank_config.h"

/* "engine" and all that begins with "redis". As bank_config_read(). */
void redis_config_read(struct config *c, struct bank_settings *out, GError **error);
/* Make the TLS that the settings ask for, while its files can be read. false and a GError. */
bool redis_config_tls(struct bank_settings *s, GError **error);
/* Wipe the password. */
void redis_config_clear(struct bank_settings *s);

#endif
