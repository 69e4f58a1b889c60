/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All transactions of a commit go through the same phases together, so that one WAIT a server does for all that it was sent in
 * one. What lies in one slot needs one phase. A move between two takes its new place by an envelope, is decided in the
 * slot of its old one, and opens the envelope (redis_envelope.h); when the first two are where they must be, it is acknowledged.
 */
#include "redis_commit.h"

#include <openssl/rand.h>
#include <stdlib.h>

#include "redis_envelope.h"
#include "redis_quorum.h"
#include "redis_script.h"
#include "redis_settle.h"
#include "redis_trouble.h"

enum phase { RESERVE, SWAP, OPEN, OVER };

/* A move between slots, as far as it has come. */
struct between {
	struct redis_envelope envelope;
	struct redis_decision decision;
	GByteArray *octets; /* of the envelope */
	bool reserved, decided, opened;
};

struct one {
	struct commit *commit;
	struct engine_transaction *t;
	struct redis_key key[2];
	struct redis_link *link; /* where this phase's write went; NULL: nowhere */
	bool failed;             /* its result is known */
	struct between *between; /* NULL: in one slot */
};

struct commit {
	struct redis *redis;
	engine_done_fn *done;
	void *user;
	enum phase phase;
	size_t n, left;
	struct one one[];
};

static void step(struct commit *c);

static void fail(struct one *o, enum engine_result result)
{
	o->t->result = result;
	o->failed = true;
}

/* ---- replies ---- */

static void on_late_quorum(bool enough, void *user)
{
	struct one *o = user;

	if (!enough && !o->failed && o->commit->phase != OPEN)
		fail(o, ENGINE_BUSY);
	if (!enough && o->between)
		o->between->opened = false;
	step(o->commit);
}

static void on_settled(enum redis_settled how, struct span is, void *user)
{
	(void)is;
	(void)how; /* CHANGED it is in any case: what is read next will tell */
	step(user);
}

/* An envelope was in the way of change `i`. */
static void settle(struct one *o, unsigned i)
{
	redis_settle(o->commit->redis, &o->t->at[i].key, on_settled, o->commit);
}

/* What a script said, and over which connection. true: it did what it should. */
static bool went(struct one *o, const struct redis_reply *reply, struct redis_link *by)
{
	if (by != o->link && reply && reply->kind == REDIS_INTEGER && reply->integer == 1) {
		/* sent on: the WAIT of this phase was another server's */
		o->link = by;
		o->commit->left++;
		redis_quorum(o->commit->redis, by, on_late_quorum, o);
	}
	return reply && reply->kind == REDIS_INTEGER && reply->integer == 1;
}

static void on_reserved(struct redis_reply *reply, struct redis_link *by, void *user)
{
	struct one *o = user;
	bool envelope = reply && reply->kind == REDIS_INTEGER && reply->integer == 10;

	o->between->reserved = went(o, reply, by);
	if (!o->between->reserved)
		fail(o, reply && reply->kind == REDIS_INTEGER
			    ? ENGINE_CHANGED
			    : redis_trouble(reply, o->commit->redis->name));
	redis_reply_free(reply);
	if (envelope)
		settle(o, 1);
	else
		step(o->commit);
}

static void on_swapped(struct redis_reply *reply, struct redis_link *by, void *user)
{
	struct one *o = user;
	unsigned envelope = reply && reply->kind == REDIS_INTEGER && reply->integer >= 10 &&
				    reply->integer < 10 + (int64_t)o->t->n
				? (unsigned)reply->integer - 9
				: 0;

	if (went(o, reply, by)) {
		if (o->between)
			o->between->decided = true;
	} else if (reply && reply->kind == REDIS_INTEGER) {
		fail(o, ENGINE_CHANGED);
	} else {
		fail(o, redis_trouble(reply, o->commit->redis->name));
		if (o->between) /* nobody knows how it was decided: whoever meets it asks */
			o->between->reserved = false;
	}
	redis_reply_free(reply);
	if (envelope)
		settle(o, envelope - 1);
	else
		step(o->commit);
}

