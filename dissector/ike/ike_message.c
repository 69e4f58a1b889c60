/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header and outer payload chain of one IKE message. */
#include "ike/ike_message.h"

#include "base/octets_hash.h"

#define IP_SIZE_MAX 1280 /* rule 23 */
#define ICV_MAX 32       /* of HMAC-SHA2-512 */

static struct ike_payload *add_payload(struct ike_chain *c, const struct payload_walk *w,
				       bool snapped)
{
	struct ike_payload *p = &c->at[c->n++];

	p->type = w->type;
	p->next = w->p[w->offset];
	p->flags = w->flags;
	p->offset = w->offset;
	p->length = w->length;
	p->over = w->fault == PAYLOAD_LONG && !snapped;
	p->cut = !p->over && (w->fault == PAYLOAD_LONG || w->seen - w->offset < w->length);
	return p;
}

static void read_chain(struct payload_walk w, bool snapped, struct ike_chain *out)
{
	out->n = 0;
	out->broken = out->fault = false;
	out->end = w.at;
	while (out->n < IKE_PAYLOADS_MAX) {
		bool whole = payload_next(&w);
		const struct ike_payload *p;

		if (!whole && w.fault == PAYLOAD_OK)
			return;
		if (w.fault == PAYLOAD_MISSING || w.fault == PAYLOAD_UNSEEN) {
			out->broken = true;
			out->fault = !snapped && w.seen >= w.end;
			return;
		}
		p = add_payload(out, &w, snapped);
		if (!whole || p->cut) {
			out->broken = true;
			out->fault = !p->cut;
			return;
		}
		out->end = w.at;
		if (p->type == IKE_PAYLOAD_SK || p->type == IKE_PAYLOAD_SKF)
			return; /* its Next Payload names the first encrypted one, RFC 7296 3.14 */
	}
	out->broken = w.next != 0;
}

void ike_chain_read(tvbuff_t *tvb, unsigned offset, unsigned end, bool snapped, uint8_t first,
		    struct ike_chain *out)
{
	struct payload_walk w = {
		.seen = tvb_captured_length(tvb), .end = end, .at = offset, .next = first
	};

	if (w.seen)
		w.p = tvb_get_ptr(tvb, 0, (int)w.seen);
	read_chain(w, snapped, out);
}

bool ike_message_read(tvbuff_t *tvb, unsigned offset, unsigned limit, bool snapped,
		      struct ike_message *out)
{
	unsigned seen = tvb_captured_length(tvb);
	const uint8_t *p, *h;

	if (offset > seen || seen - offset < IKE_HEADER_SIZE)
		return false;
	p = tvb_get_ptr(tvb, 0, (int)seen);
	h = p + offset;
	if (h[17] >> 4 != 2)
		return false; /* IKEv1 has a payload 200 of its own */
	out->tvb = tvb;
	out->offset = offset;
	memcpy(out->spii, h, 8);
	memcpy(out->spir, h + 8, 8);
	out->next = h[16];
	out->exchange = h[18];
	out->flags = h[19];
	out->mid = get32(h + 20);
	out->length = get32(h + 24);
	if (out->length < IKE_HEADER_SIZE)
		return false;
	out->overlong = !snapped && (limit < offset || out->length > limit - offset);
	if (limit > offset && out->length <= limit - offset) {
		limit = offset + out->length;
		snapped = false;
	}
	out->end = limit;
	read_chain((struct payload_walk){ .p = p,
					  .seen = seen,
					  .end = limit,
					  .at = offset + IKE_HEADER_SIZE,
					  .next = out->next },
		   snapped, &out->chain);
	return true;
}

bool ike_notify_read(tvbuff_t *tvb, const struct ike_payload *p, struct ike_notify *out)
{
	unsigned body = p->offset + PAYLOAD_HEADER_SIZE;
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

uint64_t ike_message_hash(const struct ike_message *m)
{
	unsigned seen = tvb_captured_length(m->tvb) - m->offset;
	unsigned n = m->length < seen ? m->length : seen;
	/* The ICV, which is last, stands for all before it. */
	unsigned from = m->exchange != IKE_EXCHANGE_SA_INIT && n > ICV_MAX ? n - ICV_MAX : 0;

	return octets_hash(tvb_get_ptr(m->tvb, (int)(m->offset + from), (int)(n - from)), n - from);
}

struct index_body ike_message_index(const packet_info *pinfo, const struct ike_message *m)
{
	return index_body_at(m->flags & IKE_FLAG_INITIATOR ? m->spii : m->spir, &pinfo->src);
}

bool ike_message_exceeds_ip(const packet_info *pinfo, const struct ike_message *m)
{
	return pinfo->ptype == PT_UDP && !m->overlong &&
	       m->length + (pinfo->net_src.type == AT_IPv6 ? 40 : 20) + 8 > IP_SIZE_MAX;
}
