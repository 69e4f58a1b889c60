/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TLS 1.3 (or lab plain TCP) connection that carries stub messages: raw OpenSSL over memory BIOs, non-blocking, one GSource a connection.
 * Bank (server), gateway and probe (client) use the same one. Wire profile rules 25 and 34.
 */
#ifndef IKESYNC_NET_CHANNEL_H
#define IKESYNC_NET_CHANNEL_H

#include <glib.h>

#include "net/endpoint.h"
#include "wire/stub_message.h"

/* Who a certificate says its holder is (rule 34). */
#define CHANNEL_ADDRESSES_MAX 64
#define CHANNEL_POOL_SIZE 256
#define CHANNEL_SERIAL_SIZE 64
struct channel_identity {
	unsigned n_addresses;
	struct address addresses[CHANNEL_ADDRESSES_MAX]; /* iPAddress SANs */
	char pool[CHANNEL_POOL_SIZE];                    /* URI SAN; "" = none */
	char subject[256];                               /* RFC 4514, for logs */
	char serial[CHANNEL_SERIAL_SIZE];                /* hexadecimal, without zeros in front */
	int64_t not_after;       /* UTC seconds: the end of the certificate; 0: there is none */
	uint8_t fingerprint[32]; /* SHA-256 of the certificate */
};

struct channel_tls; /* channel_tls.h */
struct channel;

enum channel_direction { CHANNEL_SENT, CHANNEL_RECEIVED };

/* All callbacks run in the loop. Any of them may call channel_close(), none channel_free() on itself: use closed(). */
struct channel_handler {
	/*
	 * Handshake done (TLS) or connected (plain; identity has no addresses then). A TLS 1.3 client is up before the server has
	 * looked at its certificate: a refusal arrives afterwards, as closed().
	 */
	void (*up)(struct channel *c, const struct channel_identity *peer, void *user);
	/*
	 * One whole stub message; borrowed until return. One exception: when the stream cannot be followed any more (a Length below
	 * STUB_HEADER_SIZE), its next octets (up to 64) come as a last message, which stub_message_parse() refuses with ERR_LENGTH;
	 * answer `malformed` if you are the server. The channel then closes by itself, after what you have sent.
	 */
	void (*message)(struct channel *c, struct span message, void *user);
	/*
	 * Instead of message(), for a protocol of its own: all octets that wait, borrowed until return. Returns how many it took; the
	 * rest comes again with more. The queue has no limit then. NULL: stub messages.
	 */
	size_t (*octets)(struct channel *c, struct span octets, void *user);
	/* Several messages came in one read and all have been handed over: a place to flush batches. May be NULL. */
	void (*batch_end)(struct channel *c, void *user);
	/*
	 * Gone: `why` is a static or short-lived English text ("closed by peer", "TLS: certificate required", ...).
	 * Called exactly once per channel, always from the loop, after which the channel is freed by itself.
	 */
	void (*closed)(struct channel *c, const char *why, void *user);
	/* Every octet on the TCP connection, before decryption or after encryption: for captures. May be NULL. */
	void (*tap)(struct channel *c, enum channel_direction d, struct span octets, void *user);
	/* Whole stub messages in clear, as tap. May be NULL. */
	void (*clear_tap)(struct channel *c, enum channel_direction d, struct span message,
			  void *user);
};

/* Start connecting; never NULL: every failure comes as closed(). `tls` NULL: plain TCP. `server_name` is compared with the peer's SANs (DNS or IP); NULL: the remote address. */
struct channel *channel_connect(const struct endpoint *remote, const struct endpoint *local_or_null,
				struct channel_tls *tls, const char *server_name,
				const struct channel_handler *handler, void *user,
				GMainContext *context);

/* The same over a Unix socket: plain, since whoever may open its path is trusted. */
struct channel *channel_connect_unix(const char *path, const struct channel_handler *handler,
				     void *user, GMainContext *context);

/*
 * Queue octets (normally one stub message), copied; sent at the end of the current loop turn, many in one TLS record and one write.
 * false when the channel is closed or more than the queue limit (16 MiB default) waits: the caller must slow down.
 */
bool channel_send(struct channel *c, struct span octets);
size_t channel_queued(const struct channel *c);
/*
 * Stop and resume reading (back-pressure): resume handles what had been read already, in order.
 */
void channel_pause(struct channel *c, bool paused);
const struct endpoint *channel_remote(const struct channel *c);
const struct endpoint *channel_local(const struct channel *c);
const struct channel_identity *channel_peer(const struct channel *c);
/*
 * Would the peer's certificate be taken by `tls` today (chain, end, CRL, denied serials)? Plain TCP: yes. false and
 * the reason.
 */
bool channel_trusted(const struct channel *c, struct channel_tls *tls, char *why, size_t cap);
/*
 * Flush what is queued, close_notify, FIN, wait up to 1 s for the peer's; closed() follows. Messages that come meanwhile are not
 * delivered. `why` is what closed() will report.
 */
void channel_close(struct channel *c, const char *why);
/* RST: drop what is queued. closed() follows. */
void channel_abort(struct channel *c, const char *why);
/* RST, and no callback any more: the channel must not be used afterwards. Allowed anywhere, also in its own callbacks. */
void channel_drop(struct channel *c);
void *channel_user(const struct channel *c);
void channel_set_user(struct channel *c, void *user);

/* ---- for channel_listen.c ---- */

/* Wrap an accepted socket, whose ownership passes. Not attached yet: nothing happens before channel_start(). */
struct channel *channel_accepted(int fd, const struct endpoint *local,
				 const struct endpoint *remote, struct channel_tls *tls,
				 const struct channel_handler *handler);
void channel_start(struct channel *c, void *user, GMainContext *context);
/* Instead of channel_start(): reset and free. */
void channel_refuse(struct channel *c);

#endif
