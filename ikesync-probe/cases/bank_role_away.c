/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B24: what a gateway did while its bank was away, and in which order the bank hears of it. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "client/delete.h"
#include "client/rekey.h"
#include "run/hook.h"

#define MORE 3
/* Longer than times are rounded by. */
#define QUEUED_S 3
#define SLACK_QUEUED_S 1

/* Where in the log: the first of `type` for `ix`; -1: not there. */
static int position(struct banked *b, uint8_t type, const struct index *ix, unsigned mark)
{
	const struct bank_asked *a;

	for (unsigned i = mark; (a = bank_role_entry(b->role, i)) != NULL; i++)
		if (a->type == type && a->has_index && index_equal(&a->index, ix))
			return (int)i;
	return -1;
}

/* One SA's whole life while nobody is there. false: stated. */
static bool live_unseen(struct banked *b, struct index *first, struct index *second)
{
	struct client *c = banked_login(b, NULL);
	bool ok;

	if (!c)
		return false;
	*first = banked_index(b, c);
	ok = rekey_ike(c);
	*second = banked_index(b, c);
	ok = ok && delete_ike(c);
	if (!ok)
		evidence_inconclusive(b->e, "rekey and Delete while the bank was away: %s", c->why);
	client_vanish(c);
	return ok;
}

static void check_order(struct banked *b, const struct index *first, const struct index *second,
			const struct index *later, unsigned mark)
{
	int init, update, delete, newer;

	banked_asked(b, "36.3", STUB_DELETE, second, mark, "what was queued arrives");
	banked_asked(b, "36.3", STUB_INIT, later, mark, "what came after the outage arrives");
	init = position(b, STUB_INIT, first, mark);
	update = position(b, STUB_UPDATE, first, mark);
	delete = position(b, STUB_DELETE, second, mark);
	newer = position(b, STUB_INIT, later, mark);
	evidence_clause(b->e, "36.3", init >= 0 && update > init && delete > update,
			"init, update and delete of one SA made while the bank was away",
			"all three, in that order", "at %d, %d and %d of what arrived", init,
			update, delete);
	evidence_clause(b->e, "36.3", newer > init, "the init made after the outage",
			"after the queued one", "at %d, the queued one at %d", newer, init);
}

/* A login whose stub can only be queued; the gateway ends before the client does. false: stated. */
static bool log_in_unseen(struct banked *b, struct index *ix)
{
	struct client *c = banked_login(b, NULL);

	if (!c)
		return false;
	*ix = banked_index(b, c);
	client_vanish(c);
	return true;
}

/* What lives in the queue when the gateway dies, starts, takes more, stops and starts again. */
static bool fill_and_restart(struct banked *b, struct index *first, struct index *second,
			     struct index later[static 3])
{
	const struct target *t = b->p->target;

	return log_in_unseen(b, &later[0]) && live_unseen(b, first, second) &&
	       hook_run(b->p, b->e, "banked-kill", t->banked_kill) && log_in_unseen(b, &later[1]) &&
	       hook_run(b->p, b->e, "banked-restart", t->banked_restart) &&
	       log_in_unseen(b, &later[2]) && hook_run(b->p, b->e, "banked-kill", t->banked_kill);
}

static void outlives_restarts(struct banked *b)
{
	static const char *const when[] = { "before the gateway died", "after it died",
					    "after it was stopped and started" };
	const unsigned mark = bank_role_mark(b->role);
	struct index first, second, later[3];
	bool done;

	if (!b->p->target->banked_kill || !b->p->target->banked_restart) {
		evidence_note(b->e, "no [hooks] banked-kill and banked-restart: whether the queue "
				    "outlives the gateway is not asked");
		return;
	}
	evidence_note(b->e, "the bank goes away again, and the gateway dies");
	bank_role_show(b->role, BANK_FACE_ABSENT);
	done = fill_and_restart(b, &first, &second, later);
	evidence_note(b->e, "the bank is there again");
	bank_role_show(b->role, BANK_FACE_RIGHT);
	if (!done || !banked_connected(b))
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(later); i++) {
		char what[120];

		g_snprintf(what, sizeof(what), "the init of a login %s arrives", when[i]);
		banked_asked(b, "36.3", STUB_INIT, &later[i], mark, what);
	}
	check_order(b, &first, &second, &later[2], mark);
}

/* 205 and the seal's expiry of an init, as its head says them. false: it cannot be read. */
static bool times_of(const struct bank_asked *a, uint64_t *lifetime, uint64_t *expiry)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB };
	struct stub_container c;
	struct fault fault;
	size_t n;
	const void *octets = a->container ? g_bytes_get_data(a->container, &n) : NULL;

	if (!octets)
		return false;
	p.body = span_of(octets, n);
	if (stub_container_parse(&p, &c, &fault) != ERR_OK || !c.is_sealed)
		return false;
	*lifetime = c.lifetime;
	*expiry = c.sealed.expiry;
	return true;
}

