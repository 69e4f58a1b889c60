/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octet 0 of the buffer names the first payload, as the SK header will; the chain follows. */
#include "ike/ike_inner.h"

#include "wire/iana.h"

void ike_inner_init(struct ike_inner *in, uint8_t *buf, size_t cap)
{
	in->c = wcursor_init(buf, cap);
	wcursor_u8(&in->c, PAYLOAD_NONE);
	chain_writer_init(&in->w, &in->c, 0);
}

uint8_t ike_inner_first(const struct ike_inner *in)
{
	struct rcursor c = rcursor_init(wcursor_written(&in->c, 0), NULL);

	return rcursor_u8(&c, "first payload");
}

struct span ike_inner_chain(const struct ike_inner *in)
{
	return wcursor_written(&in->c, 1);
}
