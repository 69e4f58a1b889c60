/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE_SA_SYN of draft-xu-ike-sa-sync-01, profile 1, shown inside isakmp's tree.
 * A post-dissector because packet-isakmp.c has no hook; see docs/dissector.md.
 */
#include "packet-ikesync.h"
#include "base/shown.h"
#include "ike/ike_fragment.h"
#include "ike/ike_frame.h"
#include "ike/ike_judge.h"
#include "ike/ike_link.h"
#include "ike/ike_rules.h"
#include "ike/ikesync_fields.h"
#include "ike/ikesync_notify.h"
#include "ike/ikesync_syn.h"
#include "base/file_pool.h"
#include "base/frame_mark.h"
#include "base/keyed_hash.h"
#include "base/label.h"
#include "resume/export_keys.h"
#include "resume/resume_decrypt.h"
#include "secrets/resume_secrets.h"
#include "secrets/secret_lines.h"
#include "secrets/secret_sources.h"
#include "story/story.h"
#include "story/story_filter.h"
#include "story/story_show.h"
#include "secrets/stub_secrets.h"
#include "stats/stats_exchanges.h"
#include "stats/stats_rules.h"
#include "stats/stats_times.h"
#include "stats/tap_record.h"

#include <wsutil/report_message.h>

#define SYN_TYPE_DEFAULT 200

static int proto_isakmp = -1;
static dissector_handle_t ikesync_handle;
static unsigned pref_payload_type = SYN_TYPE_DEFAULT;

/* And what only this file knows of it. */
struct view {
	struct ike_view ike;
	const struct resume_message *resumed;
	unsigned broken; /* rules: ike_rules.h */
};

struct decrypted {
	struct ike_view *v;
	uint8_t first;
	bool any; /* isakmp had the keys */
};

static void show_decrypted(tvbuff_t *tvb, void *data)
{
	struct decrypted *d = data;
	struct ike_view *v = d->v;
	struct index_body sa = ike_message_index(v->pinfo, v->m);
	unsigned end = tvb_captured_length(tvb);
	struct ike_chain chain;

	d->any = true;
	ike_chain_read(tvb, 0, end, false, d->first, &chain);
	for (unsigned i = 0; i < chain.n; i++) {
		const struct ike_payload *p = &chain.at[i];

		if (p->type == (uint8_t)pref_payload_type) {
			ikesync_syn_show(v->pinfo, v->place->node, tvb, end, p, 0);
			expert_add_info(v->pinfo, ike_view_tree(v), &ei_syn_exchange);
		} else if (p->type == IKE_PAYLOAD_NOTIFY) {
			ikesync_notify_show(v->pinfo, v->place->node, tvb, p, true, true, &sa);
		}
	}
}

/* What would open it: no secret of its old SA is known. */
static const char *hint(void)
{
	return resume_seal_keys_any()
		   ? "not decrypted: no stub of the old SA in this capture opens with the seal "
		     "keys "
		     "given; SK_d of the old SA opens it, or another seal key (preferences of "
		     "IKESYNC: IKE SAs to resume, Seal keys of stubs, Key file)"
		   : "not decrypted: SK_d of the old SA opens it, or the pool's key where the "
		     "capture shows the stub (preferences of IKESYNC: IKE SAs to resume, Seal keys "
		     "of stubs, Key file)";
}

static void show_protected(struct view *view, const struct ike_payload *p)
{
	struct ike_view *v = &view->ike;
	struct decrypted d = { v, 0, false };
	bool whole;

	d.first = ike_fragment_first(v->pinfo, v->m, p, &whole);
	ike_locate_decrypted(v->pinfo, v->place, whole, show_decrypted, &d);
	if (view->resumed)
		resume_decrypt_show(v->pinfo, ike_view_tree(v), v->m, view->resumed,
				    (uint8_t)pref_payload_type, d.any);
	else if (!d.any && ike_state_resumed(ike_sa_find(v->m->spii), v->m->spir))
		label_string(ike_view_tree(v),
			     generated(proto_tree_add_string(ike_view_tree(v), hf_ikesync_hint,
							     v->m->tvb, 0, 0, hint())),
			     hint());
}

