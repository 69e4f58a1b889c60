/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 30 as pure functions: put, update, delete and get. */
#include "rules.h"

bool rules_may_read(const struct record *r, const char *pool, bool owner)
{
	/* An empty pool is no pool: two gateways without one have nothing in common. */
	return span_equal(r->pool, span_text(pool)) && (r->pool.n > 0 || owner);
}

/* Rule 43 and section 6.3 of the profile. */
enum state { NONE, LIVE, EXPIRED, TOMBSTONE };

/* A damaged record counts as a tombstone: what it was is unknown, and nothing may be revived by
 * damage. */
static enum state state_of(const struct rules_view *v, uint64_t now)
{
	const struct record *r = &v->record;

	if (!v->known)
		return NONE;
	if (v->damaged)
		return TOMBSTONE;
	if (r->state == RECORD_LIVE && r->expiry > now)
		return LIVE;
	if (record_gone_at(r) <= now)
		return NONE;
	return r->state == RECORD_LIVE ? EXPIRED : TOMBSTONE;
}

static void answer(struct store_op *op, enum iana_stub_status status, const char *why)
{
	op->status = (uint8_t)status;
	op->why = why;
}

static void change(struct rules_change *out, const struct index *ix, const struct record *r)
{
	out->at[out->n].index = *ix;
	out->at[out->n].record = *r;
	out->n++;
}

/* Nothing is ever taken off the storage by an operation: what was, is remembered until it is over. */
static void leave_tombstone(struct rules_change *out, const struct index *ix,
			    const struct record *r)
{
	change(out, ix, r);
}

static struct record fresh(const struct store_op *op)
{
	struct record r = {
		.state = RECORD_LIVE,
		.expiry = op->expiry,
		.pool = span_text(op->pool),
		.container = op->container,
	};

	memcpy(r.digest, op->digest, sizeof(r.digest));
	return r;
}

static bool same_digest(const struct record *r, const struct store_op *op)
{
	return memcmp(r->digest, op->digest, sizeof(r->digest)) == 0;
}

static void put(struct store_op *op, const struct rules_view *view, bool full, uint64_t now,
		struct rules_change *out)
{
	struct record r = fresh(op);
	enum state state = state_of(view, now);

	if (!op->owns_old) {
		answer(op, STUB_NOT_AUTHORISED,
		       "the certificate does not name the index's address (rule 34)");
		return;
	}
	if (state == LIVE) {
		if (same_digest(&view->record, op))
			answer(op, STUB_OK, NULL);
		else
			answer(op, STUB_EXISTS,
			       "another stub has this index: choose a new SPI (rule 30)");
		return;
	}
	if (state != NONE) {
		answer(op, STUB_CONFLICT,
		       state == EXPIRED ? "this stub has expired, but not its seal (rule 43)"
					: "this stub was deleted or has moved (rule 30)");
		return;
	}
	if (full) {
		answer(op, STUB_FULL, "max-stubs or max-tombstones is reached");
		return;
	}
	change(out, &op->index, &r);
	answer(op, STUB_OK, NULL);
}

static bool may_update(struct store_op *op, const struct rules_view *view, bool same_address)
{
	if (same_address && !op->owns_old) {
		answer(op, STUB_NOT_AUTHORISED,
		       "the certificate does not name the index's address (rule 34)");
		return false;
	}
	if (!same_address && !op->owns_new) {
		answer(op, STUB_NOT_AUTHORISED,
		       "the certificate does not name the new address (rule 34)");
		return false;
	}
	if (!same_address && !view->damaged &&
	    !rules_may_read(&view->record, op->pool, op->owns_old)) {
		answer(op, STUB_NOT_AUTHORISED, "the stub is another pool's (rule 34)");
		return false;
	}
	return true;
}

