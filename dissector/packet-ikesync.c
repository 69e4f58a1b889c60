/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE_SA_SYN of draft-xu-ike-sa-sync-01, profile 1, shown inside isakmp's tree.
 * A post-dissector because packet-isakmp.c has no hook; see docs/dissector.md.
 */
#include "ikesync.h"
#include "base/shown.h"
#include "ike/ike_fragment.h"
#include "ike/ike_locate.h"
#include "ike/ike_rules.h"
#include "ike/ike_state.h"
#include "ike/ikesync_fields.h"
#include "ike/ikesync_notify.h"
#include "base/keyed_hash.h"
#include "resume/resume_decrypt.h"
#include "secrets/resume_secrets.h"
#include "story/story.h"
#include "secrets/stub_secrets.h"
#include "stats/stats_register.h"
#include "stats/tap_record.h"

#include <wsutil/report_message.h>

#define SYN_TYPE_DEFAULT 200
/* Beside a message's link, which is kept under the message's ordinal in its frame. */
#define DECRYPTED_ORDINAL 0x100
#define RULES_ORDINAL 0x20000
#define ORDINAL_MASK 0xff
/* Kept where a frame has a second message that leaves something. */
#define SEVERAL_MESSAGES 0x40000

int proto_ikesync = -1;
static int proto_isakmp = -1;
static dissector_handle_t ikesync_handle;
static unsigned pref_payload_type = SYN_TYPE_DEFAULT;

/* One message of one frame on one pass. */
struct view {
	packet_info *pinfo;
	const struct ike_place *place;
	const struct ike_message *m;
	const struct ike_contents *c;
	const struct ike_link *link;
	const struct resume_message *resumed;
	unsigned broken;  /* rules: ike_rules.h */
	proto_tree *tree; /* our own top-level subtree, made when needed */
	proto_tree *root;
	bool ours; /* private numbers mean ours in this SA */
};

static void *recall(packet_info *pinfo, unsigned key)
{
	return p_get_proto_data(wmem_file_scope(), pinfo, proto_ikesync, key);
}

static unsigned message_octets(const struct view *v)
{
	unsigned left = v->place->limit - v->place->offset;

	return v->m->length < left ? v->m->length : left;
}

static proto_tree *own_tree(struct view *v)
{
	proto_item *item;

	if (v->tree)
		return v->tree;
	item = proto_tree_add_protocol_format(v->root, proto_ikesync, v->m->tvb, (int)v->m->offset,
					      (int)message_octets(v), "IKE SA Synchronisation");
	v->tree = proto_item_add_subtree(item, ett_ikesync);
	return v->tree;
}

static void show_time(proto_tree *tree, int hf, const struct view *v, const nstime_t *from,
		      const nstime_t *to)
{
	nstime_t t;

	nstime_delta(&t, to, from);
	generated(proto_tree_add_time(tree, hf, v->m->tvb, 0, 0, &t));
}

static void show_frame(proto_tree *tree, int hf, const struct view *v, uint32_t frame)
{
	if (frame)
		generated(proto_tree_add_uint(tree, hf, v->m->tvb, 0, 0, frame));
}

static bool is_request(enum ike_kind kind)
{
	return kind == IKE_KIND_REQUEST || kind == IKE_KIND_IGNORED ||
	       kind == IKE_KIND_CONFIRMATION;
}

static bool is_answer(enum ike_kind kind)
{
	return kind == IKE_KIND_CONFIRMED || kind == IKE_KIND_ANSWER ||
	       kind == IKE_KIND_NOT_COMMITTED;
}

