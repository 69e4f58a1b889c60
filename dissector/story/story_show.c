/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The story of a resumption as a subtree of links and times. */
#include "base/label.h"
#include "base/shown.h"
#include "story/story_show.h"

#include "ike/ikesync_fields.h"

static int hf_old_request = -1, hf_old_response = -1, hf_old_auth = -1, hf_old_authed = -1,
	   hf_stored = -1, hf_stored_ok = -1, hf_syn = -1, hf_get = -1, hf_download = -1,
	   hf_brought = -1, hf_resumed = -1, hf_confirmation = -1, hf_move = -1, hf_moved = -1,
	   hf_confirmed = -1, hf_get_time = -1, hf_accept_time = -1, hf_confirm_time = -1,
	   hf_move_time = -1, hf_whole_time = -1, hf_age = -1, hf_resumed_by = -1,
	   hf_resumption = -1, hf_refused = -1, hf_bank = -1;
static int ett_story = -1;

struct line {
	tvbuff_t *tvb;
	packet_info *pinfo;
	proto_tree *tree;
};

/* A link, with the time from there to here or from here to there; integers, as they cost less. */
static void show_mark(struct line *l, int hf, const struct frame_mark *m)
{
	struct label text;
	proto_item *item;
	bool before;
	nstime_t t, there;
	unsigned micro;

	if (!m->frame || m->frame == l->pinfo->num)
		return;
	there = frame_mark_time(m);
	before = nstime_cmp(&there, &l->pinfo->abs_ts) <= 0;
	nstime_delta(&t, before ? &l->pinfo->abs_ts : &there, before ? &there : &l->pinfo->abs_ts);
	micro = (unsigned)(t.nsecs + 500) / 1000;
	item = generated(proto_tree_add_uint(l->tree, hf, l->tvb, 0, 0, m->frame));
	if (!label_begin(&text, l->tree, item))
		return;
	label_uint(&text, m->frame);
	label_text(&text, ", ");
	label_uint(&text, (uint64_t)t.secs + micro / 1000000);
	label_text(&text, ".");
	label_padded(&text, micro % 1000000, 6);
	label_text(&text, before ? " s before this frame" : " s after this frame");
}

/* In the frame that ends it and in no other: whoever adds times up counts each once. */
static proto_item *show_span(struct line *l, int hf, const struct frame_mark *from,
			     const struct frame_mark *to)
{
	nstime_t t;

	if (!from->frame || to->frame != l->pinfo->num)
		return NULL;
	t = frame_mark_span(from, to);
	return label_span(l->tree, generated(proto_tree_add_time(l->tree, hf, l->tvb, 0, 0, &t)),
			  &t);
}

/* The same where ikesync.latency or ikesync.confirmation_time says it already: for filters. */
static void hide_span(struct line *l, int hf, const struct frame_mark *from,
		      const struct frame_mark *to)
{
	proto_item_set_hidden(show_span(l, hf, from, to));
}

/* What the bank did not give; that nothing came at all is known on a second pass. */
static void show_refusal(struct line *l, const struct story *story)
{
	const struct story_bank *bank = story_bank(story);

	show_mark(l, hf_refused, &bank->refused);
	if (bank->refused.frame)
		generated(proto_tree_add_uint(l->tree, hf_bank, l->tvb, 0, 0, bank->no));
	else if (PINFO_FD_VISITED(l->pinfo) && ((bank->get.frame && !bank->download.frame) ||
						(bank->move.frame && !bank->moved.frame)))
		generated(proto_tree_add_uint(l->tree, hf_bank, l->tvb, 0, 0, STORY_NO_ANSWER));
}

static void show_old(struct line *l, const struct ike_sa *h)
{
	show_mark(l, hf_old_request, &h->request);
	show_mark(l, hf_old_response, &h->response);
	show_mark(l, hf_old_auth, &h->auth);
	show_mark(l, hf_old_authed, &h->authed);
}