/* The update of an index that is a tombstone: only the very same one again is ok. */
static void update_again(struct store_op *op, const struct rules_view *view)
{
	const struct record *r = &view->record;

	if (!view->damaged && r->state == RECORD_MOVED && same_digest(r, op) &&
	    index_equal(&r->moved_to, &op->new_index)) {
		answer(op, STUB_OK, NULL);
	} else {
		answer(op, STUB_CONFLICT, "this stub was deleted or has moved (rule 30)");
	}
}

static void update(struct store_op *op, const struct rules_view *view,
		   const struct rules_view *target, uint64_t now, struct rules_change *out)
{
	bool same_index = index_equal(&op->index, &op->new_index);
	struct record r = fresh(op), old;
	enum state state = state_of(view, now), there = same_index ? NONE : state_of(target, now);

	if (state == NONE) { /* to all alike (rule 51) */
		answer(op, STUB_NOT_FOUND, NULL);
		return;
	}
	if (!may_update(op, view, address_equal(&op->index.address, &op->new_index.address)))
		return;
	if (state == TOMBSTONE) {
		update_again(op, view);
		return;
	}
	if (state == EXPIRED) {
		answer(op, STUB_EXPIRED, NULL);
		return;
	}
	if (there == LIVE) {
		answer(op, STUB_EXISTS, "another stub has the new index (rule 30)");
		return;
	}
	if (there != NONE) {
		answer(op, STUB_CONFLICT,
		       "the new index was deleted, has moved or expired (rule 30)");
		return;
	}
	answer(op, STUB_OK, NULL);
	change(out, &op->new_index, &r);
	if (same_index)
		return;
	/* Rule 30 wants a tombstone after a move; after a rekey it also keeps a replayed init from
	 * bringing the old key back. */
	old = (struct record){ .state = RECORD_MOVED,
			       .expiry = record_gone_at(&view->record),
			       .pool = view->record.pool,
			       .moved_to = op->new_index };
	memcpy(old.digest, op->digest, sizeof(old.digest));
	leave_tombstone(out, &op->index, &old);
}

static void delete (struct store_op *op, const struct rules_view *view, uint64_t now,
		    struct rules_change *out)
{
	enum state state = state_of(view, now);
	struct record r;

	if (state == NONE) {
		answer(op, STUB_NOT_FOUND, NULL);
		return;
	}
	if (!op->owns_old && (view->damaged || !rules_may_read(&view->record, op->pool, false))) {
		answer(op, STUB_NOT_AUTHORISED, "neither the owner nor of its pool (rule 34)");
		return;
	}
	if (state == TOMBSTONE) {
		answer(op, STUB_NOT_FOUND, NULL);
		return;
	}
	answer(op, STUB_OK, NULL);
	r = (struct record){ .state = RECORD_DELETED,
			     .expiry = record_gone_at(&view->record),
			     .pool = view->record.pool };
	leave_tombstone(out, &op->index, &r);
}

bool rules_get(struct store_op *op, const struct rules_view *view, uint64_t now)
{
	enum state state = state_of(view, now);

	answer(op, STUB_NOT_FOUND, NULL);
	if (state == NONE || view->damaged)
		return false;
	if (!rules_may_read(&view->record, op->pool, op->owns_old))
		answer(op, STUB_NOT_AUTHORISED, "the stub is another pool's (rule 34)");
	else if (state == EXPIRED)
		answer(op, STUB_EXPIRED, NULL);
	else if (state == LIVE)
		answer(op, STUB_OK, NULL);
	return op->status == STUB_OK;
}

void rules_apply(struct store_op *op, const struct rules_view *view,
		 const struct rules_view *target, bool full, uint64_t now, struct rules_change *out)
{
	out->n = 0;
	switch (op->kind) {
	case STORE_PUT:
		put(op, view, full, now, out);
		break;
	case STORE_UPDATE:
		update(op, view, target, now, out);
		break;
	case STORE_DELETE:
		delete (op, view, now, out);
		break;
	case STORE_GET:
		(void)rules_get(op, view, now);
		break;
	case STORE_BARRIER:
		answer(op, STUB_OK, NULL);
		break;
	}
}
