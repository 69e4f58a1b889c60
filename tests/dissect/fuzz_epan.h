/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian's libwireshark with our plugin linked in, and the packets that a fuzzer's input stands
 * for. Every input is as good as a capture of its own.
 */
#ifndef IKESYNC_TESTS_DISSECT_FUZZ_EPAN_H
#define IKESYNC_TESTS_DISSECT_FUZZ_EPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First octet of an input. */
enum {
	FUZZ_FIRST_PASS_TREE = 0x01, /* tshark -V in one pass; else columns first, trees later */
	FUZZ_TREE_HIDDEN = 0x02,     /* a filter's tree, where items are faked */
	FUZZ_SHOW_SECRETS = 0x04,
	FUZZ_TAPS = 0x08,          /* statistics, export and follow listen, see fuzz_taps.h */
	FUZZ_NO_DESEGMENT = 0x10,  /* preferences of ikestub and iketcp */
	FUZZ_FILTER = 0x20,        /* as a colour rule: trees are hidden, some fields asked for */
	FUZZ_OTHER_TYPE = 0x40,    /* preference: IKE_SA_SYN is payload 222 */
	FUZZ_SECRETS_LATER = 0x80, /* the other value of show_secrets on the last two passes */
};

/*
 * Then records: flags (1), length (2), that many octets, or as many as are left. What flags mean
 * beyond these is the harness's own affair.
 */
enum {
	FUZZ_BACK = 0x01, /* from the server side */
	FUZZ_IP6 = 0x02,
	FUZZ_CUT = 0x04,    /* only three quarters are captured */
	FUZZ_LENGTH = 0x08, /* put the right length into the message's header */
};
struct fuzz_record {
	uint8_t flags;
	const uint8_t *at;
	size_t n;
};

/* Start libwireshark; call once, after fuzz_key_file() if at all. */
void fuzz_epan_init(void);

/* Set a preference as `-o` does; false: refused. */
bool fuzz_pref(const char *text);

/* What stands in ikesync.key_file, which is read when a session starts. */
void fuzz_key_file(const void *text, size_t n);

/* The next input gets a new session: file scope is empty, secrets are read again. */
void fuzz_session_end(void);

/* Start the session unless one is running. */
void fuzz_session(void);

/* Which input of its session this is, 0 to 63: addresses differ by it, and SPIs should. */
uint8_t fuzz_input(void);

/* One transport segment, header in front: called by the harness for each record of fuzz_run(). */
void fuzz_packet(uint8_t flags, uint8_t ip_protocol, const uint8_t *segment, size_t n);

/* A datagram between these ports; FUZZ_BACK turns them. */
void fuzz_udp(uint8_t flags, unsigned client_port, unsigned server_port, const uint8_t *data,
	      size_t n);

/* A segment of a connection to `port`. */
struct fuzz_stream {
	uint32_t seq[2];
};
void fuzz_tcp(uint8_t flags, struct fuzz_stream *s, unsigned port, const uint8_t *data, size_t n);

/* Split the input, have `packet` call fuzz_packet() for each record, then dissect: a first pass, in
 * reverse with trees, without, and with a filter. */
void fuzz_run(const uint8_t *data, size_t size, void (*packet)(const struct fuzz_record *r));

#endif