static void show_story(struct ike_view *v)
{
	const struct ike_attempt *a = v->link ? v->link->attempt : NULL;
	const struct ike_sa *old;

	if (a && a->story) {
		story_show(v->m->tvb, v->pinfo, ike_view_tree(v), a->story, NULL);
		if (v->link->kind == IKE_KIND_CONFIRMED && !v->link->retransmission_of &&
		    story_hasty(a->story))
			expert_add_info(v->pinfo, ike_view_tree(v), &ei_hasty);
		return;
	}
	if (v->m->exchange != IKE_EXCHANGE_SA_INIT && v->m->exchange != IKE_EXCHANGE_AUTH)
		return;
	old = ike_sa_find(v->m->spii);
	if (old && old->more && old->more->syn.frame)
		story_show_handshake(v->m->tvb, v->pinfo, ike_view_tree(v), old);
}

/* Of what came back in an ICMP error: nothing but what a SYN in it says. */
static void show_quoted(const struct ike_view *v)
{
	unsigned ordinal = 0;

	for (unsigned i = 0; i < v->m->chain.n; i++)
		if (v->m->chain.at[i].type == (uint8_t)pref_payload_type)
			ikesync_syn_show(v->pinfo, v->place->node, v->m->tvb, v->m->end,
					 &v->m->chain.at[i], ordinal++);
}

/* Do private numbers mean ours in this SA? */
static bool is_ours(const struct ike_view *v)
{
	const struct ike_sa *sa = ike_sa_find(v->m->spii);

	return (sa && sa->ours) || v->c->syns || v->c->vendor;
}

static void show_message(struct view *view)
{
	struct ike_view *v = &view->ike;
	unsigned ordinal = 0;
	bool ours = is_ours(v);

	if (v->link)
		ike_link_show(v);
	for (unsigned i = 0; i < v->m->chain.n; i++) {
		const struct ike_payload *p = &v->m->chain.at[i];

		if (p->type == (uint8_t)pref_payload_type)
			ikesync_syn_show(v->pinfo, v->place->node, v->m->tvb, v->m->end, p,
					 ordinal++);
		else if (p->type == IKE_PAYLOAD_NOTIFY)
			ikesync_notify_show(v->pinfo, v->place->node, v->m->tvb, p, false, ours,
					    v->c->syns ? &v->c->idx : NULL);
		else if (p->type == IKE_PAYLOAD_SK || p->type == IKE_PAYLOAD_SKF)
			show_protected(view, p);
	}
	if (v->c->vendor)
		label_string(ike_view_tree(v),
			     generated(proto_tree_add_boolean(ike_view_tree(v), hf_ikesync_vendor,
							      v->m->tvb, 0, 0, 1)),
			     "True");
	ike_judge(v);
	show_story(v);
	if (view->broken)
		ike_rules_show(v->pinfo, ike_view_tree(v), view->broken);
}

struct collect {
	struct ike_contents *contents;
	uint8_t first;
};

static void collect_decrypted(tvbuff_t *tvb, void *data)
{
	struct collect *c = data;

	ike_contents_decrypted(tvb, c->first, c->contents);
}

/*
 * Would anybody see what show_message() adds? A hidden tree is made for every frame as soon as
 * there is a filter or a colour rule about anything, and most of those ask for nothing of IKE.
 */
static bool looked_at(packet_info *pinfo, proto_tree *tree)
{
	if (expert_listened())
		return true;
	return tree && (proto_field_is_referenced(tree, proto_ikesync) ||
			proto_field_is_referenced(tree, proto_isakmp) ||
			proto_field_is_referenced(tree, proto_expert) ||
			col_get_writable(pinfo->cinfo, COL_EXPERT) ||
			/* Decrypted payloads may hold what other dissectors show. */
			(PINFO_FD_VISITED(pinfo) && ike_frame_recall(pinfo, 0).resumed));
}

static void collect_protected(packet_info *pinfo, const struct ike_place *place,
			      const struct ike_message *m, struct ike_contents *c)
{
	const struct ike_payload *p = m->chain.n ? &m->chain.at[m->chain.n - 1] : NULL;
	struct collect d = { c, 0 };
	bool whole;

	if (!p || (p->type != IKE_PAYLOAD_SK && p->type != IKE_PAYLOAD_SKF))
		return;
	d.first = ike_fragment_first(pinfo, m, p, &whole);
	ike_locate_decrypted(pinfo, place, whole, collect_decrypted, &d);
}

