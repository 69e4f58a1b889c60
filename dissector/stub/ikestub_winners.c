/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two winners of one stub, and stubs that come back from the dead (wire profile 13.12, 30.5). */
#include "stub/ikestub_winners.h"
#include "stub/ikestub_fields.h"

#include "base/payload_walk.h"
#include "stub/ikestub_items.h"

#define SKEW 30 /* seconds, rule 30 */

/* An index that a bank has changed. */
struct spent {
	struct index_body idx, to; /* `to`: address_size 0 when it was deleted */
	uint32_t frame;
	uint64_t expiry;        /* 0: not known */
	uint64_t hash;          /* of the stub, lifetime aside; 0: not known */
	struct index_body bank; /* where that was said */
};

static expert_field ei_dead_served = EI_INIT, ei_replaced = EI_INIT, ei_over_stored = EI_INIT,
		    ei_renewed = EI_INIT;

static ei_register_info experts[] = {
	{ &ei_dead_served,
	  { "ikestub.get.dead", PI_PROTOCOL, PI_ERROR,
	    "a stub that was moved or deleted is served (wire profile 30.8)", EXPFILL } },
	{ &ei_replaced,
	  { "ikestub.init.replaced", PI_PROTOCOL, PI_ERROR,
	    "ok to an init or update over another stub (wire profile 30.3, 30.7)", EXPFILL } },
	{ &ei_over_stored,
	  { "ikestub.stored.over", PI_PROTOCOL, PI_ERROR,
	    "ok to a stub whose lifetime is over (wire profile 38.4)", EXPFILL } },
	{ &ei_renewed,
	  { "ikestub.move.renewed", PI_PROTOCOL, PI_ERROR,
	    "a move does not renew the expiry (wire profile 40.1)", EXPFILL } },
};

static wmem_map_t *tombs;  /* struct index_body -> struct spent */
static wmem_map_t *stored; /* struct index_body -> struct spent: what is under an index */

void stub_winners_register(int proto)
{
	tombs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
				       index_body_equal);
	stored = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
					index_body_equal);
	expert_register_field_array(expert_register_protocol(proto), experts,
				    array_length(experts));
}

static struct index_body bank_at(const address *from)
{
	static const uint8_t no_spi[INDEX_SPI_SIZE];

	return index_body_at(no_spi, from);
}

static void contradict(struct stub_link *link, uint8_t type, const struct spent *t,
		       const struct index_body *now)
{
	struct stub_contradiction *x = wmem_new0(wmem_file_scope(), struct stub_contradiction);
	struct stub_contradiction **end = &link->contradictions;

	x->type = type;
	x->idx = t->idx;
	x->frame = t->frame;
	x->moved = t->to.address_size != 0;
	x->before = t->to;
	x->now = *now;
	while (*end)
		end = &(*end)->next;
	*end = x;
}

/* A tombstone stands until the stub's expiry and the clocks' skew are over. */
static bool stands(const packet_info *pinfo, const struct spent *t)
{
	uint64_t now = (uint64_t)pinfo->abs_ts.secs;

	return t && (!t->expiry || now < SKEW || t->expiry >= now - SKEW);
}

static void bury(const packet_info *pinfo, const struct stub_item *i)
{
	const struct spent *s = wmem_map_lookup(stored, &i->from);
	struct spent *t = wmem_new0(wmem_file_scope(), struct spent);

	t->idx = i->from;
	t->to = i->to;
	t->frame = pinfo->num;
	t->expiry = s ? s->expiry : i->expiry;
	t->bank = bank_at(&pinfo->src);
	wmem_map_insert(tombs, &t->idx, t);
}

static void keep(const packet_info *pinfo, const struct stub_item *i)
{
	struct spent *s = wmem_new0(wmem_file_scope(), struct spent);

	s->idx = i->to;
	s->frame = pinfo->num;
	s->expiry = i->expiry;
	s->hash = i->hash;
	s->bank = bank_at(&pinfo->src);
	wmem_map_insert(stored, &s->idx, s);
}

