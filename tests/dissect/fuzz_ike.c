/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE messages over UDP 500 and 4500, over TCP 500 and, framed, over TCP 4500. */
#include "fuzz_epan.h"

#include <string.h>

#define RECORD_NAT 0x10       /* port 4500, non-ESP marker */
#define RECORD_TCP 0x20       /* TCP 500; with RECORD_NAT TCP 4500 (RFC 9329) */
#define RECORD_MORE 0x40      /* TCP 4500: the next record goes into the same segment */
#define RECORD_NO_PREFIX 0x80 /* TCP 4500: the stream does not start with its prefix */
#define MESSAGE_MAX 4000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzz_stream bare, framed;
static uint8_t pending[MESSAGE_MAX];
static size_t n_pending;
static bool started;

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

static void append(const void *p, size_t n)
{
	if (n > sizeof(pending) - n_pending)
		n = sizeof(pending) - n_pending;
	memcpy(pending + n_pending, p, n);
	n_pending += n;
}

/* FUZZ_LENGTH: a message, which gets length and marker; else octets of the stream. */
static void stream(uint8_t flags, const uint8_t *message, size_t n)
{
	uint8_t frame[6] = { 0 };

	if (!started && !(flags & RECORD_NO_PREFIX))
		append("IKETCP", 6);
	started = true;
	put16(frame, sizeof(frame) + n);
	if (flags & FUZZ_LENGTH)
		append(frame, sizeof(frame));
	append(message, n);
	if (flags & RECORD_MORE && n_pending < sizeof(pending))
		return;
	fuzz_tcp(flags, &framed, 4500, pending, n_pending);
	n_pending = 0;
}

static void packet(const struct fuzz_record *r)
{
	uint8_t data[4 + MESSAGE_MAX] = { 0 }, *message = data + 4;
	size_t n = r->n < MESSAGE_MAX ? r->n : MESSAGE_MAX;

	memcpy(message, r->at, n);
	if (r->flags & FUZZ_LENGTH && n >= 28)
		put32(message + 24, n);
	switch (r->flags & (RECORD_NAT | RECORD_TCP)) {
	case RECORD_NAT | RECORD_TCP:
		stream(r->flags, message, n);
		break;
	case RECORD_TCP:
		put16(message - 2, n + (r->flags & FUZZ_LENGTH ? 2 : 0));
		fuzz_tcp(r->flags, &bare, 500, message - 2, n + 2);
		break;
	case RECORD_NAT:
		fuzz_udp(r->flags, 4500, 4500, data, 4 + n);
		break;
	default:
		fuzz_udp(r->flags, 500, 500, message, n);
		break;
	}
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
	bare = framed = (struct fuzz_stream){ { 1000, 1000 } };
	n_pending = 0;
	started = false;
	fuzz_run(data, size, packet);
	return 0;
}