static void show_link(struct view *v)
{
	const struct ike_link *link = v->link;
	const struct ike_attempt *a = link->attempt;
	const struct ike_request *r = link->request;
	proto_tree *tree = own_tree(v);
	proto_item *item;

	if (link->kind != IKE_KIND_NONE) {
		item = generated(
		    proto_tree_add_uint(tree, hf_ikesync_exchange, v->m->tvb, 0, 0, link->kind));
		proto_item_append_text(tree, ": %s",
				       val_to_str_const(link->kind, ikesync_exchange_names, "?"));
		if (link->kind == IKE_KIND_REFUSED)
			expert_add_info(v->pinfo, item, &ei_response_refused);
		if (link->kind == IKE_KIND_NEITHER)
			expert_add_info(v->pinfo, item,
					v->c->sa || v->c->ke ? &ei_response_both
							     : &ei_response_neither);
	}
	if (r && is_request(link->kind))
		show_frame(tree, hf_ikesync_response_in, v, r->response_frame);
	if (r && !is_request(link->kind)) {
		show_frame(tree, hf_ikesync_response_to, v, r->frame);
		show_time(tree, hf_ikesync_time, v, &r->time, &v->pinfo->abs_ts);
	}
	if (link->retransmission_of) {
		show_frame(tree, hf_ikesync_retransmission_of, v, link->retransmission_of);
		expert_add_info(v->pinfo, tree, &ei_retransmission);
	}
	if (!a)
		return;
	if (a->first_frame != v->pinfo->num)
		show_frame(tree, hf_ikesync_first_request, v, a->first_frame);
	if (link->kind == IKE_KIND_RESUMED && a->resumed_frame == v->pinfo->num)
		show_time(tree, hf_ikesync_latency, v, &a->first_time, &a->resumed_time);
	if (link->candidate)
		show_frame(tree, hf_ikesync_resumed_in, v, link->candidate->frame);
	if (is_answer(link->kind) && r && r->response_frame == v->pinfo->num)
		show_time(tree, hf_ikesync_confirmation_time, v, &a->first_time, &r->response_time);
}

/* The payload itself, under isakmp's node for it. */
static void show_syn(struct view *v, tvbuff_t *tvb, const struct ike_payload *p, unsigned ordinal)
{
	proto_tree *at = ike_locate_payload(v->place->node, tvb, p->offset, p->type);
	unsigned body = p->offset + PAYLOAD_HEADER_SIZE;
	unsigned seen = tvb_captured_length(tvb);
	struct index_body idx;
	proto_item *item, *field;
	proto_tree *tree;
	unsigned length = p->length < PAYLOAD_HEADER_SIZE ? PAYLOAD_HEADER_SIZE : p->length;
	unsigned last = p->over ? v->m->end : seen;
	unsigned shown = length > last - p->offset ? last - p->offset : length;

	if (at != v->place->node)
		proto_item_append_text(at, " - IKE_SA_SYN");
	item = proto_tree_add_protocol_format(at, proto_ikesync, tvb, (int)p->offset, (int)shown,
					      "IKE_SA_SYN");
	tree = proto_item_add_subtree(item, ett_ikesync_syn);
	field = proto_tree_add_item(tree, hf_ikesync_direction, tvb, (int)p->offset + 1, 1,
				    ENC_BIG_ENDIAN);
	if (p->flags & 0x80)
		expert_add_info(v->pinfo, field, &ei_syn_c_bit);
	field = proto_tree_add_item(tree, hf_ikesync_reserved, tvb, (int)p->offset + 1, 1,
				    ENC_BIG_ENDIAN);
	if (p->flags & 0x7f)
		expert_add_info(v->pinfo, field, &ei_syn_reserved);
	if (ordinal > 0)
		expert_add_info(v->pinfo, item, &ei_syn_second);
	if (p->over) {
		expert_add_info_format(
		    v->pinfo, item, &ei_syn_length,
		    "IKE_SA_SYN of Payload Length %u runs over the end of the message; "
		    "the gateway ignores it (rule 4)",
		    p->length);
		return;
	}
	index_body_read(tvb, body, length - PAYLOAD_HEADER_SIZE, &idx);
	if (idx.faults & INDEX_BAD_LENGTH || p->length < PAYLOAD_HEADER_SIZE) {
		expert_add_info_format(v->pinfo, item, &ei_syn_length,
				       "IKE_SA_SYN Payload Length is %u, neither 16 nor 28; the "
				       "gateway ignores it (rule 4)",
				       p->length);
		if (shown > PAYLOAD_HEADER_SIZE)
			proto_tree_add_item(tree, hf_ikesync_body, tvb, (int)body,
					    (int)(shown - PAYLOAD_HEADER_SIZE), ENC_NA);
		return;
	}
	if (shown < PAYLOAD_HEADER_SIZE + INDEX_SPI_SIZE)
		return; /* the capture ends here */
	field = proto_tree_add_item(tree, hf_ikesync_gateway_spi, tvb, (int)body, INDEX_SPI_SIZE,
				    ENC_NA);
	if (idx.faults & INDEX_ZERO_SPI)
		expert_add_info(v->pinfo, field, &ei_syn_zero_spi);
	if (!idx.address_size)
		return;
	field = idx.address_size == 4
		    ? proto_tree_add_item(tree, hf_ikesync_gateway_ipv4, tvb,
					  (int)body + INDEX_SPI_SIZE, 4, ENC_BIG_ENDIAN)
		    : proto_tree_add_item(tree, hf_ikesync_gateway_ipv6, tvb,
					  (int)body + INDEX_SPI_SIZE, 16, ENC_NA);
	if (idx.faults & INDEX_BAD_ADDRESS)
		expert_add_info_format(
		    v->pinfo, field, &ei_syn_address,
		    "gateway address is %s; the gateway ignores the SYN (rule 4)",
		    idx.address_fault);
	proto_item_append_text(item, ", %s", index_body_text(v->pinfo->pool, &idx));
}

