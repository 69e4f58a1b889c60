/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that make a channel share. Private to lib/net. */
#ifndef IKESYNC_NET_CHANNEL_STATE_H
#define IKESYNC_NET_CHANNEL_STATE_H

#include <openssl/ssl.h>

#include "net/channel.h"
#include "net/octet_queue.h"

enum channel_state {
	CHANNEL_CONNECTING, /* TCP */
	CHANNEL_HANDSHAKE,  /* TLS */
	CHANNEL_UP,
	CHANNEL_FLUSHING, /* closing: what is queued goes out */
	CHANNEL_LINGERING, /* FIN sent, waiting for the peer's, so that no RST overtakes what we sent */
	CHANNEL_GONE,      /* closed() is due */
	CHANNEL_DEAD,      /* closed() was called, or nobody wants it */
};

struct channel {
	GSource source; /* the channel's memory is its source's */
	enum channel_state state;
	int fd;
	gpointer tag;
	GIOCondition polled;
	bool kicked, paused, ended, hung_up, client;
	int64_t deadline; /* monotonic us; 0: none */
	struct channel_tls *tls;
	SSL *ssl;
	BIO *bio_in, *bio_out;   /* owned by ssl */
	struct octet_queue in;   /* clear, not yet handed over */
	struct octet_queue out;  /* clear, not yet encrypted */
	struct octet_queue wire; /* not yet taken by the socket */
	struct endpoint local, remote;
	struct channel_identity peer;
	const struct channel_handler *handler;
	void *user;
	char why[320];
};

/* When the loop must come by: at once after a kick, else at the deadline. */
void channel_state_ready_time(struct channel *c);
/* Have the loop dispatch the channel in its next turn. */
void channel_state_kick(struct channel *c);
/* Time out after so many microseconds; 0: never. */
void channel_state_deadline(struct channel *c, int64_t after_us);
/* Poll the socket for what the state waits for. */
void channel_state_poll(struct channel *c);
/* The socket is of no more use. closed() follows from the loop. */
void channel_state_gone(struct channel *c, const char *why);
/* Leave in good order: queued octets first. */
void channel_state_leave(struct channel *c, const char *why);
void channel_state_tap(struct channel *c, enum channel_direction d, struct span octets);
void channel_state_clear_tap(struct channel *c, enum channel_direction d, struct span message);

#endif
