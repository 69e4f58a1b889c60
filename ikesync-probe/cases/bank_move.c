/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G27, G30: what moves, where to, and that it happens once. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"

#define RACES 5

/* Of two moves under way at once exactly one may win. */
static void race(struct desk *d, struct bank_connection *other)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *to[2];
	struct bank_connection *over[2] = { d->second, other };
	struct bank_answer *a[2];
	uint32_t id[2];
	unsigned ok = 0, conflicts = 0;
	int winner = -1;
	char *text[2];

	if (!desk_put(d, m))
		return;
	for (int i = 0; i < 2; i++) {
		to[i] = desk_make(d, desk_second(d));
		id[i] = bank_request_update(over[i], &m->index, &to[i]->container, 1);
	}
	for (int i = 0; i < 2; i++) {
		const struct bank_item *it;

		a[i] = bank_answer_await(over[i], id[i]);
		it = bank_answer_item(a[i], 0);
		text[i] = bank_answer_text(a[i], 0);
		if (it && it->code == STUB_OK)
			winner = i;
		ok += it && it->code == STUB_OK;
		conflicts += it && it->code == STUB_CONFLICT;
	}
	evidence_clause(d->e, "13.12", ok == 1 && conflicts == 1,
			"two moves at once over two connections", "one ok, one conflict",
			"%s and %s", text[0], text[1]);
	if (winner >= 0) {
		desk_expect_stub(d, "30.5", d->second, &to[winner]->index, to[winner],
				 "the winner's stub");
		desk_expect_nothing(d, "30.5", d->second, &to[!winner]->index, "the loser's index");
	}
	for (int i = 0; i < 2; i++) {
		g_free(text[i]);
		bank_answer_free(a[i]);
	}
}

/* Two moves of one stub in one message. */
static void race_in_bundle(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *to[2];
	struct index old[2] = { m->index, m->index };
	GBytes *containers[2];
	struct bank_answer *a;

	if (!desk_put(d, m))
		return;
	for (int i = 0; i < 2; i++) {
		to[i] = desk_make(d, desk_second(d));
		containers[i] = to[i]->container;
	}
	a = bank_answer_await(d->second, bank_request_update(d->second, old, containers, 2));
	desk_expect(d, "30.5", a, 0, STUB_OK, "two moves in one message: the first");
	desk_expect(d, "30.5", a, 1, STUB_CONFLICT, "two moves in one message: the second");
	bank_answer_free(a);
	desk_expect_stub(d, "30.5", d->second, &to[0]->index, to[0], "the first one's stub");
	desk_expect_nothing(d, "30.5", d->second, &to[1]->index, "the second one's index");
}

static void one_winner(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *first, *late, *same;
	GBytes *again;

	if (!desk_put(d, m))
		return;
	first = desk_make(d, desk_second(d));
	late = desk_make(d, desk_second(d));
	desk_expect_of(d, "30.5", desk_update(d->second, &m->index, first), STUB_OK,
		       "the first move");
	desk_expect_of(d, "30.5", desk_update(d->second, &m->index, late), STUB_CONFLICT,
		       "a second move to another new index");
	same = desk_make_at(d, &first->index);
	desk_expect_of(d, "30.5", bank_answer_to_update(d->second, &m->index, same->container),
		       STUB_CONFLICT, "a second move to the same new index with other octets");
	again = made_stub_container(first, first->lifetime - 1);
	desk_expect_of(d, "30.5", bank_answer_to_update(d->second, &m->index, again), STUB_OK,
		       "the first move, repeated");
	g_bytes_unref(again);
	desk_expect_nothing(d, "30.8", d->second, &m->index, "get of the old index");
	desk_expect_nothing(d, "30.5", d->second, &late->index, "get of the loser's index");
	desk_expect_stub(d, "30.5", d->second, &first->index, first, "get of the winner's index");
}

static void g27(struct desk *d)
{
	struct bank_connection *other;

	one_winner(d);
	race_in_bundle(d);
	other = desk_dial(d, BANK_SECOND);
	for (int i = 0; other && i < RACES && !evidence_failed(d->e); i++)
		race(d, other);
	desk_hang_up(d, other);
}

