/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a capture down to UDP datagrams and TCP segments: link layer, IPv4 and IPv6, and IP
 * fragments put together in whatever order they came.
 */
#ifndef IKESYNC_PROBE_READER_PACKET_H
#define IKESYNC_PROBE_READER_PACKET_H

#include "net/endpoint.h"
#include "wire/span.h"

/* What of a frame a capture can hold. */
struct packet {
	bool tcp; /* else UDP */
	bool cut; /* the capture kept only the beginning */
	struct endpoint from, to;
	struct span payload; /* borrowed, until the next call */
	uint32_t seq;        /* TCP */
	bool syn, ack;
};

struct packet_reader;

/* `link`: a DLT_ number of libpcap. NULL: one that is not read. */
struct packet_reader *packet_reader_new(int link);
void packet_reader_free(struct packet_reader *r);
/*
 * Take a frame of which `frame` was kept and that had `wire` octets. false: it ends no datagram or
 * segment (something else, a fragment that others follow).
 */
bool packet_reader_take(struct packet_reader *r, struct span frame, size_t wire,
			struct packet *out);
/* Datagrams of which fragments are missing so far. */
unsigned packet_reader_incomplete(const struct packet_reader *r);

#endif