static bool same_bank(const packet_info *pinfo, const struct spent *s)
{
	struct index_body here = bank_at(&pinfo->src);

	return index_body_same_address(&here, &s->bank);
}

/* What is stored by this ok; `fresh`: it is no repetition of what was granted before. */
static void grant_stub(const packet_info *pinfo, uint8_t type, const struct stub_item *i,
		       struct stub_link *link, bool fresh)
{
	const struct spent *s = wmem_map_lookup(stored, &i->to);

	if (i->has_lifetime && !i->lifetime)
		stub_finding_add(
		    link, &ei_over_stored,
		    wmem_strdup_printf(wmem_file_scope(),
				       "ok to %s, whose lifetime is over: that is expired, and "
				       "stores nothing (wire profile 38.4)",
				       index_body_text(wmem_file_scope(), &i->to)));
	bool other = s && s->hash && s->hash != i->hash && s->expiry && stands(pinfo, s) &&
		     same_bank(pinfo, s);

	if (type == STUB_INIT && other)
		stub_finding_add(
		    link, &ei_replaced,
		    wmem_strdup_printf(wmem_file_scope(),
				       "ok to an init of %s, under which another stub was stored "
				       "in frame %u: that is exists (wire profile 30.3)",
				       index_body_text(wmem_file_scope(), &i->to), s->frame));
	if (type == STUB_UPDATE && fresh && other && !index_body_equal(&i->from, &i->to) &&
	    !stands(pinfo, wmem_map_lookup(tombs, &i->to)))
		stub_finding_add(
		    link, &ei_replaced,
		    wmem_strdup_printf(wmem_file_scope(),
				       "ok to an update to %s, under which another stub was stored "
				       "in frame %u: that is exists (wire profile 30.7)",
				       index_body_text(wmem_file_scope(), &i->to), s->frame));
	if (!s || type == STUB_UPDATE)
		keep(pinfo, i);
}

static void grant(const packet_info *pinfo, uint8_t type, const struct stub_item *i,
		  struct stub_link *link)
{
	const struct index_body *old = type == STUB_INIT ? &i->to : &i->from;
	const struct spent *t;
	bool fresh;

	if (!old->address_size || (type == STUB_UPDATE && !i->to.address_size))
		return;
	t = wmem_map_lookup(tombs, old);
	fresh = !stands(pinfo, t);
	if (fresh) {
		if (type != STUB_INIT && !(type == STUB_UPDATE && index_body_equal(old, &i->to)))
			bury(pinfo, i);
	} else if (/* Asked for before that, an ok may come late. */
		   (type == STUB_INIT && link->exchange->seen.frame > t->frame) ||
		   /*
		    * A retry sends the very same octets, and a delete of what is gone is nothing.
		    */
		   (type == STUB_UPDATE && !index_body_equal(&t->to, &i->to))) {
		contradict(link, type, t, &i->to);
		return;
	}
	if (type != STUB_DELETE)
		grant_stub(pinfo, type, i, link, fresh);
}

/* The reply to a get has a stub: is it one that may be there, and the one that was asked for? */
static void serve(packet_info *pinfo, tvbuff_t *tvb, const struct payload_walk *w,
		  const struct stub_item *asked, struct stub_link *link)
{
	struct stub_item got = { .expiry = 0 };
	const struct spent *t;

	stub_item_read(tvb, w, &got);
	if (!got.to.address_size)
		return;
	stub_items_served(link, asked, &got.to);
	t = wmem_map_lookup(tombs, &got.to);
	/* Two connections are not one order: the get was sent when that was long said. */
	if (t && stands(pinfo, t) && same_bank(pinfo, t) && link->exchange->seen.frame > t->frame)
		stub_finding_add(link, &ei_dead_served,
				 wmem_strdup_printf(wmem_file_scope(),
						    "%s was %s in frame %u and is a tombstone: a "
						    "get of it is not-found (wire profile 30.8)",
						    index_body_text(wmem_file_scope(), &got.to),
						    t->to.address_size ? "moved" : "deleted",
						    t->frame));
	else if (asked)
		keep(pinfo, &got);
}

