/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carries the traffic of child SAs, whoever does it: nothing, a table in a test, or ESP over a TUN device. It is
 * told of every child SA that comes, moves and goes, and can be asked what one carried.
 */
#ifndef IKESYNC_IPSEC_DATA_PLANE_H
#define IKESYNC_IPSEC_DATA_PLANE_H

#include "keys/schedule.h"
#include "net/endpoint.h"
#include "wire/ike_ts.h"

/* Between which addresses its packets go. */
struct data_plane_path {
	struct endpoint local, remote;
	bool nat; /* in UDP (RFC 3948); else bare ESP */
	/*
	 * RFC 7296 section 2.23: the peer is behind a NAT and we are not, so that authentic packets tell its new address. Not
	 * with MOBIKE (RFC 4555 section 3.8), where only move() changes it.
	 */
	bool learns;
	bool behind_nat; /* we are: keep-alives are ours to send (RFC 3948 section 4) */
};

/* A child SA as it was agreed; all borrowed until return. */
struct data_plane_child {
	uint32_t spi_in, spi_out; /* what comes to us, what goes to the client; host order */
	const struct suite_esp *suite;
	bool transport;
	bool
	    initiator; /* we began the exchange that made it (RFC 7296 section 2.17): keys and selectors of `i` are ours */
	const struct child_keys *keys;
	const struct ike_ts_list *tsi, *tsr;
	struct data_plane_path path;
};

/* What one has carried so far. */
struct data_plane_traffic {
	uint64_t packets_in, octets_in, packets_out, octets_out; /* inner ones, dummies left out */
	uint64_t
	    heard_ms; /* when its last authentic packet came, of the gateway's clock; 0: never */
	bool worn;    /* most of its sequence numbers are used: it must be rekeyed */
	struct data_plane_path path;
};

struct data_plane_ops {
	/*
	 * false: it cannot be carried; the child SA is refused. Of two with the same selectors the older one goes on sending until
	 * it is removed or the newer one has been heard: a rekey loses nothing.
	 */
	bool (*install)(void *self, const struct data_plane_child *child);
	/* It was installed. */
	void (*remove)(void *self, uint32_t spi_in);
	/* The peer is elsewhere (RFC 4555), or messages of its IKE SA say so. */
	void (*move)(void *self, uint32_t spi_in, const struct data_plane_path *path);
	/* false: there is no such one. */
	bool (*ask)(void *self, uint32_t spi_in, struct data_plane_traffic *out);
};

struct data_plane {
	const struct data_plane_ops *ops; /* NULL: none, child SAs are only agreed */
	void *self;
};

#endif
