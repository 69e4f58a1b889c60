/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds sockets by what they are bound to. */
#include "tool/given.h"

#include <sys/socket.h>
#include <unistd.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

struct given {
	unsigned n;
	int *fds; /* -1: taken */
};

struct given *given_new(void)
{
	struct given *g = g_new0(struct given, 1);
#ifdef HAVE_SYSTEMD
	int n = sd_listen_fds(1);

	g->n = n > 0 ? (unsigned)n : 0;
	g->fds = g_new0(int, g->n + 1);
	for (unsigned i = 0; i < g->n; i++)
		g->fds[i] = SD_LISTEN_FDS_START + (int)i;
#endif
	return g;
}

/* What a listening TCP socket is bound to; false: it is none. */
static bool bound_to(int fd, struct endpoint *out)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa), size = sizeof(int);
	int type = 0, listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening &&
	       getsockname(fd, (struct sockaddr *)&sa, &n) == 0 && endpoint_from_sockaddr(&sa, out);
}

int given_take(struct given *g, const struct endpoint *local)
{
	struct endpoint is;

	for (unsigned i = 0; i < g->n; i++) {
		int fd = g->fds[i];

		if (fd < 0 || !bound_to(fd, &is) || !endpoint_equal(&is, local))
			continue;
		g->fds[i] = -1;
		return fd;
	}
	return -1;
}

static void complain(int fd, GError **error)
{
	char text[ENDPOINT_TEXT_MAX] = "something that is no listening TCP socket";
	struct endpoint is;

	if (bound_to(fd, &is))
		endpoint_text(&is, text);
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "the service manager hands over %s, which the configuration does not name",
		    text);
}

bool given_end(struct given *g, GError **error)
{
	bool all = true;

	for (unsigned i = 0; i < g->n; i++) {
		if (g->fds[i] < 0)
			continue;
		if (all)
			complain(g->fds[i], error);
		all = false;
		close(g->fds[i]);
	}
	g_free(g->fds);
	g_free(g);
	return all;
}
