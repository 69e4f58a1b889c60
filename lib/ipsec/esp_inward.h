/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the network to the device. */
#ifndef IKESYNC_IPSEC_ESP_INWARD_H
#define IKESYNC_IPSEC_ESP_INWARD_H

#include "ipsec/esp_plane.h"

/* What came from the network: an ESP packet, from its SPI on, or the one octet of a keep-alive. `seen`: how it came. */
void esp_inward_receive(struct esp_plane *p, const struct data_plane_path *seen,
			struct span packet);

#endif
