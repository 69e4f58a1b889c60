/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G43, G44: thousands of items under way on one connection, and thousands of records that are no stubs any more. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"
#include "gateway/raw_message.h"

/* --- G43 --- */

#define DELETES 3
/* Indexes of one message: of IPv6 they need not quite 65,535 octets. */
#define ITEMS 2300
#define GETS 600
#define BESIDE 100

/* Is each item answered, by `code` or ok? busy is a limit and no fault. */
static void expect_each(struct desk *d, const char *clause, struct bank_answer *a, unsigned n,
			enum iana_stub_status code, const char *what)
{
	const char *name = iana_stub_status_name((uint8_t)code);
	unsigned right = 0, busy = 0;
	char *odd = NULL, *expected = g_strdup_printf("%u items, each ok%s%s, or busy", n,
						      code == STUB_OK ? "" : " or ",
						      code == STUB_OK ? "" : name);

	for (unsigned i = 0; i < n; i++) {
		const struct bank_item *it = a->came ? bank_answer_item(a, i) : NULL;

		if (it && it->item == i && (it->code == code || it->code == STUB_OK))
			right++;
		else if (it && it->item == i && it->code == STUB_BUSY)
			busy++;
		else if (!odd)
			odd = bank_answer_text(a, i);
	}
	evidence_clause(d->e, clause, !odd && a->items->len == n, what, expected,
			"%u of %u right, %u busy%s%s", right, n, busy, odd ? ", and: " : "",
			odd ? odd : "");
	g_free(expected);
	g_free(odd);
	bank_answer_free(a);
}

/* More operations than a bank is likely to write in one go, without an answer in between. */
static void many_deletes(struct desk *d)
{
	struct index *indexes = g_new(struct index, ITEMS);
	uint32_t ids[DELETES];

	for (unsigned i = 0; i < DELETES; i++) {
		for (unsigned j = 0; j < ITEMS; j++)
			indexes[j] = made_stub_index(desk_own(d));
		ids[i] = bank_request_delete(d->owner, indexes, ITEMS);
	}
	for (unsigned i = 0; i < DELETES; i++)
		/* whether there was such a stub long ago it need not know (30.10) */
		expect_each(d, "31.1", bank_answer_await(d->owner, ids[i]), ITEMS, STUB_NOT_FOUND,
			    "deletes of thousands of indexes, all at once");
	g_free(indexes);
}

/* Hundreds of gets of an index for which a write is under way: each sees what that write made of it. */
static void gets_behind_a_write(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *later = desk_make_at(d, &m->index);
	struct index *indexes = g_new(struct index, GETS);
	GBytes *beside[BESIDE];
	struct bank_answer *a;
	unsigned wrong = 0, got = 0;
	uint32_t ids[3];

	for (unsigned i = 0; i < GETS; i++)
		indexes[i] = m->index;
	for (unsigned i = 0; i < BESIDE; i++)
		beside[i] = desk_make(d, desk_own(d))->container;
	if (desk_put(d, m)) {
		ids[0] = bank_request_init(d->owner, beside, BESIDE);
		ids[1] = bank_request_update(d->owner, &m->index, &later->container, 1);
		ids[2] = bank_request_get(d->owner, indexes, GETS);
		desk_expect_all(d, "31.1", bank_answer_await(d->owner, ids[0]), BESIDE, STUB_OK,
				"an init of many stubs");
		desk_expect_of(d, "28.5", bank_answer_await(d->owner, ids[1]), STUB_OK,
			       "an update behind it");
		a = bank_answer_await(d->owner, ids[2]);
		for (unsigned i = 0; i < a->items->len; i++) {
			const struct bank_item *it = &g_array_index(a->items, struct bank_item, i);
			char *why = NULL;

			if (!it->stub)
				continue;
			got++;
			wrong += !made_stub_same(later->container, it->stub, &why);
			g_free(why);
		}
		if (got > 0 || !a->busy)
			evidence_clause(d->e, "28.5", wrong == 0 && got > 0,
					"stubs in answer to gets behind the update",
					"each as it is after the update", "%u stubs, %u are not",
					got, wrong);
		expect_each(d, "28.5", a, GETS, STUB_OK, "hundreds of gets behind the update");
	}
	g_free(indexes);
}

static void g43(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));

	if (!desk_put(d, m))
		return;
	many_deletes(d);
	desk_expect_stub(d, "31.1", d->owner, &m->index, m, "a stub that none of them named");
	gets_behind_a_write(d);
	desk_expect_alive(d, "31.1", d->owner, "the connection after all that");
}

const struct probe_case case_g43 = {
	.id = "G43",
	.title = "Thousands of items at once: each is answered, in order, by what came before it",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(28) "; wire profile rule 31",
	.clauses = "28.5 31.1 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "Requests may be under way without number. Each item gets its own status; what "
		    "is too much at once is busy, and nothing else.",
	.causes = "a buffer for so many, and no more\n"
		  "gets that wait for a write are counted by message\n"
		  "what is too much is dropped, or ends the connection",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g43,
};

/* --- G44 --- */

/* More than a bank looks at in one go. */
#define DELETED 4200
#define PER_MESSAGE 140
/* They are tombstones no longer than they must. */
#define SHORT_S 30

/* One SPI after the other, so that nobody else's stand between them. */
static struct made_stub *make_number(struct desk *d, uint64_t first, unsigned i)
{
	const struct index ix = { first + i, *desk_own(d) };

