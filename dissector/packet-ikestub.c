/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stub messages of draft-xu-ike-sa-sync-01 section 3.7 and profile 1: TLS with ALPN
 * "ikesync-stub/1", or plain TCP in a lab, on the same port.
 */
#include "packet-ikestub.h"
#include "base/label.h"
#include "base/segment.h"
#include "base/shown.h"
#include "stub/export_stub.h"
#include "stub/follow_stub.h"
#include "stub/ikestub_mask.h"
#include "stub/ikestub_message.h"
#include "stub/ikestub_chain.h"
#include "stub/ikestub_fields.h"
#include "stub/ikestub_items.h"
#include "stub/ikestub_state.h"
#include "stub/ikestub_winners.h"
#include "stub/tls_hint.h"
#include "secrets/stub_secrets.h"
#include "story/story.h"
#include "story/story_show.h"
#include "stats/stats_times.h"
#include "stats/tap_record.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/dissectors/packet-tls-utils.h>
#include <epan/exceptions.h>
#include <epan/show_exception.h>

#define STUB_PORT 49500
#define STUB_HEADER_SIZE 4

static dissector_handle_t tcp_handle, tls_inner_handle, tls_handle, tls_hinted_handle;
static ws_bool pref_desegment = TRUE;

/*
 * Messages of a frame are numbered in the order in which they are dissected, on every pass alike.
 */
static uint32_t next_ordinal(packet_info *pinfo)
{
	uint32_t *n = p_get_proto_data(pinfo->pool, pinfo, proto_ikestub, 0);

	if (!n) {
		n = wmem_new0(pinfo->pool, uint32_t);
		p_add_proto_data(pinfo->pool, pinfo, proto_ikestub, 0, n);
	}
	return ++*n;
}

/* What the item of a message spans: its header alone where secrets follow that are hidden. */
static unsigned message_span(tvbuff_t *tvb)
{
	unsigned seen = tvb_captured_length(tvb);

	return !stub_show_secrets && stub_mask_message(tvb_get_ptr(tvb, 0, (int)seen), seen, NULL)
		   ? MIN(seen, STUB_HEADER_SIZE)
		   : tvb_reported_length(tvb);
}

/* First pass: everything that later messages and later passes need to know of this one. */
static struct stub_link *learn_message(tvbuff_t *tvb, packet_info *pinfo,
				       const struct stub_summary *s, uint32_t ordinal)
{
	struct stub_link *link = stub_state_add(pinfo, s);

	story_add_stub(pinfo, tvb, s, link);
	stub_winners_add(pinfo, tvb, s, link);
	stub_secrets_read(pinfo, tvb);
	if (link)
		p_add_proto_data(wmem_file_scope(), pinfo, proto_ikestub, ordinal, link);
	return link;
}

static void show_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			 const struct stub_summary *s, const struct stub_link *link)
{
	unsigned size = tvb_reported_length(tvb), length;
	uint8_t first = ws_get_u8(tvb, 0), type = ws_get_u8(tvb, 1);
	proto_item *type_item, *item;

	item = proto_tree_add_uint(tree, hf_stub_first_payload, tvb, 0, 1, first);
	label_value(tree, item, first, stub_payload_names);
	type_item = proto_tree_add_uint(tree, hf_stub_type, tvb, 1, 1, type);
	label_value(tree, type_item, type, stub_message_names);
	length = tvb_get_ntohs(tvb, 2);
	item = proto_tree_add_uint(tree, hf_stub_length, tvb, 2, 2, length);
	label_number(tree, item, length);
	generated(proto_tree_add_boolean(tree, hf_stub_reply, tvb, 0, 0, s->reply));
	if (length < STUB_HEADER_SIZE) {
		expert_add_info(pinfo, tree, &ei_stub_short);
		if (size > STUB_HEADER_SIZE)
			stub_octets_show(tvb, tree, hf_stub_undecoded, STUB_HEADER_SIZE,
					 size - STUB_HEADER_SIZE);
		return;
	}
	if (link)
		stub_message_show_link(tvb, pinfo, tree, s, link);
	if (s->prefetch)
		generated(proto_tree_add_boolean(tree, hf_stub_prefetch, tvb, 0, 0, 1));
	if (s->has_to)
		generated(
		    proto_tree_add_boolean(tree, hf_stub_move, tvb, 0, 0, stub_summary_is_move(s)));
	if (link && link->exchange)
		story_show(tvb, pinfo, tree, link->exchange->story, link->exchange->stub);
	stub_message_show_payloads(tvb, pinfo, tree, type_item, s, link);
}

