/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE and ESP over TCP (RFC 9329, before it RFC 8229): "IKETCP" once, from the side that opened the
 * connection; then messages with a length of 16 bits in front, which counts itself. isakmp on
 * TCP 500 expects the bare message and is left as it is.
 */
#include "packet-iketcp.h"
#include "base/segment.h"
#include "base/stream_side.h"
#include "ike/ike_locate.h"
#include "ike/ike_message.h"

#include <epan/dissectors/packet-tcp.h>

#define IKETCP_PORT 4500 /* RFC 9329 section 2 */
#define LENGTH_SIZE 2
#define MARKER_SIZE 4
#define FIRST_SPI 256 /* of ESP; 1 to 255 are reserved, RFC 4303 section 2.1 */

static const uint8_t prefix[] = { 'I', 'K', 'E', 'T', 'C', 'P' };

/* One TCP connection; written on the first pass only. */
struct stream {
	uint32_t first;        /* the first frame with data on our port */
	uint32_t since;        /* the first frame that was taken for ours; 0: none */
	uint32_t prefix_frame; /* 0: none seen */
	struct stream_side side[2];
};

/* What the callbacks of one segment need to know. */
struct segment {
	struct stream *stream;
	struct stream_side *side; /* NULL: not the first pass, or not known */
	uint32_t end;             /* sequence number behind it */
};

int proto_iketcp = -1;
static dissector_handle_t iketcp_handle, isakmp_handle, esp_handle;
static ws_bool pref_desegment = TRUE;

static int hf_prefix = -1, hf_length = -1, hf_marker = -1, hf_keepalive = -1, hf_undecoded = -1;
static int ett_iketcp = -1;
static expert_field ei_length = EI_INIT, ei_short = EI_INIT, ei_no_prefix = EI_INIT,
		    ei_reserved_spi = EI_INIT;

/* All of the segment is the start of the prefix, and not all of that. */
static bool is_part_of_prefix(tvbuff_t *tvb)
{
	unsigned n = tvb_reported_length(tvb);

	return n > 0 && n < sizeof(prefix) && tvb_captured_length(tvb) == n &&
	       tvb_memeql(tvb, 0, prefix, n) == 0;
}

static bool starts_with_prefix(tvbuff_t *tvb, unsigned offset)
{
	return tvb_captured_length_remaining(tvb, (int)offset) >= (int)sizeof(prefix) &&
	       tvb_memeql(tvb, (int)offset, prefix, sizeof(prefix)) == 0;
}

/*
 * Without a prefix, in mid-stream: an IKE message. Whatever has a length in front looks like ESP,
 * so that ESP is only taken for ESP behind one of the two.
 */
static bool plausible(tvbuff_t *tvb)
{
	unsigned at = LENGTH_SIZE + MARKER_SIZE, length;

	if (starts_with_prefix(tvb, 0))
		return true;
	if (tvb_captured_length(tvb) < at + IKE_HEADER_SIZE || tvb_get_ntohl(tvb, LENGTH_SIZE) != 0)
		return false;
	length = tvb_get_ntohs(tvb, 0);
	return length >= at + IKE_HEADER_SIZE && ws_get_u8(tvb, (int)at + 17) >> 4 == 2 &&
	       ws_get_u8(tvb, (int)at + 18) >= IKE_EXCHANGE_SA_INIT &&
	       tvb_get_ntohl(tvb, (int)at + 24) == length - at;
}

static struct stream *stream_of(tvbuff_t *tvb, packet_info *pinfo)
{
	conversation_t *conversation = find_or_create_conversation(pinfo);
	struct stream *s = conversation_get_proto_data(conversation, proto_iketcp);

	if (!s) {
		s = wmem_new0(wmem_file_scope(), struct stream);
		s->first = pinfo->num;
		conversation_add_proto_data(conversation, proto_iketcp, s);
	}
	if (!s->since && !PINFO_FD_VISITED(pinfo) && plausible(tvb))
		s->since = pinfo->num;
	return s;
}

