/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notifies of the wire profile, shown and judged by themselves. */
#include "ike/ikesync_notify.h"
#include "ike/ike_locate.h"
#include "stub/ikestub_container.h"
#include "ike/ikesync_fields.h"

#define STUB_SIZE_MAX 512 /* rule 37 */

static void show_index(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
		       const struct ike_notify *n)
{
	struct index_body idx;

	index_body_read(tvb, n->data, n->data_length, &idx);
	if (idx.faults & (INDEX_BAD_LENGTH | INDEX_CUT)) {
		expert_add_info_format(
		    pinfo, item, &ei_notify_content,
		    "IKESYNC_INDEX data is %u octets, neither 12 nor 24 (wire profile 24.1)",
		    n->data_length);
		return;
	}
	proto_tree_add_item(tree, hf_ikesync_index_spi, tvb, (int)n->data, INDEX_SPI_SIZE, ENC_NA);
	if (idx.address_size == 4)
		proto_tree_add_item(tree, hf_ikesync_index_ipv4, tvb, (int)n->data + INDEX_SPI_SIZE,
				    4, ENC_BIG_ENDIAN);
	else
		proto_tree_add_item(tree, hf_ikesync_index_ipv6, tvb, (int)n->data + INDEX_SPI_SIZE,
				    16, ENC_NA);
	if (idx.faults & INDEX_ZERO_SPI)
		expert_add_info_format(pinfo, item, &ei_notify_content,
				       "IKESYNC_INDEX names an SPI of zero (wire profile 5.4)");
	if (idx.faults & INDEX_BAD_ADDRESS)
		expert_add_info_format(
		    pinfo, item, &ei_notify_content,
		    "IKESYNC_INDEX names an address that is %s (wire profile 4.3)",
		    index_body_address_fault(&idx));
	proto_item_append_text(item, ": %s", index_body_text(pinfo->pool, &idx));
}

static void show_bind(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
		      const struct ike_notify *n)
{
	if (n->data_length)
		proto_tree_add_item(tree, hf_ikesync_bind, tvb, (int)n->data, (int)n->data_length,
				    ENC_NA);
	/* The output of HMAC-SHA-1 to HMAC-SHA-512, whole; AES-based prfs have 16. */
	if (n->data_length != 16 && n->data_length != 20 && n->data_length != 32 &&
	    n->data_length != 48 && n->data_length != 64)
		expert_add_info_format(
		    pinfo, item, &ei_notify_content,
		    "IKESYNC_BIND data is %u octets, no prf's output (wire profile 12.9)",
		    n->data_length);
}

static void show_stub(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
		      const struct ike_notify *n, const struct index_body *bound_to)
{
	if (n->data_length)
		proto_tree_add_item(tree, hf_ikesync_stub, tvb, (int)n->data, (int)n->data_length,
				    ENC_NA);
	if (n->data_length == 0 || n->data_length > STUB_SIZE_MAX)
		expert_add_info_format(
		    pinfo, item, &ei_notify_content,
		    "IKESYNC_STUB data is %u octets, not 1 to 512 (wire profile 37.4)",
		    n->data_length);
	if (n->data_length)
		ikestub_show_sealed(tvb, pinfo, tree, n->data, n->data_length, bound_to);
}

static void show_not_committed(packet_info *pinfo, proto_item *item, const struct ike_notify *n)
{
	if (n->data_length || n->protocol)
		expert_add_info_format(
		    pinfo, item, &ei_notify_content,
		    "IKESYNC_NOT_COMMITTED has protocol 0 and no data (wire profile 24.1)");
	expert_add_info(pinfo, item, &ei_not_committed);
}

/* What holds for every one of them. */
static void judge_place(packet_info *pinfo, proto_item *item, const char *name,
			const struct ike_notify *n, bool is_protected)
{
	if (n->spi_size)
		expert_add_info_format(pinfo, item, &ei_notify_content,
				       "%s has an SPI, and none belongs there (wire profile 24.1)",
				       name);
	/* A client-held stub comes back beside SYN, in clear (rule 37). */
	if (!is_protected && n->type != IKE_NOTIFY_SYN_STUB)
		expert_add_info_format(
		    pinfo, item, &ei_notify_clear,
		    "%s in clear; it belongs in protected messages (wire profile %s)", name,
		    n->type == IKE_NOTIFY_SYN_INDEX  ? "5.2"
		    : n->type == IKE_NOTIFY_SYN_BIND ? "12.1"
						     : "13.4");
}

void ikesync_notify_show(packet_info *pinfo, proto_tree *isakmp, tvbuff_t *tvb,
			 const struct ike_payload *p, bool is_protected, bool judged,
			 const struct index_body *bound_to)
{
	struct ike_notify n;
	const char *name;
	proto_item *item;
	proto_tree *tree, *at;

	if (!ike_notify_read(tvb, p, &n))
		return;
	name = try_val_to_str(n.type, ikesync_notify_names);
	if (!name)
		return;
	at = ike_locate_payload(isakmp, tvb, p->offset, IKE_PAYLOAD_NOTIFY);
	if (at != isakmp)
		proto_item_append_text(at, " - %s", name);
	item = proto_tree_add_protocol_format(at, proto_ikesync, tvb, (int)p->offset,
					      (int)p->length, "%s", name);
	tree = proto_item_add_subtree(item, ett_ikesync_notify);
	proto_tree_add_item(tree, hf_ikesync_notify, tvb, (int)p->offset + PAYLOAD_HEADER_SIZE + 2,
			    2, ENC_BIG_ENDIAN);
	if (!judged)
		return;
	judge_place(pinfo, item, name, &n, is_protected);
	switch (n.type) {
	case IKE_NOTIFY_SYN_INDEX:
		show_index(pinfo, tree, item, tvb, &n);
		break;
	case IKE_NOTIFY_SYN_BIND:
		show_bind(pinfo, tree, item, tvb, &n);
		break;
	case IKE_NOTIFY_SYN_STUB:
		show_stub(pinfo, tree, item, tvb, &n, bound_to);
		break;
	default:
		show_not_committed(pinfo, item, &n);
		break;
	}
}