static void show_story(struct line *l, const struct story *story)
{
	const struct story_bank *bank = story_bank(story);
	struct frame_mark confirmation = story_confirmation(story);
	struct frame_mark confirmed = story_confirmed(story);

	show_mark(l, hf_syn, &story->syn);
	show_mark(l, hf_get, &bank->get);
	show_mark(l, hf_download, &bank->download);
	if (!bank->download.frame)
		show_mark(l, hf_brought, &bank->brought);
	show_mark(l, hf_resumed, &story->resumed);
	show_mark(l, hf_confirmation, &confirmation);
	show_mark(l, hf_move, &bank->move);
	show_mark(l, hf_moved, &bank->moved);
	show_mark(l, hf_confirmed, &confirmed);
	show_refusal(l, story);
	show_span(l, hf_age, &story_store(story->stub)->stored, &story->syn);
	show_span(l, hf_get_time, &bank->get, &bank->download);
	hide_span(l, hf_accept_time, &story->syn, &story->resumed);
	show_span(l, hf_confirm_time, &story->resumed, &confirmation);
	show_span(l, hf_move_time, &bank->move, &bank->moved);
	hide_span(l, hf_whole_time, &story->syn, &confirmed);
}

void story_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const struct story *story,
		const struct story_stub *stub)
{
	struct line l = { tvb, pinfo, tree };
	const struct story_store *store;
	const struct ike_sa *old;
	bool stored;

	/* Stub messages ask for it, too, whether or not the IKE side is switched off. */
	if (!tree || !proto_is_protocol_enabled(find_protocol_by_id(proto_ikesync)))
		return;
	story = story_shown(story, stub);
	if (story)
		stub = story->stub;
	old = story ? story->old : stub ? story_old(stub) : NULL;
	/* An init and its reply are linked by their transaction already. */
	store = stub ? stub->store : NULL;
	stored =
	    store && store->stored.frame &&
	    (story || (store->stored.frame != pinfo->num && store->stored_ok.frame != pinfo->num));
	if (story)
		l.tree = proto_item_add_subtree(
		    label_number(tree,
				 generated(proto_tree_add_uint(tree, hf_resumption, tvb, 0, 0,
							       story->number)),
				 story->number),
		    ett_story);
	else if (old || stored)
		l.tree =
		    proto_tree_add_subtree(tree, tvb, 0, 0, ett_story, NULL, "The SA of this stub");
	if (old)
		show_old(&l, old);
	if (stored) {
		show_mark(&l, hf_stored, &store->stored);
		show_mark(&l, hf_stored_ok, &store->stored_ok);
	}
	if (story)
		show_story(&l, story);
}

void story_show_handshake(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			  const struct ike_sa *h)
{
	struct line l = { tvb, pinfo, tree };

	show_mark(&l, hf_resumed_by, &h->more->syn);
}

/*
 * None of these is of type request or response: of those a window takes the last one in the tree
 * for the arrow beside a frame, and that is said by ikesync.response_in, response_to and their
 * like.
 */
static const value_string bank_names[] = {
	{ 1, "not-found" },
	{ 2, "expired" },
	{ 3, "exists" },
	{ 4, "conflict" },
	{ 5, "not-authorised" },
	{ STATUS_MALFORMED, "malformed" },
	{ STATUS_UNSUPPORTED, "unsupported" },
	{ 8, "busy" },
	{ 9, "full" },
	{ STORY_NO_ANSWER, "no answer in this capture" },
	{ 0, NULL },
};

