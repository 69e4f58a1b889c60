/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Showing what a message is to its exchange. */
#include "ike/ike_link.h"

#include "base/label.h"
#include "base/shown.h"
#include "ike/ikesync_fields.h"

/* What each kind has in the Info column. */
static const char *const kind_info[] = {
	[IKE_KIND_RESUMED] = " [resumed]",
	[IKE_KIND_FALLBACK] = " [fallback]",
	[IKE_KIND_COOKIE] = " [cookie demanded]",
	[IKE_KIND_OTHER_GROUP] = " [other group demanded]",
	[IKE_KIND_REFUSED] = " [resumption refused]",
	[IKE_KIND_NEITHER] = " [neither resumed nor refused]",
	[IKE_KIND_CONFIRMATION] = " [resumption confirmation]",
	[IKE_KIND_ANSWER] = " [answer to the confirmation]",
	[IKE_KIND_NOT_COMMITTED] = " [resumption not committed]",
	[IKE_KIND_CONFIRMED] = " [resumption confirmed]",
	[IKE_KIND_BIND_REFUSED] = " [confirmation refused: AUTHENTICATION_FAILED]",
	[IKE_KIND_UNBOUND] = " [answer to the confirmation without BIND]",
	[IKE_KIND_MISBOUND] = " [answer to the confirmation with a wrong BIND]",
	[IKE_KIND_UNVERIFIED] = " [does not verify]",
};

static const struct index_body *index_of(const struct ike_link *link)
{
	if (link->info == IKE_INFO_INDEX)
		return &link->attempt->idx;
	return &((const struct ike_link_other *)link)->idx;
}

/* Into `text`, which has room for it. */
static const char *info_text(const struct ike_link *link, char *text)
{
	size_t n;

	switch (link->info) {
	case IKE_INFO_CUT:
		return " [IKE_SA_SYN (not captured)]";
	case IKE_INFO_MALFORMED:
		return " [IKE_SA_SYN malformed]";
	case IKE_INFO_INDEX:
	case IKE_INFO_OTHER:
		n = sizeof(" [IKE_SA_SYN ") - 1;
		memcpy(text, " [IKE_SA_SYN ", n);
		n += index_body_write(index_of(link), text + n);
		memcpy(text + n, "]", 2);
		return text;
	default:
		return link->kind < array_length(kind_info) ? kind_info[link->kind] : NULL;
	}
}

void ike_link_info(packet_info *pinfo, const struct ike_link *link)
{
	char room[INDEX_TEXT_SIZE + 40];
	const char *text;

	if (!link || !col_get_writable(pinfo->cinfo, COL_INFO))
		return;
	text = info_text(link, room);
	if (!text)
		return;
	/* Appended at once and without a format: this is a good part of what a listing costs. */
	if (link->retransmission_of) {
		if (text != room)
			g_strlcpy(room, text, sizeof(room));
		g_strlcat(room, " [retransmission]", sizeof(room));
		text = room;
	}
	col_append_str(pinfo->cinfo, COL_INFO, text);
}

static void show_time(proto_tree *tree, int hf, const struct ike_view *v, nstime_t t)
{
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

	if (a->first.frame != v->pinfo->num)
		(a->story ? hide_frame : show_frame)(v->tree, hf_ikesync_first_request, v,
						     a->first.frame);
	if (link->kind == IKE_KIND_RESUMED && a->resumed.frame == v->pinfo->num)
		show_time(v->tree, hf_ikesync_latency, v, frame_mark_span(&a->first, &a->resumed));
	if (link->candidate)
		(a->story ? hide_frame : show_frame)(v->tree, hf_ikesync_resumed_in, v,
						     link->candidate->seen.frame);
	if (ike_kind_answers(link->kind) && !link->confirms && r &&
	    r->response.frame == v->pinfo->num)
		show_time(v->tree, hf_ikesync_confirmation_time, v,
			  frame_mark_span(&a->first, &r->response));
}

void ike_link_show(struct ike_view *v)
{
	const struct ike_link *link = v->link;
	const struct ike_request *r = link->request;
	proto_tree *tree = ike_view_tree(v);

	if (link->kind != IKE_KIND_NONE)
		show_kind(v);
	if (r && is_request(link))
		show_frame(tree, hf_ikesync_response_in, v, r->response.frame);
	if (r && !is_request(link)) {
		show_frame(tree, hf_ikesync_response_to, v, r->seen.frame);
		show_time(tree, hf_ikesync_time, v, frame_mark_since(&r->seen, v->pinfo));
	}
	if (link->retransmission_of) {
		show_frame(tree, hf_ikesync_retransmission_of, v, link->retransmission_of);
		expert_add_info(v->pinfo, tree, &ei_retransmission);
	}
	if (link->attempt)
		show_attempt(v, link->attempt);
}
