/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets from the kernel through libpcap, where that is permitted (root or CAP_NET_RAW). */
#ifndef IKESYNC_PROBE_CAPTURE_LIVE_CAPTURE_H
#define IKESYNC_PROBE_CAPTURE_LIVE_CAPTURE_H

#include <glib.h>

#include "net/endpoint.h"
#include "wire/span.h"

struct live_capture;

struct live_packet {
	uint64_t ns; /* since 1970 UTC */
	GBytes *frame;
};

/*
 * Capture what goes to and from the remote endpoints (every UDP and TCP port of them) on the
 * interface that leads to all of them, or on "any". NULL and a GError when it is not permitted or
 * there are no endpoints.
 */
struct live_capture *live_capture_open(const struct endpoint *remotes, size_t n, GError **error);
void live_capture_free(struct live_capture *l);
const char *live_capture_device(const struct live_capture *l);
/* Link type for the pcapng file. */
uint32_t live_capture_linktype(const struct live_capture *l);
/* Take what the kernel has ready, without waiting. */
void live_capture_pump(struct live_capture *l);
/* Wait at most `timeout_ms` for a packet and take it. */
void live_capture_wait(struct live_capture *l, int timeout_ms);
/* Forget the packets taken so far. */
void live_capture_clear(struct live_capture *l);
/* struct live_packet *, in order of arrival. */
const GPtrArray *live_capture_packets(const struct live_capture *l);

/* A captured packet taken apart; `payload` is borrowed. */
struct live_parsed {
	bool tcp; /* else UDP */
	struct endpoint from, to;
	struct span payload;
	uint32_t seq; /* TCP */
	bool syn;
};
/* false: neither UDP nor TCP over IPv4 or IPv6 (or a fragment). */
bool live_capture_parse(uint32_t linktype, struct span frame, struct live_parsed *out);

#endif
