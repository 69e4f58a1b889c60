/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that we send under the keys of an SA: one, or fragments of one. */
#include "exchange/seal.h"

#include "core/sa.h"
#include "keys/sk.h"

/* Rule 23: 1,280 octets of IP, less IPv6, UDP and marker. */
#define FRAGMENT_SIZE (1280 - 40 - 8 - IKE_NON_ESP_MARKER_SIZE)

static enum err seal(struct sa *sa, const struct ike_header *h, uint8_t first, struct span inner,
		     uint16_t number, uint16_t total, struct wcursor *out)
{
	struct gateway *g = sa->gateway;
	uint8_t buffer[GATEWAY_MESSAGE_MAX + 256];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct chain_writer w;
	enum err err;

	chain_writer_message(&w, &c, h);
	err = total ? sk_seal_fragment(&w, &sa->keys, sa_sends_as(sa), &sa->iv, &g->ops.rng,
				       number == 1 ? first : 0, inner, number, total)
		    : sk_seal(&w, &sa->keys, sa_sends_as(sa), &sa->iv, &g->ops.rng, first, inner);
	if (err)
		return err;
	wcursor_bytes(out, span_of(buffer, wcursor_size(&c)));
	return out->err;
}

/* One SK message, or SKF fragments where both ends can and the message needs it (RFC 7383). */
enum err seal_message(struct sa *sa, const struct ike_header *header, uint8_t first,
		      struct span inner, struct wcursor *out)
{
	struct ike_header h = *header;
	size_t overhead = IKE_HEADER_SIZE + sk_overhead(&sa->keys, 0) + 4 + 16;
	size_t piece = FRAGMENT_SIZE - overhead;
	struct rcursor c = rcursor_init(inner, NULL);
	uint16_t total = (uint16_t)((inner.n + piece - 1) / piece);
	enum err err = ERR_OK;

	h.spi_i = sa->spi_i;
	h.spi_r = sa->spi_r;
	h.version = IKE_VERSION_2;
	if (sa->initiator)
		h.flags |= IKE_FLAG_INITIATOR;
	if (!sa->fragmentation ||
	    IKE_HEADER_SIZE + sk_overhead(&sa->keys, inner.n) + inner.n <= FRAGMENT_SIZE)
		return seal(sa, &h, first, inner, 0, 0, out);
	for (uint16_t i = 1; !err && i <= total; i++) {
		size_t left = rcursor_left(&c);

		err = seal(sa, &h, first, rcursor_bytes(&c, left < piece ? left : piece, ""), i,
			   total, out);
	}
	return err;
}
