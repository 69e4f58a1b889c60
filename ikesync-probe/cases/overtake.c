/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gets that overtake what was sent in front of them, or do not, and then are late or not. */
#include "cases/overtake.h"

#include "gateway/bank_request.h"

#define ROUNDS 8
/* Stubs of the init in front of a get, and how often its time is taken. */
#define MANY 100
#define TIMED 5
/* What can be felt: so many times what a get takes that is alone, and so long at least. */
#define FELT_TIMES 10
#define FELT_MS 25

/* How long did a get take, in ms, and was it answered before all that was sent in front of it? */
struct passing {
	bool came, first;
	uint64_t ms;
};

static struct passing get_behind(struct bank_connection *b, const uint32_t *front, unsigned n,
				 const struct made_stub *m)
{
	const uint64_t began = probe_now();
	const uint32_t id = bank_request_get(b, &m->index, 1);
	struct bank_answer *get = bank_answer_await(b, id);
	struct passing p = { .came = get->came, .ms = get->came ? get->came_ms - began : 0 };

	for (unsigned i = 0; i < n; i++)
		bank_answer_free(bank_answer_await(b, front[i]));
	p.first = get->came &&
		  (n == 0 || bank_connection_order(b, id) < bank_connection_order(b, front[n - 1]));
	bank_answer_free(get);
	return p;
}

static int by_ms(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* From how many ms on does a get wait for something? Some that wait for nothing tell. */
static uint64_t felt_from(struct bank_connection *b, const struct made_stub *m)
{
	uint64_t ms[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ms[i] = get_behind(b, NULL, 0, m).ms;
	qsort(ms, ROUNDS, sizeof(ms[0]), by_ms);
	return MAX(FELT_TIMES * ms[ROUNDS / 2], FELT_MS);
}

/* A large init, and a get behind it. Stubs without an index are malformed, and nothing is written. */
static struct passing get_behind_init(struct desk *d, bool indexed, const struct made_stub *m)
{
	struct index indexes[MANY];
	GBytes *containers[MANY];
	struct passing p;
	uint32_t id;

	/* all are made before it is sent: making one takes longer than writing it */
	for (unsigned i = 0; i < MANY; i++) {
		const struct made_stub *made = desk_make(d, desk_own(d));

		containers[i] = indexed ? g_bytes_ref(made->container)
					: made_stub_container_raw(made, SPAN_NONE);
		indexes[i] = made->index;
	}
	id = bank_request_init(d->owner, containers, MANY);
	p = get_behind(d->owner, &id, 1, m);
	/* they are not to fill the bank */
	if (indexed)
		bank_answer_free(
		    bank_answer_await(d->owner, bank_request_delete(d->owner, indexes, MANY)));
	for (unsigned i = 0; i < MANY; i++)
		g_bytes_unref(containers[i]);
	return p;
}

/*
 * A bank that writes very fast is through with it when the get arrives, and answers in the order of what came. What
 * it owes is time: where a get behind an init is much later than one behind stubs that are refused, which take as
 * long to send and to read, it has waited for their writing.
 */
static bool is_late(struct desk *d, const struct made_stub *m, struct passing *p)
{
	const uint64_t felt = felt_from(d->owner, m);
	uint64_t with[TIMED], without[TIMED];

	for (unsigned i = 0; i < TIMED && !probe_interrupted(); i++) {
		*p = get_behind_init(d, true, m);
		if (!p->came || p->first)
			return false;
		with[i] = p->ms;
		without[i] = get_behind_init(d, false, m).ms;
	}
	if (probe_interrupted())
		return false;
	qsort(with, TIMED, sizeof(with[0]), by_ms);
	qsort(without, TIMED, sizeof(without[0]), by_ms);
	evidence_note(d->e,
		      "a get behind an init of %u stubs: %u ms; behind as many that are refused: "
		      "%u ms; felt are %u ms",
		      MANY, (unsigned)with[TIMED / 2], (unsigned)without[TIMED / 2],
		      (unsigned)felt);
	return 2 * with[TIMED / 2] >= 3 * without[TIMED / 2] + 2 * felt;
}

void overtake_init(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));
	struct passing p = { .came = true };
	bool late = false;

	if (!desk_put(d, m))
		return;
	/* where the write was done before the get arrived, the get did not wait: once is enough */
	for (int i = 0; i < ROUNDS && p.came && !p.first; i++)
		p = get_behind_init(d, true, m);
	if (p.came && !p.first)
		late = is_late(d, m, &p);
	evidence_clause(d->e, "28.4", p.came && !late,
			"a get behind an init of 100 stubs, sent at once with it",
			"answered before the init is, or not late by its writing", "%s",
			!p.came   ? "not answered"
			: late    ? "answered behind it each time, and late"
			: p.first ? "answered before"
				  : "answered behind it, and not late");
}

void overtake_prefetch(struct desk *d, struct bank_connection *b, const struct made_stub *m)
{
	const uint64_t from = felt_from(b, m);
	struct passing p = { .came = true };
	unsigned late = 0;

	while (late < ROUNDS && !probe_interrupted()) {
		const uint32_t id = bank_request_prefetch(b, desk_own(d), NULL, NULL);

		p = get_behind(b, &id, 1, m);
		if (!p.came || p.first || p.ms < from)
			break;
		late++;
	}
	evidence_clause(d->e, "28.4", p.came && late < ROUNDS,
			"a get behind a prefetch of several messages",
			"answered before the prefetch ends, or at once", "%s",
			!p.came         ? "not answered"
			: late < ROUNDS ? "it is"
					: "answered late, and behind it, in 8 of 8 rounds");
}
