/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP sockets drained and filled in batches (recvmmsg, sendmmsg) from one GSource each.
 * The local address of every datagram is kept (IP_PKTINFO), so that answers leave from the address the request came to.
 */
#ifndef IKESYNC_NET_UDP_H
#define IKESYNC_NET_UDP_H

#include <glib.h>

#include "net/endpoint.h"

#define UDP_BATCH 64

struct udp_datagram {
	struct endpoint local;  /* ours */
	struct endpoint remote; /* the peer's */
	struct span octets;     /* borrowed: valid until the callback returns */
};

struct udp_socket;

struct udp_handler {
	/* Called once per batch of 1 to UDP_BATCH datagrams. Truncated ones never arrive here. */
	void (*receive)(struct udp_socket *s, const struct udp_datagram *batch, size_t n,
			void *user);
	void *user;
};

/*
 * Bind (port 0: any free one) and attach to `context` (NULL: default). The address may be unspecified. On failure NULL and a GError
 * that names address and reason. Free with udp_free().
 */
struct udp_socket *udp_bind(const struct endpoint *local, const struct udp_handler *handler,
			    GMainContext *context, GError **error);
/*
 * The same for packets of an IP protocol of its own (a raw socket): ports are 0, and headers of IPv4 never arrive at receive().
 * Needs CAP_NET_RAW.
 */
struct udp_socket *udp_bind_raw(const struct address *local, int protocol,
				const struct udp_handler *handler, GMainContext *context,
				GError **error);
/* The bound endpoint, with the real port. */
const struct endpoint *udp_local(const struct udp_socket *s);
/*
 * Queue one datagram, copied. Sent at udp_flush(), which the socket calls itself after each receive() and when the loop
 * is about to sleep; datagrams that the kernel refuses are dropped and counted, as IP may drop them too.
 * `local` chooses the source address; NULL: the kernel's choice. `prefix` octets (a non-ESP marker) go in front; may be empty.
 */
void udp_send(struct udp_socket *s, const struct address *local, const struct endpoint *remote,
	      struct span prefix, struct span octets);
/*
 * The same without a copy: room for n octets, which the caller fills and then commits, before anything else is sent. What is never
 * committed is not sent. NULL: too many octets.
 */
uint8_t *udp_reserve(struct udp_socket *s, size_t n);
void udp_commit(struct udp_socket *s, const struct address *local, const struct endpoint *remote,
		size_t n);
void udp_flush(struct udp_socket *s);

struct udp_counters {
	uint64_t received, sent, truncated, refused;
};
const struct udp_counters *udp_counters(const struct udp_socket *s);
void udp_free(struct udp_socket *s);

#endif
