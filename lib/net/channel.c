/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/channel.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/channel_internal.h"
#include "net/channel_tls.h"
#include "net/socket_util.h"

#define HANDSHAKE_TIMEOUT_US (10 * G_USEC_PER_SEC)
/* Time for the peer to take what is queued once we are closing, and then for its FIN. */
#define CLOSE_TIMEOUT_US (5 * G_USEC_PER_SEC)
#define LINGER_TIMEOUT_US (1 * G_USEC_PER_SEC)
#define QUEUE_LIMIT (16 * 1024 * 1024)
/* No more than this is encrypted ahead of the socket. */
#define WIRE_LIMIT (256 * 1024)
#define CHUNK 65536
#define READS_PER_TURN 4
/* Of a stream that cannot be followed any more, this much is shown to the handler. */
#define BROKEN_MAX 64

enum state {
	CONNECTING, /* TCP */
	HANDSHAKE,  /* TLS */
	UP,
	FLUSHING,  /* closing: what is queued goes out */
	LINGERING, /* FIN sent, waiting for the peer's, so that no RST overtakes what we sent */
	GONE,      /* closed() is due */
	DEAD,      /* closed() was called, or nobody wants it */
};

/* Octets in order of arrival, taken from the front. */
struct queue {
	GByteArray *array;
	size_t taken;
};

struct channel {
	GSource source; /* the channel's memory is its source's */
	enum state state;
	int fd;
	gpointer tag;
	GIOCondition polled;
	bool kicked, paused, ended, hung_up, client;
	int64_t deadline; /* monotonic us; 0: none */
	struct channel_tls *tls;
	SSL *ssl;
	BIO *bio_in, *bio_out; /* owned by ssl */
	struct queue in;       /* clear, not yet handed over */
	struct queue out;      /* clear, not yet encrypted */
	struct queue wire;     /* not yet taken by the socket */
	struct endpoint local, remote;
	struct channel_identity peer;
	const struct channel_handler *handler;
	void *user;
	char why[320];
};

static size_t queue_left(const struct queue *q)
{
	return q->array->len - q->taken;
}

static struct span queue_peek(const struct queue *q)
{
	return queue_left(q) ? span_of(&q->array->data[q->taken], queue_left(q)) : SPAN_NONE;
}

static void queue_add(struct queue *q, struct span s)
{
	/* Move the rest to the front before the array grows, and only when that is little beside what has been taken. */
	if (q->taken > CHUNK && q->taken > queue_left(q)) {
		g_byte_array_remove_range(q->array, 0, (guint)q->taken);
		q->taken = 0;
	}
	if (s.n)
		g_byte_array_append(q->array, s.p, (guint)s.n);
}

static void queue_take(struct queue *q, size_t n)
{
	q->taken += n;
	if (q->taken < q->array->len)
		return;
	g_byte_array_set_size(q->array, 0);
	q->taken = 0;
}

static void queue_clear(struct queue *q)
{
	/* Stubs in clear may have been here (rule 35). */
	if (q->array->len)
		explicit_bzero(q->array->data, q->array->len);
	g_byte_array_set_size(q->array, 0);
	q->taken = 0;
}

/* ---- state ---- */

static void update_ready_time(struct channel *c)
{
	g_source_set_ready_time(&c->source, c->kicked ? 0 : c->deadline ? c->deadline : -1);
}

static void kick(struct channel *c)
{
	c->kicked = true;
	update_ready_time(c);
}

static void set_deadline(struct channel *c, int64_t after_us)
{
	c->deadline = after_us ? g_get_monotonic_time() + after_us : 0;
	update_ready_time(c);
}

static void poll_for(struct channel *c)
{
	GIOCondition want = 0;

	if (!c->tag)
		return;
	if (c->state == CONNECTING || queue_left(&c->wire))
		want |= G_IO_OUT;
	if (!c->ended && (c->state == HANDSHAKE || c->state == LINGERING || c->state == FLUSHING ||
			  (c->state == UP && !c->paused)))
		want |= G_IO_IN;
	if (want != c->polled)
		g_source_modify_unix_fd(&c->source, c->tag, want);
	c->polled = want;
}

static void set_why(struct channel *c, const char *why)
{
	if (!c->why[0])
		g_strlcpy(c->why, why, sizeof(c->why));
}

