/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two winners of one stub, and stubs that come back from the dead (rules 13 and 30). */
#include "stub/ikestub_winners.h"
#include "stub/ikestub_fields.h"

#include "base/payload_walk.h"
#include "base/sealed.h"

#define SKEW 30 /* seconds, rule 30 */

/* One item of a request. */
struct item {
	struct index_body from; /* update: the old index; delete: the index */
	struct index_body to;   /* init and update: index of the stub */
	uint64_t expiry;        /* of that stub, outside the seal; 0: not known */
};

struct stub_changes {
	wmem_array_t *items;
};

/* An index that a bank has changed. */
struct spent {
	struct index_body idx, to; /* `to`: address_size 0 when it was deleted */
	uint32_t frame;
	uint64_t expiry; /* 0: not known */
};

static wmem_map_t *tombs;  /* struct index_body -> struct spent */
static wmem_map_t *stored; /* struct index_body -> struct spent, of which only expiry is used */

void stub_winners_register(void)
{
	tombs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
				       index_body_equal);
	stored = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
					index_body_equal);
}

static void read_stub(tvbuff_t *tvb, const struct payload_walk *w, struct item *out)
{
	struct payload_walk inner = payload_walk_in(w->p, payload_body(w), w->at);

	while (payload_next(&inner)) {
		unsigned body = payload_body(&inner), n = payload_body_length(&inner);

		if (inner.type == PL_INDEX && !out->to.address_size)
			index_body_read(tvb, body, n, &out->to);
		else if (inner.type == PL_SEALED && n >= SEAL_EXPIRY_AT + SEAL_EXPIRY_SIZE)
			out->expiry = tvb_get_ntoh64(tvb, (int)body + SEAL_EXPIRY_AT);
	}
}

/* Items are counted as statuses name them: an update's are pairs. */
static struct stub_changes *read_request(tvbuff_t *tvb, uint8_t type)
{
	struct payload_walk w = payload_walk_tvb(tvb);
	struct stub_changes *c = wmem_new(wmem_file_scope(), struct stub_changes);
	struct item item = { .expiry = 0 };

	c->items = wmem_array_new(wmem_file_scope(), sizeof(struct item));
	while (payload_next(&w)) {
		bool whole = false;

		if (w.type == PL_INDEX && type != STUB_INIT) {
			index_body_read(tvb, payload_body(&w), payload_body_length(&w), &item.from);
			whole = type == STUB_DELETE;
		} else if (w.type == PL_STUB && type != STUB_DELETE) {
			read_stub(tvb, &w, &item);
			whole = true;
		}
		if (whole) {
			wmem_array_append_one(c->items, item);
			memset(&item, 0, sizeof(item));
		}
	}
	return c;
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

static void bury(const packet_info *pinfo, const struct item *i)
{
	const struct spent *s = wmem_map_lookup(stored, &i->from);
	struct spent *t = wmem_new0(wmem_file_scope(), struct spent);

	t->idx = i->from;
	t->to = i->to;
	t->frame = pinfo->num;
	t->expiry = s ? s->expiry : i->expiry;
	wmem_map_insert(tombs, &t->idx, t);
}

static void keep(const packet_info *pinfo, const struct item *i)
{
	struct spent *s = wmem_new0(wmem_file_scope(), struct spent);

	s->idx = i->to;
	s->frame = pinfo->num;
	s->expiry = i->expiry;
	wmem_map_insert(stored, &s->idx, s);
}

static void grant(const packet_info *pinfo, uint8_t type, const struct item *i,
		  struct stub_link *link)
{
	const struct index_body *old = type == STUB_INIT ? &i->to : &i->from;
	const struct spent *t;

	if (!old->address_size || (type == STUB_UPDATE && !i->to.address_size))
		return;
	t = wmem_map_lookup(tombs, old);
	if (!stands(pinfo, t)) {
		if (type != STUB_INIT && !(type == STUB_UPDATE && index_body_equal(old, &i->to)))
			bury(pinfo, i);
	} else if (type == STUB_INIT ||
		   /*
		    * A retry sends the very same octets, and a delete of what is gone is nothing.
		    */
		   (type == STUB_UPDATE && !index_body_equal(&t->to, &i->to))) {
		contradict(link, type, t, &i->to);
	}
	if (type != STUB_DELETE && !wmem_map_lookup(stored, &i->to))
		keep(pinfo, i);
}

static void judge_reply(packet_info *pinfo, tvbuff_t *tvb, struct stub_link *link)
{
	struct stub_exchange *x = link->exchange;
	struct payload_walk w = payload_walk_tvb(tvb);

	while (payload_next(&w)) {
		const uint8_t *body = w.p + payload_body(&w);
		unsigned number;

		if (w.type != PL_STATUS || payload_body_length(&w) < 4 || body[0] != STATUS_OK)
			continue;
		number = get16(body + 2);
		if (number < wmem_array_get_count(x->changes->items))
			grant(pinfo, x->type, wmem_array_index(x->changes->items, number), link);
	}
	if (!x->done)
		return;
	wmem_destroy_array(x->changes->items);
	wmem_free(wmem_file_scope(), x->changes);
	x->changes = NULL;
}

void stub_winners_add(packet_info *pinfo, tvbuff_t *tvb, const struct stub_summary *s,
		      struct stub_link *link)
{
	struct stub_exchange *x = link ? link->exchange : NULL;

	/* A pushed delete is a notice, not a change. */
	if (!x || s->transaction & STUB_TRANSACTION_PUSH)
		return;
	if (s->reply) {
		if (x->changes)
			judge_reply(pinfo, tvb, link);
	} else if (s->type == STUB_INIT || s->type == STUB_UPDATE || s->type == STUB_DELETE) {
		x->changes = read_request(tvb, s->type);
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
			    "(rules 13 and 30)",
			    old, index_body_text(pinfo->pool, &x->before), x->frame, now);
		else
			expert_add_info_format(
			    pinfo, tree, &ei_stub_tombstone,
			    "ok to an %s of %s, which was %s in frame %u and is a tombstone (rule "
			    "30)",
			    x->type == STUB_INIT ? "init" : "update", old,
			    x->moved ? "moved" : "deleted", x->frame);
	}
}