/* The outcome is decided: this only saves somebody else the work. */
static void on_opened(struct redis_reply *reply, struct redis_link *by, void *user)
{
	struct one *o = user;

	o->between->opened = o->between->decided && went(o, reply, by);
	redis_reply_free(reply);
	step(o->commit);
}

/* ---- phases ---- */

static void send_write(struct one *o, unsigned slot, const struct span *words, unsigned n,
		       redis_routed_fn *done)
{
	struct redis *r = o->commit->redis;

	o->commit->left++;
	o->link = redis_nodes_link(r->nodes, slot, REDIS_WRITES);
	redis_nodes_send(r->nodes, slot, REDIS_WRITES, words, n, done, o);
}

static struct span expected(const struct engine_change *c)
{
	return c->expect_none ? SPAN_NONE : c->expected;
}

/* Make `to` of `from` in the place of change `i`; of an empty `to`: nothing. */
static void swap_place(struct one *o, unsigned i, struct span from, struct span to,
		       redis_routed_fn *done)
{
	const struct redis_key *k = &o->key[i];
	enum redis_script script = to.n ? REDIS_SWAP : REDIS_DROP;

	send_write(o, k->slot,
		   (struct span[]){ span_text("EVALSHA"), span_text(redis_script_sha(script)),
				    span_text("2"), span_of(k->record, k->record_n),
				    span_of(k->index, k->index_n), redis_key_member(k), from, to },
		   to.n ? 8 : 7, done);
}

/* All changes in their one slot. */
static void swap_slot(struct one *o)
{
	struct span words[3 + 2 * 2 + 2 * 3];
	unsigned n = 3;

	words[0] = span_text("EVALSHA");
	words[1] = span_text(redis_script_sha(REDIS_SWAP));
	words[2] = span_text(o->t->n == 1 ? "2" : "4");
	for (unsigned i = 0; i < o->t->n; i++) {
		words[n++] = span_of(o->key[i].record, o->key[i].record_n);
		words[n++] = span_of(o->key[i].index, o->key[i].index_n);
	}
	for (unsigned i = 0; i < o->t->n; i++) {
		words[n++] = redis_key_member(&o->key[i]);
		words[n++] = expected(&o->t->at[i]);
		words[n++] = o->t->at[i].value;
	}
	send_write(o, o->key[0].slot, words, n, on_swapped);
}

static void decide(struct one *o)
{
	const struct redis_key *k = &o->key[0];
	const struct redis_decision *d = &o->between->decision;

	send_write(o, k->slot,
		   (struct span[]){ span_text("EVALSHA"), span_text(redis_script_sha(REDIS_DECIDE)),
				    span_text("3"), span_of(k->record, k->record_n),
				    span_of(k->index, k->index_n), span_of(d->text, d->n),
				    redis_key_member(k), expected(&o->t->at[0]),
				    o->t->at[0].value },
		   9, on_swapped);
}

static void open_or_cancel(struct one *o)
{
	struct between *b = o->between;
	struct span octets = span_of(b->octets->data, b->octets->len);

	if (b->decided)
		swap_place(o, 1, octets, o->t->at[1].value, on_opened);
	else if (b->reserved)
		swap_place(o, 1, octets, expected(&o->t->at[1]), on_opened);
}

static void send_one(struct one *o)
{
	struct between *b = o->between;

	switch (o->commit->phase) {
	case RESERVE:
		if (b && !o->failed)
			swap_place(o, 1, expected(&o->t->at[1]),
				   span_of(b->octets->data, b->octets->len), on_reserved);
		break;
	case SWAP:
		if (o->failed)
			break;
		if (b)
			decide(o);
		else
			swap_slot(o);
		break;
	default:
		if (b)
			open_or_cancel(o);
		break;
	}
}

/* ---- one WAIT a server ---- */

struct round {
	struct commit *commit;
	struct redis_link *link;
};

