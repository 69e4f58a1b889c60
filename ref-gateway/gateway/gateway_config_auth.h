/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the configuration file that say how one proves who he is. */
#ifndef IKESYNC_GATEWAY_GATEWAY_CONFIG_AUTH_H
#define IKESYNC_GATEWAY_GATEWAY_CONFIG_AUTH_H

#include "gateway_config.h"

/* Certificates, key, authorities and revocation lists of [gateway], into s->credential and s->trust. */
void gateway_config_auth_load(struct gateway_settings *s, GError **error);
/* [radius] */
void gateway_config_auth_load_radius(struct gateway_settings *s, GError **error);
/* A group "peer NAME", into s->policy. */
void gateway_config_auth_load_peer(struct gateway_settings *s, const char *group, GError **error);
/* An identity of `key`; `storage` takes strlen(text) + GATEWAY_CONFIG_ID_ROOM octets. */
#define GATEWAY_CONFIG_ID_ROOM 16
bool gateway_config_auth_load_id(struct config *c, const char *group, const char *key,
				 const char *text, uint8_t *storage, struct ike_id *out,
				 GError **error);

#endif
