/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TUN device: IP packets from and to the kernel, several in each turn of the loop. */
#ifndef IKESYNC_NET_TUN_H
#define IKESYNC_NET_TUN_H

#include <glib.h>

#include "wire/index.h"

struct tun;

struct tun_handler {
	/* One packet of n octets, with TUN_ROOM octets behind it that may be written to; valid until it returns. */
	void (*packet)(void *user, uint8_t *packet, size_t n);
	void *user;
};

/* What is behind each packet. */
#define TUN_ROOM 64
#define TUN_NAME_MAX 16

/*
 * Make the device, or attach to the one of that name, and bring it up with that MTU. Needs CAP_NET_ADMIN, unless somebody has made it
 * for this user and brought it up. Nothing is read before tun_attach(). NULL and a GError that says what to do. Free with tun_free().
 */
struct tun *tun_open(const char *name, unsigned mtu, GError **error);
void tun_free(struct tun *t);
const char *tun_name(const struct tun *t);
/*
 * An address of ours on it, with the network behind it, or a network that lies there: behind the routes that are there already, which
 * go first as long as they stand. Needs CAP_NET_ADMIN.
 */
bool tun_add_address(struct tun *t, const struct address *a, unsigned prefix, GError **error);
bool tun_add_route(struct tun *t, const struct address *network, unsigned prefix, GError **error);
bool tun_remove_address(struct tun *t, const struct address *a, unsigned prefix, GError **error);
/* Read from now on, in `context` (NULL: the default one). */
void tun_attach(struct tun *t, const struct tun_handler *handler, GMainContext *context);
/* Give the kernel a packet; what it does not take is counted. */
void tun_write(struct tun *t, struct span packet);

struct tun_counters {
	uint64_t read, written, refused;
};
const struct tun_counters *tun_counters(const struct tun *t);

#endif