const struct probe_case case_g27 = {
	.id = "G27",
	.title = "Two moves of one index: one ok, one conflict; the first repeated is ok",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.5 30.8 13.12 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "A move is an atomic compare-and-swap of the old index: the first is ok, the "
		    "same move again is ok, another is a conflict.",
	.causes = "read and write of the move are not one transaction\n"
		  "the tombstone does not remember where the stub went, so a repeated move looks "
		  "foreign\n"
		  "the new index alone is compared, not the octets",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	.run = stage_two_desks,
	.at_desk = g27,
};

static void taken(struct desk *d, bool move)
{
	const struct address *there = move ? desk_second(d) : desk_own(d);
	struct bank_connection *b = move ? d->second : d->owner;
	struct made_stub *m = desk_make(d, desk_own(d)), *live = desk_make(d, there);
	struct made_stub *gone = desk_make(d, there), *to, *over;

	if (!desk_put(d, m) || !desk_put_over(d, b, live) || !desk_put_over(d, b, gone))
		return;
	desk_expect_of(d, "30.10", bank_answer_to_delete(b, &gone->index), STUB_OK,
		       "delete of what was at the third index");
	over = desk_make_at(d, &live->index);
	desk_expect_of(d, "30.7", bank_answer_to_update(b, &m->index, over->container), STUB_EXISTS,
		       move ? "move to an index where another stub lives"
			    : "rekey to an index where another stub lives");
	over = desk_make_at(d, &gone->index);
	desk_expect_of(d, "30.7", bank_answer_to_update(b, &m->index, over->container),
		       STUB_CONFLICT, move ? "move to a tombstone" : "rekey to a tombstone");
	over = desk_make_at(d, &live->index);
	desk_expect_of(d, "30.8", bank_answer_to_update(b, &gone->index, over->container),
		       STUB_CONFLICT, "an update of a tombstone to where another stub lives");
	desk_expect_stub(d, "30.7", d->owner, &m->index, m, "the old stub is where it was");
	desk_expect_stub(d, "30.7", b, &live->index, live, "the other stub, too");
	desk_expect_nothing(d, "30.7", b, &gone->index, "the tombstone stands");
	to = desk_make(d, there);
	desk_expect_of(d, move ? "30.5" : "30.4", desk_update(b, &m->index, to), STUB_OK,
		       "afterwards an update to a free index succeeds");
	desk_expect_stub(d, move ? "30.5" : "30.4", b, &to->index, to, "get of it");
}

/*
 * An update to an index where the very octets live that it brings: by another stub (exists), or is it done already?
 * The profile does not say. What the bank says is to be what it does.
 */
static void same_octets(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *live = desk_make(d, desk_own(d));
	struct bank_answer *a;
	bool done;

	if (!desk_put(d, m) || !desk_put(d, live))
		return;
	a = bank_answer_to_update(d->owner, &m->index, live->container);
	done = a->came && bank_answer_item(a, 0) && bank_answer_item(a, 0)->code == STUB_OK;
	desk_expect_either(d, "30.7", a, STUB_EXISTS, STUB_OK,
			   "rekey to an index where the same octets live");
	if (done)
		desk_expect_nothing(d, "30.4", d->owner, &m->index, "the old index is free then");
	else
		desk_expect_stub(d, "30.7", d->owner, &m->index, m, "the old stub is where it was");
	desk_expect_stub(d, "30.7", d->owner, &live->index, live, "the one with these octets, too");
}

static void g30(struct desk *d)
{
	taken(d, false);
	same_octets(d);
	if (d->second)
		taken(d, true);
	else
		evidence_info(d->e, "a move was not tried: no [bank] second-certificate");
}

static void g30_run(struct probe *p, struct evidence *e)
{
	const struct target_bank *t = &p->target->bank;

	stage_desk_with(p, e, t->second_certificate && t->second_key && t->second_owns.family, g30);
}

const struct probe_case case_g30 = {
	.id = "G30",
	.title = "An update to a new index that is taken: exists, and conflict for a tombstone",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.7 30.8 30.4 30.5 30.10 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "An update or a move overwrites neither another stub nor a tombstone at its "
		    "new index, and a refused one changes nothing.",
	.causes = "the new index is written without being looked at\n"
		  "the old record becomes a tombstone before the new one is judged",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = g30_run,
};
