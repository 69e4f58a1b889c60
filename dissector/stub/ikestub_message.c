/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub message as a whole: which payloads its kind may have, and what its place says. */
#include "stub/ikestub_message.h"

#include "base/label.h"
#include "base/shown.h"
#include "stub/ikestub_chain.h"
#include "stub/ikestub_container.h"
#include "stub/ikestub_fields.h"
#include "stub/ikestub_items.h"
#include "stub/ikestub_payload.h"
#include "stub/ikestub_winners.h"

static const nstime_t get_time = { .secs = 1, .nsecs = 0 }; /* section 10 of the profile */

struct message {
	const struct stub_summary *s;
	const struct stub_link *link;
	unsigned items; /* payloads so far that are one or half of one */
	bool half;      /* an update's index waits for its stub */
	bool may;       /* the status before was ok: a stub comes next */
};

/* What the message's kind lets follow the transaction. */
static bool payload_fits(const struct message *m, uint8_t type)
{
	const struct stub_summary *s = m->s;

	if (s->reply)
		return type == PL_STATUS || (s->type == STUB_DOWNLOAD && type == PL_STUB);
	switch (s->type) {
	case STUB_INIT:
	case STUB_DOWNLOAD:
		return type == PL_STUB;
	case STUB_UPDATE:
		return type == (m->half ? PL_STUB : PL_INDEX);
	case STUB_GET:
	case STUB_DELETE:
		return type == PL_INDEX;
	default:
		return true;
	}
}

static void check_status_item(const struct stub_payload *p, const struct message *m)
{
	const struct stub_exchange *x = m->link ? m->link->exchange : NULL;
	unsigned item;

	if (!x || !x->request_whole || x->prefetch || p->length < 4)
		return;
	item = tvb_get_ntohs(p->tvb, (int)p->body + 2);
	if (item != STATUS_WHOLE_MESSAGE && item >= x->items)
		expert_add_info_format(p->pinfo, p->item, &ei_stub_status_item,
				       "status names item %u, counted from 0; items of the "
				       "request: %u (wire profile 31.1)",
				       item, x->items);
}

/* In the reply to a get each ok is followed by the stub, and nothing else is (section 7.4). */
static void check_download(const struct stub_payload *p, struct message *m)
{
	const struct stub_exchange *x = m->link ? m->link->exchange : NULL;

	if (!m->s->reply || m->s->type != STUB_DOWNLOAD || !x || x->type != STUB_GET || x->prefetch)
		return;
	if (p->type == PL_STUB) {
		if (!m->may)
			expert_add_info(p->pinfo, p->item, &ei_stub_get_unasked);
		m->may = false;
	} else if (p->type == PL_STATUS) {
		if (m->may)
			expert_add_info(p->pinfo, p->item, &ei_stub_get_empty);
		m->may = p->length >= 4 && ws_get_u8(p->tvb, (int)p->body) == STATUS_OK;
	}
}

static void message_payload(const struct stub_payload *p, unsigned position, void *data)
{
	struct message *m = data;

	check_download(p, m);
	if (position == 0 && p->type != PL_TRANSACTION)
		expert_add_info(p->pinfo, p->item, &ei_stub_no_transaction);
	if (position > 0 && p->type == PL_TRANSACTION)
		expert_add_info(p->pinfo, p->item, &ei_stub_second_transaction);
	if (position > 0 && p->type != PL_TRANSACTION &&
	    try_val_to_str(p->type, stub_payload_names) && !payload_fits(m, p->type))
		expert_add_info(p->pinfo, p->item, &ei_stub_unexpected);
	switch (p->type) {
	case PL_TRANSACTION:
		stub_transaction_show(p);
		break;
	case PL_STATUS:
		stub_status_show(p);
		check_status_item(p, m);
		break;
	case PL_INDEX:
		stub_index_show(p, m->s->type == STUB_GET && m->items == 0);
		break;
	case PL_STUB:
		stub_container_show(p);
		break;
	default:
		stub_unknown_show(p);
		return; /* skipped, wherever it stands (rule 27) */
	}
	if (p->type == PL_TRANSACTION)
		return;
	m->items++;
	m->half = p->type == PL_INDEX;
}

