/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages by connection: who is the client, and requests and replies by transaction. */
#include "stub/ikestub_state.h"
#include "base/file_pool.h"
#include "base/segment.h"
#include "stub/ikestub_fields.h"

#include <epan/dissectors/packet-tcp.h>

/* Of one TCP connection. */
struct connection {
	wmem_map_t *exchanges;
	uint32_t first; /* the first frame that was asked about */
	uint32_t since; /* the first frame that was taken for ours; 0: none */
	unsigned client_port;
	bool has_client; /* it is known which side is the (TLS) client */
	address client;
	struct direction {
		struct stream_side plain, inside;
		uint32_t octets; /* inside TLS so far */
		bool unread;
	} direction[2];
};

/* The one that was asked for last: a frame asks several times. */
static struct {
	struct connection *c;
	uint32_t frame;
	const void *from, *to; /* its addresses, which point into the frame */
	unsigned srcport, destport;
} latest;

/* File scope forgets; so must this. */
static void forget(void)
{
	latest.c = NULL;
}

void stub_state_init(void)
{
	register_init_routine(forget);
	register_cleanup_routine(forget);
}

static struct connection *connection_of(packet_info *pinfo)
{
	conversation_t *conversation;
	struct connection *c;

	if (latest.c && latest.frame == pinfo->num && latest.from == pinfo->src.data &&
	    latest.to == pinfo->dst.data && latest.srcport == pinfo->srcport &&
	    latest.destport == pinfo->destport)
		return latest.c;
	conversation = find_or_create_conversation(pinfo);
	c = conversation_get_proto_data(conversation, proto_ikestub);
	if (!c) {
		c = wmem_new0(wmem_file_scope(), struct connection);
		c->exchanges = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
		conversation_add_proto_data(conversation, proto_ikestub, c);
	}
	latest.c = c;
	latest.frame = pinfo->num;
	latest.from = pinfo->src.data;
	latest.to = pinfo->dst.data;
	latest.srcport = pinfo->srcport;
	latest.destport = pinfo->destport;
	return c;
}

bool stub_state_is_ours(packet_info *pinfo)
{
	const struct connection *c = connection_of(pinfo);

	return c->since && pinfo->num >= c->since;
}

bool stub_state_first_segment(packet_info *pinfo)
{
	struct connection *c = connection_of(pinfo);

	if (!c->first)
		c->first = pinfo->num;
	return c->first == pinfo->num;
}

void stub_state_set_ours(packet_info *pinfo)
{
	struct connection *c = connection_of(pinfo);

	if (!c->since)
		c->since = pinfo->num;
}

static struct direction *direction_of(packet_info *pinfo)
{
	return &connection_of(pinfo)->direction[segment_direction(pinfo)];
}

struct stream_side *stub_state_side(packet_info *pinfo, bool inside)
{
	struct direction *d = direction_of(pinfo);

	return inside ? &d->inside : &d->plain;
}

uint32_t stub_state_inside(packet_info *pinfo, unsigned n)
{
	struct direction *d = direction_of(pinfo);
	uint32_t at = d->octets;

	d->octets += n;
	return at;
}

void stub_state_set_unread(packet_info *pinfo)
{
	direction_of(pinfo)->unread = true;
}

static bool other_side_unread(packet_info *pinfo)
{
	const struct connection *c = connection_of(pinfo);

	return c->direction[direction_of(pinfo) == &c->direction[0]].unread;
}

static void set_client(struct connection *c, const address *client, unsigned port)
{
	c->has_client = true;
	c->client_port = port;
	copy_address_wmem(wmem_file_scope(), &c->client, client);
}

/* Who opened the connection is the client; where the capture does not have that, who first asks for
 * what only clients ask for. */
static void learn_client(packet_info *pinfo, struct connection *c, const struct stub_summary *s)
{
	struct tcp_analysis *tcp;

	if (c->has_client || pinfo->ptype != PT_TCP)
		return;
	tcp = get_tcp_conversation_data(find_or_create_conversation(pinfo), pinfo);
	if (tcp && tcp->server_port && pinfo->srcport != pinfo->destport) {
		if (tcp->server_port == pinfo->destport)
			set_client(c, &pinfo->src, pinfo->srcport);
		else if (tcp->server_port == pinfo->srcport)
			set_client(c, &pinfo->dst, pinfo->destport);
	} else if (s->type == STUB_INIT || s->type == STUB_UPDATE || s->type == STUB_GET) {
		set_client(c, &pinfo->src, pinfo->srcport);
	}
}

static bool is_wrong_side(packet_info *pinfo, struct connection *c, const struct stub_summary *s)
{
	bool push = s->transaction & STUB_TRANSACTION_PUSH, from_client;

	learn_client(pinfo, c, s);
	if (!c->has_client)
		return false;
	from_client = pinfo->srcport == c->client_port && addresses_equal(&pinfo->src, &c->client);
	return from_client == push;
}

static void add_request(packet_info *pinfo, wmem_map_t *map, const struct stub_summary *s,
			struct stub_link *link)
{
	struct stub_exchange *x = wmem_map_lookup(map, GUINT_TO_POINTER(s->transaction));

	link->reused = x && !x->done && !x->unsettled;
	x = file_pool_new(sizeof(*x));
	x->seen = frame_mark_at(pinfo);
	x->type = s->type;
	x->items = s->items;
	x->whole = x->request_whole = s->whole;
	x->prefetch = s->prefetch;
	wmem_map_insert(map, GUINT_TO_POINTER(s->transaction), x);
	link->exchange = x;
}

static void add_reply(packet_info *pinfo, wmem_map_t *map, const struct stub_summary *s,
		      struct stub_link *link)
{
	struct stub_exchange *x = wmem_map_lookup(map, GUINT_TO_POINTER(s->transaction));

	link->exchange = x;
	if (!x) {
		link->unread = other_side_unread(pinfo);
		return;
	}
	link->after_last = x->done;
	if (x->done)
		return;
	link->first_reply = !x->first_reply;
	if (!x->first_reply)
		x->first_reply = pinfo->num;
	x->last_reply = pinfo->num;
	x->statuses += s->statuses;
	x->whole_message = x->whole_message || s->whole_message;
	x->whole = x->whole && s->whole;
	x->unsettled = x->unsettled || !s->whole;
	if (s->more || !s->statuses)
		return;
	x->done = true;
	link->miscounted = x->whole && !x->prefetch && !x->whole_message && x->statuses != x->items;
}

struct stub_link *stub_state_add(packet_info *pinfo, const struct stub_summary *s)
{
	struct stub_link *link;
	struct connection *c;

	if (!s->has_transaction)
		return NULL;
	link = file_pool_new(sizeof(*link));
	c = connection_of(pinfo);
	if (s->reply) {
		add_reply(pinfo, c->exchanges, s, link);
	} else {
		add_request(pinfo, c->exchanges, s, link);
		link->wrong_side = is_wrong_side(pinfo, c, s);
	}
	return link;
}