static int dissect_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *root, void *data)
{
	bool plain = data != NULL;
	uint32_t ordinal = next_ordinal(pinfo);
	struct stub_link *link;
	struct stub_summary s;
	const char *text;
	proto_item *item;

	stub_summary_read(tvb, &s);
	link = PINFO_FD_VISITED(pinfo)
		   ? p_get_proto_data(wmem_file_scope(), pinfo, proto_ikestub, ordinal)
		   : learn_message(tvb, pinfo, &s, ordinal);
	text = stub_summary_text(pinfo->pool, &s);
	col_append_sep_str(pinfo->cinfo, COL_INFO, " | ", text);
	tap_record_stub(pinfo, &s, link);
	follow_stub_offer(pinfo, tvb);

	item = label_protocol(root, proto_ikestub, tvb, 0, message_span(tvb), "IKE Stub Message, ",
			      text);
	if (plain)
		expert_add_info(pinfo, item, &ei_stub_clear_transport);
	show_message(tvb, pinfo, proto_item_add_subtree(item, ett_stub), &s, link);
	return (int)tvb_reported_length(tvb);
}

static unsigned message_length(packet_info *pinfo G_GNUC_UNUSED, tvbuff_t *tvb, int offset,
			       void *data G_GNUC_UNUSED)
{
	unsigned length = tvb_get_ntohs(tvb, offset + 2);

	/* The peer closes here, and nothing that follows has a boundary: one message of all the
	 * rest. */
	if (length < STUB_HEADER_SIZE)
		return (unsigned)tvb_reported_length_remaining(tvb, offset);
	return length;
}

#define STUB_START 12  /* header and transaction */
#define PREFIX_START 1 /* of the first segment of a connection */

/*
 * Transaction first, of 4 octets, a known type, and what may follow: 64 bits of which two thirds
 * are fixed. Of a segment that ends before, as much as there is, at least `enough`.
 */
static bool looks_like_stub(tvbuff_t *tvb, unsigned enough)
{
	unsigned n = tvb_captured_length(tvb);
	uint8_t at[8] = { PL_TRANSACTION, STUB_GET, 0, 12, PL_INDEX, 0, 0, 8 };

	if (n < enough)
		return false;
	tvb_memcpy(tvb, at, 0, MIN(n, sizeof(at)));
	return at[0] == PL_TRANSACTION && at[1] >= STUB_INIT && at[1] <= STUB_DELETE &&
	       (at[2] != 0 || (at[3] >= 12 || n < 4)) &&
	       (at[4] == PL_INDEX || at[4] == PL_STUB || at[4] == PL_STATUS) && at[5] == 0 &&
	       at[6] == 0 && at[7] == 8;
}

/*
 * On the bank's own port a message may be faulty and still be one: a transaction and any type; or a
 * payload that only stub messages have, in a message that is as long as its segment.
 */
static bool looks_like_faulty(tvbuff_t *tvb)
{
	unsigned first, length;

	if (tvb_captured_length(tvb) < 8)
		return false;
	first = ws_get_u8(tvb, 0);
	length = tvb_get_ntohs(tvb, 2);
	if (first == PL_TRANSACTION && length >= 12 && tvb_get_ntohs(tvb, 6) == 8)
		return true;
	return (first == PL_TRANSACTION || first == PL_INDEX || first == PL_STUB ||
		first == PL_STATUS) &&
	       length == tvb_reported_length(tvb);
}