/* The socket is of no more use. closed() follows from the loop. */
static void gone(struct channel *c, const char *why)
{
	if (c->state >= GONE)
		return;
	set_why(c, why);
	c->state = GONE;
	if (c->tag)
		g_source_remove_unix_fd(&c->source, c->tag);
	c->tag = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->deadline = 0;
	kick(c);
}

static void tap(struct channel *c, enum channel_direction d, struct span octets)
{
	if (c->handler && c->handler->tap)
		c->handler->tap(c, d, octets, c->user);
}

static void clear_tap(struct channel *c, enum channel_direction d, struct span message)
{
	if (c->handler && c->handler->clear_tap)
		c->handler->clear_tap(c, d, message, c->user);
}

/* ---- sending ---- */

static void drain_bio(struct channel *c)
{
	uint8_t octets[16384];
	int n;

	while (c->ssl && (n = BIO_read(c->bio_out, octets, sizeof(octets))) > 0)
		queue_add(&c->wire, span_of(octets, (size_t)n));
}

static void encrypt(struct channel *c)
{
	while (queue_left(&c->out) && queue_left(&c->wire) < WIRE_LIMIT) {
		struct span s = queue_peek(&c->out);
		size_t n = s.n < CHUNK ? s.n : CHUNK;

		if (c->ssl) {
			ERR_clear_error();
			if (SSL_write_ex(c->ssl, s.p, n, &n) != 1) {
				/* Memory BIOs take everything and TLS 1.3 never waits for the peer here. */
				gone(c, "TLS: cannot encrypt");
				return;
			}
			drain_bio(c);
		} else {
			queue_add(&c->wire, span_of(s.p, n));
		}
		queue_take(&c->out, n);
	}
}

static void write_wire(struct channel *c)
{
	while (queue_left(&c->wire)) {
		struct span s = queue_peek(&c->wire);
		ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0) {
			gone(c, g_strerror(errno));
			return;
		}
		tap(c, CHANNEL_SENT, span_of(s.p, (size_t)n));
		queue_take(&c->wire, (size_t)n);
	}
}

/* All that is queued and that the socket takes; on the way out also close_notify and FIN. */
static void flush(struct channel *c)
{
	if (c->state < HANDSHAKE || c->state > FLUSHING)
		return;
	do {
		if (c->state >= UP)
			encrypt(c);
		write_wire(c);
	} while (c->state >= UP && c->state <= FLUSHING && queue_left(&c->out) &&
		 !queue_left(&c->wire));
	if (c->state == FLUSHING && !queue_left(&c->wire)) {
		if (c->ssl && SSL_is_init_finished(c->ssl) &&
		    !(SSL_get_shutdown(c->ssl) & SSL_SENT_SHUTDOWN)) {
			ERR_clear_error();
			SSL_shutdown(c->ssl);
			drain_bio(c);
			write_wire(c);
		}
		if (c->state == FLUSHING && !queue_left(&c->wire)) {
			shutdown(c->fd, SHUT_WR);
			if (c->ended) {
				gone(c, "closed");
				return;
			}
			c->state = LINGERING;
			set_deadline(c, LINGER_TIMEOUT_US);
		}
	}
	poll_for(c);
}

/* Leave in good order: queued octets first. */
static void leave(struct channel *c, const char *why)
{
	if (c->state >= FLUSHING)
		return;
	set_why(c, why);
	if (c->state == CONNECTING) {
		gone(c, why);
		return;
	}
	if (c->state == HANDSHAKE)
		queue_clear(&c->out); /* can only be sent to a peer that we know */
	c->state = FLUSHING;
	set_deadline(c, CLOSE_TIMEOUT_US);
	kick(c);
}

static void leave_tls(struct channel *c)
{
	char reason[256], why[300];

	channel_tls_reason(c->ssl, reason, sizeof(reason));
	snprintf(why, sizeof(why), "TLS: %s", reason);
	drain_bio(c); /* the alert */
	queue_clear(&c->out);
	if (c->state < UP)
		c->state = HANDSHAKE;
	leave(c, why);
}

/* ---- receiving ---- */

