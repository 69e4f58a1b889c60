/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chain of payloads in a stub message or a stub, shown header by header. */
#include "stub/ikestub_chain.h"

#include "base/label.h"
#include "base/payload_walk.h"
#include "stub/ikestub_fields.h"
#include "stub/ikestub_mask.h"

proto_item *stub_octets_show(tvbuff_t *tvb, proto_tree *tree, int hf, unsigned offset, unsigned n)
{
	if (stub_show_secrets)
		return proto_tree_add_item(tree, hf, tvb, (int)offset, (int)n, ENC_NA);
	return proto_tree_add_bytes_format_value(tree, hf, tvb, (int)offset, 0, (const uint8_t *)"",
						 "%u octets, hidden (preference \"show secrets\")",
						 n);
}

void stub_body_show(const struct stub_payload *p, int hf)
{
	if (p->length)
		stub_octets_show(p->tvb, p->tree, hf, p->body, p->length);
}

/* What the item of the payload at `offset` spans: its header alone where its octets are hidden. */
static unsigned payload_span(tvbuff_t *tvb, unsigned offset, unsigned left, uint8_t type,
			     unsigned length, bool message)
{
	if (length < PAYLOAD_HEADER_SIZE)
		return PAYLOAD_HEADER_SIZE;
	if (stub_show_secrets)
		return MIN(length, left);
	if (length > left || length > (unsigned)tvb_captured_length_remaining(tvb, (int)offset) ||
	    stub_mask_payload(type, tvb_get_ptr(tvb, (int)offset, (int)length) + 4, length - 4,
			      message, NULL))
		return PAYLOAD_HEADER_SIZE;
	return length;
}

/* The generic header, and what is wrong with it. False: no body can follow. */
static bool show_header(struct stub_payload *p, const struct payload_walk *w, bool message)
{
	unsigned at = w->offset, left = w->end - at;
	proto_item *item;

	p->item = proto_tree_add_uint(
	    p->tree, hf_stub_payload, p->tvb, (int)at,
	    (int)payload_span(p->tvb, at, left, w->type, w->length, message), w->type);
	label_value(p->tree, p->item, w->type, stub_payload_names);
	p->tree = proto_item_add_subtree(p->item, ett_stub_payload);
	item = proto_tree_add_uint(p->tree, hf_stub_next, p->tvb, (int)at, 1, w->p[at]);
	label_value(p->tree, item, w->p[at], stub_payload_names);
	item = proto_tree_add_uint(p->tree, hf_stub_reserved, p->tvb, (int)at + 1, 1, w->flags);
	label_octets(p->tree, item, w->flags, 2);
	if (w->flags != 0)
		expert_add_info(p->pinfo, item, &ei_stub_reserved);
	item =
	    proto_tree_add_uint(p->tree, hf_stub_payload_length, p->tvb, (int)at + 2, 2, w->length);
	label_number(p->tree, item, w->length);
	if (w->fault == PAYLOAD_SHORT)
		expert_add_info(p->pinfo, item, &ei_stub_payload_short);
	else if (w->fault == PAYLOAD_LONG)
		expert_add_info_format(
		    p->pinfo, item, &ei_stub_payload_long,
		    "payload length %u runs over the end, %u octets are left (wire profile 27.1)",
		    w->length, left);
	return w->fault == PAYLOAD_OK;
}

/* Where the chain ends before the header that was named. */
static void show_missing(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			 const struct payload_walk *w)
{
	if (w->fault == PAYLOAD_UNSEEN)
		tvb_ensure_bytes_exist(tvb, (int)w->at, PAYLOAD_HEADER_SIZE); /* throws */
	proto_tree_add_expert_format(
	    tree, pinfo, &ei_stub_chain_short, tvb, (int)w->at, (int)(w->end - w->at),
	    "Next Payload names payload %u, which is not there (wire profile 27.1)", w->next);
}

bool stub_chain_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned offset,
		     unsigned end, uint8_t first, bool message, stub_payload_fn fn, void *data,
		     unsigned *payloads)
{
	struct payload_walk w = {
		.seen = tvb_captured_length(tvb), .end = end, .at = offset, .next = first
	};

	if (w.seen)
		w.p = tvb_get_ptr(tvb, 0, (int)w.seen);
	*payloads = 0;
	while (payload_next(&w) || w.fault != PAYLOAD_OK) {
		struct stub_payload p = { .tvb = tvb, .pinfo = pinfo, .tree = tree };

		if (w.fault == PAYLOAD_MISSING || w.fault == PAYLOAD_UNSEEN) {
			show_missing(tvb, pinfo, tree, &w);
			return false;
		}
		p.type = w.type;
		if (!show_header(&p, &w, message))
			return false;
		p.body = payload_body(&w);
		p.length = payload_body_length(&w);
		fn(&p, (*payloads)++, data);
	}
	if (w.at < end) {
		proto_item *item = stub_octets_show(tvb, tree, hf_stub_undecoded, w.at, end - w.at);

		expert_add_info(pinfo, item, &ei_stub_trailing);
	}
	return w.at == end;
}
