/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What channel_listen.c needs of channel.c. Private to lib/net. */
#ifndef IKESYNC_NET_CHANNEL_INTERNAL_H
#define IKESYNC_NET_CHANNEL_INTERNAL_H

#include "net/channel.h"

/* Wrap an accepted socket, whose ownership passes. Not attached yet: nothing happens before channel_start(). */
struct channel *channel_accepted(int fd, const struct endpoint *local,
				 const struct endpoint *remote, struct channel_tls *tls,
				 const struct channel_handler *handler);
void channel_start(struct channel *c, void *user, GMainContext *context);
/* Instead of channel_start(): reset and free. */
void channel_refuse(struct channel *c);

#endif
