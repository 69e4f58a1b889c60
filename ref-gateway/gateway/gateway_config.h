/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file of ikesync-gateway. */
#ifndef IKESYNC_GATEWAY_GATEWAY_CONFIG_H
#define IKESYNC_GATEWAY_GATEWAY_CONFIG_H

#include <glib.h>

#include "core/gateway_types.h"
#include "tool/config.h"
#include "tool/psk.h"
#include "traffic.h"

struct gateway_settings {
	char *path; /* of the file */
	struct gateway_config gateway;
	struct policy *policy;
	struct trust *trust;           /* NULL: none */
	struct credential *credential; /* NULL: none */
	uint8_t *identity;             /* what gateway.identity points into */
	struct endpoint listen, listen_nat;
	const char *user, *key_log;
	const char *control,
	    *control_group; /* path of a socket, who may use it; NULL: none, ours */
	bool has_radius;
	struct endpoint radius;
	uint32_t radius_timeout_ms, radius_tries;
	const char *radius_nas;
	struct psk radius_secret; /* wiped */
	bool has_bank;
	struct endpoint bank;
	const char *bank_server_name, *bank_certificate, *bank_key, *bank_ca, *bank_key_log;
	const char *bank_queue;
	bool bank_plain;
	char *bank_names[2]; /* what gateway.bank_names points to */
	uint32_t get_timeout_ms, reconnect_ms, reconnect_cap_ms;
	struct traffic_settings traffic;
	struct config *file; /* owns the strings */
};

/* Read and check everything. NULL and a GError that names file, line and key. */
struct gateway_settings *gateway_settings_load(const char *path, GError **error);
void gateway_settings_free(struct gateway_settings *s);

#endif
