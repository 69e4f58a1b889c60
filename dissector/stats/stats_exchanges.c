/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics: exchanges by outcome, stub messages by type and status, latency. */
#include "stats/stats_exchanges.h"
#include "ike/ikesync_fields.h"
#include "stats/tap_record.h"
#include "stub/ikestub_fields.h"

#include <epan/stats_tree.h>

/* Windows sort by name, tshark does not: first what was asked, then what came of it and how fast, then what is odd. */
static const char name_resumptions[] = "1. Requests with IKE_SA_SYN";
static const char name_confirmations[] = "2. Confirmations (message ID 1)";
static const char name_accepted[] = "3. First IKE_SA_SYN to HDR, Nr (us)";
static const char name_committed[] = "4. First IKE_SA_SYN to confirmation (us)";
static const char name_retransmissions[] = "5. Retransmissions";
static const char name_further[] = "6. Further answers to what was answered";
static const char name_alone[] = "7. Answers without their request";
static const char name_malformed[] = "8. Malformed or misplaced IKE_SA_SYN";
static const char name_messages[] = "Stub messages";
static const char name_statuses[] = "Stub statuses, item by item";
static const char name_bank[] = "Stub times to the last reply (us)";
static const char name_unanswered[] = "unanswered";

static int node_resumptions, node_confirmations, node_further, node_retransmissions, node_malformed,
    node_messages, node_statuses;

static const struct {
	unsigned fault;
	const char *text;
} faults[] = {
	{ IKE_SYN_LENGTH, "Payload Length neither 16 nor 28 (wire profile 4.1)" },
	{ IKE_SYN_C_BIT, "C bit is 1 (wire profile 4.2)" },
	{ IKE_SYN_ZERO_SPI, "gateway SPI is zero (wire profile 4.3)" },
	{ IKE_SYN_ADDRESS, "gateway address cannot be one (wire profile 4.3)" },
	{ IKE_SYN_SECOND, "more than one in a message (wire profile 4.4)" },
	{ IKE_SYN_CHAIN, "the chain breaks behind it (wire profile 41.1)" },
};

static void ranges_new(stats_tree *st, const char *name)
{
	stats_tree_create_range_node(st, name, 0, "0-99", "100-249", "250-499", "500-999",
				     "1000-2499", "2500-4999", "5000-9999", "10000-24999",
				     "25000-49999", "50000-99999", "100000-249999", "250000-499999",
				     "500000-999999", "1000000-", NULL);
}

static void exchanges_init(stats_tree *st)
{
	node_resumptions = stats_tree_create_node(st, name_resumptions, 0, STAT_DT_INT, TRUE);
	node_confirmations = stats_tree_create_node(st, name_confirmations, 0, STAT_DT_INT, TRUE);
	ranges_new(st, name_accepted);
	ranges_new(st, name_committed);
	node_retransmissions =
	    stats_tree_create_node(st, name_retransmissions, 0, STAT_DT_INT, TRUE);
	node_further = stats_tree_create_node(st, name_further, 0, STAT_DT_INT, TRUE);
	stats_tree_create_node(st, name_alone, 0, STAT_DT_INT, FALSE);
	node_malformed = stats_tree_create_node(st, name_malformed, 0, STAT_DT_INT, TRUE);
	node_messages = stats_tree_create_node(st, name_messages, 0, STAT_DT_INT, TRUE);
	node_statuses = stats_tree_create_node(st, name_statuses, 0, STAT_DT_INT, TRUE);
	ranges_new(st, name_bank);
}

static void count_time(stats_tree *st, const char *name, const struct frame_mark *from,
		       const packet_info *pinfo)
{
	nstime_t t = frame_mark_since(from, pinfo);
	int whole;
	double us;

	us = nstime_to_msec(&t) * 1000;
	/* Clocks jump, and a capture merged from several has answers before their questions. */
	if (us < 0)
		return;
	whole = us > G_MAXINT ? G_MAXINT : (int)(us + 0.5);
	tick_stat_node(st, name, 0,
		       FALSE); /* the range adds to sum, least and most, but does not count */
	stats_tree_tick_range(st, name, 0, whole);
}

/*
 * A request is unanswered until its answer comes. On the first pass that is mostly later, and takes
 * the tick back; on others it is known at once.
 */
static void request_asked(stats_tree *st, int parent, uint32_t answer_frame)
{
	increase_stat_node(st, name_unanswered, parent, FALSE, !answer_frame);
}

static void request_answered(stats_tree *st, int parent, bool first_pass)
{
	if (first_pass)
		increase_stat_node(st, name_unanswered, parent, FALSE, -1);
}

static void count_faults(stats_tree *st, const struct ike_link *link)
{
	if (!link->syn_faults && link->kind != IKE_KIND_NONE)
		return;
	tick_stat_node(st, name_malformed, 0, TRUE);
	if (link->kind == IKE_KIND_NONE)
		tick_stat_node(st, "not in an IKE_SA_INIT request (wire profile 2.3, 4.6)",
			       node_malformed, FALSE);
	for (unsigned i = 0; i < array_length(faults); i++)
		if (link->syn_faults & faults[i].fault)
			tick_stat_node(st, faults[i].text, node_malformed, FALSE);
}

