/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handwritten octets and the packets around them, for the golden tests of the dissector.
 * Uses nothing of lib/: what is tested here must not be made by what it is compared with.
 */
#ifndef IKESYNC_TESTS_DISSECT_OCTETS_H
#define IKESYNC_TESTS_DISSECT_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct octets {
	size_t n;
	uint8_t at[70000];
};

/* Append the octets written in hex; blanks are for the eye. Anything else ends the program. */
void octets_hex(struct octets *o, const char *hex);
void octets_add(struct octets *o, const struct octets *more);
void octets_uint(struct octets *o, size_t size, uint64_t v);
void octets_text(struct octets *o, const char *text);
void octets_patch(struct octets *o, size_t at, size_t size, uint64_t v);
/* The octets as hex, for a payload body within a payload; leaked like octets_new(). */
const char *octets_as_hex(const struct octets *o);
/* From a malloc that ends the program on failure; leaked, the program is short-lived. */
struct octets *octets_new(const char *hex);

/*
 * One payload: type, body, and where a test wants them wrong, second octet and length.
 * `type` -1 ends a list.
 */
struct payload {
	int type;
	const char *body; /* hex */
	uint8_t flags;    /* second octet */
	int length;       /* 0: right */
	int next;         /* 0: right; -1: zero in spite of followers */
};

/* A right payload, the end of a list, and a list: LIST(P(41, "00 00 4006"), P(40, NI)). */
#define P(type, body)               \
	{                           \
		type, body, 0, 0, 0 \
	}
#define DONE                    \
	{                       \
		-1, "", 0, 0, 0 \
	}
#define LIST(...)                 \
	(const struct payload[])  \
	{                         \
		__VA_ARGS__, DONE \
	}

/* Append the chain; returns the type of the first one. */
uint8_t octets_chain(struct octets *o, const struct payload *list);

/* A capture file under the directory given to the program. */
struct capture;
struct capture *capture_open(const char *directory, const char *name);
/* Of another link type; ".pcap" is for Ethernet, so that files can be merged. */
struct capture *capture_open_as(const char *directory, const char *name, const char *suffix,
				unsigned link_type);
void capture_raw(struct capture *c, unsigned ms, const struct octets *o);
void capture_close(struct capture *c);

/* Packets: `ms` counts from the start of the file. Addresses in text, IPv4 or IPv6. */
void capture_udp(struct capture *c, unsigned ms, const char *src, unsigned sport, const char *dst,
		 unsigned dport, const struct octets *data);
/* One TCP segment with data; sequence numbers are kept per file and direction. */
void capture_tcp(struct capture *c, unsigned ms, const char *src, unsigned sport, const char *dst,
		 unsigned dport, const struct octets *data);
/* Only the first octets of the next packets are captured; 0: all. */
void capture_snap(struct capture *c, size_t octets);

#endif
