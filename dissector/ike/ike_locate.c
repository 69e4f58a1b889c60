/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where isakmp found its messages in a frame, with a tree and without. */
#include "ike/ike_locate.h"
#include "ike/ike_message.h"
#include "ike/ikesync_fields.h"

#define ALL_SOURCES 0xffffffffu
#define NOTES_KEY 0x6e6f7465 /* of proto_ikesync in the packet's scope */

static int proto_isakmp = -1, proto_icmp = -1, proto_icmpv6 = -1, proto_ip = -1, proto_ipv6 = -1,
	   proto_udpencap = -1;
static int hf_typepayload = -1;

void ike_locate_init(void)
{
	proto_isakmp = proto_get_id_by_filter_name("isakmp");
	proto_ip = proto_get_id_by_filter_name("ip");
	proto_ipv6 = proto_get_id_by_filter_name("ipv6");
	proto_icmp = proto_get_id_by_filter_name("icmp");
	proto_icmpv6 = proto_get_id_by_filter_name("icmpv6");
	proto_udpencap = proto_get_id_by_filter_name("udpencap");
	hf_typepayload = proto_registrar_get_id_byname("isakmp.typepayload");
}

static int layer_of(wmem_list_frame_t *f)
{
	return GPOINTER_TO_INT(wmem_list_frame_data(f));
}

/* The innermost layer of isakmp, NULL: none. It is nearly always the last. */
static wmem_list_frame_t *isakmp_layer(packet_info *pinfo)
{
	wmem_list_frame_t *f = wmem_list_tail(pinfo->layers);

	while (f && layer_of(f) != proto_isakmp)
		f = wmem_list_frame_prev(f);
	return f;
}

bool ike_locate_any(packet_info *pinfo, bool *quoted)
{
	wmem_list_frame_t *f = isakmp_layer(pinfo);
	int layer;

	*quoted = false;
	if (!f)
		return false;
	/* An ICMP error has its quotation right behind it: the first IP that is met is of that. */
	do {
		f = wmem_list_frame_prev(f);
		layer = f ? layer_of(f) : -1;
	} while (f && layer != proto_ip && layer != proto_ipv6);
	f = f ? wmem_list_frame_prev(f) : NULL;
	layer = f ? layer_of(f) : -1;
	*quoted = f && (layer == proto_icmp || layer == proto_icmpv6);
	return true;
}

/* isakmp's node covers what is captured of its octets, not what was sent. */
static bool ends_capture(tvbuff_t *tvb, unsigned limit)
{
	return tvb_captured_length(tvb) < tvb_reported_length(tvb) &&
	       limit >= tvb_captured_length(tvb);
}

static void place_fill(struct ike_place *out, tvbuff_t *tvb, unsigned offset, unsigned limit)
{
	*out = (struct ike_place){
		.tvb = tvb,
		.offset = offset,
		.limit = limit,
		.snapped = ends_capture(tvb, limit),
		.last_source = ALL_SOURCES,
	};
}

/*
 * Where the datagram ends that has its payload at `at`, if there is a UDP header with this packet's
 * ports in front of it and of the `marker` octets of zero; else 0. May be behind the end of `tvb`.
 */
static unsigned udp_end(const packet_info *pinfo, tvbuff_t *tvb, unsigned at, unsigned marker)
{
	unsigned udp, end;

	if (at < 8 + marker)
		return 0;
	udp = at - 8 - marker;
	if (tvb_get_ntohs(tvb, (int)udp) != pinfo->srcport ||
	    tvb_get_ntohs(tvb, (int)udp + 2) != pinfo->destport ||
	    (marker && tvb_get_ntohl(tvb, (int)at - 4) != 0))
		return 0;
	end = udp + tvb_get_ntohs(tvb, (int)udp + 4);
	return end < at + IKE_HEADER_SIZE ? 0 : end;
}

static unsigned datagram_end(const packet_info *pinfo, tvbuff_t *tvb, unsigned at)
{
	unsigned end = udp_end(pinfo, tvb, at, 0);

	if (!end)
		end = udp_end(pinfo, tvb, at, 4);
	return MIN(end, tvb_reported_length(tvb));
}