/* What the header and the company of a SYN must be; says nothing of payloads that were not
 * captured. */
static void check_request(struct view *v)
{
	proto_tree *tree = own_tree(v);
	/* A cut capture hides payloads; a message of impossible structure is isakmp's to report. */
	bool whole = !v->m->chain.broken;

	if (v->m->exchange != IKE_EXCHANGE_SA_INIT) {
		expert_add_info(v->pinfo, tree, &ei_syn_exchange);
		return;
	}
	if (v->m->flags & IKE_FLAG_RESPONSE) {
		expert_add_info(v->pinfo, tree, &ei_syn_response);
		return;
	}
	if (!spi_is_zero(v->m->spir))
		expert_add_info(v->pinfo, tree, &ei_syn_spir);
	if (v->m->mid != 0)
		expert_add_info(v->pinfo, tree, &ei_syn_message_id);
	if (!(v->m->flags & IKE_FLAG_INITIATOR))
		expert_add_info(v->pinfo, tree, &ei_syn_initiator);
	if (whole && (!v->c->sa || !v->c->ke || !v->c->nonce))
		expert_add_info_format(
		    v->pinfo, tree, &ei_syn_incomplete,
		    "a request with IKE_SA_SYN carries SA, KE and Ni; here%s%s%s "
		    "missing (rule 2)",
		    v->c->sa ? "" : " SA", v->c->ke ? "" : " KE", v->c->nonce ? "" : " Ni");
	if (v->c->syn_faults & IKE_SYN_CHAIN)
		expert_add_info(v->pinfo, tree, &ei_syn_chain);
	if (v->c->syn_faults)
		expert_add_info(v->pinfo, tree, &ei_syn_ignored);
	/* IP and UDP headers, and the marker on port 4500. */
	if (v->pinfo->ptype == PT_UDP && !v->m->overlong &&
	    v->m->length + (v->pinfo->net_src.type == AT_IPv6 ? 40 : 20) + 8 > 1280)
		expert_add_info(v->pinfo, tree, &ei_message_size);
}

static void check_response(struct view *v)
{
	proto_tree *tree = own_tree(v);
	const struct ike_attempt *a = v->link->attempt;

	if (v->link->kind == IKE_KIND_RESUMED && spi_is_zero(v->m->spir))
		expert_add_info(v->pinfo, tree, &ei_response_spir_zero);
	if (v->link->kind == IKE_KIND_RESUMED && a && !spi_is_zero(v->m->spir) &&
	    memcmp(a->idx.spi, v->m->spir, 8) == 0)
		expert_add_info(v->pinfo, tree, &ei_response_spir_old);
	if (v->c->redirect)
		expert_add_info(v->pinfo, tree, &ei_response_redirect);
}

