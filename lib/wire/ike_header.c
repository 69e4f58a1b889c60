/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IKE header, read and written. */
#include "wire/ike_header.h"

#include <inttypes.h>
#include <stdio.h>

enum err ike_header_parse(struct span message, struct ike_header *out, struct fault *fault)
{
	struct rcursor c = rcursor_init(message, NULL);

	out->spi_i = rcursor_u64(&c, "IKE header: initiator SPI");
	out->spi_r = rcursor_u64(&c, "IKE header: responder SPI");
	out->next_payload = rcursor_u8(&c, "IKE header: Next Payload");
	out->version = rcursor_u8(&c, "IKE header: version");
	out->exchange = rcursor_u8(&c, "IKE header: Exchange Type");
	out->flags = rcursor_u8(&c, "IKE header: flags");
	out->message_id = rcursor_u32(&c, "IKE header: Message ID");
	out->length = rcursor_u32(&c, "IKE header: Length");

	/*
	 * Length first: what does not even have that is no IKE message of any version, and nobody waits for our opinion of its
	 * version (2.5).
	 */
	if (rcursor_ok(&c) && out->length != message.n)
		rcursor_fail_at(&c, ERR_LENGTH, "IKE header: Length is not the size of the message",
				24);
	if (rcursor_ok(&c) && out->version >> 4 != IKE_VERSION_2 >> 4)
		rcursor_fail_at(&c, ERR_VERSION, "IKE header: major version is not 2", 17);
	if (fault && !rcursor_ok(&c))
		*fault = c.fault;
	return c.fault.err;
}

struct ike_header ike_header_response(uint64_t spi_i, uint64_t spi_r, uint8_t exchange,
				      uint32_t message_id)
{
	return (struct ike_header){ .spi_i = spi_i,
				    .spi_r = spi_r,
				    .version = IKE_VERSION_2,
				    .exchange = exchange,
				    .flags = IKE_FLAG_RESPONSE,
				    .message_id = message_id };
}

const char *ike_spis_text(uint64_t spi_i, uint64_t spi_r, char out[static IKE_SPIS_TEXT_MAX])
{
	if (!spi_r)
		snprintf(out, IKE_SPIS_TEXT_MAX, "%016" PRIx64 "_i", spi_i);
	else if (!spi_i)
		snprintf(out, IKE_SPIS_TEXT_MAX, "%016" PRIx64 "_r", spi_r);
	else
		snprintf(out, IKE_SPIS_TEXT_MAX, "%016" PRIx64 "_i %016" PRIx64 "_r", spi_i, spi_r);
	return out;
}

void ike_header_write(struct wcursor *c, const struct ike_header *h)
{
	wcursor_u64(c, h->spi_i);
	wcursor_u64(c, h->spi_r);
	wcursor_u8(c, h->next_payload);
	wcursor_u8(c, h->version);
	wcursor_u8(c, h->exchange);
	wcursor_u8(c, h->flags);
	wcursor_u32(c, h->message_id);
	wcursor_u32(c, h->length);
}