/* A stub in clear beside SYN; of several the first that opens will do. */
static void learn_stub(packet_info *pinfo, const struct ike_message *m,
		       const struct index_body *idx)
{
	for (unsigned i = 0; i < m->chain.n; i++) {
		const struct ike_payload *p = &m->chain.at[i];
		struct ike_notify n;

		if (p->type == IKE_PAYLOAD_NOTIFY && ike_notify_read(m->tvb, p, &n) &&
		    n.type == IKE_NOTIFY_SYN_STUB && n.data_length)
			stub_secrets_read_held(
			    pinfo,
			    (struct octets){ tvb_get_ptr(m->tvb, (int)n.data, (int)n.data_length),
					     n.data_length },
			    idx);
	}
}

/* First pass: everything that later messages and later passes need to know of this one. */
static void learn_message(struct view *v, struct ike_contents *c, unsigned ordinal)
{
	const struct ike_message *m = v->ike.m;
	packet_info *pinfo = v->ike.pinfo;
	struct resume_message *resumed = NULL;
	struct ike_link *link;
	struct ike_sa *sa;
	tvbuff_t *clear = NULL;

	if (m->exchange == IKE_EXCHANGE_SA_INIT && !(m->flags & IKE_FLAG_RESPONSE))
		sa = ike_sa_get(m->spii);
	else
		sa = ike_sa_find(m->spii);
	collect_protected(pinfo, v->ike.place, m, c);
	if (sa && (c->syns || c->vendor))
		sa->ours = true;
	/* Most traffic: an SA that nobody saw begin, or that never was to be resumed. */
	if (!sa && !c->syns && !c->stub_clear && m->exchange != IKE_EXCHANGE_SA_INIT)
		return;
	if (m->exchange == IKE_EXCHANGE_SA_INIT && (c->syns || ike_sa_attempt(sa)))
		c->hash = ike_message_hash(m);
	if (c->stub_clear && c->syns)
		learn_stub(pinfo, m, &c->idx);
	if (ike_sa_resumed(sa))
		secret_lines_follow_file();
	if (ike_sa_resumed(sa) && resume_secrets_any())
		resumed = resume_decrypt_add(pinfo, m, sa, c, &clear);
	if (clear)
		ike_contents_decrypted(tvb_new_subset_remaining(clear, IKE_HEADER_SIZE),
				       ws_get_u8(clear, 16), c);
	link = ike_state_add(pinfo, m, c, sa);
	v->broken = ike_rules_add(pinfo, m, c, sa, link);
	if (sa)
		story_add_ike(pinfo, m, sa, link);
	v->ike.link = link;
	v->resumed = resumed;
	ike_frame_keep(pinfo, ordinal, &(struct ike_frame){ link, resumed, v->broken });
}

static void dissect_message(packet_info *pinfo, proto_tree *root, const struct ike_place *place,
			    unsigned ordinal, bool looked, bool quoted)
{
	struct ike_message m;
	struct ike_contents c;
	struct view v = { .ike = {
			      .pinfo = pinfo, .place = place, .m = &m, .c = &c, .root = root } };

	if (!ike_message_read(place->tvb, place->offset, place->limit, place->snapped, &m))
		return;
	ike_contents_read(&m, (uint8_t)pref_payload_type, &c);
	if (quoted) {
		if (looked)
			show_quoted(&v.ike);
		return;
	}
	if (!PINFO_FD_VISITED(pinfo)) {
		learn_message(&v, &c, ordinal);
	} else {
		struct ike_frame left = ike_frame_recall(pinfo, ordinal);

		v.ike.link = left.link;
		v.resumed = left.resumed;
		v.broken = left.broken;
	}
	ike_link_info(pinfo, v.ike.link);
	tap_record_ike(pinfo, v.ike.link);
	resume_decrypt_export(pinfo, v.resumed);
	if (!looked && !(root && v.resumed))
		return;
	show_message(&v);
}

