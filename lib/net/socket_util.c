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

static int open_protocol(const struct address *a, int type, int protocol)
{
	bool v6 = a->family == 6;
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd >= 0 && v6)
		socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return fd;
}

int socket_open(const struct endpoint *e, int type)
{
	return open_protocol(&e->address, type, 0);
}

bool socket_local(int fd, struct endpoint *out)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &n) == 0 && endpoint_from_sockaddr(&sa, out);
}

/* Bind `fd`, or close it. */
static int bound_fd(int fd, const struct endpoint *local, const char *what, struct endpoint *bound,
		    GError **error)
{
	struct sockaddr_storage sa;
	socklen_t n = endpoint_to_sockaddr(local, &sa);
	char text[ENDPOINT_TEXT_MAX];
	int saved;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, n) == 0 && socket_local(fd, bound))
		return fd;
	saved = errno;
	if (fd >= 0)
		close(fd);
	g_set_error(error, SOCKET_ERROR, saved, "cannot bind %s %s: %s", what,
		    endpoint_text(local, text), g_strerror(saved));
	return -1;
}

int socket_bound(const struct endpoint *local, int type, struct endpoint *bound, GError **error)
{
	int fd = socket_open(local, type);

	if (fd >= 0 && type == SOCK_STREAM)
		socket_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	return bound_fd(fd, local, type == SOCK_DGRAM ? "UDP" : "TCP", bound, error);
}

int socket_bound_raw(const struct address *local, int protocol, struct endpoint *bound,
		     GError **error)
{
	const struct endpoint e = { .address = *local };

	return bound_fd(open_protocol(local, SOCK_RAW, protocol), &e, "a raw socket of", bound,
			error);
}
