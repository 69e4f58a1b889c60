/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets between socket, TLS and whole messages. */
#include "net/channel_io.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>

#include "keys/secret.h"
#include "net/channel_tls.h"

/* Time for the peer's FIN once ours is sent. */
#define LINGER_TIMEOUT_US (1 * G_USEC_PER_SEC)
/* No more than this is encrypted ahead of the socket. */
#define WIRE_LIMIT (256 * 1024)
#define CHUNK 65536
#define READS_PER_TURN 4
/* Of a stream that cannot be followed any more, this much is shown to the handler. */
#define BROKEN_MAX 64

/* ---- sending ---- */

static void drain_bio(struct channel *c)
{
	uint8_t octets[16384];
	int n;

	while (c->ssl && (n = BIO_read(c->bio_out, octets, sizeof(octets))) > 0)
		octet_queue_add(&c->wire, span_of(octets, (size_t)n));
}

static void encrypt(struct channel *c)
{
	while (octet_queue_left(&c->out) && octet_queue_left(&c->wire) < WIRE_LIMIT) {
		struct span s = octet_queue_peek(&c->out);
		size_t n = s.n < CHUNK ? s.n : CHUNK;

		if (c->ssl) {
			ERR_clear_error();
			if (SSL_write_ex(c->ssl, s.p, n, &n) != 1) {
				/* Memory BIOs take everything and TLS 1.3 never waits for the peer here. */
				channel_state_gone(c, "TLS: cannot encrypt");
				return;
			}
			drain_bio(c);
		} else {
			octet_queue_add(&c->wire, span_of(s.p, n));
		}
		octet_queue_take(&c->out, n);
	}
}

static void write_wire(struct channel *c)
{
	while (octet_queue_left(&c->wire)) {
		struct span s = octet_queue_peek(&c->wire);
		ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0) {
			channel_state_gone(c, g_strerror(errno));
			return;
		}
		channel_state_tap(c, CHANNEL_SENT, span_of(s.p, (size_t)n));
		octet_queue_take(&c->wire, (size_t)n);
	}
}

/* All that is queued and that the socket takes; on the way out also close_notify and FIN. */
void channel_io_flush(struct channel *c)
{
	if (c->state < CHANNEL_HANDSHAKE || c->state > CHANNEL_FLUSHING)
		return;
	do {
		if (c->state >= CHANNEL_UP)
			encrypt(c);
		write_wire(c);
	} while (c->state >= CHANNEL_UP && c->state <= CHANNEL_FLUSHING &&
		 octet_queue_left(&c->out) && !octet_queue_left(&c->wire));
	if (c->state == CHANNEL_FLUSHING && !octet_queue_left(&c->wire)) {
		if (c->ssl && SSL_is_init_finished(c->ssl) &&
		    !(SSL_get_shutdown(c->ssl) & SSL_SENT_SHUTDOWN)) {
			ERR_clear_error();
			SSL_shutdown(c->ssl);
			drain_bio(c);
			write_wire(c);
		}
		if (c->state == CHANNEL_FLUSHING && !octet_queue_left(&c->wire)) {
			shutdown(c->fd, SHUT_WR);
			if (c->ended) {
				channel_state_gone(c, "closed");
				return;
			}
			c->state = CHANNEL_LINGERING;
			channel_state_deadline(c, LINGER_TIMEOUT_US);
		}
	}
	channel_state_poll(c);
}

static void leave_tls(struct channel *c)
{
	char reason[256], why[300];

	channel_tls_reason(c->ssl, reason, sizeof(reason));
	snprintf(why, sizeof(why), "TLS: %s", reason);
	drain_bio(c); /* the alert */
	octet_queue_clear(&c->out);
	if (c->state < CHANNEL_UP)
		c->state = CHANNEL_HANDSHAKE;
	channel_state_leave(c, why);
}

/* ---- receiving ---- */

/* Of a protocol that is not ours. */
static void deliver_octets(struct channel *c)
{
	size_t n = 1;

	while (c->state == CHANNEL_UP && !c->paused && n > 0 && octet_queue_left(&c->in)) {
		n = c->handler->octets(c, octet_queue_peek(&c->in), c->user);
		if (n > 0)
			octet_queue_take(&c->in, n);
	}
	if (c->state == CHANNEL_UP && !c->paused && c->ended)
		channel_state_leave(c, "closed by peer");
	if (c->state >= CHANNEL_FLUSHING)
		octet_queue_clear(&c->in);
}