static bool ends_as_it_says(const field_info *fi)
{
	unsigned start = (unsigned)fi->start;

	return fi->length >= IKE_HEADER_SIZE &&
	       start + IKE_HEADER_SIZE <= tvb_captured_length(fi->ds_tvb) &&
	       tvb_get_ntohl(fi->ds_tvb, fi->start + 24) == (unsigned)fi->length;
}

/* Its reading of UDP and TCP headers must not depend on a tree, so that neither does ours. */
static unsigned locate_in_tree(const packet_info *pinfo, proto_tree *tree,
			       struct ike_place out[IKE_PLACES_MAX])
{
	unsigned n = 0;

	for (proto_node *node = tree->first_child; node && n < IKE_PLACES_MAX; node = node->next) {
		field_info *fi = PNODE_FINFO(node);
		unsigned end = 0;

		if (!fi || !fi->hfinfo || fi->hfinfo->id != proto_isakmp || !fi->ds_tvb ||
		    fi->start < 0 || fi->length < 0)
			continue;
		/* A node as long as its message says needs no second opinion. */
		if (pinfo->ptype == PT_UDP && !ends_as_it_says(fi))
			end = datagram_end(pinfo, fi->ds_tvb, (unsigned)fi->start);
		if (!end)
			end = (unsigned)fi->start + (unsigned)fi->length;
		place_fill(&out[n], fi->ds_tvb, (unsigned)fi->start, end);
		out[n++].node = node;
	}
	return n;
}

/* How an octet is known to be the first one of a message where there is no tree to say so. */
enum search {
	/*
	 * A UDP or TCP header stands before it, and on port 4500 the marker. A datagram that goes
	 * on behind the octets at hand is the first fragment of one, and a whole one comes first.
	 */
	SEARCH_TRANSPORT,
	SEARCH_TRANSPORT_CUT,
	SEARCH_WHOLE, /* guess: a header whose message fills the rest */
	SEARCH_ANY,   /* guess: a header whose message fits */
	SEARCH_END,
};

/* What is looked for, and where: one data source of the frame. */
struct searched {
	tvbuff_t *tvb;
	const uint8_t *p;
	unsigned seen;  /* octets at `p` */
	unsigned whole; /* and as many were sent */
	unsigned ip;    /* behind its IP addresses, if these were read from here; else 0 */
	uint8_t ports[4];
	unsigned marker; /* octets of it behind a UDP header */
};

/*
 * The non-ESP marker is there if isakmp was called by what handles UDP 4500. A header four octets
 * off may look like one, so it is not tried for.
 */
static unsigned marker_size(packet_info *pinfo)
{
	wmem_list_frame_t *f = isakmp_layer(pinfo);

	f = f ? wmem_list_frame_prev(f) : NULL;
	return f && layer_of(f) == proto_udpencap ? 4 : 0;
}

static bool version_2(const struct searched *s, unsigned at)
{
	return s->seen >= IKE_HEADER_SIZE && at <= s->seen - IKE_HEADER_SIZE &&
	       s->p[at + 17] >> 4 == 2;
}

/* Where its message ends; 0: none begins at `at`, behind a UDP header 8 + marker octets before. */
static unsigned udp_message(const struct searched *s, unsigned at, bool complete)
{
	unsigned udp = at - 8 - s->marker;
	unsigned end = udp + get16(s->p + udp + 4);

	if (s->marker && get32(s->p + at - 4) != 0)
		return 0;
	if (end < at + IKE_HEADER_SIZE || (complete && end > s->whole))
		return 0;
	return MIN(end, s->whole);
}

static bool search_udp(const struct searched *s, bool complete, struct ike_place *out)
{
	unsigned before = 8 + s->marker;

	for (unsigned at = s->ip + before; at + IKE_HEADER_SIZE <= s->seen; at++) {
		unsigned end;

		if (s->p[at + 17] >> 4 != 2 || memcmp(s->p + at - before, s->ports, 4) != 0)
			continue;
		end = udp_message(s, at, complete);
		if (!end)
			continue;
		place_fill(out, s->tvb, at, end);
		return true;
	}
	return false;
}

/* Where the message at `at` ends by its own header, 0 when that cannot be one's. */
static unsigned header_end(const struct searched *s, unsigned at)
{
	uint32_t length;

	if (!version_2(s, at) || s->p[at + 18] < IKE_EXCHANGE_SA_INIT)
		return 0;
	length = get32(s->p + at + 24);
	return length < IKE_HEADER_SIZE || length > s->whole - at ? 0 : at + length;
}

