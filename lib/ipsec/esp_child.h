/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child SA as the plane keeps it. Private to this folder. */
#ifndef IKESYNC_IPSEC_ESP_CHILD_H
#define IKESYNC_IPSEC_ESP_CHILD_H

#include <glib.h>

#include "ipsec/esp_plane.h"
#include "ipsec/esp_route.h"
#include "ipsec/esp_sa.h"
#include "ipsec/esp_selectors.h"

struct esp_child {
	struct esp_plane *plane;
	struct esp_in in;
	struct esp_out out;
	bool transport;
	struct data_plane_path path;
	struct esp_selectors *selectors;
	struct data_plane_traffic traffic; /* but for path and worn */
	uint64_t sent_ms;
	struct wheel_timer keepalive;
	unsigned n_routes;
	struct esp_route routes[]; /* one for each of the peer's selectors */
};

struct esp_plane {
	struct esp_plane_ops ops;
	struct esp_plane_counters counters;
	struct esp_iv_source ivs;
	GHashTable *children; /* by spi_in */
	struct esp_routes *routes;
	uint8_t opened[ESP_PACKET_MAX + 64]; /* an inner packet, with room for a header before it */
};

/* In no table yet. NULL: its suite, or its family, is not one of ours. */
struct esp_child *esp_child_new(const struct data_plane_child *c);
/* Wipes. */
void esp_child_free(struct esp_child *c);

#endif
