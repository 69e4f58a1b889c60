/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks for stubs that should be gone, a message full of them at a time. */
#include "gateway/bank_left.h"

#include "gateway/bank_answer.h"
#include "gateway/bank_request.h"
#include "run/evidence.h"
#include "run/traces.h"

#define AT_ONCE 100
/* Gateways delete in their own time, and a bank may limit gets a second. */
#define PATIENCE_MS 5000
#define PAUSE_MS 250

/* Ask for `n` of them; those that are there, or of which the bank does not say, go to `left`. false: it
 * does not answer. */
static bool ask(struct bank_connection *b, const struct trace *some, unsigned n, GArray *left)
{
	struct index indexes[AT_ONCE];
	struct bank_answer *a;
	bool came;

	for (unsigned i = 0; i < n; i++)
		indexes[i] = some[i].index;
	a = bank_answer_await(b, bank_request_get(b, indexes, n));
	came = a->came;
	for (unsigned i = 0; came && i < n; i++) {
		const struct bank_item *it = bank_answer_item(a, i);

		if (it && (it->code == STUB_OK || it->code == STUB_BUSY))
			g_array_append_val(left, some[i]);
	}
	bank_answer_free(a);
	return came;
}

/* The same for all. NULL: it does not answer. */
static GArray *ask_all(struct bank_connection *b, const GArray *all)
{
	GArray *left = g_array_new(FALSE, FALSE, sizeof(struct trace));

	for (unsigned i = 0; i < all->len; i += AT_ONCE)
		if (!ask(b, &g_array_index(all, struct trace, i), MIN(all->len - i, AT_ONCE),
			 left)) {
			g_array_unref(left);
			return NULL;
		}
	return left;
}

static GArray *ask_until_gone(struct probe *p, struct bank_connection *b, const GArray *all)
{
	const uint64_t deadline = probe_now() + PATIENCE_MS;
	GArray *left = ask_all(b, all);

	while (left && left->len && probe_now() < deadline && !probe_interrupted()) {
		GArray *before = left;

		probe_pass_time(p, PAUSE_MS);
		left = ask_all(b, before);
		g_array_unref(before);
	}
	return left;
}

GArray *bank_left(struct probe *p)
{
	static const struct probe_case nobody = { .id = "-" };
	const GArray *all = traces_of(p);
	struct evidence *e;
	struct bank_connection *b;
	GArray *left = NULL;

	if (!p->target->bank.given || !p->target->bank.certificate || !p->bank_announced || !all)
		return NULL;
	e = evidence_new(&nobody, NULL);
	b = bank_connection_open(p, e, BANK_OWNER);
	if (bank_connection_is_up(b))
		left = ask_until_gone(p, b, all);
	bank_connection_close(b);
	evidence_free(e);
	return left;
}
