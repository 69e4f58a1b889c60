/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference client's traffic: a TUN device, and ESP between it and the sockets. */
#ifndef IKESYNC_PROBE_CLI_CLIENT_TRAFFIC_H
#define IKESYNC_PROBE_CLI_CLIENT_TRAFFIC_H

#include <glib.h>

#include "ipsec/data_plane.h"
#include "net/udp.h"

struct client_traffic;

struct client_traffic_config {
	const char *device;
	char **networks; /* NETWORK/PREFIX, routed to the device; NULL-terminated, may be NULL */
};

/* As root. NULL and a GError. The networks are routed when there is an address. Free with client_traffic_free(). */
struct client_traffic *client_traffic_open(const struct client_traffic_config *config,
					   GError **error);
void client_traffic_free(struct client_traffic *t);
/* The sockets that ESP in UDP goes through: for IPv4 and for IPv6, NULL where there is none. */
void client_traffic_begin(struct client_traffic *t, struct udp_socket *const sockets[2]);
/* From now on this child SA carries all, and not the one before. */
void client_traffic_child(struct client_traffic *t, const struct data_plane_child *child);
/* The inner address is this one: set on the device, where it is another than before. */
void client_traffic_address(struct client_traffic *t, const struct address *inner);
/* ESP that came in UDP, or a keep-alive. */
void client_traffic_receive(struct client_traffic *t, const struct udp_datagram *d);

#endif
