/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The items of stub requests and what replies say of them. */
#include "stub/ikestub_items.h"

#include "base/octets_hash.h"
#include "base/payload_walk.h"
#include "base/sealed.h"

static expert_field ei_twice = EI_INIT, ei_order = EI_INIT, ei_other = EI_INIT,
		    ei_prefetch_form = EI_INIT, ei_prefetch_other = EI_INIT,
		    ei_prefetch_order = EI_INIT, ei_salt = EI_INIT;

/* A salt that was seen, and the octets that were sealed with it. */
struct salt {
	uint64_t hash, body;
	uint32_t frame;
};

static wmem_map_t *salts; /* uint64_t -> struct salt */

static const char *text_of(const struct index_body *idx)
{
	return index_body_text(wmem_file_scope(), idx);
}

void stub_finding_add(struct stub_link *link, expert_field *expert, const char *text)
{
	struct stub_finding **end = &link->findings,
			    *f = wmem_new0(wmem_file_scope(), struct stub_finding);

	f->expert = expert;
	f->text = text;
	while (*end)
		end = &(*end)->next;
	*end = f;
}

void stub_findings_show(packet_info *pinfo, proto_tree *tree, const struct stub_link *link)
{
	for (const struct stub_finding *f = link->findings; f; f = f->next)
		expert_add_info_format(pinfo, tree, f->expert, "%s", f->text);
}

void stub_item_read(tvbuff_t *tvb, const struct payload_walk *w, struct stub_item *out)
{
	struct payload_walk inner = payload_walk_in(w->p, payload_body(w), w->at);

	while (payload_next(&inner)) {
		unsigned body = payload_body(&inner), n = payload_body_length(&inner);

		if (inner.type == PL_LIFETIME) {
			out->has_lifetime = n == 4;
			out->lifetime = n == 4 ? get32(inner.p + body) : 0;
			continue;
		}
		out->hash = out->hash * 31 + octets_hash(inner.p + inner.offset, inner.length);
		if (inner.type == PL_INDEX && !out->to.address_size)
			index_body_read(tvb, body, n, &out->to);
		else if (inner.type == PL_SEALED && n >= SEAL_EXPIRY_AT + SEAL_EXPIRY_SIZE)
			out->expiry = tvb_get_ntoh64(tvb, (int)body + SEAL_EXPIRY_AT);
	}
}

struct stub_item *stub_items_at(const struct stub_changes *c, unsigned number)
{
	return number < wmem_array_get_count(c->items) ? wmem_array_index(c->items, number) : NULL;
}

/* SPI 0, then at most one index of the same address, to go on behind. */
static void read_prefetch(struct stub_changes *c, struct stub_link *link)
{
	const struct stub_item *whole = stub_items_at(c, 0), *cursor = stub_items_at(c, 1);

	if (!cursor)
		return;
	if (wmem_array_get_count(c->items) > 2 || cursor->from.faults ||
	    !index_body_same_address(&whole->from, &cursor->from)) {
		stub_finding_add(link, &ei_prefetch_form,
				 "a prefetch has at most one cursor, which is an index of the same "
				 "address (wire profile 52.1)");
		return;
	}
	c->has_last = true;
	memcpy(c->last, cursor->from.spi, INDEX_SPI_SIZE);
}

struct stub_changes *stub_items_read(tvbuff_t *tvb, const struct stub_summary *s,
				     struct stub_link *link)
{
	struct payload_walk w = payload_walk_tvb(tvb);
	struct stub_changes *c = wmem_new0(wmem_file_scope(), struct stub_changes);
	struct stub_item item = { .expiry = 0 };

	c->items = wmem_array_new(wmem_file_scope(), sizeof(struct stub_item));
	while (payload_next(&w)) {
		bool whole = false;

		if (w.type == PL_INDEX && s->type != STUB_INIT) {
			index_body_read(tvb, payload_body(&w), payload_body_length(&w), &item.from);
			whole = s->type != STUB_UPDATE;
		} else if (w.type == PL_STUB && (s->type == STUB_INIT || s->type == STUB_UPDATE)) {
			stub_item_read(tvb, &w, &item);
			whole = true;
		}
		if (whole) {
			wmem_array_append_one(c->items, item);
			memset(&item, 0, sizeof(item));
		}
	}
	if (s->prefetch)
		read_prefetch(c, link);
	return c;
}

void stub_items_status(struct stub_changes *c, unsigned number)
{
	struct stub_item *item = stub_items_at(c, number);

	c->disorder = c->disorder || number != c->statuses;
	c->statuses++;
	if (item)
		item->answered++;
}

static void prefetched(struct stub_link *link, const struct index_body *idx)
{
	struct stub_changes *c = link->exchange->changes;
	const struct stub_item *whole = stub_items_at(c, 0);

	if (whole && !index_body_same_address(&whole->from, idx))
		stub_finding_add(link, &ei_prefetch_other,
				 wmem_strdup_printf(wmem_file_scope(),
						    "%s has another address than the one that was "
						    "asked for (wire profile 32.1)",
						    text_of(idx)));
	else if (c->has_last && memcmp(c->last, idx->spi, INDEX_SPI_SIZE) >= 0)
		stub_finding_add(link, &ei_prefetch_order,
				 wmem_strdup_printf(wmem_file_scope(),
						    "%s does not come after the cursor or the stub "
						    "before, by SPI (wire profile 32.1, 32.2)",
						    text_of(idx)));
	c->has_last = true;
	memcpy(c->last, idx->spi, INDEX_SPI_SIZE);
}

