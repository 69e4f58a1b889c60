/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G28: the stubs of a gateway with thousands of clients; how fast, and how late the slowest of the gets. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"

#define LOAD 2000
/* Of one message, and messages that are under way. */
#define BUNDLE 100
#define UNDER_WAY 4
/* By themselves, one after the other: their times are reported. */
#define ALONE 200

struct load {
	struct desk *d;
	struct made_stub **stubs;
	unsigned n;
	uint8_t *kept; /* of each: has the bank said ok? */
	unsigned busy;
};

/* The request for stubs `from` and the BUNDLE - 1 behind it. */
typedef uint32_t ask_fn(struct load *l, unsigned from);
/* Is what came for stub `i`, item `item` of `a`, right? */
typedef bool right_fn(struct load *l, const struct bank_answer *a, unsigned item, unsigned i);

static uint32_t ask_init(struct load *l, unsigned from)
{
	GBytes *containers[BUNDLE];

	for (unsigned i = 0; i < BUNDLE; i++)
		containers[i] = l->stubs[from + i]->container;
	return bank_request_init(l->d->owner, containers, BUNDLE);
}

static void indexes_of(const struct load *l, unsigned from, struct index out[static BUNDLE])
{
	for (unsigned i = 0; i < BUNDLE; i++)
		out[i] = l->stubs[from + i]->index;
}

static uint32_t ask_get(struct load *l, unsigned from)
{
	struct index indexes[BUNDLE];

	indexes_of(l, from, indexes);
	return bank_request_get(l->d->owner, indexes, BUNDLE);
}

static uint32_t ask_delete(struct load *l, unsigned from)
{
	struct index indexes[BUNDLE];

	indexes_of(l, from, indexes);
	return bank_request_delete(l->d->owner, indexes, BUNDLE);
}

static bool is_ok(struct load *l, const struct bank_answer *a, unsigned item, unsigned i)
{
	const struct bank_item *it = bank_answer_item(a, item);
	const bool ok = a->came && it && it->code == STUB_OK;

	/* what a bank was too busy for is not there, and is not asked */
	l->busy += it && it->code == STUB_BUSY;
	l->kept[i] = ok;
	return ok || (it && it->code == STUB_BUSY);
}

static bool is_gone(struct load *l, const struct bank_answer *a, unsigned item, unsigned i)
{
	const struct bank_item *it = bank_answer_item(a, item);

	l->busy += it && it->code == STUB_BUSY;
	return !l->kept[i] || (it && (it->code == STUB_OK || it->code == STUB_BUSY));
}

static bool is_stub(struct load *l, const struct bank_answer *a, unsigned item, unsigned i)
{
	const struct bank_item *it = bank_answer_item(a, item);
	char *why = NULL;
	bool same;

	l->busy += it && it->code == STUB_BUSY;
	if (!l->kept[i] || (it && it->code == STUB_BUSY))
		return true;
	same = it && it->stub && made_stub_same(l->stubs[i]->container, it->stub, &why);
	g_free(why);
	return same;
}

/* All of them, UNDER_WAY bundles at a time: how long it takes is reported. */
static void ask_all(struct load *l, const char *clause, ask_fn *ask, right_fn *right,
		    const char *what)
{
	const uint64_t began = probe_now();
	const unsigned busy = l->busy;
	unsigned n = 0, answered = 0;
	uint32_t ids[UNDER_WAY];
	char *odd = NULL, *expected = g_strdup_printf("each of %u, or busy", l->n);
	uint64_t took;

	for (unsigned from = 0; from < l->n && !probe_interrupted(); from += UNDER_WAY * BUNDLE) {
		const unsigned ways = MIN(UNDER_WAY, (l->n - from) / BUNDLE);

		for (unsigned w = 0; w < ways; w++)
			ids[w] = ask(l, from + w * BUNDLE);
		for (unsigned w = 0; w < ways; w++) {
			struct bank_answer *a = bank_answer_await(l->d->owner, ids[w]);

			for (unsigned i = 0; i < BUNDLE; i++) {
				const bool ok = right(l, a, i, from + w * BUNDLE + i);

				n += ok;
				if (!ok && !odd)
					odd = bank_answer_text(a, i);
			}
			answered += BUNDLE;
			bank_answer_free(a);
		}
	}
	took = MAX(probe_now() - began, 1);
	evidence_clause(l->d->e, clause, n == l->n, what, expected, "%u, %u of them busy%s%s", n,
			l->busy - busy, odd ? "; and: " : "", odd ? odd : "");
	evidence_info(l->d->e, "%s: %u in %u ms, %u a second", what, answered, (unsigned)took,
		      (unsigned)(UINT64_C(1000) * answered / took));
	g_free(expected);
	g_free(odd);
}

