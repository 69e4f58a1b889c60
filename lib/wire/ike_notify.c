/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notify payloads. */
#include "wire/ike_notify.h"

enum err ike_notify_parse(const struct chain_payload *p, struct ike_notify *out,
			  struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);
	size_t spi_size_at;
	uint8_t spi_size;

	out->protocol = rcursor_u8(&c, "Notify: Protocol ID");
	spi_size_at = rcursor_offset(&c);
	spi_size = rcursor_u8(&c, "Notify: SPI Size");
	out->type = rcursor_u16(&c, "Notify: message type");
	if (rcursor_ok(&c) && spi_size != 0 && spi_size != 4 && spi_size != 8)
		rcursor_fail_at(&c, ERR_LENGTH, "Notify: SPI Size is not 0, 4 or 8", spi_size_at);
	out->spi = rcursor_bytes(&c, spi_size, "Notify: SPI");
	out->data = rcursor_rest(&c);
	return rcursor_finish(&c, "Notify", fault);
}

void ike_notify_write(struct chain_writer *w, const struct ike_notify *n)
{
	if (n->spi.n != 0 && n->spi.n != 4 && n->spi.n != 8)
		wcursor_fail(w->c, ERR_LENGTH);
	chain_writer_begin(w, PAYLOAD_NOTIFY, 0);
	wcursor_u8(w->c, n->protocol);
	wcursor_u8(w->c, (uint8_t)n->spi.n);
	wcursor_u16(w->c, n->type);
	wcursor_bytes(w->c, n->spi);
	wcursor_bytes(w->c, n->data);
	chain_writer_end(w);
}

void ike_notify_write_simple(struct chain_writer *w, uint16_t type, struct span data)
{
	struct ike_notify n = { .protocol = PROTOCOL_NONE, .type = type, .data = data };

	ike_notify_write(w, &n);
}

bool ike_notify_find(const struct chain *chain, uint16_t type, struct ike_notify *out)
{
	for (unsigned i = 0; i < chain->n; i++)
		if (chain->at[i].type == PAYLOAD_NOTIFY &&
		    ike_notify_parse(&chain->at[i], out, NULL) == ERR_OK && out->type == type)
			return true;
	return false;
}
