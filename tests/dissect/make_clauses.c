/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clauses of the wire profile that somebody outside sees broken, one capture a topic, beside what
 * is right and looks alike. Frames are counted in the comments.
 */
#include "make_captures.h"
#include "make_ike.h"

#define P(type, body)               \
	{                           \
		type, body, 0, 0, 0 \
	}
#define DONE                     \
	{                        \
		END, "", 0, 0, 0 \
	}
#define LIST(...)                 \
	(const struct payload[])  \
	{                         \
		__VA_ARGS__, DONE \
	}

enum { CREATE_CHILD = 36, INFORMATIONAL };

static void request(struct capture *c, unsigned ms, const struct octets *o)
{
	capture_udp(c, ms, CLIENT, 500, GATEWAY, 500, o);
}

static void response(struct capture *c, unsigned ms, const struct octets *o)
{
	capture_udp(c, ms, GATEWAY, 500, CLIENT, 500, o);
}

/* Readable with NULL_KEYS, of SA 1. */
static struct octets *readable(uint8_t exchange, uint8_t flags, uint32_t mid,
			       const struct payload *list)
{
	struct octets *plain = octets_new("");
	uint8_t first = octets_chain(plain, list);

	octets_hex(plain, "00"); /* Pad Length */
	return ike(spii(1), SPI_R, exchange, flags, mid,
		   LIST({ SK, octets_as_hex(plain), 0, 0, first }));
}

/* Rule 12: neither side has announced profile 1, and neither sends BIND (3, 4). */
static void unbound(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-unbound");

	request(c, 0,
		ike(spii(1), NO_SPI, 34, 0x08, 0,
		    LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, NI), P(SYN, SYN4))));
	response(c, 3, ike(spii(1), SPI_R, 34, 0x20, 0, LIST(P(NONCE, NR))));
	request(c, 4, readable(INFORMATIONAL, 0x08, 1, LIST(P(N, "00 00 4000"))));
	response(c, 9, readable(INFORMATIONAL, 0x20, 1, LIST(P(N, "00 00 4000"))));
	capture_close(c);
}

void make_clause_captures(const char *directory)
{
	unbound(directory);
}
