/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The traffic of clients: a TUN device, ESP, and the sockets that carry it. */
#ifndef IKESYNC_GATEWAY_TRAFFIC_H
#define IKESYNC_GATEWAY_TRAFFIC_H

#include <glib.h>

#include "core/policy.h"
#include "ipsec/esp_plane.h"
#include "net/udp.h"
#include "net/wheel.h"

#define TRAFFIC_NETWORKS_MAX 32

struct traffic_network {
	struct address address;
	unsigned prefix;
};

/* Values of the configuration file. */
struct traffic_settings {
	const char *device; /* NULL: no traffic is carried */
	uint32_t mtu;
	bool bare; /* ESP without UDP, too, where the system lets us */
	uint32_t keepalive_ms;
	bool has_address; /* ours, on the device */
	struct traffic_network address;
	unsigned n_networks; /* behind clients: they are routed to the device */
	struct traffic_network networks[TRAFFIC_NETWORKS_MAX];
};

struct traffic;

/*
 * Open the device and the raw socket of `listen`'s family, while we may. NULL, after a line in the log that says why: nothing
 * is carried, child SAs are only agreed.
 */
struct traffic *traffic_open(const struct traffic_settings *s, const struct address *listen);
/* From now on packets go; `nat` is the socket for ESP in UDP. Both outlive it. */
void traffic_begin(struct traffic *t, struct udp_socket *nat, struct wheel *wheel);
struct data_plane traffic_service(struct traffic *t);
/* What came to the NAT port and is no IKE message. */
void traffic_receive(struct traffic *t, const struct udp_datagram *d);
/* NULL where none is carried. */
const struct esp_plane_counters *traffic_counters(const struct traffic *t);
/* What was carried and what was dropped, in lines of the log. */
void traffic_report(const struct traffic *t);
/* After the gateway. Harmless with NULL. */
void traffic_free(struct traffic *t);

#endif