/* At the start of the stream, and nowhere else: elsewhere these octets are a length and an SPI. */
static bool prefix_may_be_here(const packet_info *pinfo, const struct stream *s)
{
	return s->prefix_frame ? s->prefix_frame == pinfo->num : s->since == pinfo->num;
}

static unsigned pdu_length(packet_info *pinfo, tvbuff_t *tvb, int offset, void *data)
{
	const struct segment *g = data;
	unsigned left = (unsigned)tvb_reported_length_remaining(tvb, offset);
	unsigned length = tvb_get_ntohs(tvb, offset);

	if (prefix_may_be_here(pinfo, g->stream) && starts_with_prefix(tvb, (unsigned)offset))
		return sizeof(prefix);
	if (g->side)
		stream_side_message(g->side, g->end - left, length, left);
	/* 0 and 1 end the connection (RFC 9329 section 3.1), and where a next one would start is
	 * anybody's guess. */
	return length < LENGTH_SIZE ? left : length;
}

static void show_prefix(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct stream *s)
{
	if (!PINFO_FD_VISITED(pinfo) && !s->prefix_frame)
		s->prefix_frame = pinfo->num;
	col_append_str(pinfo->cinfo, COL_INFO, "stream prefix");
	proto_tree_add_item(tree, hf_prefix, tvb, 0, sizeof(prefix), ENC_ASCII);
}

/* isakmp counts depth twice per payload and never back (docs/upstream.md): many messages in one
 * segment must not add up. */
static void call_one(dissector_handle_t handle, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	int depth = pinfo->dissection_depth;

	call_dissector(handle, tvb, pinfo, tree);
	pinfo->dissection_depth = depth;
}

/* What is behind a length that no message can have. */
static int show_impossible(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const char *info)
{
	unsigned size = tvb_reported_length(tvb);

	col_append_str(pinfo->cinfo, COL_INFO, info);
	if (size > LENGTH_SIZE)
		proto_tree_add_item(tree, hf_undecoded, tvb, LENGTH_SIZE, (int)(size - LENGTH_SIZE),
				    ENC_NA);
	return (int)size;
}

static int dissect_pdu(tvbuff_t *tvb, packet_info *pinfo, proto_tree *root, void *data)
{
	struct stream *s = ((const struct segment *)data)->stream;
	unsigned size = tvb_reported_length(tvb), spi;
	proto_item *item, *length_item;
	proto_tree *tree;

	/* isakmp and esp clear the column; what earlier messages of the frame left there stays. */
	col_append_sep_str(pinfo->cinfo, COL_INFO, " | ", "");
	col_set_fence(pinfo->cinfo, COL_INFO);
	item = proto_tree_add_item(root, proto_iketcp, tvb, 0, (int)size, ENC_NA);
	tree = proto_item_add_subtree(item, ett_iketcp);
	if (prefix_may_be_here(pinfo, s) && starts_with_prefix(tvb, 0)) {
		show_prefix(tvb, pinfo, tree, s);
		return (int)size;
	}
	length_item = proto_tree_add_item(tree, hf_length, tvb, 0, LENGTH_SIZE, ENC_BIG_ENDIAN);
	if (tvb_get_ntohs(tvb, 0) < LENGTH_SIZE) {
		expert_add_info(pinfo, length_item, &ei_length);
		return show_impossible(tvb, pinfo, tree, "impossible length");
	}
	if (!s->prefix_frame && s->since == pinfo->num)
		expert_add_info(pinfo, item, &ei_no_prefix);
	if (size == LENGTH_SIZE + 1 && ws_get_u8(tvb, LENGTH_SIZE) == 0xff) {
		col_append_str(pinfo->cinfo, COL_INFO, "NAT keepalive");
		proto_tree_add_item(tree, hf_keepalive, tvb, LENGTH_SIZE, 1, ENC_NA);
		return (int)size;
	}
	if (size < LENGTH_SIZE + MARKER_SIZE) {
		expert_add_info(pinfo, length_item, &ei_short);
		return show_impossible(tvb, pinfo, tree, "too short");
	}
	spi = tvb_get_ntohl(tvb, LENGTH_SIZE);
	if (spi == 0) {
		proto_tree_add_item(tree, hf_marker, tvb, LENGTH_SIZE, MARKER_SIZE, ENC_NA);
		proto_item_set_len(item, LENGTH_SIZE + MARKER_SIZE);
		tvb = tvb_new_subset_remaining(tvb, LENGTH_SIZE + MARKER_SIZE);
		ike_locate_note(pinfo, tvb);
		call_one(isakmp_handle, tvb, pinfo, root);
		return (int)size;
	}
	if (spi < FIRST_SPI)
		expert_add_info(pinfo, item, &ei_reserved_spi);
	proto_item_set_len(item, LENGTH_SIZE);
	call_one(esp_handle, tvb_new_subset_remaining(tvb, LENGTH_SIZE), pinfo, root);
	return (int)size;
}

