/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages in TCP segments, in order and out of it: plain on their port, found by heuristics,
 * and as the inside of TLS. */
#include "fuzz_epan.h"

#include "../../dissector/ws_compat.h"

#include <string.h>

#define RECORD_HEURISTIC 0x10 /* a port that nobody owns */
#define RECORD_INNER 0x20     /* the handle that gets what TLS decrypted */
#define RECORD_AGAIN 0x40     /* as if the segment before had not been sent: overlaps */
#define RECORD_GAP 0x80       /* a segment is missing before this one */
#define INNER_PORT 49501
#define DATA_MAX 4000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t seq[3][2], last[3][2];

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, size_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static void packet(const struct fuzz_record *r)
{
	uint8_t segment[DATA_MAX + 20] = { 0 };
	bool back = r->flags & FUZZ_BACK;
	unsigned kind = r->flags & RECORD_INNER ? 2 : r->flags & RECORD_HEURISTIC ? 1 : 0;
	unsigned port = kind == 2 ? INNER_PORT : kind == 1 ? 40007 : 49500;
	size_t n = r->n < DATA_MAX ? r->n : DATA_MAX;

	memcpy(segment + 20, r->at, n);
	if (r->flags & FUZZ_LENGTH && n >= 4)
		put16(segment + 22, n);
	if (r->flags & RECORD_AGAIN)
		seq[kind][back] = last[kind][back];
	if (r->flags & RECORD_GAP)
		seq[kind][back] += 8;
	last[kind][back] = seq[kind][back];
	put16(segment, back ? port : 33000);
	put16(segment + 2, back ? 33000 : port);
	put32(segment + 4, seq[kind][back]);
	put32(segment + 8, seq[kind][!back]);
	segment[12] = 0x50;
	segment[13] = 0x18;
	put16(segment + 14, 0xffff);
	seq[kind][back] += (uint32_t)n;
	fuzz_packet(r->flags, 6, segment, 20 + n);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_epan_init();
	dissector_change_uint("tcp.port", INNER_PORT,
			      find_dissector("ikestub.tls")); /* Decode As */
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned i = 0; i < 3; i++)
		seq[i][0] = seq[i][1] = last[i][0] = last[i][1] = 1000;
	fuzz_run(data, size, packet);
	return 0;
}