struct decrypted {
	struct view *v;
	uint8_t first;
	bool any; /* isakmp had the keys */
};

static void show_decrypted(tvbuff_t *tvb, void *data)
{
	struct decrypted *d = data;
	struct index_body sa = ike_message_index(d->v->pinfo, d->v->m);
	struct ike_chain chain;

	d->any = true;
	ike_chain_read(tvb, 0, tvb_captured_length(tvb), false, d->first, &chain);
	for (unsigned i = 0; i < chain.n; i++) {
		const struct ike_payload *p = &chain.at[i];

		if (p->type == (uint8_t)pref_payload_type) {
			show_syn(d->v, tvb, p, 0);
			expert_add_info(d->v->pinfo, own_tree(d->v), &ei_syn_exchange);
		} else if (p->type == IKE_PAYLOAD_NOTIFY) {
			ikesync_notify_show(d->v->pinfo, d->v->place->node, tvb, p, true, true,
					    &sa);
		}
	}
}

static void show_story(struct view *v)
{
	const struct ike_attempt *a = v->link ? v->link->attempt : NULL;
	const struct ike_sa *old;

	if (a && a->story) {
		story_show(v->m->tvb, v->pinfo, own_tree(v), a->story, NULL);
		if (v->link->kind == IKE_KIND_CONFIRMED && !v->link->retransmission_of &&
		    story_hasty(a->story))
			expert_add_info(v->pinfo, own_tree(v), &ei_hasty);
		return;
	}
	if (v->m->exchange != IKE_EXCHANGE_SA_INIT && v->m->exchange != IKE_EXCHANGE_AUTH)
		return;
	old = ike_sa_find(v->m->spii);
	if (old && old->syn.frame)
		story_show_handshake(v->m->tvb, v->pinfo, own_tree(v), old);
}

/* Of what came back in an ICMP error: nothing but what a SYN in it says. */
static void show_quoted(struct view *v)
{
	unsigned ordinal = 0;

	for (unsigned i = 0; i < v->m->chain.n; i++)
		if (v->m->chain.at[i].type == (uint8_t)pref_payload_type)
			show_syn(v, v->m->tvb, &v->m->chain.at[i], ordinal++);
}

static bool is_ours(const struct view *v)
{
	const struct ike_sa *sa = ike_sa_find(v->m->spii);

	return (sa && sa->ours) || v->c->syns || v->c->vendor;
}