static void on_quorum(bool enough, void *user)
{
	struct round *w = user;
	struct commit *c = w->commit;

	for (size_t i = 0; !enough && i < c->n; i++) {
		struct one *o = &c->one[i];

		if (o->link != w->link)
			continue;
		if (!o->failed && c->phase != OPEN)
			fail(o, ENGINE_BUSY); /* written, but not where it must be, too */
		if (o->between)
			o->between->opened = false;
	}
	g_free(w);
	step(c);
}

static void ask_quorums(struct commit *c)
{
	GPtrArray *links = g_ptr_array_new();

	for (size_t i = 0; i < c->n; i++) {
		if (c->one[i].link && !g_ptr_array_find(links, c->one[i].link, NULL))
			g_ptr_array_add(links, c->one[i].link);
	}
	for (guint i = 0; i < links->len; i++) {
		struct round *w = g_new0(struct round, 1);

		*w = (struct round){ c, g_ptr_array_index(links, i) };
		c->left++;
		redis_quorum(c->redis, w->link, on_quorum, w);
	}
	g_ptr_array_unref(links);
}

/* ---- the whole ---- */

static void finish(struct commit *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct between *b = c->one[i].between;

		if (!b)
			continue;
		if (b->opened)
			redis_nodes_send(
			    c->redis->nodes, b->decision.slot, REDIS_WRITES,
			    (struct span[]){ span_text("DEL"),
					     span_of(b->decision.text, b->decision.n) },
			    2, redis_nodes_ignore, NULL);
		g_byte_array_unref(b->octets);
		g_free(b);
	}
	c->redis->calls--;
	c->done(c->user);
	g_free(c);
}

static void begin_phase(struct commit *c)
{
	c->left = 1; /* ours, so that it does not end under the loop */
	for (size_t i = 0; i < c->n; i++) {
		c->one[i].link = NULL;
		send_one(&c->one[i]);
	}
	if (c->redis->settings.replicas)
		ask_quorums(c);
	step(c);
}

static void step(struct commit *c)
{
	bool between = false;

	if (--c->left > 0)
		return;
	for (size_t i = 0; i < c->n; i++)
		between = between || c->one[i].between;
	c->phase = c->phase == SWAP && !between ? OVER : c->phase + 1;
	if (c->phase == OVER)
		finish(c);
	else
		begin_phase(c);
}

/* false: the system has no randomness. */
static bool prepare_between(struct redis *r, struct one *o)
{
	struct between *b = g_new0(struct between, 1);

	o->between = b;
	b->envelope = (struct redis_envelope){ .old = o->t->at[0].key,
					       .before = expected(&o->t->at[1]),
					       .after = o->t->at[1].value };
	if (RAND_bytes(b->envelope.id, sizeof(b->envelope.id)) != 1)
		abort(); /* nothing sensible is left */
	b->octets = redis_envelope_write(&b->envelope);
	return redis_envelope_decision(r->settings.prefix, &b->envelope, &b->decision);
}

static void prepare(struct redis *r, struct one *o)
{
	bool ok = true;

	o->t->result = ENGINE_OK;
	for (unsigned i = 0; ok && i < o->t->n; i++)
		ok = redis_key_of(r->settings.prefix, &o->t->at[i].key, &o->key[i]);
	if (ok && r->settings.cluster && o->t->n == 2 && o->key[0].slot != o->key[1].slot)
		ok = prepare_between(r, o);
	if (!ok)
		fail(o, ENGINE_FAILED);
}

void redis_commit(struct redis *r, struct engine_transaction *t, size_t n, engine_done_fn *done,
		  void *user)
{
	struct commit *c = g_malloc0(sizeof(*c) + n * sizeof(c->one[0]));
	bool between = false;

	c->redis = r;
	c->done = done;
	c->user = user;
	c->n = n;
	r->calls++;
	for (size_t i = 0; i < n; i++) {
		c->one[i] = (struct one){ .commit = c, .t = &t[i] };
		prepare(r, &c->one[i]);
		between = between || c->one[i].between;
	}
	c->phase = between ? RESERVE : SWAP;
	begin_phase(c);
}