static int by_number(const void *a, const void *b)
{
	const gint64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Gets one after the other, of stubs from everywhere among them. */
static void ask_alone(struct load *l)
{
	gint64 us[ALONE];
	unsigned n = 0, wrong = 0;

	for (unsigned i = 0; i < ALONE && !probe_interrupted(); i++) {
		const unsigned at = (unsigned)((uint64_t)i * l->n / ALONE);
		const gint64 began = g_get_monotonic_time();
		struct bank_answer *a = bank_answer_to_get(l->d->owner, &l->stubs[at]->index);

		if (!is_stub(l, a, 0, at))
			wrong++;
		if (a->came)
			us[n++] = g_get_monotonic_time() - began;
		bank_answer_free(a);
	}
	evidence_clause(l->d->e, "29.5", wrong == 0, "gets of single ones among them",
			"each octet for octet as it was given", "%u of %u are not", wrong, ALONE);
	if (n == 0)
		return;
	qsort(us, n, sizeof(us[0]), by_number);
	evidence_info(l->d->e,
		      "gets of single ones among %u: half of them within %u us, 99 of 100 within "
		      "%u us, the last %u us",
		      l->n, (unsigned)us[n / 2], (unsigned)us[n * 99 / 100], (unsigned)us[n - 1]);
}

/* Whole bundles; where the target declares a limit, no more than half of it. */
static unsigned how_many(const struct target *t)
{
	unsigned n = t->load ? t->load : t->stubs ? MIN(LOAD, t->stubs / 2) : LOAD;

	return MAX(n / BUNDLE, 1) * BUNDLE;
}

static void g28(struct desk *d)
{
	struct load l = { .d = d, .n = how_many(d->p->target) };

	l.stubs = g_new(struct made_stub *, l.n);
	l.kept = g_new0(uint8_t, l.n);
	for (unsigned i = 0; i < l.n; i++)
		l.stubs[i] = desk_make(d, desk_own(d));
	ask_all(&l, "31.1", ask_init, is_ok, "inits");
	if (bank_connection_is_up(d->owner) && !probe_interrupted()) {
		ask_all(&l, "29.5", ask_get, is_stub, "gets that bring what was given");
		ask_alone(&l);
		ask_all(&l, "30.10", ask_delete, is_gone, "deletes");
	}
	g_free(l.kept);
	g_free(l.stubs);
}

const struct probe_case case_g28 = {
	.id = "G28",
	.title = "Thousands of stubs of one gateway: each is kept and found; how fast",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4; wire profile rules 29 and 31",
	.required =
	    "A gateway has thousands of clients, and each of their stubs is kept and found by its "
	    "own index. How many a second, and how late the slowest get is answered, is reported "
	    "([limits] load: of how many). What they take of the bank's memory shows no message.",
	.causes = "a table for so many, and the oldest make room without a word\n"
		  "two indexes have the same key: a part of them, or their hash\n"
		  "what is under way at once is counted, and the rest is dropped",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.clauses = "29.5 30.10 31.1 34.1 43.5 " REPLY_FORM_CLAUSES,
	.needs = "G01",
	.alone = true,
	.run = stage_desk,
	.at_desk = g28,
};
