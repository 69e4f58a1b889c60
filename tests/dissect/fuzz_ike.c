/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE messages over UDP 500 and 4500 and over TCP, through isakmp and our post-dissector. */
#include "fuzz_epan.h"

#include <string.h>

#define RECORD_NAT 0x10 /* port 4500, non-ESP marker */
#define RECORD_TCP 0x20 /* one segment of a stream with length prefix, which isakmp knows */
#define MESSAGE_MAX 4000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t seq[2];

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
	uint8_t segment[MESSAGE_MAX + 32] = { 0 };
	bool back = r->flags & FUZZ_BACK, tcp = r->flags & RECORD_TCP;
	bool nat = r->flags & RECORD_NAT;
	unsigned port = nat ? 4500 : 500;
	size_t header = tcp ? 20 : 8, prefix = tcp ? 2 : nat ? 4 : 0;
	size_t n = r->n < MESSAGE_MAX ? r->n : MESSAGE_MAX;
	uint8_t *message = segment + header + prefix;

	memcpy(message, r->at, n);
	if (r->flags & FUZZ_LENGTH && n >= 28)
		put32(message + 24, n);
	put16(segment, port);
	put16(segment + 2, port);
	if (tcp) {
		put16(segment, back ? port : 33000);
		put16(segment + 2, back ? 33000 : port);
		put32(segment + 4, seq[back]);
		segment[12] = 0x50;
		segment[13] = 0x10;
		put16(segment + 14, 0xffff);
		put16(segment + header, n + (r->flags & FUZZ_LENGTH ? 2 : 0));
		seq[back] += (uint32_t)(prefix + n);
	} else {
		put16(segment + 4, header + prefix + n);
	}
	fuzz_packet(r->flags, tcp ? 6 : 17, segment, header + prefix + n);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_epan_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	seq[0] = seq[1] = 1000;
	fuzz_run(data, size, packet);
	return 0;
}
