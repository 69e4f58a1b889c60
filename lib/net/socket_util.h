/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets of udp.c and channel*.c. Private to lib/net. */
#ifndef IKESYNC_NET_SOCKET_UTIL_H
#define IKESYNC_NET_SOCKET_UTIL_H

#include <glib.h>

#include "net/endpoint.h"

#define SOCKET_ERROR (g_quark_from_static_string("ikesync-socket"))

/* Notice within half a minute that the other end of a TCP connection is gone, or takes nothing. */
void socket_watch(int fd);
/* false: the kernel refused; errno says why. */
bool socket_set(int fd, int level, int option, int value);
/* A non-blocking socket of the address's family (IPv6: only IPv6). -1 with errno. */
int socket_open(const struct endpoint *e, int type);
/* A bound one; `*bound` has the real port. -1 and a GError that names address and reason. */
int socket_bound(const struct endpoint *local, int type, struct endpoint *bound, GError **error);
/* The same of an IP protocol of its own, as root. */
int socket_bound_raw(const struct address *local, int protocol, struct endpoint *bound,
		     GError **error);
bool socket_local(int fd, struct endpoint *out);

#endif
