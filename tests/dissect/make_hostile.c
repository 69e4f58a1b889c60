/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures by somebody who wants the reader's machine to work: many secrets for one index, and many
 * messages that none of them opens. What is "encrypted" is arbitrary octets. ./hostile reads them.
 */
#include "make_captures.h"
#include "make_ike.h"

#include <stdio.h>
#include <stdlib.h>

#define BANK "203.0.113.5"

enum { STUB = 201, TX = 207 };
enum { INFORMATIONAL = 37 };

static unsigned ms;

/* Index, lifetime, SA and SK_d, in clear; the number is all that differs. */
#define CLEAR_STUB                                        \
	"c8 000000  cd00 0010" SYN4 "2100 0008 0000 0e10" \
	"cb00 0030" SA_BODY "0000 0024 %016x %016x %016x %016x"

/* The bank's push of `n` stubs of one index. */
static void download(struct capture *c, unsigned first, unsigned n, unsigned transaction)
{
	struct octets *o = octets_new("cf 04 0000 c900 0008");

	octets_uint(o, 4, 0x80000000u | transaction);
	for (unsigned i = 1; i <= n; i++) {
		char body[512];
		struct payload stub[] = { { STUB, body, 0, 0, i < n ? STUB : 0 }, DONE };

		snprintf(body, sizeof(body), CLEAR_STUB, first + i, 0u, 0u, 0u);
		octets_chain(o, stub);
	}
	octets_patch(o, 2, 2, o->n);
	capture_tcp(c, ms += 1, BANK, 49500, GATEWAY, 40001, o);
	free(o);
}

/* SYN, its answer, and `n` messages with message IDs from 1. */
static void session(struct capture *c, unsigned n)
{
	capture_udp(c, ms += 1, CLIENT, 500, GATEWAY, 500,
		    ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	capture_udp(c, ms += 1, GATEWAY, 500, CLIENT, 500, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	for (unsigned i = 1; i <= n; i++) {
		char body[128];
		struct payload sk[] = { { SK, body, 0, 0, 0 }, DONE };
		struct octets *message;

		snprintf(body, sizeof(body), "%016x %016x %016x %016x %016x %016x", i, i, i, i, i,
			 i);
		message = ike(spii(1), SPI_R, INFORMATIONAL, 0x08, i, sk);
		capture_udp(c, ms += 1, CLIENT, 500, GATEWAY, 500, message);
		free(message);
	}
}

void make_hostile_captures(const char *directory)
{
	struct capture *c = capture_open(directory, "hostile-untried");

	ms = 0;
	session(c, 18);
	capture_close(c);

	c = capture_open(directory, "hostile-secrets");
	ms = 0;
	for (unsigned i = 0; i < 20; i++)
		download(c, 100 * i, 100, i);
	session(c, 1000);
	capture_close(c);
}
