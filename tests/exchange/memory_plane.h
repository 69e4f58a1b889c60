/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A data plane in memory: it records which child SAs came and went, and carries nothing. */
#ifndef IKESYNC_TESTS_MEMORY_PLANE_H
#define IKESYNC_TESTS_MEMORY_PLANE_H

#include <glib.h>

#include "ipsec/data_plane.h"

#define MEMORY_PLANE_MAX 16

struct memory_plane_child {
	uint32_t spi_in, spi_out;
	bool transport;
	struct child_keys keys;
	struct ike_ts_list tsi, tsr;
	struct data_plane_path path;
	struct data_plane_traffic traffic; /* what a test says that it carried */
};

struct memory_plane {
	unsigned n; /* live ones */
	struct memory_plane_child live[MEMORY_PLANE_MAX];
	unsigned installed, removed, moved,
	    unknown; /* unknown: removed or moved without having been installed */
	bool refuse;
};

struct data_plane memory_plane_service(struct memory_plane *p);

#endif
