/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages in few words, and requests and replies by transaction. */
#include "stub/ikestub_state.h"

#include <epan/dissectors/packet-tcp.h>

bool stub_index_of(tvbuff_t *tvb, const struct payload_walk *w, struct index_body *out)
{
	struct payload_walk inner;

	if (w->type == PL_INDEX) {
		index_body_read(tvb, payload_body(w), payload_body_length(w), out);
		return out->address_size != 0;
	}
	if (w->type != PL_STUB)
		return false;
	inner = payload_walk_in(w->p, payload_body(w), w->at);
	if (!payload_next(&inner) || inner.type != PL_INDEX)
		return false;
	index_body_read(tvb, payload_body(&inner), payload_body_length(&inner), out);
	return out->address_size != 0;
}

static void read_status(tvbuff_t *tvb, unsigned body, unsigned length, struct stub_summary *out)
{
	uint8_t code;

	out->statuses++;
	if (length < 4)
		return;
	code = ws_get_u8(tvb, (int)body);
	out->codes[MIN(code, STUB_STATUS_CODES - 1)]++;
	if (code == STATUS_OK)
		out->ok++;
	else if (out->statuses - out->ok == 1)
		out->first_bad = code;
	if (ws_get_u8(tvb, (int)body + 1) & STATUS_MORE)
		out->more = true;
	if (tvb_get_ntohs(tvb, (int)body + 2) == STATUS_WHOLE_MESSAGE)
		out->whole_message = true;
}

static void read_payload(tvbuff_t *tvb, const struct payload_walk *w, unsigned position,
			 struct stub_summary *out)
{
	unsigned body = payload_body(w), length = payload_body_length(w);
	struct index_body idx;

	switch (w->type) {
	case PL_TRANSACTION:
		if (position == 0 && length == 4) {
			out->has_transaction = true;
			out->transaction = tvb_get_ntohl(tvb, (int)body);
		}
		break;
	case PL_STATUS:
		out->reply = true;
		read_status(tvb, body, length, out);
		break;
	case PL_INDEX:
		if (out->type != STUB_UPDATE)
			out->items++;
		index_body_read(tvb, body, length, &idx);
		if (!out->has_index && idx.address_size) {
			out->idx = idx;
			out->has_index = true;
			out->prefetch = out->type == STUB_GET && out->items == 1 &&
					(idx.faults & INDEX_ZERO_SPI);
		}
		break;
	case PL_STUB:
		out->stubs++;
		out->items++;
		if (!stub_index_of(tvb, w, &idx))
			break;
		if (out->type == STUB_UPDATE && !out->has_to) {
			out->to = idx;
			out->has_to = true;
		} else if (out->type != STUB_UPDATE && !out->has_index) {
			out->idx = idx;
			out->has_index = true;
		}
		break;
	default:
		break;
	}
}

void stub_summary_read(tvbuff_t *tvb, struct stub_summary *out)
{
	struct payload_walk w = payload_walk_tvb(tvb);

	memset(out, 0, sizeof(*out));
	if (w.end < PAYLOAD_FIRST_SIZE)
		return;
	out->type = w.p[1];
	for (unsigned position = 0; payload_next(&w); position++)
		read_payload(tvb, &w, position, out);
}

bool stub_summary_is_move(const struct stub_summary *s)
{
	return s->type == STUB_UPDATE && s->has_index && s->has_to &&
	       !index_body_same_address(&s->idx, &s->to);
}

static void text_statuses(wmem_strbuf_t *b, const struct stub_summary *s)
{
	const char *bad = val_to_str_const(s->first_bad, stub_status_names, "unknown status");

	if (s->statuses == 1)
		wmem_strbuf_append_printf(b, ": %s", s->ok ? "ok" : bad);
	else if (s->ok == s->statuses)
		wmem_strbuf_append_printf(b, ": %u ok", s->ok);
	else
		wmem_strbuf_append_printf(b, ": %u ok, %u not (%s)", s->ok, s->statuses - s->ok,
					  bad);
	if (s->stubs)
		wmem_strbuf_append_printf(b, ", %u stub%s", s->stubs, s->stubs == 1 ? "" : "s");
	if (s->more)
		wmem_strbuf_append(b, ", more follows");
}