static bool search_tcp(const struct searched *s, struct ike_place *out)
{
	for (unsigned tcp = s->ip; tcp + 20 + IKE_HEADER_SIZE <= s->seen; tcp++) {
		unsigned words;

		if (memcmp(s->p + tcp, s->ports, 4) != 0)
			continue;
		words = s->p[tcp + 12] >> 4;
		if (words < 5 || !header_end(s, tcp + 4 * words))
			continue;
		place_fill(out, s->tvb, tcp + 4 * words, s->whole);
		return true;
	}
	return false;
}

static bool search_guess(const struct searched *s, bool fills, struct ike_place *out)
{
	for (unsigned at = 0; at + IKE_HEADER_SIZE <= s->seen; at++) {
		unsigned end = header_end(s, at);

		if (!end || (fills && end != s->whole))
			continue;
		place_fill(out, s->tvb, at, end);
		return true;
	}
	return false;
}

static bool search_source(const packet_info *pinfo, const struct searched *s, enum search how,
			  struct ike_place *out)
{
	switch (how) {
	case SEARCH_TRANSPORT:
	case SEARCH_TRANSPORT_CUT:
		if (pinfo->ptype == PT_UDP)
			return search_udp(s, how == SEARCH_TRANSPORT, out);
		return pinfo->ptype == PT_TCP && how == SEARCH_TRANSPORT && search_tcp(s, out);
	case SEARCH_WHOLE:
		return search_guess(s, true, out);
	default:
		return search_guess(s, false, out);
	}
}

/* Wireshark's addresses point into the octets that they were read from. */
static unsigned behind_addresses(const packet_info *pinfo, const struct searched *s)
{
	uintptr_t from = (uintptr_t)s->p, at = (uintptr_t)pinfo->net_dst.data;

	if (at < from || at - from >= s->seen || pinfo->net_dst.len < 0)
		return 0;
	return (unsigned)(at - from) + (unsigned)pinfo->net_dst.len;
}

static bool searched_fill(const packet_info *pinfo, const struct data_source *source,
			  struct searched *s)
{
	s->tvb = get_data_source_tvb(source);
	s->seen = s->tvb ? tvb_captured_length(s->tvb) : 0;
	if (s->seen < IKE_HEADER_SIZE)
		return false;
	s->whole = tvb_reported_length(s->tvb);
	s->p = tvb_get_ptr(s->tvb, 0, (int)s->seen);
	s->ip = behind_addresses(pinfo, s);
	return true;
}

static bool search(packet_info *pinfo, struct ike_place *out)
{
	struct searched s = {
		.ports = { (uint8_t)(pinfo->srcport >> 8), (uint8_t)pinfo->srcport,
			   (uint8_t)(pinfo->destport >> 8), (uint8_t)pinfo->destport },
		.marker = marker_size(pinfo),
	};

	for (enum search how = SEARCH_TRANSPORT; how < SEARCH_END; how++)
		for (GSList *l = pinfo->data_src; l; l = l->next)
			if (searched_fill(pinfo, (const struct data_source *)l->data, &s) &&
			    search_source(pinfo, &s, how, out))
				return true;
	return false;
}

struct note {
	tvbuff_t *tvb;
	unsigned offset, limit, first_source;
	bool snapped;
};

struct notes {
	unsigned n;
	unsigned dropped_source; /* of the first one that found no room; 0: none */
	struct note at[IKE_PLACES_MAX];
};

/* Frames with notes are few: the number of the last one spares the others a search. */
static uint32_t noted_frame;

void ike_locate_note(packet_info *pinfo, tvbuff_t *tvb)
{
	struct notes *notes = p_get_proto_data(pinfo->pool, pinfo, proto_ikesync, NOTES_KEY);
	struct note *note;

	if (!notes) {
		notes = wmem_new0(pinfo->pool, struct notes);
		p_add_proto_data(pinfo->pool, pinfo, proto_ikesync, NOTES_KEY, notes);
	}
	noted_frame = pinfo->num;
	if (notes->n == IKE_PLACES_MAX) {
		if (!notes->dropped_source)
			notes->dropped_source = g_slist_length(pinfo->data_src);
		return;
	}
	note = &notes->at[notes->n++];
	note->tvb = tvb_get_ds_tvb(tvb);
	note->offset = (unsigned)tvb_raw_offset(tvb);
	note->limit = note->offset + tvb_captured_length(tvb);
	note->snapped = tvb_captured_length(tvb) < tvb_reported_length(tvb);
	note->first_source = g_slist_length(pinfo->data_src);
}