/* Beside nothing else of ours in the packet: how many octets at this offset are skipped. */
static unsigned find_first(tvbuff_t *tvb, packet_info *pinfo, const struct segment *g)
{
	uint32_t key = (uint32_t)tvb_raw_offset(tvb);
	unsigned n = tvb_reported_length(tvb), skip;

	if (PINFO_FD_VISITED(pinfo))
		return GPOINTER_TO_UINT(
		    p_get_proto_data(wmem_file_scope(), pinfo, proto_iketcp, key));
	skip = stream_side_skip(g->side, g->end - n, n,
				g->stream->since == pinfo->num || plausible(tvb));
	/* A stream that was not followed from its first octet on: as was always done. */
	if (skip == n && !g->side->open)
		skip = 0;
	if (skip)
		p_add_proto_data(wmem_file_scope(), pinfo, proto_iketcp, key,
				 GUINT_TO_POINTER(skip));
	return skip;
}

static void dissect_messages(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct segment *g)
{
	unsigned skip = segment_is_put_together(pinfo, tvb) ? 0 : find_first(tvb, pinfo, g);
	unsigned n = tvb_reported_length(tvb);
	proto_item *item;

	if (skip) {
		col_append_str(pinfo->cinfo, COL_INFO, "continuation of a message");
		item = proto_tree_add_item(tree, proto_iketcp, tvb, 0, (int)skip, ENC_NA);
		proto_item_append_text(item, ", continuation of a message");
	}
	if (skip < n) {
		tcp_dissect_pdus(tvb_new_subset_remaining(tvb, (int)skip), pinfo, tree,
				 pref_desegment, LENGTH_SIZE, pdu_length, dissect_pdu, g);
		if (pinfo->desegment_len)
			pinfo->desegment_offset += (int)skip;
	}
	if (g->side)
		stream_side_read(g->side, g->end, true);
}

static int dissect_iketcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	const struct tcpinfo *info = data;
	struct stream *s = stream_of(tvb, pinfo);
	struct segment g = { .stream = s };

	if (!s->since || pinfo->num < s->since) {
		if (pinfo->num != s->first || !pref_desegment || !pinfo->can_desegment ||
		    !is_part_of_prefix(tvb))
			return 0;
		/* Half a prefix says nothing yet; with the rest it comes back here. */
		pinfo->desegment_offset = 0;
		pinfo->desegment_len = (uint32_t)sizeof(prefix) - tvb_reported_length(tvb);
		return (int)tvb_captured_length(tvb);
	}
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "IKETCP");
	col_clear(pinfo->cinfo, COL_INFO);
	if (info) {
		g.end = info->nxtseq;
		if (!PINFO_FD_VISITED(pinfo))
			g.side = &s->side[segment_direction(pinfo)];
		dissect_messages(tvb, pinfo, tree, &g);
	} else {
		tcp_dissect_pdus(tvb, pinfo, tree, pref_desegment, LENGTH_SIZE, pdu_length,
				 dissect_pdu, &g);
	}
	return (int)tvb_captured_length(tvb);
}