const char *stub_summary_text(wmem_allocator_t *scope, const struct stub_summary *s)
{
	const char *name = try_val_to_str(s->type, stub_message_names);
	wmem_strbuf_t *b = wmem_strbuf_new(scope, "");

	if (name)
		wmem_strbuf_append(b, name);
	else
		wmem_strbuf_append_printf(b, "message of type %u", s->type);
	if (s->has_transaction)
		wmem_strbuf_append_printf(b, " 0x%08x", s->transaction);
	if (s->reply) {
		wmem_strbuf_append(b, " reply");
		text_statuses(b, s);
		return wmem_strbuf_get_str(b);
	}
	if (s->has_index && s->prefetch)
		wmem_strbuf_append_printf(b, " prefetch %s", index_body_text(scope, &s->idx));
	else if (s->has_index)
		wmem_strbuf_append_printf(b, " %s", index_body_text(scope, &s->idx));
	if (s->has_to)
		wmem_strbuf_append_printf(b, " to %s%s", index_body_text(scope, &s->to),
					  stub_summary_is_move(s) ? " (move)" : "");
	if (s->items > 1 && !s->prefetch)
		wmem_strbuf_append_printf(b, " and %u more", s->items - 1);
	return wmem_strbuf_get_str(b);
}

/* Of one TCP connection. */
struct connection {
	wmem_map_t *exchanges;
	uint32_t first; /* the first frame that was asked about */
	uint32_t since; /* the first frame that was taken for ours; 0: none */
	unsigned client_port;
	bool has_client; /* it is known which side is the (TLS) client */
	address client;
};

static struct connection *connection_of(packet_info *pinfo)
{
	conversation_t *conversation = find_or_create_conversation(pinfo);
	struct connection *c = conversation_get_proto_data(conversation, proto_ikestub);

	if (!c) {
		c = wmem_new0(wmem_file_scope(), struct connection);
		c->exchanges = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
		conversation_add_proto_data(conversation, proto_ikestub, c);
	}
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

	link->reused = x && !x->done;
	x = wmem_new0(wmem_file_scope(), struct stub_exchange);
	x->frame = pinfo->num;
	x->time = pinfo->abs_ts;
	x->type = s->type;
	x->items = s->items;
	x->prefetch = s->prefetch;
	wmem_map_insert(map, GUINT_TO_POINTER(s->transaction), x);
	link->exchange = x;
}

static void add_reply(packet_info *pinfo, wmem_map_t *map, const struct stub_summary *s,
		      struct stub_link *link)
{
	struct stub_exchange *x = wmem_map_lookup(map, GUINT_TO_POINTER(s->transaction));

	link->exchange = x;
	if (!x)
		return;
	link->first_reply = !x->first_reply;
	if (!x->first_reply)
		x->first_reply = pinfo->num;
	x->last_reply = pinfo->num;
	x->statuses += s->statuses;
	x->whole_message = x->whole_message || s->whole_message;
	if (s->more)
		return;
	x->done = true;
	link->miscounted = !x->prefetch && !x->whole_message && x->statuses != x->items;
}

struct stub_link *stub_state_add(packet_info *pinfo, const struct stub_summary *s)
{
	struct stub_link *link;
	struct connection *c;

	if (!s->has_transaction)
		return NULL;
	link = wmem_new0(wmem_file_scope(), struct stub_link);
	c = connection_of(pinfo);
	if (s->reply) {
		add_reply(pinfo, c->exchanges, s, link);
	} else {
		add_request(pinfo, c->exchanges, s, link);
		link->wrong_side = is_wrong_side(pinfo, c, s);
	}
	return link;
}
