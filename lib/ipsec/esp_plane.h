/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ESP as a data plane: child SAs by SPI and by the addresses behind them. Packets come in from the network and from the
 * device, and go out to either; sockets, the device and the clock are passed in.
 */
#ifndef IKESYNC_IPSEC_ESP_PLANE_H
#define IKESYNC_IPSEC_ESP_PLANE_H

#include "ipsec/data_plane.h"
#include "keys/rng.h"
#include "net/wheel.h"

/* Largest inner packet. */
#define ESP_PACKET_MAX 65535
/* What esp_outward_send() wants behind a packet. */
#define ESP_PLANE_ROOM 32

struct esp_plane_ops {
	uint64_t (*now_ms)(void *user);
	/*
	 * Room for n octets to be sent that way: ESP, or one octet of keep-alive; filled, then committed before anything else is asked.
	 * NULL: they cannot be sent.
	 */
	uint8_t *(*reserve)(void *user, const struct data_plane_path *path, size_t n);
	void (*commit)(void *user, const struct data_plane_path *path, size_t n);
	bool (*can_send)(void *user, const struct data_plane_path *path);
	/* An inner packet came out; borrowed. */
	void (*deliver)(void *user, struct span packet);
	/* It was for no SA that there is. */
	void (*stranger)(void *user, const struct endpoint *remote, uint32_t spi);
	void *user;
	struct rng rng;
	struct wheel *wheel;
	uint32_t keepalive_ms; /* between them, for those behind_nat; 0: none */
};

struct esp_plane_counters {
	uint64_t in, out, dummies;
	uint64_t strangers, malformed, replayed, bad_icv, bad_padding;
	uint64_t not_admitted; /* authentic, but not within the selectors */
	uint64_t unrouted;     /* from the device, and for nobody */
	uint64_t unsent;       /* too large, numbers used up, or no socket */
	uint64_t learnt;       /* new addresses */
	unsigned children;     /* now */
};

struct esp_plane;

struct esp_plane *esp_plane_new(const struct esp_plane_ops *ops);
/* Whatever children there are: wiped. */
void esp_plane_free(struct esp_plane *p);
struct data_plane esp_plane_service(struct esp_plane *p);
const struct esp_plane_counters *esp_plane_counters(const struct esp_plane *p);

#endif
