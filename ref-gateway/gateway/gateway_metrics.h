/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway counts, by name. */
#ifndef IKESYNC_GATEWAY_GATEWAY_METRICS_H
#define IKESYNC_GATEWAY_GATEWAY_METRICS_H

#include "core/gateway_types.h"
#include "ipsec/esp_plane.h"
#include "tool/metrics.h"

/* Give `add` each of these; `traffic` NULL: none is carried. */
void gateway_metrics(const struct gateway_counters *c, const struct esp_plane_counters *traffic,
		     metrics_add_fn *add, void *to);

#endif