/*
 * One message that cannot be read does not hide the next. What is missing at the end of one that
 * goes on in a segment of its own is not malformed.
 */
static void dissect_caught(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool plain)
{
	static int marker;

	TRY
	{
		dissect_message(tvb, pinfo, tree, plain ? &marker : NULL);
	}
	CATCH(ContainedBoundsError)
	{
		col_append_str(pinfo->cinfo, COL_INFO, " (to be continued)");
	}
	CATCH_NONFATAL_ERRORS
	{
		show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
	}
	ENDTRY;
}

/* Octets of which nothing is read; they may be secrets. */
static void show_unread(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned at,
			unsigned n, const char *text)
{
	proto_item *item;

	if (!PINFO_FD_VISITED(pinfo))
		stub_state_set_unread(pinfo);
	col_append_sep_str(pinfo->cinfo, COL_INFO, " | ", text);
	item = proto_tree_add_protocol_format(tree, proto_ikestub, tvb, (int)at, 0,
					      "IKE Stub Message, %s", text);
	generated(proto_tree_add_uint(proto_item_add_subtree(item, ett_stub), hf_stub_unread, tvb,
				      (int)at, 0, n));
}

/* Where the octets of a tvb are in their stream. */
struct stream_place {
	struct stream_side *side; /* NULL: not the first pass */
	uint32_t at;              /* of the first one */
	bool plain;
};

/*
 * What tcp_dissect_pdus() does. That one adds a field of TCP ("PDU Size") that spans the whole
 * message, and what a field spans is printed, secrets and all; and it knows nothing of messages
 * that began in a segment before.
 */
static void dissect_messages(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned at,
			     const struct stream_place *place)
{
	bool wait = pref_desegment && pinfo->can_desegment, known = true;
	unsigned left, length, seen;

	for (; (left = (unsigned)tvb_reported_length_remaining(tvb, (int)at)) > 0;
	     at += MIN(length, left)) {
		seen = (unsigned)tvb_captured_length_remaining(tvb, (int)at);
		length = seen < STUB_HEADER_SIZE ? STUB_HEADER_SIZE
						 : message_length(pinfo, tvb, (int)at, NULL);
		if (place->side && seen >= STUB_HEADER_SIZE)
			stream_side_message(place->side, place->at + at, length, left);
		if (wait && length > left) {
			pinfo->desegment_offset = (int)at;
			pinfo->desegment_len =
			    left < STUB_HEADER_SIZE ? DESEGMENT_ONE_MORE_SEGMENT : length - left;
			break;
		}
		if (seen < STUB_HEADER_SIZE) {
			show_unread(tvb, pinfo, tree, at, left, "start of a message");
			known = false;
			break;
		}
		dissect_caught(
		    tvb_new_subset_length_caplen(tvb, (int)at, (int)MIN(seen, length), (int)length),
		    pinfo, tree, place->plain);
	}
	if (place->side)
		stream_side_read(place->side, place->at + (uint32_t)tvb_reported_length(tvb),
				 known);
}

/* Beside the messages' ordinals: how many octets of the stream's at this offset are skipped. */
#define SKIP_KEY 0x40000000u

static unsigned find_first(tvbuff_t *tvb, packet_info *pinfo, const struct stream_place *place,
			   bool plausible)
{
	uint32_t key = SKIP_KEY | (uint32_t)tvb_raw_offset(tvb);
	unsigned skip;

	if (PINFO_FD_VISITED(pinfo))
		return GPOINTER_TO_UINT(
		    p_get_proto_data(wmem_file_scope(), pinfo, proto_ikestub, key));
	skip = stream_side_skip(place->side, place->at, tvb_reported_length(tvb), plausible);
	if (skip)
		p_add_proto_data(wmem_file_scope(), pinfo, proto_ikestub, key,
				 GUINT_TO_POINTER(skip));
	return skip;
}

