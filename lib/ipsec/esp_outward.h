/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the device to the network. */
#ifndef IKESYNC_IPSEC_ESP_OUTWARD_H
#define IKESYNC_IPSEC_ESP_OUTWARD_H

#include "ipsec/esp_plane.h"

/* What came from the device: n octets with ESP_PLANE_ROOM behind them; written over. */
void esp_outward_send(struct esp_plane *p, uint8_t *packet, size_t n);

#endif