	return made_stub_with(d->p, &ix, SHORT_S, SHORT_S);
}

static bool make_and_delete(struct desk *d, uint64_t first, unsigned from)
{
	struct made_stub *made[PER_MESSAGE];
	GBytes *containers[PER_MESSAGE];
	struct index indexes[PER_MESSAGE];
	bool ok;

	for (unsigned i = 0; i < PER_MESSAGE; i++) {
		made[i] = make_number(d, first, from + i);
		containers[i] = made[i]->container;
		indexes[i] = made[i]->index;
	}
	ok = desk_expect_all(
		 d, "31.1",
		 bank_answer_await(d->owner, bank_request_init(d->owner, containers, PER_MESSAGE)),
		 PER_MESSAGE, STUB_OK, "init of stubs that are deleted next") &&
	     desk_expect_all(
		 d, "30.10",
		 bank_answer_await(d->owner, bank_request_delete(d->owner, indexes, PER_MESSAGE)),
		 PER_MESSAGE, STUB_OK, "their delete");
	for (unsigned i = 0; i < PER_MESSAGE; i++)
		made_stub_free(made[i]);
	return ok && !probe_interrupted();
}

static bool is_there(const struct bank_answer *a, const struct made_stub *m)
{
	for (unsigned i = 0; i < a->stubs->len; i++) {
		char *why = NULL;
		bool same = made_stub_same(m->container, g_ptr_array_index(a->stubs, i), &why);

		g_free(why);
		if (same)
			return true;
	}
	return false;
}

/* `front`: the stub in front of the tombstones is to come, too. */
static void expect_ends(struct desk *d, struct bank_answer *a, struct made_stub *const *ends,
			bool front, const char *clause, const char *what)
{
	const bool first = is_there(a, ends[0]), last = is_there(a, ends[1]);

	evidence_clause(d->e, clause, a->came && first == front && last, what,
			front ? "the stub in front of the tombstones, and the one behind"
			      : "the stub behind the tombstones, and not the one in front",
			"%s, %s%s%s", first ? "the one in front" : "not the one in front",
			last ? "the one behind" : "not the one behind", a->problem ? ": " : "",
			a->problem ? a->problem : "");
	bank_answer_free(a);
}

/* What was asked before a message that ends the connection is answered before it ends. */
static void malformed_behind(struct desk *d, struct bank_connection *b,
			     struct made_stub *const *ends)
{
	uint32_t id = bank_request_prefetch(b, desk_own(d), NULL, NULL), bad;
	struct raw_message q;
	struct bank_answer *a;

	raw_message_begin(&q, b, STUB_GET);
	q.wanted.items = 1;
	raw_message_index(&q, &ends[0]->index);
	/* the last payload names another one behind it */
	raw_message_set(
	    &q, -(int)(CHAIN_PAYLOAD_HEADER_SIZE + 8 + address_size(&ends[0]->index.address)),
	    STUB_PAYLOAD_INDEX);
	bad = raw_message_send(&q, b);
	expect_ends(d, bank_answer_await(b, id), ends, true, "30.1",
		    "a prefetch with a broken message behind it");
	a = bank_answer_await(b, bad);
	desk_expect(d, "30.11", a, STUB_ITEM_ALL, STUB_MALFORMED, "the broken message");
	bank_answer_free(a);
	desk_expect_closed(d, "30.11", b, "the connection after both answers");
}

static struct bank_answer *prefetch(struct desk *d, struct bank_connection *b,
				    const struct index *cursor)
{
	return bank_answer_await(b, bank_request_prefetch(b, desk_own(d), cursor, NULL));
}

static void g44(struct desk *d)
{
	const uint64_t first = rng_spi(&rng_system) & ~UINT64_C(0xffff);
	struct bank_connection *b = desk_dial(d, BANK_PREFETCH);
	const struct index at[2] = { { first, *desk_own(d) },
				     { first + DELETED + 1, *desk_own(d) } };
	struct made_stub *ends[2];
	bool ok = b != NULL;

	for (unsigned i = 0; i < 2; i++) {
		ends[i] = desk_make_at(d, &at[i]);
		ok = ok && desk_put(d, ends[i]);
	}
	for (unsigned from = 1; ok && from <= DELETED; from += PER_MESSAGE)
		ok = make_and_delete(d, first, from);
	if (ok) {
		expect_ends(d, prefetch(d, b, NULL), ends, true, "32.1",
			    "prefetch with thousands of deleted stubs in between");
		expect_ends(d, prefetch(d, b, &ends[0]->index), ends, false, "32.2",
			    "prefetch that begins with thousands of deleted stubs");
		malformed_behind(d, b, ends);
	}
	desk_hang_up(d, b);
}

const struct probe_case case_g44 = {
	.id = "G44",
	.title = "A prefetch passes over thousands of tombstones, and is answered to its end",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(32) "; wire profile rule 30",
	.clauses = "30.1 30.10 30.11 31.1 32.1 32.2 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "A prefetch returns every live stub, however many records that are none stand "
		    "between them; a malformed message behind it ends the connection, but not its "
		    "answer.",
	.causes = "so many records are looked at, and no more\n"
		  "a page without a stub is the end, or an empty message\n"
		  "the connection is closed with requests open",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_PREFETCH,
	.run = stage_desk,
	.at_desk = g44,
};