static void dissect_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			   const struct stream_place *place, unsigned skip)
{
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "IKESTUB");
	col_clear(pinfo->cinfo, COL_INFO);
	if (skip)
		show_unread(tvb, pinfo, tree, 0, skip, "continuation of a message");
	if (skip < tvb_reported_length(tvb))
		dissect_messages(tvb, pinfo, tree, skip, place);
	else if (place->side)
		stream_side_read(place->side, place->at + skip,
				 place->side->open && place->side->end == place->at + skip);
	col_set_fence(pinfo->cinfo, COL_INFO); /* another TLS record may follow in this frame */
}

static int dissect_inside_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			      void *data G_GNUC_UNUSED)
{
	struct stream_place place = { .plain = false };
	unsigned skip = 0;

	/* Where TLS puts messages together, every call begins with one. */
	if (!pref_desegment || !pinfo->can_desegment) {
		if (!PINFO_FD_VISITED(pinfo)) {
			place.side = stub_state_side(pinfo, true);
			place.at = stub_state_inside(pinfo, tvb_reported_length(tvb));
		}
		skip = find_first(tvb, pinfo, &place, looks_like_stub(tvb, STUB_START));
	}
	dissect_stream(tvb, pinfo, tree, &place, skip);
	return (int)tvb_captured_length(tvb);
}

/* A TLS record: content type, then 3.x. No stub message starts like that: its first is 207. */
static bool looks_like_tls(tvbuff_t *tvb)
{
	return tvb_captured_length(tvb) >= 3 && ws_get_u8(tvb, 0) >= 20 &&
	       ws_get_u8(tvb, 0) <= 23 && ws_get_u8(tvb, 1) == 3 && ws_get_u8(tvb, 2) <= 4;
}

static bool is_stub_port(unsigned port)
{
	range_t *ports = prefs_get_range_value("ikestub", "tcp.port");

	return ports && value_is_in_range(ports, port);
}

/* Reached by the port of the preference, which others use, too; not by Decode As on another. */
static bool by_port(const packet_info *pinfo)
{
	return is_stub_port(pinfo->srcport) || is_stub_port(pinfo->destport);
}

/*
 * TLS that a bank may speak: its server has our port. A client gets such a port by chance, and
 * where the capture has neither hello, ALPN or what is inside must tell.
 */
static bool is_tls_of_bank(tvbuff_t *tvb, const packet_info *pinfo)
{
	unsigned hello =
	    tvb_captured_length(tvb) > 5 && ws_get_u8(tvb, 0) == 22 ? ws_get_u8(tvb, 5) : 0;

	return (hello == 1 && is_stub_port(pinfo->destport)) ||
	       (hello == 2 && is_stub_port(pinfo->srcport));
}

/* May this segment be the first one of stub messages, or of TLS around them? */
static bool may_begin(tvbuff_t *tvb, packet_info *pinfo, bool tls)
{
	bool first = stub_state_first_segment(pinfo);

	if (!by_port(pinfo))
		return true;
	if (tls)
		return is_tls_of_bank(tvb, pinfo);
	return looks_like_stub(tvb, first ? PREFIX_START : STUB_START) || looks_like_faulty(tvb);
}

static void dissect_plain(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			  const struct tcpinfo *info, bool begins)
{
	struct stream_place place = { .plain = true };
	unsigned skip = 0;

	if (info)
		place.at = info->nxtseq - tvb_reported_length(tvb);
	if (!PINFO_FD_VISITED(pinfo))
		place.side = stub_state_side(pinfo, false);
	if (info && !segment_is_put_together(pinfo, tvb))
		skip = find_first(tvb, pinfo, &place,
				  begins || looks_like_stub(tvb, PREFIX_START) ||
				      looks_like_faulty(tvb));
	dissect_stream(tvb, pinfo, tree, &place, skip);
}