/* An own update may start a new lifetime, a move does not. */
static void judge_moves(struct stub_changes *c, struct stub_link *link)
{
	for (unsigned i = 0; i < wmem_array_get_count(c->items); i++) {
		const struct stub_item *item = stub_items_at(c, i);
		const struct spent *s = wmem_map_lookup(stored, &item->from);

		if (!item->to.address_size || !s || !s->expiry || item->expiry <= s->expiry ||
		    index_body_same_address(&item->from, &item->to))
			continue;
		stub_finding_add(link, &ei_renewed,
				 wmem_strdup_printf(wmem_file_scope(),
						    "the seal's expiry is %" PRIu64
						    " s later than that of frame %u: a move does "
						    "not renew it (wire profile 40.1)",
						    item->expiry - s->expiry, s->frame));
	}
}

static void judge_reply(packet_info *pinfo, tvbuff_t *tvb, struct stub_link *link)
{
	struct stub_exchange *x = link->exchange;
	struct payload_walk w = payload_walk_tvb(tvb);
	const struct stub_item *asked = NULL;

	while (payload_next(&w)) {
		const uint8_t *body = w.p + payload_body(&w);
		unsigned number;

		if (w.type == PL_STUB && x->type == STUB_GET && (asked || x->prefetch))
			serve(pinfo, tvb, &w, asked, link);
		asked = NULL;
		if (w.type != PL_STATUS || payload_body_length(&w) < 4)
			continue;
		number = get16(body + 2);
		if (number != STATUS_WHOLE_MESSAGE)
			stub_items_status(x->changes, number);
		if (body[0] != STATUS_OK || x->prefetch)
			continue;
		asked = stub_items_at(x->changes, number);
		if (asked && x->type != STUB_GET)
			grant(pinfo, x->type, asked, link);
	}
	if (!x->done)
		return;
	stub_items_end(link);
	wmem_destroy_array(x->changes->items);
	wmem_free(wmem_file_scope(), x->changes);
	x->changes = NULL;
}

void stub_winners_add(packet_info *pinfo, tvbuff_t *tvb, const struct stub_summary *s,
		      struct stub_link *link)
{
	struct stub_exchange *x = link ? link->exchange : NULL;

	/* A pushed delete is a notice, not a change. */
	if (link)
		stub_items_salts(pinfo, tvb, link);
	if (!x || s->transaction & STUB_TRANSACTION_PUSH)
		return;
	if (s->reply) {
		if (x->changes)
			judge_reply(pinfo, tvb, link);
	} else if (s->type == STUB_INIT || s->type == STUB_UPDATE || s->type == STUB_GET ||
		   s->type == STUB_DELETE) {
		x->changes = stub_items_read(tvb, s, link);
		if (s->type == STUB_UPDATE)
			judge_moves(x->changes, link);
	}
}

void stub_winners_show(packet_info *pinfo, proto_tree *tree, const struct stub_link *link)
{
	for (const struct stub_contradiction *x = link->contradictions; x; x = x->next) {
		const char *old = index_body_text(pinfo->pool, &x->idx);
		const char *now = index_body_text(pinfo->pool, &x->now);

		if (x->moved && x->type == STUB_UPDATE)
			expert_add_info_format(
			    pinfo, tree, &ei_stub_two_winners,
			    "%s has gone to %s in frame %u, and now to %s: two winners of one stub "
			    "(wire profile 13.12, 30.5)",
			    old, index_body_text(pinfo->pool, &x->before), x->frame, now);
		else
			expert_add_info_format(pinfo, tree, &ei_stub_tombstone,
					       "ok to an %s of %s, which was %s in frame %u and is "
					       "a tombstone (wire profile 30.8)",
					       x->type == STUB_INIT ? "init" : "update", old,
					       x->moved ? "moved" : "deleted", x->frame);
	}
}
