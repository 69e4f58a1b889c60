/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the configuration file that says how traffic is carried. */
#ifndef IKESYNC_GATEWAY_GATEWAY_CONFIG_TRAFFIC_H
#define IKESYNC_GATEWAY_GATEWAY_CONFIG_TRAFFIC_H

#include "gateway_config.h"

/* [traffic], into s->traffic; after the pools, whose networks are behind clients. */
void gateway_config_traffic_load(struct gateway_settings *s, GError **error);
/* A network behind clients; what is too much is left out. */
void gateway_config_traffic_add(struct gateway_settings *s, const struct address *a,
				unsigned prefix);

#endif