/* What waited in the queue has lost that time: its 205 against its expiry, when it arrived by the gateway's clock,
 * which a stub made later shows. */
static void check_age(struct banked *b, const struct bank_asked *queued,
		      const struct bank_asked *now)
{
	uint64_t lifetime, expiry, whole, later, clock, left;

	if (!times_of(queued, &lifetime, &expiry) || !times_of(now, &whole, &later) ||
	    later < expiry + QUEUED_S)
		return;
	clock = later - whole - (now->at_ms - queued->at_ms) / 1000;
	left = expiry > clock ? expiry - clock : 0;
	evidence_clause(b->e, "35.7", lifetime <= left + SLACK_QUEUED_S,
			"lifetime (205) of a stub that waited in the queue",
			"what is left of it when it is sent",
			"%" PRIu64 " s; until its expiry it had %" PRIu64 " s", lifetime, left);
}

/* Sessions that begin while nobody is there, and last. */
static void more_sessions(struct banked *b, struct client **more)
{
	for (unsigned i = 0; i < MORE; i++)
		more[i] = banked_login(b, NULL);
}

static void check_more(struct banked *b, struct client *const *more, const struct client *later,
		       unsigned mark)
{
	const struct index now = banked_index(b, later);
	const struct bank_asked *fresh = bank_role_await(b->role, STUB_INIT, &now, mark, 0);

	for (unsigned i = 0; i < MORE; i++) {
		struct index ix;
		const struct bank_asked *init;
		char *what = g_strdup_printf("the init of session %u of %u that began while the "
					     "bank was away",
					     i + 1, MORE);

		if (more[i]) {
			ix = banked_index(b, more[i]);
			init = banked_asked(b, "36.3", STUB_INIT, &ix, mark, what);
			if (init && fresh && i == 0)
				check_age(b, init, fresh);
		}
		g_free(what);
	}
}

/* The answer to the first that arrives is lost: all of its message are sent again. */
static void lose_an_answer(struct banked *b, struct client *const *more, unsigned mark)
{
	const struct bank_asked *lost = bank_role_await(b->role, STUB_INIT, NULL, mark, 0), *a;

	for (unsigned i = mark; lost && (a = bank_role_entry(b->role, i)) != NULL; i++) {
		struct index ix;
		bool mine = false;

		if (a->message != lost->message || a->type != STUB_INIT || !a->has_index)
			continue;
		ix = a->index;
		for (unsigned k = 0; k < MORE; k++)
			mine |= more[k] && a->index.spi == more[k]->sa.spi_r;
		if (mine)
			banked_asked(b, "36.3", STUB_INIT, &ix, banked_behind(b, a, mark),
				     "an init whose answer was lost is sent again, each of its "
				     "message");
	}
}

static void b24(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = NULL, *more[MORE] = { 0 };
	struct index first, second, ix;
	bool lived, whole = false;

	evidence_note(b->e, "the bank goes away");
	bank_role_show(b->role, BANK_FACE_ABSENT);
	more_sessions(b, more);
	lived = live_unseen(b, &first, &second);
	probe_pass_time(b->p, QUEUED_S * 1000 + 1500);
	evidence_note(b->e, "the bank is there again, and breaks off once in place of an answer");
	bank_role_play(b->role, STUB_INIT, &(struct bank_play){ .does = BANK_RESETS, .times = 1 });
	bank_role_show(b->role, BANK_FACE_RIGHT);
	if (lived && banked_connected(b)) {
		(void)bank_role_await(b->role, STUB_INIT, NULL, mark, BANKED_PATIENCE_MS);
		lose_an_answer(b, more, mark);
		c = banked_connected(b) ? banked_login(b, NULL) : NULL;
		if (c) {
			ix = banked_index(b, c);
			check_order(b, &first, &second, &ix, mark);
			check_more(b, more, c, mark);
			whole = true;
		}
		client_free(c);
	}
	for (unsigned i = 0; i < MORE; i++)
		client_free(more[i]);
	if (whole && !evidence_failed(b->e))
		outlives_restarts(b);
}

const struct probe_case case_b24 = {
	.id = "B24",
	.title = "What was done while the bank was away arrives in order when it returns",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 36",
	.required =
	    "While its bank is away a gateway queues init, update and delete, in order for each "
	    "index, and sends them before newer work when the bank is there again. The queue is "
	    "durable: it outlives the gateway.",
	.causes = "operations are dropped while there is no connection\n"
		  "each kind has a queue of its own\n"
		  "only the state of the moment is sent after a reconnection\n"
		  "the queue is in memory alone, or is emptied by a stop or a start",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED,
	.clauses = "35.7 36.3",
	.needs = "B07 B08",
	.alone = true,
	.run = stage_banked,
	.at_bank = b24,
};