static hf_register_info fields[] = {
	{ &hf_resumption,
	  { "Resumption through this capture", "ikesync.resumption", FT_UINT32, BASE_DEC, NULL, 0x0,
	    "Number of this attempt in the file, on its IKE and stub messages alike", HFILL } },
	{ &hf_refused,
	  { "Bank has refused", "ikesync.story.refused", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "Its first refusal of the get or the move",
	    HFILL } },
	{ &hf_bank,
	  { "Bank's \"no\"", "ikesync.story.bank", FT_UINT16, BASE_DEC, VALS(bank_names), 0x0,
	    "Why the get or the move failed: a status (wire profile 30.1), or nothing came",
	    HFILL } },
	{ &hf_old_request,
	  { "Old SA: IKE_SA_INIT request", "ikesync.story.old_init", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The old SA's own handshake", HFILL } },
	{ &hf_old_response,
	  { "Old SA: IKE_SA_INIT response", "ikesync.story.old_init_response", FT_FRAMENUM,
	    BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, NULL, HFILL } },
	{ &hf_old_auth,
	  { "Old SA: IKE_AUTH request", "ikesync.story.old_auth", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, NULL, HFILL } },
	{ &hf_old_authed,
	  { "Old SA: IKE_AUTH response", "ikesync.story.old_auth_response", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, NULL, HFILL } },
	{ &hf_stored,
	  { "Stub given to the bank", "ikesync.story.stored", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The init, or the update that brought this index",
	    HFILL } },
	{ &hf_stored_ok,
	  { "Bank has stored the stub", "ikesync.story.stored_ok", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, NULL, HFILL } },
	{ &hf_syn,
	  { "IKE_SA_SYN", "ikesync.story.syn", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The first request of this attempt", HFILL } },
	{ &hf_get,
	  { "Stub asked for", "ikesync.story.get", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The gateway's get", HFILL } },
	{ &hf_download,
	  { "Stub came", "ikesync.story.download", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The bank's download", HFILL } },
	{ &hf_brought,
	  { "Stub came earlier", "ikesync.story.brought", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "A push or a prefetch had brought it", HFILL } },
	{ &hf_resumed,
	  { "Accepted (HDR, Nr)", "ikesync.story.resumed", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "HDR, Nr", HFILL } },
	{ &hf_confirmation,
	  { "Confirmation", "ikesync.story.confirmation", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The first protected message of the client",
	    HFILL } },
	{ &hf_move,
	  { "Move asked for", "ikesync.story.move", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0,
	    "The update that carries the stub to the new gateway", HFILL } },
	{ &hf_moved,
	  { "Move done", "ikesync.story.moved", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The bank's ok to it", HFILL } },
	{ &hf_confirmed,
	  { "Confirmation answered", "ikesync.story.confirmed", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0,
	    "The resumption is complete, or was not committed", HFILL } },
	{ &hf_resumed_by,
	  { "This SA is resumed in", "ikesync.story.resumed_by", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The IKE_SA_SYN that names it", HFILL } },
	{ &hf_age,
	  { "Time from stub to IKE_SA_SYN", "ikesync.story.age", FT_RELATIVE_TIME, BASE_NONE, NULL,
	    0x0, "How long the stub lay in the bank", HFILL } },
	{ &hf_get_time,
	  { "Time from get to download", "ikesync.story.get_time", FT_RELATIVE_TIME, BASE_NONE,
	    NULL, 0x0, NULL, HFILL } },
	{ &hf_accept_time,
	  { "Time from IKE_SA_SYN to its acceptance", "ikesync.story.accept_time", FT_RELATIVE_TIME,
	    BASE_NONE, NULL, 0x0, "From the first request of the attempt to HDR, Nr", HFILL } },
	{ &hf_confirm_time,
	  { "Time from acceptance to confirmation", "ikesync.story.confirm_time", FT_RELATIVE_TIME,
	    BASE_NONE, NULL, 0x0, "Until the client's first protected message", HFILL } },
	{ &hf_move_time,
	  { "Time from move to ok", "ikesync.story.move_time", FT_RELATIVE_TIME, BASE_NONE, NULL,
	    0x0, NULL, HFILL } },
	{ &hf_whole_time,
	  { "Time from IKE_SA_SYN to the end", "ikesync.story.time", FT_RELATIVE_TIME, BASE_NONE,
	    NULL, 0x0, "To the answer to the first protected message", HFILL } },
};

void story_register(int proto)
{
	static int *subtrees[] = { &ett_story };

	proto_register_field_array(proto, fields, array_length(fields));
	proto_register_subtree_array(subtrees, array_length(subtrees));
}
