/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending and receiving of a channel. Private to lib/net. */
#ifndef IKESYNC_NET_CHANNEL_IO_H
#define IKESYNC_NET_CHANNEL_IO_H

#include "net/channel_state.h"

/* All that is queued and that the socket takes; on the way out also close_notify and FIN. */
void channel_io_flush(struct channel *c);
/* Hand over the whole messages that have come, unless reading is paused. */
void channel_io_deliver(struct channel *c);
/* Read what the socket has, within bounds for one turn. */
void channel_io_read(struct channel *c);
/* Go on with the TLS handshake. */
void channel_io_handshake(struct channel *c);
/* Connected, and the peer known: tell the handler. */
void channel_io_come_up(struct channel *c);

#endif