/* TLS of a connection whose client has asked for stub messages. */
static int dissect_tls_hinted(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	int n = call_dissector_only(tls_handle, tvb, pinfo, tree, data);

	if (n)
		tls_hint_show(tvb, pinfo, tree);
	return n;
}

/*
 * TCP on our port: TLS as a rule, plain in a lab, or something else altogether. The first segment
 * that looks like one of ours decides for the connection; what comes before it is not looked at.
 */
static int dissect_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	bool begins = !stub_state_is_ours(pinfo);

	if (begins) {
		bool tls = tls_handle && looks_like_tls(tvb);

		if (PINFO_FD_VISITED(pinfo) || !may_begin(tvb, pinfo, tls))
			return 0;
		if (tls) {
			tls_set_appdata_dissector(tls_handle, pinfo, tls_inner_handle);
			conversation_set_dissector_from_frame_number(
			    find_or_create_conversation(pinfo), pinfo->num,
			    tls_hint_offers(tvb) ? tls_hinted_handle : tls_handle);
			return call_dissector_with_data(tls_handle, tvb, pinfo, tree, data);
		}
		stub_state_set_ours(pinfo);
	}
	dissect_plain(tvb, pinfo, tree, data, begins);
	return (int)tvb_captured_length(tvb);
}

static ws_bool heuristic_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	if (!looks_like_stub(tvb, STUB_START))
		return FALSE;
	conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num,
						     tcp_handle);
	if (!PINFO_FD_VISITED(pinfo))
		stub_state_set_ours(pinfo);
	dissect_tcp(tvb, pinfo, tree, data);
	return TRUE;
}

static ws_bool heuristic_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	if (!looks_like_stub(tvb, STUB_START))
		return FALSE;
	dissect_inside_tls(tvb, pinfo, tree, data);
	return TRUE;
}

void ikestub_register(void)
{
	module_t *module;

	proto_ikestub = proto_register_protocol("IKE Stub Messages", "IKESTUB", "ikestub");
	ikestub_fields_register(proto_ikestub);
	stub_secrets_init();
	stub_state_init();
	stats_times_register_ikestub(proto_ikestub);
	export_stub_register(proto_ikestub);
	follow_stub_register(proto_ikestub);
	stub_winners_register(proto_ikestub);
	stub_items_register(proto_ikestub);
	tcp_handle = register_dissector("ikestub", dissect_tcp, proto_ikestub);
	tls_inner_handle = register_dissector("ikestub.tls", dissect_inside_tls, proto_ikestub);
	module = prefs_register_protocol(proto_ikestub, NULL);
	prefs_register_bool_preference(module, "desegment", "Reassemble messages over TCP segments",
				       "Needs \"Allow subdissectors to reassemble TCP streams\" in "
				       "the TCP preferences, too",
				       &pref_desegment);
	prefs_register_bool_preference(module, "show_secrets", "Show secrets",
				       "Show SK_d and the shared secret of stubs in clear; whoever "
				       "reads them can decrypt the SA's traffic. The octets are in "
				       "the packet bytes in any case",
				       &stub_show_secrets);
}

void ikestub_handoff(void)
{
	tls_handle = find_dissector("tls");
	/* No protocol: it stands for TLS, and adds no layer. */
	tls_hinted_handle = create_dissector_handle(dissect_tls_hinted, -1);
	dissector_add_uint_with_preference("tcp.port", STUB_PORT, tcp_handle);
	dissector_add_uint_range_with_preference("tls.port", "", tls_inner_handle);
	dissector_add_string("tls.alpn", "ikesync-stub/1", tls_inner_handle);
	heur_dissector_add("tcp", heuristic_tcp, "IKE stub messages over plain TCP", "ikestub_tcp",
			   proto_ikestub, HEURISTIC_ENABLE);
	heur_dissector_add("tls", heuristic_tls, "IKE stub messages over TLS", "ikestub_tls",
			   proto_ikestub, HEURISTIC_ENABLE);
}