void channel_io_deliver(struct channel *c)
{
	bool any = false;

	if (c->handler && c->handler->octets) {
		deliver_octets(c);
		return;
	}
	while (c->state == CHANNEL_UP && !c->paused) {
		struct span rest = octet_queue_peek(&c->in), message;
		size_t n = 0;

		if (stub_message_length(rest, &n) != ERR_OK) {
			message = span_of(rest.p, rest.n < BROKEN_MAX ? rest.n : BROKEN_MAX);
			channel_state_clear_tap(c, CHANNEL_RECEIVED, message);
			c->ended = true;
			any = true;
			c->handler->message(c, message, c->user);
			channel_state_leave(c, "broken message length");
			break;
		}
		if (n == 0 || n > rest.n)
			break;
		message = span_of(rest.p, n);
		channel_state_clear_tap(c, CHANNEL_RECEIVED, message);
		any = true;
		if (c->handler)
			c->handler->message(c, message, c->user);
		/* The callback may have dropped the channel and its queues with it. */
		if (octet_queue_left(&c->in))
			octet_queue_take(&c->in, n);
	}
	if (any && c->handler && c->handler->batch_end && c->state < CHANNEL_GONE)
		c->handler->batch_end(c, c->user);
	if (c->state == CHANNEL_UP && !c->paused && c->ended)
		channel_state_leave(c, octet_queue_left(&c->in) ? "closed by peer inside a message"
								: "closed by peer");
	if (c->state >= CHANNEL_FLUSHING)
		octet_queue_clear(&c->in);
}

void channel_io_come_up(struct channel *c)
{
	c->state = CHANNEL_UP;
	channel_state_deadline(c, 0);
	if (c->handler->up)
		c->handler->up(c, &c->peer, c->user);
}

void channel_io_handshake(struct channel *c)
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
			channel_state_gone(c, "closed by peer in the handshake");
		return;
	}
	if (!channel_tls_alpn_agreed(c->tls, c->ssl)) {
		channel_state_leave(c, "TLS: peer did not agree on ALPN " STUB_ALPN);
		return;
	}
	channel_tls_identity(c->ssl, &c->peer);
	channel_io_come_up(c);
}

/* What came from the socket lies in the BIO (TLS): make clear octets of it. */
static void decrypt(struct channel *c)
{
	uint8_t octets[16384];
	size_t n;

	if (c->state == CHANNEL_HANDSHAKE)
		channel_io_handshake(c);
	while (c->state == CHANNEL_UP) {
		int why;

		ERR_clear_error();
		if (SSL_read_ex(c->ssl, octets, sizeof(octets), &n) == 1) {
			octet_queue_add(&c->in, span_of(octets, n));
			continue;
		}
		why = SSL_get_error(c->ssl, 0);
		if (why == SSL_ERROR_ZERO_RETURN) {
			c->ended = true;
		} else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
			/* Messages that came whole before the alert are the peer's word all the same. */
			channel_io_deliver(c);
			leave_tls(c);
		}
		break;
	}
	secret_wipe(octets, sizeof(octets));
	drain_bio(c);
}

void channel_io_read(struct channel *c)
{
	uint8_t octets[CHUNK];

	for (unsigned i = 0; i < READS_PER_TURN; i++) {
		bool reading = !c->ended && (c->state == CHANNEL_HANDSHAKE ||
					     (c->state == CHANNEL_UP && !c->paused));
		ssize_t n;

		if (!reading && c->state != CHANNEL_FLUSHING && c->state != CHANNEL_LINGERING)
			return;
		n = recv(c->fd, octets, sizeof(octets), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0) {
			channel_state_gone(c, g_strerror(errno));
			return;
		}
		if (n == 0) {
			c->ended = true;
			if (c->state == CHANNEL_LINGERING)
				channel_state_gone(c, "closed");
			else if (c->state == CHANNEL_HANDSHAKE)
				channel_state_gone(c, "closed by peer in the handshake");
			else if (c->state == CHANNEL_UP)
				channel_io_deliver(c);
			return;
		}
		channel_state_tap(c, CHANNEL_RECEIVED, span_of(octets, (size_t)n));
		if (!reading)
			continue; /* closing: read only so that the kernel sends no RST */
		if (c->ssl) {
			BIO_write(c->bio_in, octets, (int)n);
			decrypt(c);
		} else {
			octet_queue_add(&c->in, span_of(octets, (size_t)n));
		}
		channel_io_deliver(c);
		if (n < (ssize_t)sizeof(octets))
			return;
	}
}