void stub_message_show_link(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			    const struct stub_summary *s, const struct stub_link *link)
{
	const struct stub_exchange *x = link->exchange;
	proto_item *item;
	nstime_t t;

	stub_findings_show(pinfo, tree, link);
	if (link->reused)
		expert_add_info(pinfo, tree, &ei_stub_id_reused);
	if (!x) {
		if (!link->unread)
			expert_add_info(pinfo, tree, &ei_stub_unasked);
		return;
	}
	stub_winners_show(pinfo, tree, link);
	if (link->after_last)
		expert_add_info(pinfo, tree, &ei_stub_after_last);
	if (s->mores && s->mores < s->statuses)
		expert_add_info(pinfo, tree, &ei_stub_more_mixed);
	if (!s->reply) {
		if (x->first_reply)
			generated(proto_tree_add_uint(tree, hf_stub_response_in, tvb, 0, 0,
						      x->first_reply));
		if (x->last_reply != x->first_reply)
			generated(proto_tree_add_uint(tree, hf_stub_last_response_in, tvb, 0, 0,
						      x->last_reply));
		return;
	}
	label_number(
	    tree,
	    generated(proto_tree_add_uint(tree, hf_stub_response_to, tvb, 0, 0, x->seen.frame)),
	    x->seen.frame);
	t = frame_mark_since(&x->seen, pinfo);
	item =
	    label_span(tree, generated(proto_tree_add_time(tree, hf_stub_time, tvb, 0, 0, &t)), &t);
	if (x->type == STUB_GET && !x->prefetch && nstime_cmp(&t, &get_time) > 0)
		expert_add_info(pinfo, item, &ei_stub_get_late);
	if (link->miscounted)
		expert_add_info_format(pinfo, item, &ei_stub_status_count,
				       "statuses: %u, items of the request: %u (wire profile 31.1)",
				       x->statuses, x->items);
	if (s->type != (x->type == STUB_GET ? STUB_DOWNLOAD : x->type))
		expert_add_info_format(
		    pinfo, tree, &ei_stub_reply_type, "%s answered by %s (wire profile 26.2, 42.1)",
		    val_to_str_const(x->type, stub_message_names, "a message of unknown type"),
		    val_to_str_const(s->type, stub_message_names, "a message of unknown type"));
}

static void check_message(packet_info *pinfo, proto_item *type_item, proto_tree *tree,
			  const struct message *m, bool sound, unsigned payloads)
{
	const struct stub_summary *s = m->s;

	if (!try_val_to_str(s->type, stub_message_names)) {
		expert_add_info(pinfo, type_item, &ei_stub_type);
		return;
	}
	if (sound && payloads == 1 && s->has_transaction)
		expert_add_info(pinfo, tree, &ei_stub_empty);
	if (sound && s->type == STUB_UPDATE && !s->reply && m->half)
		expert_add_info(pinfo, tree, &ei_stub_unpaired);
	if (!s->reply && s->has_transaction) {
		bool push = s->transaction & STUB_TRANSACTION_PUSH;

		if (push && s->type != STUB_DOWNLOAD && s->type != STUB_DELETE)
			expert_add_info(pinfo, type_item, &ei_stub_push);
		else if (!push && s->type == STUB_DOWNLOAD)
			expert_add_info(pinfo, type_item, &ei_stub_push);
		else if (m->link && m->link->wrong_side)
			expert_add_info_format(
			    pinfo, tree, &ei_stub_side,
			    "the TLS %s has chosen an ID with the top bit %u (wire profile 28.3)",
			    push ? "client" : "server", push);
	}
}

void stub_message_show_payloads(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
				proto_item *type_item, const struct stub_summary *s,
				const struct stub_link *link)
{
	struct message m = { .s = s, .link = link };
	unsigned payloads;
	bool sound = stub_chain_show(tvb, pinfo, tree, PAYLOAD_FIRST_SIZE, tvb_reported_length(tvb),
				     ws_get_u8(tvb, 0), true, message_payload, &m, &payloads);

	if (sound && m.may)
		expert_add_info(pinfo, tree, &ei_stub_get_empty);
	if (payloads == 0)
		expert_add_info(pinfo, tree, &ei_stub_no_transaction);
	check_message(pinfo, type_item, tree, &m, sound, payloads);
}