static void deliver(struct channel *c)
{
	bool any = false;

	while (c->state == UP && !c->paused) {
		struct span rest = queue_peek(&c->in), message;
		size_t n = 0;

		if (stub_message_length(rest, &n) != ERR_OK) {
			message = span_of(rest.p, rest.n < BROKEN_MAX ? rest.n : BROKEN_MAX);
			clear_tap(c, CHANNEL_RECEIVED, message);
			c->ended = true;
			any = true;
			c->handler->message(c, message, c->user);
			leave(c, "broken message length");
			break;
		}
		if (n == 0 || n > rest.n)
			break;
		message = span_of(rest.p, n);
		clear_tap(c, CHANNEL_RECEIVED, message);
		any = true;
		if (c->handler)
			c->handler->message(c, message, c->user);
		/* The callback may have dropped the channel and its queues with it. */
		if (queue_left(&c->in))
			queue_take(&c->in, n);
	}
	if (any && c->handler && c->handler->batch_end && c->state < GONE)
		c->handler->batch_end(c, c->user);
	if (c->state == UP && !c->paused && c->ended)
		leave(c, queue_left(&c->in) ? "closed by peer inside a message" : "closed by peer");
	if (c->state >= FLUSHING)
		queue_clear(&c->in);
}

static void come_up(struct channel *c)
{
	c->state = UP;
	set_deadline(c, 0);
	if (c->handler->up)
		c->handler->up(c, &c->peer, c->user);
}

static void handshake(struct channel *c)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(c->ssl);
	drain_bio(c);
	if (r != 1) {
		int why = SSL_get_error(c->ssl, r);

		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			leave_tls(c);
		else if (c->ended)
			gone(c, "closed by peer in the handshake");
		return;
	}
	if (!channel_tls_alpn_agreed(c->tls, c->ssl)) {
		leave(c, "TLS: peer did not agree on ALPN " STUB_ALPN);
		return;
	}
	channel_tls_identity(c->ssl, &c->peer);
	come_up(c);
}

/* What came from the socket lies in the BIO (TLS): make clear octets of it. */
static void decrypt(struct channel *c)
{
	uint8_t octets[16384];
	size_t n;

	if (c->state == HANDSHAKE)
		handshake(c);
	while (c->state == UP) {
		int why;

		ERR_clear_error();
		if (SSL_read_ex(c->ssl, octets, sizeof(octets), &n) == 1) {
			queue_add(&c->in, span_of(octets, n));
			continue;
		}
		why = SSL_get_error(c->ssl, 0);
		if (why == SSL_ERROR_ZERO_RETURN) {
			c->ended = true;
		} else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
			/* Messages that came whole before the alert are the peer's word all the same. */
			deliver(c);
			leave_tls(c);
		}
		break;
	}
	explicit_bzero(octets, sizeof(octets));
	drain_bio(c);
}

static void read_socket(struct channel *c)
{
	uint8_t octets[CHUNK];

	for (unsigned i = 0; i < READS_PER_TURN; i++) {
		bool reading =
		    !c->ended && (c->state == HANDSHAKE || (c->state == UP && !c->paused));
		ssize_t n;

		if (!reading && c->state != FLUSHING && c->state != LINGERING)
			return;
		n = recv(c->fd, octets, sizeof(octets), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0) {
			gone(c, g_strerror(errno));
			return;
		}
		if (n == 0) {
			c->ended = true;
			if (c->state == LINGERING)
				gone(c, "closed");
			else if (c->state == HANDSHAKE)
				gone(c, "closed by peer in the handshake");
			else if (c->state == UP)
				deliver(c);
			return;
		}
		tap(c, CHANNEL_RECEIVED, span_of(octets, (size_t)n));
		if (!reading)
			continue; /* closing: read only so that the kernel sends no RST */
		if (c->ssl) {
			BIO_write(c->bio_in, octets, (int)n);
			decrypt(c);
		} else {
			queue_add(&c->in, span_of(octets, (size_t)n));
		}
		deliver(c);
		if (n < (ssize_t)sizeof(octets))
			return;
	}
}

static void finish_connect(struct channel *c)
{
	int failure = 0;
	socklen_t n = sizeof(failure);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failure, &n) != 0)
		failure = errno;
	if (failure) {
		gone(c, g_strerror(failure));
		return;
	}
	socket_local(c->fd, &c->local);
	if (!c->ssl) {
		come_up(c);
		return;
	}
	c->state = HANDSHAKE;
	handshake(c);
}

static void timed_out(struct channel *c)
{
	set_deadline(c, 0);
	if (c->state == CONNECTING || c->state == HANDSHAKE)
		gone(c, c->state == CONNECTING ? "connection timed out" : "handshake timed out");
	else if (c->state == FLUSHING || c->state == LINGERING)
		gone(c, "closed");
}