static proto_tree *isakmp_node(proto_tree *tree, const struct note *note)
{
	for (proto_node *node = tree->first_child; node; node = node->next) {
		field_info *fi = PNODE_FINFO(node);

		if (fi && fi->hfinfo && fi->hfinfo->id == proto_isakmp && fi->ds_tvb == note->tvb &&
		    fi->start >= 0 && (unsigned)fi->start == note->offset)
			return node;
	}
	return tree;
}

static unsigned locate_noted(const struct notes *notes, proto_tree *tree, struct ike_place *out)
{
	for (unsigned i = 0; i < notes->n; i++) {
		const struct note *note = &notes->at[i];

		out[i] = (struct ike_place){
			.tvb = note->tvb,
			.offset = note->offset,
			.limit = note->limit,
			.snapped = note->snapped,
			.node = tree ? isakmp_node(tree, note) : NULL,
			.first_source = note->first_source,
			.last_source = i + 1 < notes->n        ? note[1].first_source
				       : notes->dropped_source ? notes->dropped_source
							       : ALL_SOURCES,
		};
	}
	return notes->n;
}

unsigned ike_locate(packet_info *pinfo, proto_tree *tree, struct ike_place out[IKE_PLACES_MAX])
{
	const struct notes *notes =
	    pinfo->num == noted_frame
		? p_get_proto_data(pinfo->pool, pinfo, proto_ikesync, NOTES_KEY)
		: NULL;
	unsigned n;

	if (notes)
		return locate_noted(notes, tree, out);
	n = tree ? locate_in_tree(pinfo, tree, out) : 0;
	if (n)
		return n;
	/* No tree, or (4.6, under a filter that names no field of isakmp) one without its nodes. */
	if (!search(pinfo, &out[0]))
		return 0;
	out[0].node = tree;
	return 1;
}

unsigned ike_locate_datagram(packet_info *pinfo, const struct ike_place *place)
{
	unsigned end;

	if (pinfo->ptype != PT_UDP || place->offset > tvb_captured_length(place->tvb))
		return 0;
	end = datagram_end(pinfo, place->tvb, place->offset);
	return end > place->offset ? end - place->offset : 0;
}

static proto_tree *find_payload(proto_tree *node, tvbuff_t *tvb, unsigned offset, uint8_t type,
				unsigned depth)
{
	/* isakmp nests less deeply; the limit only bounds the stack. */
	if (depth > 16)
		return NULL;
	for (proto_node *c = node->first_child; c; c = c->next) {
		field_info *fi = PNODE_FINFO(c);
		proto_tree *found;

		if (fi && fi->hfinfo && fi->hfinfo->id == hf_typepayload && fi->ds_tvb == tvb &&
		    (unsigned)fi->start == offset && ws_fvalue_uint(fi) == type)
			return c;
		found = find_payload(c, tvb, offset, type, depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

proto_tree *ike_locate_payload(proto_tree *isakmp, tvbuff_t *tvb, unsigned offset, uint8_t type)
{
	proto_tree *found = isakmp ? find_payload(isakmp, tvb, offset, type, 0) : NULL;

	return found ? found : isakmp;
}

void ike_locate_decrypted(packet_info *pinfo, const struct ike_place *place, bool fragments,
			  ike_locate_source_fn fn, void *data)
{
	/* Names that packet-isakmp.c gives; of fragments, "Decrypted Data" is only a part. */
	const char *name = fragments ? "Reassembled IKE2 ISAKMP" : "Decrypted Data";
	unsigned i = 1;

	/* The first source is the frame itself. Asking it for its name costs more than all else
	 * here. */
	for (GSList *s = pinfo->data_src ? pinfo->data_src->next : NULL;
	     s && i < place->last_source; s = s->next, i++) {
		const struct data_source *source = s->data;

		if (i >= place->first_source && ws_source_named(source, name))
			fn(get_data_source_tvb(source), data);
	}
}
