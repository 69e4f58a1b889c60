/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike_locate.h"
#include "ike_message.h"
#include "ikesync_fields.h"

/* Headers in front of a message are shorter; the search for one stops here. */
#define SEARCH_OCTETS 512
#define ALL_SOURCES 0xffffffffu
#define NOTES_KEY 0x6e6f7465 /* of proto_ikesync in the packet's scope */

static int proto_isakmp = -1;
static int hf_typepayload = -1;

void ike_locate_init(void)
{
	proto_isakmp = proto_get_id_by_filter_name("isakmp");
	hf_typepayload = proto_registrar_get_id_byname("isakmp.typepayload");
}

bool ike_locate_any(packet_info *pinfo)
{
	/* Innermost last, and isakmp is nearly always the last. */
	for (wmem_list_frame_t *f = wmem_list_tail(pinfo->layers); f; f = wmem_list_frame_prev(f))
		if (GPOINTER_TO_INT(wmem_list_frame_data(f)) == proto_isakmp)
			return true;
	return false;
}

/* isakmp's node covers what is captured of its octets, not what was sent. */
static bool ends_capture(tvbuff_t *tvb, unsigned limit)
{
	return tvb_captured_length(tvb) < tvb_reported_length(tvb) &&
	       limit >= tvb_captured_length(tvb);
}

static unsigned locate_in_tree(proto_tree *tree, struct ike_place out[IKE_PLACES_MAX])
{
	unsigned n = 0;

	for (proto_node *node = tree->first_child; node && n < IKE_PLACES_MAX; node = node->next) {
		field_info *fi = PNODE_FINFO(node);

		if (!fi || !fi->hfinfo || fi->hfinfo->id != proto_isakmp || !fi->ds_tvb ||
		    fi->start < 0 || fi->length < 0)
			continue;
		out[n++] = (struct ike_place){
			.tvb = fi->ds_tvb,
			.offset = (unsigned)fi->start,
			.limit = (unsigned)fi->start + (unsigned)fi->length,
			.snapped =
			    ends_capture(fi->ds_tvb, (unsigned)fi->start + (unsigned)fi->length),
			.node = node,
			.last_source = ALL_SOURCES,
		};
	}
	return n;
}

/* A UDP header with this packet's ports and a length that fits the message, `marker` octets before
 * it. */
static unsigned udp_limit(packet_info *pinfo, tvbuff_t *tvb, unsigned at, unsigned marker,
			  uint32_t length)
{
	unsigned udp;

	if (at < 8 + marker)
		return 0;
	udp = at - 8 - marker;
	if (tvb_get_ntohs(tvb, (int)udp) != pinfo->srcport ||
	    tvb_get_ntohs(tvb, (int)udp + 2) != pinfo->destport ||
	    tvb_get_ntohs(tvb, (int)udp + 4) < 8 + marker + IKE_HEADER_SIZE ||
	    tvb_get_ntohs(tvb, (int)udp + 4) < 8 + marker + length ||
	    (marker && tvb_get_ntohl(tvb, (int)at - 4) != 0))
		return 0;
	return udp + tvb_get_ntohs(tvb, (int)udp + 4);
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

/* `guess`: the first header that fits, for TCP, exported PDUs and others without a UDP header. */
static bool search_source(packet_info *pinfo, tvbuff_t *tvb, bool guess, struct ike_place *out)
{
	unsigned seen = tvb_captured_length(tvb);
	unsigned last = seen < SEARCH_OCTETS ? seen : SEARCH_OCTETS;

	for (unsigned at = 0; at + IKE_HEADER_SIZE <= last; at++) {
		uint32_t length;
		unsigned limit;

		if (ws_get_u8(tvb, (int)at + 17) >> 4 != 2 ||
		    ws_get_u8(tvb, (int)at + 18) < IKE_EXCHANGE_SA_INIT ||
		    (ws_get_u8(tvb, (int)at + 19) & 0xc7) != 0)
			continue;
		length = tvb_get_ntohl(tvb, (int)at + 24);
		if (length < IKE_HEADER_SIZE || length > tvb_reported_length(tvb) - at)
			continue;
		if (guess) {
			place_fill(out, tvb, at, at + length);
			return true;
		}
		limit = udp_limit(pinfo, tvb, at, 0, length);
		if (!limit)
			limit = udp_limit(pinfo, tvb, at, 4, length);
		if (limit) {
			place_fill(out, tvb, at, limit);
			return true;
		}
	}
	return false;
}

static bool search(packet_info *pinfo, bool guess, struct ike_place *out)
{
	for (GSList *s = pinfo->data_src; s; s = s->next) {
		tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)s->data);

		if (tvb && search_source(pinfo, tvb, guess, out))
			return true;
	}
	return false;
}

struct note {
	tvbuff_t *tvb;
	unsigned offset, limit, first_source;
	bool snapped;
};

struct notes {
	unsigned n;
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
	if (notes->n == IKE_PLACES_MAX)
		return;
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
			.last_source = i + 1 < notes->n ? note[1].first_source : ALL_SOURCES,
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
	n = tree ? locate_in_tree(tree, out) : 0;
	if (n)
		return n;
	/* No tree, or (4.6, under a filter that names no field of isakmp) one without its nodes. */
	if (!search(pinfo, false, &out[0]) && !search(pinfo, true, &out[0]))
		return 0;
	out[0].node = tree;
	return 1;
}

unsigned ike_locate_datagram(packet_info *pinfo, const struct ike_place *place)
{
	unsigned end;

	if (pinfo->ptype != PT_UDP || place->offset > tvb_captured_length(place->tvb))
		return 0;
	end = udp_limit(pinfo, place->tvb, place->offset, 0, 0);
	if (!end)
		end = udp_limit(pinfo, place->tvb, place->offset, 4, 0);
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