static ws_bool heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	if (!starts_with_prefix(tvb, 0))
		return FALSE;
	conversation_set_dissector(find_or_create_conversation(pinfo), iketcp_handle);
	return dissect_iketcp(tvb, pinfo, tree, data) != 0;
}

static hf_register_info fields[] = {
	{ &hf_prefix,
	  { "Stream prefix", "iketcp.prefix", FT_STRING, BASE_NONE, NULL, 0x0,
	    "Sent once, by the side that opened the connection (RFC 9329 section 4)", HFILL } },
	{ &hf_length,
	  { "Length", "iketcp.length", FT_UINT16, BASE_DEC, NULL, 0x0,
	    "Of the message, these two octets included (RFC 9329 section 3)", HFILL } },
	{ &hf_marker,
	  { "Non-ESP marker", "iketcp.non_esp_marker", FT_BYTES, BASE_NONE, NULL, 0x0,
	    "Zero where ESP has its SPI: an IKE message follows", HFILL } },
	{ &hf_keepalive,
	  { "NAT keepalive", "iketcp.keepalive", FT_NONE, BASE_NONE, NULL, 0x0,
	    "RFC 3948 section 2.3; TCP does not need it", HFILL } },
	{ &hf_undecoded,
	  { "Undecoded", "iketcp.undecoded", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
};

static ei_register_info experts[] = {
	{ &ei_length,
	  { "iketcp.length.impossible", PI_MALFORMED, PI_ERROR,
	    "length 0 or 1: the receiver closes the connection (RFC 9329 section 3.1)", EXPFILL } },
	{ &ei_short,
	  { "iketcp.short", PI_MALFORMED, PI_ERROR,
	    "too short for a non-ESP marker or an SPI (RFC 9329 section 3)", EXPFILL } },
	{ &ei_no_prefix,
	  { "iketcp.no_prefix", PI_SEQUENCE, PI_NOTE,
	    "no stream prefix seen before the first message (RFC 9329 section 4)", EXPFILL } },
	{ &ei_reserved_spi,
	  { "iketcp.reserved_spi", PI_PROTOCOL, PI_WARN,
	    "neither a non-ESP marker nor an SPI that ESP may use (RFC 4303 section 2.1)",
	    EXPFILL } },
};

void iketcp_register(void)
{
	static int *subtrees[] = { &ett_iketcp };
	expert_module_t *expert;
	module_t *module;

	proto_iketcp = proto_register_protocol("TCP Encapsulation of IKE and IPsec Packets",
					       "IKETCP", "iketcp");
	proto_register_field_array(proto_iketcp, fields, array_length(fields));
	proto_register_subtree_array(subtrees, array_length(subtrees));
	expert = expert_register_protocol(proto_iketcp);
	expert_register_field_array(expert, experts, array_length(experts));
	iketcp_handle = register_dissector("iketcp", dissect_iketcp, proto_iketcp);
	module = prefs_register_protocol(proto_iketcp, NULL);
	prefs_register_bool_preference(module, "desegment", "Reassemble messages over TCP segments",
				       "Needs \"Allow subdissectors to reassemble TCP streams\" in "
				       "the TCP preferences, too",
				       &pref_desegment);
}

void iketcp_handoff(void)
{
	isakmp_handle = find_dissector_add_dependency("isakmp", proto_iketcp);
	esp_handle = find_dissector_add_dependency("esp", proto_iketcp);
	dissector_add_uint_with_preference("tcp.port", IKETCP_PORT, iketcp_handle);
	heur_dissector_add("tcp", heuristic, "IKE over TCP by its stream prefix", "iketcp_tcp",
			   proto_iketcp, HEURISTIC_ENABLE);
}
