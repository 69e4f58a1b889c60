/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header and outer payload chain of one IKE message. */
#include "ike/ike_message.h"

#define ICV_MAX 32 /* of HMAC-SHA2-512 */

void ike_chain_read(tvbuff_t *tvb, unsigned offset, unsigned end, bool snapped, uint8_t first,
		    struct ike_chain *out)
{
	unsigned seen = tvb_captured_length(tvb), start = offset;
	unsigned whole = MIN(end, seen);
	const uint8_t *octets = NULL;
	uint8_t next = first;

	if (whole > offset)
		octets = tvb_get_ptr(tvb, (int)offset, (int)(whole - offset));
	out->n = 0;
	out->broken = out->fault = false;
	out->end = offset;
	while (next != 0 && out->n < IKE_PAYLOADS_MAX) {
		struct ike_payload *p = &out->at[out->n];
		const uint8_t *head;

		if (offset > end || end - offset < IKE_PAYLOAD_HEADER_SIZE || offset > seen ||
		    seen - offset < IKE_PAYLOAD_HEADER_SIZE) {
			out->broken = true;
			out->fault = !snapped && seen >= end;
			return;
		}
		head = octets + (offset - start);
		p->type = next;
		p->next = head[0];
		p->flags = head[1];
		p->length = (unsigned)head[2] << 8 | head[3];
		p->offset = offset;
		p->over = end - offset < p->length && !snapped;
		p->cut = !p->over && (end - offset < p->length || seen - offset < p->length);
		out->n++;
		if (p->length < IKE_PAYLOAD_HEADER_SIZE || p->cut || p->over) {
			out->broken = true;
			out->fault = !p->cut;
			return;
		}
		out->end = offset + p->length;
		if (p->type == IKE_PAYLOAD_SK || p->type == IKE_PAYLOAD_SKF)
			return; /* its Next Payload names the first encrypted one, RFC 7296 3.14 */
		offset += p->length;
		next = p->next;
	}
	out->broken = next != 0;
}

static uint32_t read32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool ike_message_read(tvbuff_t *tvb, unsigned offset, unsigned limit, bool snapped,
		      struct ike_message *out)
{
	unsigned seen = tvb_captured_length(tvb);
	const uint8_t *h;

	if (offset > seen || seen - offset < IKE_HEADER_SIZE)
		return false;
	h = tvb_get_ptr(tvb, (int)offset, IKE_HEADER_SIZE);
	if (h[17] >> 4 != 2)
		return false; /* IKEv1 has a payload 200 of its own */
	out->tvb = tvb;
	out->offset = offset;
	memcpy(out->spii, h, 8);
	memcpy(out->spir, h + 8, 8);
	out->next = h[16];
	out->exchange = h[18];
	out->flags = h[19];
	out->mid = read32(h + 20);
	out->length = read32(h + 24);
	if (out->length < IKE_HEADER_SIZE)
		return false;
	out->overlong = !snapped && (limit < offset || out->length > limit - offset);
	if (limit > offset && out->length <= limit - offset) {
		limit = offset + out->length;
		snapped = false;
	}
	out->end = limit;
	ike_chain_read(tvb, offset + IKE_HEADER_SIZE, limit, snapped, out->next, &out->chain);
	return true;
}

bool ike_notify_read(tvbuff_t *tvb, const struct ike_payload *p, struct ike_notify *out)
{
	unsigned body = p->offset + IKE_PAYLOAD_HEADER_SIZE;
	uint32_t head;

	if (p->cut || p->over || p->length < 8)
		return false;
	head = tvb_get_ntohl(tvb, (int)body);
	out->protocol = (uint8_t)(head >> 24);
	out->spi_size = (uint8_t)(head >> 16);
	out->type = (uint16_t)head;
	if (p->length < 8u + out->spi_size)
		return false;
	out->data = body + 4 + out->spi_size;
	out->data_length = p->length - 8 - out->spi_size;
	return true;
}

uint64_t ike_octets_hash(const uint8_t *p, unsigned n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, eight octets at a time and folded */

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		h = (h ^ v) * 0x100000001b3u;
		h ^= h >> 32;
	}
	for (unsigned i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

uint64_t ike_message_hash(const struct ike_message *m)
{
	unsigned seen = tvb_captured_length(m->tvb) - m->offset;
	unsigned n = m->length < seen ? m->length : seen;
	/* The ICV, which is last, stands for all before it. */
	unsigned from = m->exchange != IKE_EXCHANGE_SA_INIT && n > ICV_MAX ? n - ICV_MAX : 0;

	return ike_octets_hash(tvb_get_ptr(m->tvb, (int)(m->offset + from), (int)(n - from)),
			       n - from);
}

void ike_message_index(const packet_info *pinfo, const struct ike_message *m,
		       struct index_body *out)
{
	const address *from = &pinfo->src;

	memset(out, 0, sizeof(*out));
	memcpy(out->spi, m->flags & IKE_FLAG_INITIATOR ? m->spii : m->spir, 8);
	if ((from->type == AT_IPv4 && from->len == 4) ||
	    (from->type == AT_IPv6 && from->len == 16)) {
		out->address_size = (unsigned)from->len;
		memcpy(out->address, from->data, out->address_size);
	}
}
