/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets opened, bound and set up alike. */
#include "net/socket_util.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

bool socket_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* A host that lost its power says nothing: without probes its connection would stay for ever, or, with data under way,
 * a quarter of an hour. */
void socket_watch(int fd)
{
	socket_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	socket_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
	socket_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
	socket_set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
	socket_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
}

int socket_open(const struct endpoint *e, int type)
{
	bool v6 = e->address.family == 6;
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && v6)
		socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return fd;
}

bool socket_local(int fd, struct endpoint *out)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &n) == 0 && endpoint_from_sockaddr(&sa, out);
}

int socket_bound(const struct endpoint *local, int type, struct endpoint *bound, GError **error)
{
	struct sockaddr_storage sa;
	socklen_t n = endpoint_to_sockaddr(local, &sa);
	char text[ENDPOINT_TEXT_MAX];
	int fd = socket_open(local, type);
	int saved;

	if (fd >= 0) {
		if (type == SOCK_STREAM)
			socket_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
		if (bind(fd, (struct sockaddr *)&sa, n) == 0 && socket_local(fd, bound))
			return fd;
	}
	saved = errno;
	if (fd >= 0)
		close(fd);
	g_set_error(error, SOCKET_ERROR, saved, "cannot bind %s %s: %s",
		    type == SOCK_DGRAM ? "UDP" : "TCP", endpoint_text(local, text),
		    g_strerror(saved));
	return -1;
}
