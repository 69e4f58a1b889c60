/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delete payloads. */
#include "wire/ike_delete.h"

#define ESP_SPI_SIZE 4

static void check(struct rcursor *c, const struct ike_delete *d, unsigned spi_size)
{
	size_t at = rcursor_offset(c) - 4;

	if (d->protocol < PROTOCOL_IKE || d->protocol > PROTOCOL_ESP)
		rcursor_fail_at(c, ERR_VALUE, "Delete: Protocol ID is not IKE, AH or ESP", at);
	else if (spi_size != (d->protocol == PROTOCOL_IKE ? 0 : ESP_SPI_SIZE))
		rcursor_fail_at(c, ERR_LENGTH, "Delete: SPI Size does not fit the protocol",
				at + 1);
	else if (d->protocol == PROTOCOL_IKE && d->n != 0)
		rcursor_fail_at(c, ERR_LENGTH, "Delete: SPIs given for IKE", at + 2);
	else if (rcursor_left(c) != (size_t)d->n * spi_size)
		rcursor_fail_at(c, ERR_LENGTH, "Delete: number of SPIs is not what follows",
				at + 2);
	else if (d->n > IKE_DELETE_SPIS_MAX)
		rcursor_fail_at(c, ERR_TOO_MANY, "Delete: more than 64 SPIs", at + 2);
}

enum err ike_delete_parse(const struct chain_payload *p, struct ike_delete *out,
			  struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);
	unsigned spi_size;

	out->protocol = rcursor_u8(&c, "Delete: Protocol ID");
	spi_size = rcursor_u8(&c, "Delete: SPI Size");
	out->n = rcursor_u16(&c, "Delete: number of SPIs");
	if (rcursor_ok(&c))
		check(&c, out, spi_size);
	if (!rcursor_ok(&c))
		out->n = 0;
	for (unsigned i = 0; i < out->n; i++)
		out->spis[i] = rcursor_u32(&c, "Delete: SPI");
	return rcursor_finish(&c, "Delete", fault);
}

void ike_delete_write(struct chain_writer *w, const struct ike_delete *d)
{
	unsigned n = d->protocol == PROTOCOL_IKE ? 0 : d->n;

	if (n > IKE_DELETE_SPIS_MAX) {
		wcursor_fail(w->c, ERR_TOO_MANY);
		return;
	}
	chain_writer_begin(w, PAYLOAD_DELETE, 0);
	wcursor_u8(w->c, d->protocol);
	wcursor_u8(w->c, d->protocol == PROTOCOL_IKE ? 0 : ESP_SPI_SIZE);
	wcursor_u16(w->c, (uint16_t)n);
	for (unsigned i = 0; i < n; i++)
		wcursor_u32(w->c, d->spis[i]);
	chain_writer_end(w);
}