void stub_items_served(struct stub_link *link, const struct stub_item *item,
		       const struct index_body *idx)
{
	if (!item)
		prefetched(link, idx);
	else if (item->from.address_size && !index_body_equal(&item->from, idx))
		stub_finding_add(
		    link, &ei_other,
		    wmem_strdup_printf(
			wmem_file_scope(),
			"the stub of %s, where %s was asked for (wire profile 30.13, 31.1)",
			text_of(idx), text_of(&item->from)));
}

void stub_items_end(struct stub_link *link)
{
	const struct stub_exchange *x = link->exchange;
	const struct stub_changes *c = x->changes;
	int twice = -1, never = -1;

	if (!x->whole || x->whole_message || x->prefetch)
		return;
	for (unsigned i = 0; i < wmem_array_get_count(c->items); i++) {
		const struct stub_item *item = stub_items_at(c, i);

		if (item->answered > 1 && twice < 0)
			twice = (int)i;
		if (!item->answered && never < 0)
			never = (int)i;
	}
	if (twice >= 0)
		stub_finding_add(
		    link, &ei_twice,
		    never < 0 ? wmem_strdup_printf(
				    wmem_file_scope(),
				    "item %d has more than one status (wire profile 31.1)", twice)
			      : wmem_strdup_printf(wmem_file_scope(),
						   "item %d has more than one status, and item %d "
						   "has none (wire profile 31.1)",
						   twice, never));
	else if (never < 0 && c->disorder)
		stub_finding_add(link, &ei_order,
				 "statuses are not in the order of the items (wire profile 31.1)");
}

static void see_salt(packet_info *pinfo, const uint8_t *sealed, unsigned n, struct stub_link *link)
{
	uint64_t hash = octets_hash(sealed + SEAL_SALT_AT, SEAL_SALT_SIZE);
	uint64_t body = octets_hash(sealed, n);
	struct salt *s = wmem_map_lookup(salts, &hash);

	if (!s) {
		s = wmem_new(wmem_file_scope(), struct salt);
		s->hash = hash;
		s->body = body;
		s->frame = pinfo->num;
		wmem_map_insert(salts, &s->hash, s);
	} else if (s->body != body) {
		stub_finding_add(
		    link, &ei_salt,
		    wmem_strdup_printf(wmem_file_scope(),
				       "sealed with the salt of another stub, in frame %u; each "
				       "sealing draws a new one (wire profile 35.2)",
				       s->frame));
	}
}

void stub_items_salts(packet_info *pinfo, tvbuff_t *tvb, struct stub_link *link)
{
	struct payload_walk w = payload_walk_tvb(tvb);

	while (payload_next(&w)) {
		struct payload_walk inner;

		if (w.type != PL_STUB)
			continue;
		inner = payload_walk_in(w.p, payload_body(&w), w.at);
		while (payload_next(&inner))
			if (inner.type == PL_SEALED && payload_body_length(&inner) >= SEAL_MIN_SIZE)
				see_salt(pinfo, inner.p + payload_body(&inner),
					 payload_body_length(&inner), link);
	}
}

static ei_register_info experts[] = {
	{ &ei_twice,
	  { "ikestub.status.twice", PI_PROTOCOL, PI_ERROR,
	    "an item has more than one status (wire profile 31.1)", EXPFILL } },
	{ &ei_order,
	  { "ikestub.status.order", PI_PROTOCOL, PI_ERROR,
	    "statuses are not in the order of the items (wire profile 31.1)", EXPFILL } },
	{ &ei_other,
	  { "ikestub.get.other", PI_PROTOCOL, PI_ERROR,
	    "another stub than the one that was asked for (wire profile 30.13, 31.1)", EXPFILL } },
	{ &ei_prefetch_form,
	  { "ikestub.prefetch.form", PI_PROTOCOL, PI_ERROR,
	    "a prefetch has at most one cursor, which is an index of the same address (wire "
	    "profile 52.1)",
	    EXPFILL } },
	{ &ei_prefetch_other,
	  { "ikestub.prefetch.other", PI_PROTOCOL, PI_ERROR,
	    "a prefetched stub of another address (wire profile 32.1)", EXPFILL } },
	{ &ei_prefetch_order,
	  { "ikestub.prefetch.order", PI_PROTOCOL, PI_ERROR,
	    "prefetched stubs are not in the order of their SPIs (wire profile 32.1, 32.2)",
	    EXPFILL } },
	{ &ei_salt,
	  { "ikestub.sealed.salt", PI_SECURITY, PI_ERROR,
	    "sealed with the salt of another stub (wire profile 35.2)", EXPFILL } },
};

static unsigned bucket(gconstpointer p)
{
	return wmem_strong_hash(p, sizeof(uint64_t));
}

void stub_items_register(int proto)
{
	expert_register_field_array(expert_register_protocol(proto), experts,
				    array_length(experts));
	salts = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), bucket, g_int64_equal);
}