/* Columns and taps only: what the first pass has left says it all, nothing is read again. */
static void revisit(packet_info *pinfo)
{
	unsigned n = ike_frame_messages(pinfo);
	bool exports = export_keys_wanted();

	for (unsigned i = 0; i < n; i++) {
		const struct ike_link *link = ike_frame_link(pinfo, i);

		ike_link_info(pinfo, link);
		tap_record_ike(pinfo, link);
		if (exports)
			resume_decrypt_export(pinfo, ike_frame_recall(pinfo, i).resumed);
	}
}

static int dissect_ikesync(tvbuff_t *tvb G_GNUC_UNUSED, packet_info *pinfo, proto_tree *tree,
			   void *data G_GNUC_UNUSED)
{
	struct ike_place places[IKE_PLACES_MAX];
	const char *outer;
	unsigned n;
	bool looked, quoted;

	if (!ike_locate_any(pinfo, &quoted))
		return 0;
	/* The handle's own protocol is one in name only: expert infos and exceptions ask this. */
	outer = pinfo->current_proto;
	pinfo->current_proto = "IKESYNC";
	looked = looked_at(pinfo, tree);
	if (!PINFO_FD_VISITED(pinfo))
		ike_frame_begin(pinfo);
	if (PINFO_FD_VISITED(pinfo) && !looked) {
		revisit(pinfo);
	} else {
		n = ike_locate(pinfo, tree, places);
		for (unsigned i = 0; i < n; i++)
			dissect_message(pinfo, tree, &places[i], i, looked, quoted);
	}
	ws_info_field_update(pinfo, tree);
	pinfo->current_proto = outer;
	return 0;
}

/* Rule 1: 128 and 130 to 132 are other payloads to decoders in the field, 201 to 209 the stub's. */
static bool payload_type_allowed(unsigned type)
{
	return type == 129 || (type >= 133 && type <= 200) || (type >= 210 && type <= 254);
}

static void preferences_changed(void)
{
	static unsigned last = SYN_TYPE_DEFAULT;

	if (!payload_type_allowed(pref_payload_type)) {
		report_failure("ikesync.payload_type is %u; 129, 133 to 200 and 210 to 254 are "
			       "allowed (wire profile 1.2). It stays %u.",
			       pref_payload_type, last);
		pref_payload_type = last;
	}
	last = pref_payload_type;
}

void ikesync_register(void)
{
	module_t *module;
	int post;

	proto_ikesync = proto_register_protocol("IKE SA Synchronisation", "IKESYNC", "ikesync");
	ikesync_fields_register(proto_ikesync);
	resume_decrypt_register(proto_ikesync);
	story_register(proto_ikesync);
	story_init();
	story_filter_register();
	keyed_hash_init();
	file_pool_init();
	frame_mark_init();
	ike_frame_init();
	ike_sa_init();
	ike_state_init();
	ike_fragment_init();
	ike_rules_register(proto_ikesync);
	ike_judge_register(proto_ikesync);
	/* A protocol of its own would be put among the layers of every frame of the file and taken
	 * away again: three times the cost of looking whether the frame is ours. */
	post = proto_register_protocol_in_name_only("IKE SA Synchronisation (post-dissector)",
						    "IKESYNC post-dissector", "ikesync.post",
						    proto_ikesync, FT_PROTOCOL);
	ikesync_handle = register_dissector("ikesync", dissect_ikesync, post);
	register_postdissector(ikesync_handle);
	tap_record_register();
	stats_times_register_ikesync(proto_ikesync);
	module = prefs_register_protocol(proto_ikesync, preferences_changed);
	prefs_register_uint_preference(
	    module, "payload_type", "IKE_SA_SYN payload type",
	    "The draft leaves the type unassigned; profile 1 uses 200 unless configured otherwise: "
	    "129, 133 to 200, or 210 to 254 (wire profile 1.2)",
	    10, &pref_payload_type);
	secret_sources_register(module);
	export_keys_register(proto_ikesync, module);
}

void ikesync_handoff(void)
{
	ike_locate_init();
	proto_isakmp = proto_get_id_by_filter_name("isakmp");
	resume_decrypt_handoff();
	stats_exchanges_register();
	stats_rules_register();
}
