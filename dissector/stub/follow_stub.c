/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follow stream: messages handed over with their secrets masked. */
#include "stub/follow_stub.h"

#include "stub/ikestub_mask.h"

#include <epan/addr_resolv.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/follow.h>
#include <epan/tap.h>

static int tap_follow;

static tvbuff_t *without_secrets(packet_info *pinfo, tvbuff_t *tvb)
{
	unsigned n = tvb_captured_length(tvb);
	uint8_t *copy = tvb_memdup(pinfo->pool, tvb, 0, n);

	if (!stub_mask_message(tvb_get_ptr(tvb, 0, (int)n), n, copy))
		return tvb;
	return tvb_new_child_real_data(tvb, copy, n, (int)tvb_reported_length(tvb));
}

void follow_stub_offer(packet_info *pinfo, tvbuff_t *tvb)
{
	if (have_tap_listener(tap_follow))
		tap_queue_packet(tap_follow, pinfo,
				 stub_show_secrets ? tvb : without_secrets(pinfo, tvb));
}

/* A stub connection is a TCP connection; packet-tcp.h declares such functions but does not export
 * them. */
static char *index_filter(unsigned stream, unsigned sub_stream G_GNUC_UNUSED)
{
	return g_strdup_printf("tcp.stream eq %u", stream);
}

static char *conversation_filter(epan_dissect_t *edt G_GNUC_UNUSED, packet_info *pinfo,
				 unsigned *stream, unsigned *sub_stream)
{
	conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
	struct tcp_analysis *tcp =
	    conversation ? get_tcp_conversation_data(conversation, pinfo) : NULL;

	if (!tcp)
		return NULL;
	*stream = tcp->stream;
	*sub_stream = 0;
	return index_filter(*stream, 0);
}

static char *address_filter(address *a, address *b, int port_a, int port_b)
{
	const char *version = a->type == AT_IPv6 ? "ipv6" : "ip";
	char *text_a = address_to_str(NULL, a), *text_b = address_to_str(NULL, b);
	char *filter = g_strdup_printf(
	    "(%s.addr == %s && tcp.port == %d) && (%s.addr == %s && tcp.port == %d)", version,
	    text_a, port_a, version, text_b, port_b);

	wmem_free(NULL, text_a);
	wmem_free(NULL, text_b);
	return filter;
}

void follow_stub_register(int proto)
{
	tap_follow = register_tap("ikestub_follow");
	ws_register_follow(proto, "ikestub_follow", conversation_filter, index_filter,
			   address_filter, tcp_port_to_display, follow_tvb_tap_listener,
			   get_tcp_stream_count);
}