/* ---- the source ---- */

static gboolean channel_prepare(GSource *source, gint *timeout)
{
	struct channel *c = (struct channel *)source;

	*timeout = -1;
	if (c->state == UP && (queue_left(&c->out) || queue_left(&c->wire)))
		flush(c);
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
	update_ready_time(c);
	if (c->deadline && g_get_monotonic_time() >= c->deadline)
		timed_out(c);
	if (c->state == CONNECTING && seen)
		finish_connect(c);
	else if (c->state == HANDSHAKE && kicked && c->client == false && !c->ssl)
		come_up(c);
	if (kicked && c->state == UP)
		deliver(c);
	if (seen & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		read_socket(c);
	/* poll() tells of hang-ups unasked: not while nobody wants to know (paused), or it would never sleep. */
	if (seen & (G_IO_HUP | G_IO_ERR) && c->tag && c->state == UP && c->paused) {
		g_source_remove_unix_fd(source, c->tag);
		c->tag = NULL;
		c->hung_up = true;
	}
	flush(c);
	poll_for(c);
	if (c->state == GONE) {
		c->state = DEAD;
		if (c->handler)
			c->handler->closed(c, c->why, c->user);
	}
	if (c->state != DEAD)
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
	queue_clear(&c->in);
	queue_clear(&c->out);
	g_byte_array_unref(c->in.array);
	g_byte_array_unref(c->out.array);
	g_byte_array_unref(c->wire.array);
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
	c->in.array = g_byte_array_new();
	c->out.array = g_byte_array_new();
	c->wire.array = g_byte_array_new();
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
	c->state = CONNECTING;
	if (c->fd < 0) {
		gone(c, g_strerror(errno));
	} else if (!start_tls(c, server_name)) {
		gone(c, "TLS: no session");
	} else {
		socket_set(c->fd, IPPROTO_TCP, TCP_NODELAY, 1);
		socket_watch(c->fd);
		if (local_or_null) {
			n = endpoint_to_sockaddr(local_or_null, &sa);
			if (bind(c->fd, (struct sockaddr *)&sa, n) != 0)
				gone(c, g_strerror(errno));
		}
		n = endpoint_to_sockaddr(remote, &sa);
		if (c->state == CONNECTING && connect(c->fd, (struct sockaddr *)&sa, n) != 0 &&
		    errno != EINPROGRESS)
			gone(c, g_strerror(errno));
	}
	if (c->state == CONNECTING) {
		socket_local(c->fd, &c->local);
		channel_start(c, user, context);
	} else {
		g_source_attach(&c->source, context);
	}
	return c;
}

struct channel *channel_accepted(int fd, const struct endpoint *local,
				 const struct endpoint *remote, struct channel_tls *tls,
				 const struct channel_handler *handler)
{
	struct channel *c = channel_new(fd, remote, tls, handler);

	c->local = *local;
	c->state = HANDSHAKE;
	socket_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	socket_watch(fd);
	if (!start_tls(c, NULL))
		gone(c, "TLS: no session");
	return c;
}

void channel_start(struct channel *c, void *user, GMainContext *context)
{
	c->user = user;
	if (c->state < GONE) {
		c->tag = g_source_add_unix_fd(&c->source, c->fd, 0);
		poll_for(c);
		set_deadline(c, HANDSHAKE_TIMEOUT_US);
		if (!c->ssl && !c->client)
			kick(c); /* plain and accepted: up() from the loop */
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
	if (c->state > UP || queue_left(&c->out) + octets.n > QUEUE_LIMIT)
		return false;
	queue_add(&c->out, octets);
	clear_tap(c, CHANNEL_SENT, octets);
	return true;
}

size_t channel_queued(const struct channel *c)
{
	return queue_left(&c->out) + queue_left(&c->wire);
}

void channel_pause(struct channel *c, bool paused)
{
	if (c->paused == paused)
		return;
	c->paused = paused;
	if (c->state != UP)
		return;
	if (c->hung_up && !paused) {
		c->hung_up = false;
		c->polled = 0;
		c->tag = g_source_add_unix_fd(&c->source, c->fd, 0);
	}
	poll_for(c);
	if (!paused)
		kick(c);
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

void channel_close(struct channel *c, const char *why)
{
	leave(c, why);
}

void channel_abort(struct channel *c, const char *why)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (c->state >= GONE)
		return;
	if (c->fd >= 0)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	gone(c, why);
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
