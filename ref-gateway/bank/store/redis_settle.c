/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step by step: what is in the way, how was it decided (against it, where it was not), what follows from that. A decision must be on
 * the replicas before anything follows from it, and it goes only when nothing hangs on it any more.
 */
#include "redis_settle.h"

#include "redis_envelope.h"
#include "redis_quorum.h"
#include "redis_script.h"
#include "redis_trouble.h"

struct settling {
	struct redis *redis;
	struct redis_key key;
	struct redis_reply *found; /* bears the envelope */
	struct redis_envelope envelope;
	struct redis_decision decision;
	struct redis_link *by;
	bool decided; /* the move has happened */
	redis_settled_fn *done;
	void *user;
};

static struct span outcome(const struct settling *s)
{
	return s->decided ? s->envelope.after : s->envelope.before;
}

static void end(struct settling *s, enum redis_settled how)
{
	s->redis->calls--;
	s->done(how, how == REDIS_UNSETTLED ? outcome(s) : SPAN_NONE, s->user);
	redis_reply_free(s->found);
	g_free(s);
}

/* The decision has done its work. */
static void on_opened_everywhere(bool enough, void *user)
{
	struct settling *s = user;

	if (enough && s->decided)
		redis_nodes_send(
		    s->redis->nodes, s->decision.slot, REDIS_WRITES,
		    (struct span[]){ span_text("DEL"), span_of(s->decision.text, s->decision.n) },
		    2, redis_nodes_ignore, NULL);
	end(s, REDIS_SETTLED);
}

static void on_opened(struct redis_reply *r, struct redis_link *by, void *user)
{
	struct settling *s = user;
	bool ok = r && r->kind == REDIS_INTEGER;

	if (!ok)
		(void)redis_trouble(r, s->redis->name);
	if (ok && r->integer == 1)
		redis_quorum(s->redis, by, on_opened_everywhere, s);
	else /* somebody else has opened it */
		end(s, ok ? REDIS_SETTLED : REDIS_UNKNOWN);
	redis_reply_free(r);
}

static void open_it(struct settling *s)
{
	struct span becomes = outcome(s);
	enum redis_script script = becomes.n ? REDIS_SWAP : REDIS_DROP;

	redis_nodes_send(s->redis->nodes, s->key.slot, REDIS_WRITES,
			 (struct span[]){ span_text("EVALSHA"), span_text(redis_script_sha(script)),
					  span_text("2"), span_of(s->key.record, s->key.record_n),
					  span_of(s->key.index, s->key.index_n),
					  redis_key_member(&s->key), s->found->text, becomes },
			 becomes.n ? 8 : 7, on_opened, s);
}

static void on_decided_everywhere(bool enough, void *user)
{
	struct settling *s = user;

	if (enough)
		open_it(s);
	else
		end(s, REDIS_UNSETTLED);
}

static void on_decision(struct redis_reply *r, struct redis_link *by, void *user)
{
	struct settling *s = user;
	bool for_it = redis_reply_begins(r, "c"),
	     ok = r && r->kind == REDIS_STRING && (for_it || redis_reply_begins(r, "a"));

	if (!ok)
		(void)redis_trouble(r, s->redis->name);
	redis_reply_free(r);
	s->decided = for_it;
	if (ok && redis_quorum_hopeless(s->redis))
		end(s, REDIS_UNSETTLED);
	else if (ok)
		redis_quorum(s->redis, by, on_decided_everywhere, s);
	else
		end(s, REDIS_UNKNOWN);
}

static void on_found(struct redis_reply *r, struct redis_link *by, void *user)
{
	struct settling *s = user;

	(void)by;
	s->found = r;
	if (!r || (r->kind != REDIS_STRING && r->kind != REDIS_NIL)) {
		(void)redis_trouble(r, s->redis->name);
		end(s, REDIS_UNKNOWN);
	} else if (r->kind == REDIS_NIL || !redis_envelope_is(r->text)) {
		end(s, REDIS_SETTLED);
	} else if (!redis_envelope_parse(r->text, &s->envelope) ||
		   !redis_envelope_decision(s->redis->settings.prefix, &s->envelope,
					    &s->decision)) {
		end(s, REDIS_UNKNOWN);
	} else {
		redis_nodes_send(
		    s->redis->nodes, s->decision.slot, REDIS_WRITES,
		    (struct span[]){ span_text("EVALSHA"), span_text(redis_script_sha(REDIS_ABORT)),
				     span_text("1"), span_of(s->decision.text, s->decision.n) },
		    4, on_decision, s);
	}
}

void redis_settle(struct redis *r, const struct record_key *key, redis_settled_fn *done, void *user)
{
	struct settling *s = g_new0(struct settling, 1);

	s->redis = r;
	s->done = done;
	s->user = user;
	r->calls++;
	if (!redis_key_of(r->settings.prefix, key, &s->key)) {
		end(s, REDIS_UNKNOWN);
		return;
	}
	redis_nodes_send(
	    r->nodes, s->key.slot, REDIS_WRITES,
	    (struct span[]){ span_text("GET"), span_of(s->key.record, s->key.record_n) }, 2,
	    on_found, s);
}