/* A request counts once, under the answer that counts so far. */
static bool count_answer(stats_tree *st, const struct ike_link *link, const char *kind, int parent,
			 bool first_pass)
{
	if (!link->first_answer && !link->replaces) {
		tick_stat_node(st, name_further, 0, TRUE);
		tick_stat_node(st, kind, node_further, FALSE);
		return false;
	}
	tick_stat_node(st, kind, parent, FALSE);
	if (link->first_answer)
		request_answered(st, parent, first_pass);
	else
		increase_stat_node(st,
				   val_to_str_const(link->replaces, ikesync_exchange_names, "?"),
				   parent, FALSE, -1);
	return true;
}

static void count_ike(stats_tree *st, packet_info *pinfo, const struct tap_record *r)
{
	const struct ike_link *link = r->ike;
	const char *kind = val_to_str_const(link->kind, ikesync_exchange_names, "unknown");
	int parent = node_resumptions;

	count_faults(st, link);
	if (link->kind == IKE_KIND_NONE)
		return;
	if (link->retransmission_of) {
		tick_stat_node(st, name_retransmissions, 0, TRUE);
		tick_stat_node(st, kind, node_retransmissions, FALSE);
		return;
	}
	switch (link->kind) {
	case IKE_KIND_REQUEST:
	case IKE_KIND_IGNORED:
		tick_stat_node(st, name_resumptions, 0, TRUE);
		request_asked(st, parent, link->request->response.frame);
		return;
	default:
		break;
	}
	if (link->confirms) {
		/* Of several with one message ID and other octets only the first one asks. */
		if (!link->first_request)
			return;
		tick_stat_node(st, name_confirmations, 0, TRUE);
		request_asked(st, node_confirmations,
			      r->first_pass ? 0 : link->candidate->answered);
		return;
	}
	if (!link->request || !link->attempt) {
		tick_stat_node(st, name_alone, 0, FALSE);
		return;
	}
	if (ike_kind_answers(link->kind))
		parent = node_confirmations;
	if (!count_answer(st, link, kind, parent, r->first_pass))
		return;
	if (link->kind == IKE_KIND_RESUMED)
		count_time(st, name_accepted, &link->attempt->first, pinfo);
	else if (link->kind == IKE_KIND_CONFIRMED)
		count_time(st, name_committed, &link->attempt->first, pinfo);
}

static const char *message_name(const struct stub_summary *s, const struct stub_exchange *x)
{
	unsigned type = s->reply && x ? x->type : s->type;
	bool push = s->has_transaction && s->transaction & STUB_TRANSACTION_PUSH;

	if (s->reply ? x && x->prefetch : s->prefetch)
		return "get (prefetch)";
	if (push && type == STUB_DOWNLOAD)
		return "download (push)";
	if (push && type == STUB_DELETE)
		return "delete (push)";
	return val_to_str_const(type, stub_message_names, "of unknown type");
}

static const char *worst_status(const struct stub_summary *s)
{
	if (s->ok == s->statuses)
		return "ok";
	for (unsigned i = STATUS_OK + 1; i < array_length(s->codes); i++)
		if (s->codes[i])
			return val_to_str_const(i, stub_status_names, "unknown code");
	return "status too short to read";
}

static void count_reply(stats_tree *st, const struct stub_summary *s, int node)
{
	char *text = g_strdup_printf("reply: %s%s", s->ok && s->ok < s->statuses ? "partly " : "",
				     worst_status(s));

	tick_stat_node(st, text, node, FALSE);
	g_free(text);
	for (unsigned i = 0; i < array_length(s->codes); i++) {
		if (!s->codes[i])
			continue;
		increase_stat_node(st, name_statuses, 0, TRUE, (int)s->codes[i]);
		increase_stat_node(st, val_to_str_const(i, stub_status_names, "unknown code"),
				   node_statuses, FALSE, (int)s->codes[i]);
	}
}

static void count_stub(stats_tree *st, packet_info *pinfo, const struct tap_record *r)
{
	const struct stub_summary *s = r->stub;
	const struct stub_exchange *x = r->stub_link ? r->stub_link->exchange : NULL;
	int node;

	tick_stat_node(st, name_messages, 0, TRUE);
	node = tick_stat_node(st, message_name(s, x), node_messages, TRUE);
	if (!s->reply) {
		tick_stat_node(st, "request", node, FALSE);
		if (x)
			request_asked(st, node, x->first_reply);
		return;
	}
	count_reply(st, s, node);
	if (!x)
		return;
	if (r->stub_link->first_reply)
		request_answered(st, node, r->first_pass);
	if (!s->more)
		count_time(st, name_bank, &x->seen, pinfo);
}

static tap_packet_status exchanges_packet(stats_tree *st, packet_info *pinfo,
					  epan_dissect_t *edt G_GNUC_UNUSED, const void *tapped,
					  tap_flags_t flags G_GNUC_UNUSED)
{
	const struct tap_record *r = tapped;

	if (r->ike)
		count_ike(st, pinfo, r);
	else
		count_stub(st, pinfo, r);
	return TAP_PACKET_REDRAW;
}

void stats_exchanges_register(void)
{
	stats_tree_register_plugin("ikesync", "ikesync", "IKE_SA_SYN/Exchanges and stub messages",
				   ST_SORT_COL_NAME << ST_FLG_SRTCOL_SHIFT, exchanges_packet,
				   exchanges_init, NULL);
}
