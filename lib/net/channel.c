/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels as their users see them, and as a source of the loop. */
#include "net/channel.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/channel_io.h"
#include "net/channel_tls.h"
#include "net/socket_util.h"

#define HANDSHAKE_TIMEOUT_US (10 * G_USEC_PER_SEC)
#define QUEUE_LIMIT (16 * 1024 * 1024)

static void finish_connect(struct channel *c)
{
	int failure = 0;
	socklen_t n = sizeof(failure);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failure, &n) != 0)
		failure = errno;
	if (failure) {
		channel_state_gone(c, g_strerror(failure));
		return;
	}
	socket_local(c->fd, &c->local);
	if (!c->ssl) {
		channel_io_come_up(c);
		return;
	}
	c->state = CHANNEL_HANDSHAKE;
	channel_io_handshake(c);
}

static void timed_out(struct channel *c)
{
	channel_state_deadline(c, 0);
	if (c->state == CHANNEL_CONNECTING || c->state == CHANNEL_HANDSHAKE)
		channel_state_gone(c, c->state == CHANNEL_CONNECTING ? "connection timed out"
								     : "handshake timed out");
	else if (c->state == CHANNEL_FLUSHING || c->state == CHANNEL_LINGERING)
		channel_state_gone(c, "closed");
}

/* ---- the source ---- */

static gboolean channel_prepare(GSource *source, gint *timeout)
{
	struct channel *c = (struct channel *)source;

	*timeout = -1;
	if (c->state == CHANNEL_UP && (octet_queue_left(&c->out) || octet_queue_left(&c->wire)))
		channel_io_flush(c);
	return FALSE;
}

static gboolean channel_check(GSource *source)
{
	struct channel *c = (struct channel *)source;

	return c->tag && g_source_query_unix_fd(source, c->tag) != 0;
}

static gboolean channel_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct channel *c = (struct channel *)source;
	GIOCondition seen = c->tag ? g_source_query_unix_fd(source, c->tag) : 0;
	bool kicked = c->kicked;

	(void)callback;
	(void)user;
	c->kicked = false;
	channel_state_ready_time(c);
	if (c->deadline && g_get_monotonic_time() >= c->deadline)
		timed_out(c);
	if (c->state == CHANNEL_CONNECTING && seen)
		finish_connect(c);
	else if (c->state == CHANNEL_HANDSHAKE && kicked && c->client == false && !c->ssl)
		channel_io_come_up(c);
	if (kicked && c->state == CHANNEL_UP)
		channel_io_deliver(c);
	if (seen & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		channel_io_read(c);
	/* poll() tells of hang-ups unasked: not while nobody wants to know (paused), or it would never sleep. */
	if (seen & (G_IO_HUP | G_IO_ERR) && c->tag && c->state == CHANNEL_UP && c->paused) {
		g_source_remove_unix_fd(source, c->tag);
		c->tag = NULL;
		c->hung_up = true;
	}
	channel_io_flush(c);
	channel_state_poll(c);
	if (c->state == CHANNEL_GONE) {
		c->state = CHANNEL_DEAD;
		if (c->handler)
			c->handler->closed(c, c->why, c->user);
	}
	if (c->state != CHANNEL_DEAD)
		return G_SOURCE_CONTINUE;
	if (!g_source_is_destroyed(source)) {
		g_source_destroy(source);
		g_source_unref(source);
	}
	return G_SOURCE_REMOVE;
}

static void channel_finalize(GSource *source)
{
	struct channel *c = (struct channel *)source;

	if (c->fd >= 0)
		close(c->fd);
	SSL_free(c->ssl);
	channel_tls_unref(c->tls);
	octet_queue_clear(&c->in);
	octet_queue_clear(&c->out);
	octet_queue_clear(&c->wire);
}

static GSourceFuncs channel_funcs = {
	.prepare = channel_prepare,
	.check = channel_check,
	.dispatch = channel_dispatch,
	.finalize = channel_finalize,
};

static struct channel *channel_new(int fd, const struct endpoint *remote, struct channel_tls *tls,
				   const struct channel_handler *handler)
{
	struct channel *c = (struct channel *)g_source_new(&channel_funcs, sizeof(*c));

	g_source_set_static_name(&c->source, "channel");
	c->fd = fd;
	c->remote = *remote;
	c->tls = channel_tls_ref(tls);
	c->handler = handler;
	c->in.secret = c->out.secret = true;      /* stubs in clear (rule 35) */
	c->wire.secret = !tls && handler->octets; /* a password */
	return c;
}

static bool start_tls(struct channel *c, const char *server_name)
{
	if (!c->tls)
		return true;
	c->ssl = channel_tls_session(c->tls, server_name, &c->remote);
	if (!c->ssl)
		return false;
	c->bio_in = SSL_get_rbio(c->ssl);
	c->bio_out = SSL_get_wbio(c->ssl);
	return true;
}

