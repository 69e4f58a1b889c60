/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_SYN, shown and judged by itself. */
#include "ike/ikesync_syn.h"

#include "base/label.h"
#include "ike/ike_locate.h"
#include "ike/ikesync_fields.h"

/* C bit and RESERVED. */
static void show_flags(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
		       const struct ike_payload *p)
{
	proto_item *item = proto_tree_add_item(tree, hf_ikesync_direction, tvb, (int)p->offset + 1,
					       1, ENC_BIG_ENDIAN);

	if (p->flags & 0x80)
		expert_add_info(pinfo, item, &ei_syn_c_bit);
	item = proto_tree_add_item(tree, hf_ikesync_reserved, tvb, (int)p->offset + 1, 1,
				   ENC_BIG_ENDIAN);
	if (p->flags & 0x7f)
		expert_add_info(pinfo, item, &ei_syn_reserved);
}

/* The index, of which the capture has at least the SPI. */
static void show_index(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, unsigned body,
		       const struct index_body *idx)
{
	proto_item *field = proto_tree_add_item(tree, hf_ikesync_gateway_spi, tvb, (int)body,
						INDEX_SPI_SIZE, ENC_NA);
	char text[INDEX_TEXT_SIZE];
	struct label l;

	if (idx->faults & INDEX_ZERO_SPI)
		expert_add_info(pinfo, field, &ei_syn_zero_spi);
	if (!idx->address_size)
		return;
	field = idx->address_size == 4
		    ? proto_tree_add_item(tree, hf_ikesync_gateway_ipv4, tvb,
					  (int)body + INDEX_SPI_SIZE, 4, ENC_BIG_ENDIAN)
		    : proto_tree_add_item(tree, hf_ikesync_gateway_ipv6, tvb,
					  (int)body + INDEX_SPI_SIZE, 16, ENC_NA);
	if (idx->faults & INDEX_BAD_ADDRESS)
		expert_add_info_format(
		    pinfo, field, &ei_syn_address,
		    "gateway address is %s; the gateway ignores the IKE_SA_SYN (wire profile 4.3)",
		    index_body_address_fault(idx));
	if (!label_append(&l, tree))
		return;
	index_body_write(idx, text);
	label_text(&l, ", ");
	label_text(&l, text);
}

/* A length that no index has: the octets that there are. */
static void show_body(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
		      const struct ike_payload *p, unsigned shown)
{
	expert_add_info_format(pinfo, tree, &ei_syn_length,
			       p->length < PAYLOAD_HEADER_SIZE
				   ? "IKE_SA_SYN Payload Length is %u, which breaks the chain: the "
				     "gateway drops the request, answers INVALID_SYNTAX, or goes "
				     "on as if there was none (wire profile 41.1)"
				   : "IKE_SA_SYN Payload Length is %u, neither 16 nor 28; the "
				     "gateway ignores it (wire profile 4.1)",
			       p->length);
	if (shown > PAYLOAD_HEADER_SIZE)
		proto_tree_add_item(tree, hf_ikesync_body, tvb,
				    (int)(p->offset + PAYLOAD_HEADER_SIZE),
				    (int)(shown - PAYLOAD_HEADER_SIZE), ENC_NA);
}

void ikesync_syn_show(packet_info *pinfo, proto_tree *isakmp, tvbuff_t *tvb, unsigned end,
		      const struct ike_payload *p, unsigned ordinal)
{
	proto_tree *at = ike_locate_payload(isakmp, tvb, p->offset, p->type);
	unsigned body = p->offset + PAYLOAD_HEADER_SIZE;
	unsigned length = MAX(p->length, PAYLOAD_HEADER_SIZE);
	unsigned last = p->over ? end : tvb_captured_length(tvb);
	unsigned shown = MIN(length, last - p->offset);
	struct index_body idx;
	proto_item *item;
	proto_tree *tree;

	if (at != isakmp)
		proto_item_append_text(at, " - IKE_SA_SYN");
	item = label_protocol(at, proto_ikesync, tvb, p->offset, shown, "IKE_SA_SYN", "");
	tree = proto_item_add_subtree(item, ett_ikesync_syn);
	show_flags(pinfo, tree, tvb, p);
	if (ordinal > 0)
		expert_add_info(pinfo, item, &ei_syn_second);
	if (p->over) {
		expert_add_info_format(
		    pinfo, item, &ei_syn_length,
		    "IKE_SA_SYN of Payload Length %u runs over the end of the message: the gateway "
		    "drops the request, answers INVALID_SYNTAX, or goes on as if there was none "
		    "(wire profile 41.1)",
		    p->length);
		return;
	}
	index_body_read(tvb, body, length - PAYLOAD_HEADER_SIZE, &idx);
	if (idx.faults & INDEX_BAD_LENGTH || p->length < PAYLOAD_HEADER_SIZE)
		show_body(pinfo, tree, tvb, p, shown);
	else if (shown >= PAYLOAD_HEADER_SIZE + INDEX_SPI_SIZE)
		show_index(pinfo, tree, tvb, body, &idx);
	/* else: the capture ends here */
}
