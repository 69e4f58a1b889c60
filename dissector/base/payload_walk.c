/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking a chain of payloads: what need not be inline. */
#include "base/payload_walk.h"

struct payload_walk payload_walk_tvb(tvbuff_t *tvb)
{
	unsigned n = tvb_captured_length(tvb);

	return payload_walk_in(n ? tvb_get_ptr(tvb, 0, (int)n) : NULL, 0, n);
}

bool payload_chain_sound(struct octets plain, uint8_t first)
{
	struct payload_walk w = payload_walk(plain.p, plain.n, first);

	while (payload_next(&w))
		;
	return w.fault == PAYLOAD_OK && w.at == w.end;
}
