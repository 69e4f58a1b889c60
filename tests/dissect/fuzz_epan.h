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

/* Start libwireshark; call once. */
void fuzz_epan_init(void);

/* One transport segment, header in front: called by the harness for each record of fuzz_run(). */
void fuzz_packet(uint8_t flags, uint8_t ip_protocol, const uint8_t *segment, size_t n);

/* Split the input, have `packet` call fuzz_packet() for each record, then dissect in three passes.
 */
void fuzz_run(const uint8_t *data, size_t size, void (*packet)(const struct fuzz_record *r));

#endif