static void show_message(struct view *v)
{
	unsigned ordinal = 0;
	bool ours = v->link || v->c->syns; /* not only its SA */
	unsigned datagram = ours ? ike_locate_datagram(v->pinfo, v->place) : 0;

	v->ours = is_ours(v);
	if (v->link)
		show_link(v);
	for (unsigned i = 0; i < v->m->chain.n; i++) {
		const struct ike_payload *p = &v->m->chain.at[i];

		if (p->type == (uint8_t)pref_payload_type) {
			show_syn(v, v->m->tvb, p, ordinal++);
		} else if (p->type == IKE_PAYLOAD_NOTIFY) {
			ikesync_notify_show(v->pinfo, v->place->node, v->m->tvb, p, false, v->ours,
					    v->c->syns ? &v->c->idx : NULL);
		} else if (p->type == IKE_PAYLOAD_SK || p->type == IKE_PAYLOAD_SKF) {
			struct decrypted d = { v, 0, false };
			bool whole;

			d.first = ike_fragment_first(v->pinfo, v->m, p, &whole);
			ike_locate_decrypted(v->pinfo, v->place, whole, show_decrypted, &d);
			if (v->resumed)
				resume_decrypt_show(v->pinfo, own_tree(v), v->m, v->resumed, d.any);
		}
	}
	if (v->c->vendor)
		generated(
		    proto_tree_add_boolean(own_tree(v), hf_ikesync_vendor, v->m->tvb, 0, 0, 1));
	if (v->c->syns)
		check_request(v);
	else if (v->link && v->link->request && v->m->flags & IKE_FLAG_RESPONSE &&
		 v->m->exchange == IKE_EXCHANGE_SA_INIT)
		check_response(v);
	else if (v->link && v->link->kind == IKE_KIND_RESUMED)
		check_response(v);
	if (ours && !v->m->chain.broken && v->m->chain.end < v->m->end)
		expert_add_info_format(
		    v->pinfo, own_tree(v), &ei_trailing,
		    "%u octets left over after the last payload (RFC 7296 section "
		    "3.2)",
		    v->m->end - v->m->chain.end);
	if (datagram && datagram != v->m->length)
		expert_add_info_format(v->pinfo, own_tree(v), &ei_length,
				       "Length is %u, and the datagram has %u octets for it (RFC "
				       "7296 section 3.1)",
				       v->m->length, datagram);
	if (ours && v->c->nonce && (v->c->nonce_length < 16 || v->c->nonce_length > 256))
		expert_add_info_format(v->pinfo, own_tree(v), &ei_nonce_size,
				       "nonce is %u octets, not 16 to 256 (rule 9)",
				       v->c->nonce_length);
	show_story(v);
	if (v->link && v->link->attempt && v->m->exchange == IKE_EXCHANGE_AUTH)
		expert_add_info(v->pinfo, own_tree(v), &ei_auth_after_resumption);
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
	/* Registered after our handoff. */
	static int tap_expert;

	if (!tap_expert)
		tap_expert = find_tap_id("expert");
	/* Taps run without a tree, too. */
	if (have_tap_listener(tap_expert))
		return true;
	return tree &&
	       (proto_field_is_referenced(tree, proto_ikesync) ||
		proto_field_is_referenced(tree, proto_isakmp) ||
		proto_field_is_referenced(tree, proto_expert) ||
		col_get_writable(pinfo->cinfo, COL_EXPERT) ||
		/* Decrypted payloads may hold what other dissectors show. */
		(PINFO_FD_VISITED(pinfo) &&
		 p_get_proto_data(wmem_file_scope(), pinfo, proto_ikesync, DECRYPTED_ORDINAL)));
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

/* What a message leaves for later passes, under its ordinal in its frame. */
static inline void remember(packet_info *pinfo, unsigned ordinal, void *p)
{
	if (!p)
		return;
	p_add_proto_data(wmem_file_scope(), pinfo, proto_ikesync, ordinal, p);
	if ((ordinal & ORDINAL_MASK) > 0 && !recall(pinfo, SEVERAL_MESSAGES))
		p_add_proto_data(wmem_file_scope(), pinfo, proto_ikesync, SEVERAL_MESSAGES,
				 GUINT_TO_POINTER(1));
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
	const struct ike_message *m = v->m;
	packet_info *pinfo = v->pinfo;
	struct resume_message *resumed = NULL;
	struct ike_link *link;
	struct ike_sa *sa;
	tvbuff_t *clear = NULL;

	if (m->exchange == IKE_EXCHANGE_SA_INIT && !(m->flags & IKE_FLAG_RESPONSE))
		sa = ike_sa_get(m->spii);
	else
		sa = ike_sa_find(m->spii);
	collect_protected(pinfo, v->place, m, c);
	if (sa && (c->syns || c->vendor))
		sa->ours = true;
	/* Most traffic: an SA that nobody saw begin, or that never was to be resumed. */
	if (!sa && !c->syns && !c->stub_clear && m->exchange != IKE_EXCHANGE_SA_INIT)
		return;
	if (m->exchange == IKE_EXCHANGE_SA_INIT && (c->syns || (sa && sa->attempt)))
		c->hash = ike_message_hash(m);
	if (c->stub_clear && c->syns)
		learn_stub(pinfo, m, &c->idx);
	if (sa && sa->resumed && resume_secrets_any())
		resumed = resume_decrypt_add(pinfo, m, sa, &clear);
	if (clear)
		ike_contents_decrypted(tvb_new_subset_remaining(clear, IKE_HEADER_SIZE),
				       ws_get_u8(clear, 16), c);
	link = ike_state_add(pinfo, m, c, sa);
	v->broken = ike_rules_add(pinfo, m, c, sa, link);
	if (sa)
		story_add_ike(pinfo, m, sa, link);
	remember(pinfo, ordinal, link);
	remember(pinfo, ordinal + DECRYPTED_ORDINAL, resumed);
	remember(pinfo, ordinal + RULES_ORDINAL, GUINT_TO_POINTER(v->broken));
	v->link = link;
	v->resumed = resumed;
}

static void dissect_message(packet_info *pinfo, proto_tree *root, const struct ike_place *place,
			    unsigned ordinal, bool looked, bool quoted)
{
	struct ike_message m;
	struct ike_contents c;
	struct view v = { .pinfo = pinfo, .place = place, .m = &m, .c = &c, .root = root };

	if (!ike_message_read(place->tvb, place->offset, place->limit, place->snapped, &m))
		return;
	ike_contents_read(&m, (uint8_t)pref_payload_type, &c);
	if (quoted) {
		if (looked)
			show_quoted(&v);
		return;
	}
	if (!PINFO_FD_VISITED(pinfo)) {
		learn_message(&v, &c, ordinal);
	} else {
		v.link = recall(pinfo, ordinal);
		v.resumed = recall(pinfo, ordinal + DECRYPTED_ORDINAL);
		v.broken = GPOINTER_TO_UINT(recall(pinfo, ordinal + RULES_ORDINAL));
	}
	ike_link_info(pinfo, v.link);
	tap_record_ike(pinfo, v.link);
	if (!looked && !(root && v.resumed))
		return;
	show_message(&v);
	if (v.broken)
		ike_rules_show(pinfo, own_tree(&v), v.broken);
}

/* Columns and taps only: what the first pass has left says it all, nothing is read again. */
static void revisit(packet_info *pinfo)
{
	unsigned n = recall(pinfo, SEVERAL_MESSAGES) ? IKE_PLACES_MAX : 1;

	for (unsigned i = 0; i < n; i++) {
		const struct ike_link *link = recall(pinfo, i);

		ike_link_info(pinfo, link);
		tap_record_ike(pinfo, link);
	}
}

static int dissect_ikesync(tvbuff_t *tvb G_GNUC_UNUSED, packet_info *pinfo, proto_tree *tree,
			   void *data G_GNUC_UNUSED)
{
	struct ike_place places[IKE_PLACES_MAX];
	const char *outer;
	unsigned n;
	bool looked, quoted;

	if (!ike_locate_any(pinfo))
		return 0;
	/* The handle's own protocol is one in name only: expert infos and exceptions ask this. */
	outer = pinfo->current_proto;
	pinfo->current_proto = "IKESYNC";
	looked = looked_at(pinfo, tree);
	quoted = ike_locate_quoted(pinfo);
	if (PINFO_FD_VISITED(pinfo) && !looked) {
		revisit(pinfo);
	} else {
		n = ike_locate(pinfo, tree, places);
		for (unsigned i = 0; i < n; i++)
			dissect_message(pinfo, tree, &places[i], i, looked, quoted);
	}
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
		report_failure(
		    "ikesync.payload_type is %u; 129, 133 to 200 and 210 to 254 are allowed "
		    "(rule 1). It stays %u.",
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
	keyed_hash_init();
	ike_sa_init();
	ike_state_init();
	ike_fragment_init();
	ike_rules_register(proto_ikesync);
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
	    "The draft leaves the type unassigned; profile 1 uses 200 "
	    "unless configured otherwise: 129, 133 to 200, or 210 to 254 (rule 1)",
	    10, &pref_payload_type);
	resume_secrets_register(module);
}

void ikesync_handoff(void)
{
	ike_locate_init();
	proto_isakmp = proto_get_id_by_filter_name("isakmp");
	resume_decrypt_handoff();
	stats_exchanges_register();
	stats_rules_register();
}
