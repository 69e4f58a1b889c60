/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Showing what a message is to its exchange. */
#include "ike/ike_link.h"

#include "base/label.h"
#include "base/shown.h"
#include "ike/ikesync_fields.h"

void ike_link_info(packet_info *pinfo, const struct ike_link *link)
{
	char text[INDEX_TEXT_SIZE + 40];
	size_t n;

	if (!link || (!link->idx && !link->info) || !col_get_writable(pinfo->cinfo, COL_INFO))
		return;
	/* One append and no format: this is a good part of what a listing costs. */
	if (link->idx) {
		n = g_strlcpy(text, " [IKE_SA_SYN ", sizeof(text));
		n += index_body_write(link->idx, text + n);
		g_strlcpy(text + n, "]", sizeof(text) - n);
	} else {
		text[0] = ' ';
		g_strlcpy(text + 1, link->info, sizeof(text) - 1);
	}
	if (link->retransmission_of)
		g_strlcat(text, " [retransmission]", sizeof(text));
	col_append_str(pinfo->cinfo, COL_INFO, text);
}

static void show_time(proto_tree *tree, int hf, const struct ike_view *v, const nstime_t *from,
		      const nstime_t *to)
{
	nstime_t t;

	nstime_delta(&t, to, from);
	label_span(tree, generated(proto_tree_add_time(tree, hf, v->m->tvb, 0, 0, &t)), &t);
}

static void show_frame(proto_tree *tree, int hf, const struct ike_view *v, uint32_t frame)
{
	if (frame)
		label_number(tree, generated(proto_tree_add_uint(tree, hf, v->m->tvb, 0, 0, frame)),
			     frame);
}

/* Where the story has a line for the same frame: for filters. */
static void hide_frame(proto_tree *tree, int hf, const struct ike_view *v, uint32_t frame)
{
	proto_item_set_hidden(generated(proto_tree_add_uint(tree, hf, v->m->tvb, 0, 0, frame)));
}

static bool is_request(const struct ike_link *link)
{
	return link->kind == IKE_KIND_REQUEST || link->kind == IKE_KIND_IGNORED || link->confirms;
}

static void show_kind(struct ike_view *v)
{
	enum ike_kind kind = v->link->kind;
	proto_item *item =
	    generated(proto_tree_add_uint(v->tree, hf_ikesync_exchange, v->m->tvb, 0, 0, kind));

	label_value(v->tree, item, kind, ikesync_exchange_names);
	if (kind == IKE_KIND_REFUSED)
		expert_add_info(v->pinfo, item, &ei_response_refused);
	if (kind == IKE_KIND_NEITHER)
		expert_add_info(v->pinfo, item,
				v->c->sa || v->c->ke ? &ei_response_both : &ei_response_neither);
}

static void show_attempt(const struct ike_view *v, const struct ike_attempt *a)
{
	const struct ike_link *link = v->link;
	const struct ike_request *r = link->request;

	if (a->first_frame != v->pinfo->num)
		(a->story ? hide_frame : show_frame)(v->tree, hf_ikesync_first_request, v,
						     a->first_frame);
	if (link->kind == IKE_KIND_RESUMED && a->resumed_frame == v->pinfo->num)
		show_time(v->tree, hf_ikesync_latency, v, &a->first_time, &a->resumed_time);
	if (link->candidate)
		(a->story ? hide_frame : show_frame)(v->tree, hf_ikesync_resumed_in, v,
						     link->candidate->frame);
	if (ike_kind_answers(link->kind) && !link->confirms && r &&
	    r->response_frame == v->pinfo->num)
		show_time(v->tree, hf_ikesync_confirmation_time, v, &a->first_time,
			  &r->response_time);
}

void ike_link_show(struct ike_view *v)
{
	const struct ike_link *link = v->link;
	const struct ike_request *r = link->request;
	proto_tree *tree = ike_view_tree(v);

	if (link->kind != IKE_KIND_NONE)
		show_kind(v);
	if (r && is_request(link))
		show_frame(tree, hf_ikesync_response_in, v, r->response_frame);
	if (r && !is_request(link)) {
		show_frame(tree, hf_ikesync_response_to, v, r->frame);
		show_time(tree, hf_ikesync_time, v, &r->time, &v->pinfo->abs_ts);
	}
	if (link->retransmission_of) {
		show_frame(tree, hf_ikesync_retransmission_of, v, link->retransmission_of);
		expert_add_info(v->pinfo, tree, &ei_retransmission);
	}
	if (link->attempt)
		show_attempt(v, link->attempt);
}