struct channel *channel_connect(const struct endpoint *remote, const struct endpoint *local_or_null,
				struct channel_tls *tls, const char *server_name,
				const struct channel_handler *handler, void *user,
				GMainContext *context)
{
	struct channel *c = channel_new(socket_open(remote, SOCK_STREAM), remote, tls, handler);
	struct sockaddr_storage sa;
	socklen_t n;

	c->user = user;
	c->client = true;
	c->state = CHANNEL_CONNECTING;
	if (c->fd < 0) {
		channel_state_gone(c, g_strerror(errno));
	} else if (!start_tls(c, server_name)) {
		channel_state_gone(c, "TLS: no session");
	} else {
		socket_set(c->fd, IPPROTO_TCP, TCP_NODELAY, 1);
		socket_watch(c->fd);
		if (local_or_null) {
			n = endpoint_to_sockaddr(local_or_null, &sa);
			if (bind(c->fd, (struct sockaddr *)&sa, n) != 0)
				channel_state_gone(c, g_strerror(errno));
		}
		n = endpoint_to_sockaddr(remote, &sa);
		if (c->state == CHANNEL_CONNECTING &&
		    connect(c->fd, (struct sockaddr *)&sa, n) != 0 && errno != EINPROGRESS)
			channel_state_gone(c, g_strerror(errno));
	}
	if (c->state == CHANNEL_CONNECTING) {
		socket_local(c->fd, &c->local);
		channel_start(c, user, context);
	} else {
		g_source_attach(&c->source, context);
	}
	return c;
}

struct channel *channel_connect_unix(const char *path, const struct channel_handler *handler,
				     void *user, GMainContext *context)
{
	static const struct endpoint nowhere;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct channel *c = channel_new(fd, &nowhere, NULL, handler);

	c->user = user;
	c->client = true;
	c->state = CHANNEL_CONNECTING;
	if (fd < 0)
		channel_state_gone(c, g_strerror(errno));
	else if (g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path)) >= sizeof(sa.sun_path))
		channel_state_gone(c, g_strerror(ENAMETOOLONG));
	else if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		channel_state_gone(c, g_strerror(errno));
	if (c->state == CHANNEL_CONNECTING)
		channel_start(c, user, context);
	else
		g_source_attach(&c->source, context);
	return c;
}

struct channel *channel_accepted(int fd, const struct endpoint *local,
				 const struct endpoint *remote, struct channel_tls *tls,
				 const struct channel_handler *handler)
{
	struct channel *c = channel_new(fd, remote, tls, handler);

	c->local = *local;
	c->state = CHANNEL_HANDSHAKE;
	socket_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	socket_watch(fd);
	if (!start_tls(c, NULL))
		channel_state_gone(c, "TLS: no session");
	return c;
}

void channel_start(struct channel *c, void *user, GMainContext *context)
{
	c->user = user;
	if (c->state < CHANNEL_GONE) {
		c->tag = g_source_add_unix_fd(&c->source, c->fd, 0);
		channel_state_poll(c);
		channel_state_deadline(c, HANDSHAKE_TIMEOUT_US);
		if (!c->ssl && !c->client)
			channel_state_kick(c); /* plain and accepted: up() from the loop */
	}
	g_source_attach(&c->source, context);
}

void channel_refuse(struct channel *c)
{
	channel_abort(c, "refused");
	g_source_destroy(&c->source);
	g_source_unref(&c->source);
}

/* ---- what users ask ---- */

bool channel_send(struct channel *c, struct span octets)
{
	if (c->state > CHANNEL_UP ||
	    (!c->handler->octets && octet_queue_left(&c->out) + octets.n > QUEUE_LIMIT))
		return false;
	octet_queue_add(&c->out, octets);
	channel_state_clear_tap(c, CHANNEL_SENT, octets);
	return true;
}

size_t channel_queued(const struct channel *c)
{
	return octet_queue_left(&c->out) + octet_queue_left(&c->wire);
}

void channel_pause(struct channel *c, bool paused)
{
	if (c->paused == paused)
		return;
	c->paused = paused;
	if (c->state != CHANNEL_UP)
		return;
	if (c->hung_up && !paused) {
		c->hung_up = false;
		c->polled = 0;
		c->tag = g_source_add_unix_fd(&c->source, c->fd, 0);
	}
	channel_state_poll(c);
	if (!paused)
		channel_state_kick(c);
}

const struct endpoint *channel_remote(const struct channel *c)
{
	return &c->remote;
}

const struct endpoint *channel_local(const struct channel *c)
{
	return &c->local;
}

const struct channel_identity *channel_peer(const struct channel *c)
{
	return &c->peer;
}

bool channel_trusted(const struct channel *c, struct channel_tls *tls, char *why, size_t cap)
{
	return !c->ssl || channel_tls_trusts(tls, c->ssl, why, cap);
}

void channel_close(struct channel *c, const char *why)
{
	channel_state_leave(c, why);
}

void channel_abort(struct channel *c, const char *why)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (c->state >= CHANNEL_GONE)
		return;
	if (c->fd >= 0)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	channel_state_gone(c, why);
}

void channel_drop(struct channel *c)
{
	c->handler = NULL;
	channel_abort(c, "dropped");
}

void *channel_user(const struct channel *c)
{
	return c->user;
}

void channel_set_user(struct channel *c, void *user)
{
	c->user = user;
}
