/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where channels come from on the server's side. */
#ifndef IKESYNC_NET_CHANNEL_LISTEN_H
#define IKESYNC_NET_CHANNEL_LISTEN_H

#include "net/channel.h"

struct channel_listener;
/*
 * Listen; each accepted connection gets `handler`, and `user` is what accept() returned for it (NULL refuses it).
 * NULL and a GError. `tls` NULL: plain TCP.
 */
struct channel_listener *channel_listen(const struct endpoint *local, struct channel_tls *tls,
					const struct channel_handler *handler,
					void *(*accept)(struct channel *c, void *listener_user),
					void *listener_user, GMainContext *context, GError **error);
/* The same on a socket that is bound and listens already; takes it over. */
struct channel_listener *channel_listen_on(int fd, struct channel_tls *tls,
					   const struct channel_handler *handler,
					   void *(*accept)(struct channel *c, void *listener_user),
					   void *listener_user, GMainContext *context);
const struct endpoint *channel_listener_local(const struct channel_listener *l);
/* What is accepted from now on is asked by other rules; NULL where it was NULL. */
void channel_listener_set_tls(struct channel_listener *l, struct channel_tls *tls);
/* Stops accepting. Accepted channels live on. */
void channel_listener_free(struct channel_listener *l);

#endif
