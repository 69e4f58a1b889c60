/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listening, and accepting without end of descriptors. */
#include "net/channel_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/channel_tls.h"
#include "net/socket_util.h"

#define ACCEPTS_PER_TURN 64
#define BACKLOG 1024
/* Out of descriptors: look again after this long instead of spinning. */
#define REST_US (100 * 1000)

struct channel_listener {
	GSource source;
	int fd;
	int spare; /* a descriptor for when there are none */
	gpointer tag;
	struct endpoint local;
	struct channel_tls *tls;
	const struct channel_handler *handler;
	void *(*accept)(struct channel *c, void *listener_user);
	void *user;
	GMainContext *context;
};

static void accept_one(struct channel_listener *l, int fd, const struct sockaddr_storage *from)
{
	struct endpoint local = l->local, remote;
	struct channel *c;
	void *user;

	if (!endpoint_from_sockaddr(from, &remote)) {
		close(fd);
		return;
	}
	socket_local(fd, &local);
	c = channel_accepted(fd, &local, &remote, l->tls, l->handler);
	user = l->accept(c, l->user);
	if (user)
		channel_start(c, user, l->context);
	else
		channel_refuse(c);
}

/*
 * Out of descriptors: whoever waits would wait for ever, and poll() tell of it at every turn. So they are
 * turned away, with the descriptor that was kept for it.
 */
static void turn_away(struct channel_listener *l)
{
	int fd;

	if (l->spare < 0)
		return;
	close(l->spare);
	while ((fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		close(fd);
	l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static gboolean listener_check(GSource *source)
{
	return g_source_query_unix_fd(source, ((struct channel_listener *)source)->tag) != 0;
}

static gboolean listener_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct channel_listener *l = (struct channel_listener *)source;

	(void)callback;
	(void)user;
	g_source_set_ready_time(source, -1);
	g_source_modify_unix_fd(source, l->tag, G_IO_IN);
	for (unsigned i = 0; i < ACCEPTS_PER_TURN && !g_source_is_destroyed(source); i++) {
		struct sockaddr_storage from;
		socklen_t n = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			accept_one(l, fd, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			turn_away(l);
			g_source_modify_unix_fd(source, l->tag, 0);
			g_source_set_ready_time(source, g_get_monotonic_time() + REST_US);
			break;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
	}
	return G_SOURCE_CONTINUE;
}

static void listener_finalize(GSource *source)
{
	struct channel_listener *l = (struct channel_listener *)source;

	if (l->fd >= 0)
		close(l->fd);
	if (l->spare >= 0)
		close(l->spare);
	channel_tls_unref(l->tls);
	if (l->context)
		g_main_context_unref(l->context);
}

static GSourceFuncs listener_funcs = {
	.check = listener_check,
	.dispatch = listener_dispatch,
	.finalize = listener_finalize,
};

struct channel_listener *
channel_listen_on(int fd, struct channel_tls *tls, const struct channel_handler *handler,
		  void *(*accept_fn)(struct channel *c, void *listener_user), void *listener_user,
		  GMainContext *context)
{
	struct channel_listener *l =
	    (struct channel_listener *)g_source_new(&listener_funcs, sizeof(*l));
	int flags = fcntl(fd, F_GETFL);

	g_source_set_static_name(&l->source, "listener");
	l->tls = channel_tls_ref(tls);
	l->handler = handler;
	l->accept = accept_fn;
	l->user = listener_user;
	l->context = context ? g_main_context_ref(context) : NULL;
	l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	l->fd = fd;
	socket_local(fd, &l->local);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	l->tag = g_source_add_unix_fd(&l->source, fd, G_IO_IN);
	g_source_attach(&l->source, context);
	return l;
}

struct channel_listener *channel_listen(const struct endpoint *local, struct channel_tls *tls,
					const struct channel_handler *handler,
					void *(*accept_fn)(struct channel *c, void *listener_user),
					void *listener_user, GMainContext *context, GError **error)
{
	struct endpoint bound;
	int fd = socket_bound(local, SOCK_STREAM, &bound, error);

	if (fd >= 0 && listen(fd, BACKLOG) != 0) {
		g_set_error(error, SOCKET_ERROR, errno, "cannot listen: %s", g_strerror(errno));
		close(fd);
		fd = -1;
	}
	return fd < 0 ? NULL
		      : channel_listen_on(fd, tls, handler, accept_fn, listener_user, context);
}

const struct endpoint *channel_listener_local(const struct channel_listener *l)
{
	return &l->local;
}

void channel_listener_set_tls(struct channel_listener *l, struct channel_tls *tls)
{
	channel_tls_ref(tls);
	channel_tls_unref(l->tls);
	l->tls = tls;
}

void channel_listener_free(struct channel_listener *l)
{
	if (!l)
		return;
	g_source_destroy(&l->source);
	g_source_unref(&l->source);
}
