/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carries the traffic of child SAs, whoever does it: nothing yet, a table in a test, later ESP. It is told of
 * every child SA that comes and goes.
 */
#ifndef IKESYNC_GATEWAY_DATA_PLANE_H
#define IKESYNC_GATEWAY_DATA_PLANE_H

#include "keys/schedule.h"
#include "net/endpoint.h"
#include "wire/ike_ts.h"

/* A child SA as it was agreed; all borrowed until return. */
struct data_plane_child {
	uint32_t spi_in, spi_out; /* what comes to us, what goes to the client; host order */
	const struct suite_esp *suite;
	bool transport;
	const struct child_keys *keys; /* the client is the initiator (RFC 7296 section 2.17) */
	const struct ike_ts_list *tsi, *tsr;
	struct endpoint local, remote;
	bool nat; /* in UDP */
};

struct data_plane_ops {
	/* false: it cannot be carried; the child SA is refused. */
	bool (*install)(void *self, const struct data_plane_child *child);
	/* It was installed. */
	void (*remove)(void *self, uint32_t spi_in);
};

struct data_plane {
	const struct data_plane_ops *ops; /* NULL: none, child SAs are only agreed */
	void *self;
};

#endif
