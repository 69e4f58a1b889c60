/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G33: the old owner of a stub is told that it has moved. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_notice.h"
#include "gateway/bank_request.h"

/* Of other cases that run meanwhile, whose stubs have the same owner. */
#define OTHERS_MAX 1000

/* Is it of a stub of this case that has not moved, or where one is now? */
static bool is_false(const struct desk *d, const struct index *ix, const struct index *moved)
{
	for (unsigned i = 0; i < d->stubs->len; i++) {
		const struct made_stub *m = d->stubs->pdata[i];

		if (index_equal(&m->index, ix))
			return !moved || !index_equal(ix, moved);
	}
	return false;
}

/*
 * Section 7.4: a delete of the server's own that names one index, the old one. A bank may repeat what it told `before`,
 * and tells of what others moved.
 */
static bool told(struct desk *d, const struct index *old, const struct index *before,
		 const char *what, struct bank_notice *n)
{
	char expected[INDEX_TEXT_MAX + 40], ix[INDEX_TEXT_MAX], got[400];
	unsigned others = 0;
	bool right;

	for (;;) {
		bank_notice_await(d->owner, n);
		if (!n->came || *n->text || n->n != 1 || index_equal(&n->first, old) ||
		    is_false(d, &n->first, before) || ++others > OTHERS_MAX)
			break;
		bank_notice_acknowledge(d->owner, n, STUB_NOT_FOUND);
	}
	right = n->came && !*n->text && n->type == STUB_DELETE && n->n == 1 &&
		index_equal(&n->first, old);
	g_snprintf(expected, sizeof(expected), "a delete of the bank's own that names %s",
		   index_text(old, ix));
	if (*n->text)
		g_snprintf(got, sizeof(got), "%s; %u notices of other indexes before", n->text,
			   others);
	else
		g_snprintf(got, sizeof(got), "type %u, %u indexes, the first %s", n->type, n->n,
			   n->n ? index_text(&n->first, ix) : "missing");
	return evidence_clause(d->e, "33.2", right, what, expected, "%s", got);
}

static void g33(struct desk *d)
{
	struct made_stub *stays = desk_make(d, desk_own(d)), *renewed = desk_make(d, desk_own(d)),
			 *m = desk_make(d, desk_own(d)), *other = desk_make(d, desk_own(d)), *taken,
			 *to = desk_make(d, desk_second(d));
	struct bank_notice n;

	if (!desk_put(d, stays) || !desk_put(d, m) || !desk_put(d, other))
		return;
	/* a notice costs the client its old SA: none for what the owner does itself */
	desk_expect_of(d, "30.4", desk_update(d->owner, &stays->index, renewed), STUB_OK,
		       "the owner's own update");
	desk_expect_of(d, "30.5", desk_update(d->second, &m->index, to), STUB_OK, "a move");
	if (!told(d, &m->index, NULL, "what the old owner hears then", &n))
		return;
	bank_notice_acknowledge(d->owner, &n, STUB_OK);
	desk_expect_alive(d, "33.2", d->owner, "the connection, after the acknowledgement");
	taken = desk_make_at(d, &to->index);
	desk_expect_of(d, "30.7",
		       bank_answer_to_update(d->second, &renewed->index, taken->container),
		       STUB_EXISTS, "a move to where another stub lives");
	/* nor for a move that was refused: the next one is the next that was ok */
	to = desk_make(d, desk_second(d));
	desk_expect_of(d, "30.5", desk_update(d->second, &other->index, to), STUB_OK,
		       "a move of another stub");
	if (!told(d, &other->index, &m->index, "what the old owner hears after it, and next", &n))
		return;
	/* it has no such SA, and says so */
	bank_notice_acknowledge(d->owner, &n, STUB_NOT_FOUND);
	desk_expect_alive(d, "33.2", d->owner, "the connection, after a notice that was refused");
	desk_expect_stub(d, "30.5", d->second, &to->index, to, "the moved stub");
}

const struct probe_case case_g33 = {
	.id = "G33",
	.title = "The old owner is told of a move",
	.provenance = PROVENANCE_RULE,
	.source = RULE(33),
	.clauses = "33.2 30.4 30.5 30.7 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "When another gateway has moved a stub, the bank sends its old owner, while that is "
	    "connected, a delete with a transaction of its own that names the old index; for "
	    "nothing else.",
	.causes =
	    "the bank tells nobody: old and new gateway both think that the client is theirs\n"
	    "the notice names the new index\n"
	    "it is sent to who moved the stub\n"
	    "moves that were refused are told, too",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	.run = stage_two_desks,
	.at_desk = g33,
};
