/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections, stubs and expectations of cases that ask a bank. */
#include "gateway/desk.h"

#include "diagnosis/status_guess.h"
#include "gateway/bank_request.h"
#include "run/traces.h"

#include <stdio.h>

/* Indexes of a delete at the end: all of one message. */
#define SWEEP_MAX 1000
/* A bank's clock and the probe's may round differently. */
#define LIFETIME_SLACK 1

static void free_made(void *data)
{
	made_stub_free(data);
}

struct bank_connection *desk_dial(struct desk *d, enum bank_who who)
{
	struct bank_connection *b = bank_connection_open(d->p, d->e, who);
	char text[ENDPOINT_TEXT_MAX];

	endpoint_text(&d->p->target->bank.address, text);
	bank_connection_judge(b, &d->form);
	if (bank_connection_is_up(b)) {
		evidence_note(d->e, "connected to the bank %s with %s", text,
			      bank_connection_who(who));
		return b;
	}
	evidence_inconclusive(d->e, "no connection to the bank %s with %s: %s", text,
			      bank_connection_who(who), bank_connection_why(b));
	bank_connection_close(b);
	return NULL;
}

void desk_hang_up(struct desk *d, struct bank_connection *b)
{
	(void)d;
	if (b)
		bank_connection_strays(b);
	bank_connection_close(b);
}

bool desk_open(struct desk *d, struct probe *p, struct evidence *e, bool second)
{
	*d = (struct desk){ .p = p, .e = e };
	d->stubs = g_ptr_array_new_with_free_func(free_made);
	d->owner = desk_dial(d, BANK_OWNER);
	if (d->owner && second)
		d->second = desk_dial(d, BANK_SECOND);
	return d->owner && (!second || d->second);
}

const struct address *desk_own(const struct desk *d)
{
	return &d->p->target->bank.owns;
}

const struct address *desk_second(const struct desk *d)
{
	return &d->p->target->bank.second_owns;
}

static void sweep_some(struct bank_connection *b, const struct index *indexes, size_t n)
{
	bank_answer_free(bank_answer_await(b, bank_request_delete(b, indexes, n)));
}

/* Delete without asking what came of it: most are gone by now, and a case has already said what
 * matters. */
static void sweep(struct desk *d, struct bank_connection *b, const struct address *own)
{
	struct index indexes[SWEEP_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < d->stubs->len && bank_connection_is_up(b); i++) {
		const struct made_stub *m = g_ptr_array_index(d->stubs, i);

		if (probe_interrupted())
			return;
		if (address_equal(&m->index.address, own))
			indexes[n++] = m->index;
		if (n == SWEEP_MAX) {
			sweep_some(b, indexes, n);
			n = 0;
		}
	}
	if (n && bank_connection_is_up(b))
		sweep_some(b, indexes, n);
}

/* Over a connection of its own, where the case's has ended: the bank was restarted, or did not like it. */
static void sweep_over(struct desk *d, struct bank_connection *b, enum bank_who who,
		       const struct address *own)
{
	if (!d->stubs->len || probe_interrupted())
		return;
	if (bank_connection_is_up(b)) {
		sweep(d, b, own);
		return;
	}
	b = bank_connection_open(d->p, d->e, who);
	sweep(d, b, own);
	bank_connection_close(b);
}

void desk_close(struct desk *d)
{
	const struct target_bank *t = &d->p->target->bank;

	if (d->owner)
		sweep_over(d, d->owner, BANK_OWNER, &t->owns);
	if (d->owner && t->owns_ip6.family)
		sweep_over(d, d->owner, BANK_OWNER, &t->owns_ip6);
	if (d->second && t->second_owns.family)
		sweep_over(d, d->second, BANK_SECOND, &t->second_owns);
	desk_hang_up(d, d->owner);
	desk_hang_up(d, d->second);
	reply_form_state(&d->form, d->e);
	reply_form_clear(&d->form);
	g_ptr_array_unref(d->stubs);
}

struct made_stub *desk_keep(struct desk *d, struct made_stub *m)
{
	g_ptr_array_add(d->stubs, m);
	traces_note(d->p, d->e, &m->index);
	return m;
}

struct made_stub *desk_make_at(struct desk *d, const struct index *index)
{
	return desk_keep(d, made_stub_new(d->p, index));
}

struct made_stub *desk_make(struct desk *d, const struct address *address)
{
	struct index index = made_stub_index(address);

	return desk_make_at(d, &index);
}

void desk_kept(struct made_stub *m, uint64_t sent_ms, const struct bank_answer *a, unsigned item)
{
	const struct bank_item *it = bank_answer_item(a, item);

	if (!a->came || !it || it->code != STUB_OK)
		return;
	m->sent_ms = sent_ms;
	m->kept_ms = a->came_ms;
}

struct bank_answer *desk_init(struct bank_connection *b, struct made_stub *m)
{
	uint64_t sent = probe_now();
	struct bank_answer *a = bank_answer_to_init(b, m->container);

	desk_kept(m, sent, a, 0);
	return a;
}

struct bank_answer *desk_update(struct bank_connection *b, const struct index *old,
				struct made_stub *m)
{
	uint64_t sent = probe_now();
	struct bank_answer *a = bank_answer_to_update(b, old, m->container);

	desk_kept(m, sent, a, 0);
	return a;
}

/* Busy, where something else is due: stated inconclusive. */
static bool is_limit(struct desk *d, const struct bank_answer *a, unsigned item, const char *what)
{
	const struct bank_item *it = a->came ? bank_answer_item(a, item) : NULL;
	char *text;

	if (d->busy_counts || !it || it->code != STUB_BUSY)
		return false;
	text = bank_answer_text(a, item);
	evidence_inconclusive(d->e, "%s: the bank says %s, which is a limit and no fault", what,
			      text);
	g_free(text);
	return true;
}

bool desk_expect_either(struct desk *d, const char *clause, struct bank_answer *a,
			enum iana_stub_status code, enum iana_stub_status other, const char *what)
{
	const struct bank_item *it = bank_answer_item(a, 0);
	char *observed = bank_answer_text(a, 0);
	char *expected = g_strdup_printf("%s or %s", iana_stub_status_name((uint8_t)code),
					 iana_stub_status_name((uint8_t)other));
	bool ok = a->came && it && (it->code == code || it->code == other);

	if (ok || !is_limit(d, a, 0, what))
		evidence_clause(d->e, clause, ok, what, expected, "%s", observed);
	g_free(observed);
	g_free(expected);
	bank_answer_free(a);
	return ok;
}

bool desk_expect(struct desk *d, const char *clause, const struct bank_answer *a, unsigned item,
		 enum iana_stub_status code, const char *what)
{
	const struct bank_item *it = bank_answer_item(a, item);
	char *observed = bank_answer_text(a, item);
	bool ok = a->came && it && it->code == code;

	if (ok || code == STUB_BUSY || !is_limit(d, a, item, what))
		evidence_clause(d->e, clause, ok, what, iana_stub_status_name((uint8_t)code), "%s",
				observed);
	g_free(observed);
	return ok;
}

bool desk_expect_of(struct desk *d, const char *clause, struct bank_answer *a,
		    enum iana_stub_status code, const char *what)
{
	bool ok = desk_expect(d, clause, a, 0, code, what);

	bank_answer_free(a);
	return ok;
}

bool desk_put_over(struct desk *d, struct bank_connection *b, struct made_stub *m)
{
	char index[INDEX_TEXT_MAX];
	char *what = g_strdup_printf("init of stub %s by its owner%s", index_text(&m->index, index),
				     b == d->second ? ", the second gateway" : "");
	bool ok = desk_expect_of(d, "34.1", desk_init(b, m), STUB_OK, what);

	g_free(what);
	return ok;
}

bool desk_put(struct desk *d, struct made_stub *m)
{
	return desk_put_over(d, d->owner, m);
}

bool desk_lifetime_right(const struct made_stub *m, uint64_t asked_ms, uint64_t came_ms,
			 uint32_t seconds, char expected[static 64])
{
	uint64_t cut = MIN(m->lifetime, STUB_LIFETIME_MAX) * UINT64_C(1000);
	uint64_t most = asked_ms > m->kept_ms ? asked_ms - m->kept_ms : 0;
	uint64_t least = came_ms - m->sent_ms;
	uint64_t high = (cut - MIN(cut, most)) / 1000 + LIFETIME_SLACK;
	uint64_t low = (cut - MIN(cut, least)) / 1000;

	high = MIN(high, cut / 1000);
	low -= MIN(low, LIFETIME_SLACK);
	snprintf(expected, 64, "%llu to %llu s, what is left of %u", (unsigned long long)low,
		 (unsigned long long)high, m->lifetime);
	return seconds >= low && seconds <= high;
}

static void expect_lifetime(struct desk *d, const struct made_stub *m, GBytes *got,
			    uint64_t asked_ms, uint64_t came_ms)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB };
	struct stub_container c;
	struct fault fault;
	char expected[64];
	size_t n;
	const void *octets = g_bytes_get_data(got, &n);
	bool ok;

	p.body = span_of(octets, n);
	if (!m->kept_ms || stub_container_parse(&p, &c, &fault) != ERR_OK)
		return;
	ok = desk_lifetime_right(m, asked_ms, came_ms, c.lifetime, expected);
	evidence_clause(d->e, "43.5", ok, "its lifetime has counted down", expected, "%u s",
			c.lifetime);
}

static void attach(struct desk *d, const char *name, GBytes *octets)
{
	size_t n;
	const void *p = g_bytes_get_data(octets, &n);

	evidence_octets(d->e, name, span_of(p, n));
}

bool desk_expect_stub(struct desk *d, const char *clause, struct bank_connection *b,
		      const struct index *index, const struct made_stub *m, const char *what)
{
	uint64_t asked = probe_now();
	struct bank_answer *a = bank_answer_to_get(b, index);
	const struct bank_item *it = bank_answer_item(a, 0);
	char *why = NULL, *status = bank_answer_text(a, 0);
	bool ok = a->came && it && it->code == STUB_OK && it->stub &&
		  made_stub_same(m->container, it->stub, &why);

	if (ok || !is_limit(d, a, 0, what))
		evidence_clause(d->e, clause, ok, what, "ok and the stub, octet for octet",
				"%s%s%s", status,
				ok                ? " and the stub, octet for octet"
				: it && !it->stub ? " without a stub"
				: why             ? ", but "
						  : "",
				why ? why : "");
	if (ok) {
		expect_lifetime(d, m, it->stub, asked, a->came_ms);
	} else if (it && it->stub) {
		attach(d, "stub received", it->stub);
		attach(d, "stub sent", m->container);
	}
	g_free(why);
	g_free(status);
	bank_answer_free(a);
	return ok;
}

bool desk_expect_none(struct desk *d, const char *clause, struct bank_connection *b,
		      const struct index *index, enum iana_stub_status code, const char *what)
{
	struct bank_answer *a = bank_answer_to_get(b, index);
	const struct bank_item *it = bank_answer_item(a, 0);
	char *status = bank_answer_text(a, 0);
	char *expected = g_strdup_printf("%s and no stub", iana_stub_status_name((uint8_t)code));
	bool ok = a->came && it && it->code == code && a->stubs->len == 0;

	if (ok || a->stubs->len || !is_limit(d, a, 0, what))
		evidence_clause(d->e, clause, ok, what, expected, "%s%s", status,
				a->stubs->len ? " with a stub" : ", no stub");
	g_free(status);
	g_free(expected);
	bank_answer_free(a);
	return ok;
}

bool desk_expect_nothing(struct desk *d, const char *clause, struct bank_connection *b,
			 const struct index *index, const char *what)
{
	return desk_expect_none(d, clause, b, index, STUB_NOT_FOUND, what);
}

/* What is wrong with the list as a list. */
static void diagnose_items(struct desk *d, const struct bank_answer *a, unsigned asked)
{
	uint16_t *items = g_new(uint16_t, a->items->len + 1);
	GPtrArray *fits;

	for (unsigned i = 0; i < a->items->len; i++)
		items[i] = g_array_index(a->items, struct bank_item, i).item;
	fits = status_guess(items, a->items->len, asked);
	for (unsigned i = 0; a->came && i < fits->len; i++)
		evidence_diagnosis(d->e, "%s", (const char *)g_ptr_array_index(fits, i));
	g_ptr_array_unref(fits);
	g_free(items);
}

bool desk_expect_all(struct desk *d, const char *clause, struct bank_answer *a, unsigned n,
		     enum iana_stub_status code, const char *what)
{
	unsigned right = 0, wrong = n;
	char *first = NULL, *expected;
	bool ok;

	for (unsigned i = 0; i < n; i++) {
		const struct bank_item *it = bank_answer_item(a, i);

		if (a->came && it && it->item == i && it->code == code)
			right++;
		else if (!first) {
			char *text = bank_answer_text(a, i);

			first = g_strdup_printf("; item %u: %s", i, text);
			wrong = i;
			g_free(text);
		}
	}
	ok = right == n;
	expected =
	    g_strdup_printf("%s for each of %u items", iana_stub_status_name((uint8_t)code), n);
	if (ok || !is_limit(d, a, wrong, what)) {
		evidence_clause(d->e, clause, ok, what, expected, "%s for %u of %u%s",
				iana_stub_status_name((uint8_t)code), right, n, first ? first : "");
		if (!ok)
			diagnose_items(d, a, n);
	}
	g_free(expected);
	g_free(first);
	bank_answer_free(a);
	return ok;
}

bool desk_lifetime_fits(const struct made_stub *m, GBytes *got, uint64_t asked_ms, uint64_t came_ms)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB };
	struct stub_container c;
	struct fault fault;
	char expected[64];
	size_t n;
	const void *octets = g_bytes_get_data(got, &n);

	p.body = span_of(octets, n);
	return m->kept_ms == 0 || stub_container_parse(&p, &c, &fault) != ERR_OK ||
	       desk_lifetime_right(m, asked_ms, came_ms, c.lifetime, expected);
}

/* The stubs that were asked for, but not in the order asked. */
static void diagnose_stubs(struct desk *d, const struct bank_answer *a,
			   struct made_stub *const *stubs, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct bank_item *it = bank_answer_item(a, i);

		for (unsigned j = 0; it && it->stub && j < n; j++) {
			char *why = NULL;
			const bool same =
			    j != i && made_stub_same(stubs[j]->container, it->stub, &why);

			g_free(why);
			if (!same)
				continue;
			evidence_diagnosis(d->e,
					   "the stubs come in another order than was asked: with "
					   "item %u that of item %u",
					   i, j);
			return;
		}
	}
}

bool desk_expect_stubs(struct desk *d, const char *clause, struct bank_answer *a,
		       struct made_stub *const *stubs, unsigned n, const char *what)
{
	unsigned right = 0, old = 0, wrong = n;
	char *expected = g_strdup_printf("%u stubs, octet for octet", n);

	for (unsigned i = 0; i < n; i++) {
		const struct bank_item *it = bank_answer_item(a, i);
		char *why = NULL;

		if (it && it->item == i && it->stub &&
		    made_stub_same(stubs[i]->container, it->stub, &why))
			right++;
		else
			wrong = MIN(wrong, i);
		old += it && it->stub && !desk_lifetime_fits(stubs[i], it->stub, 0, a->came_ms);
		g_free(why);
	}
	if (right == n)
		evidence_clause(d->e, "43.5", old == 0, "lifetimes of all of them",
				"each counted down since its bank had it", "%u are not", old);
	if (right == n || !is_limit(d, a, wrong, what)) {
		evidence_clause(d->e, clause, right == n, what, expected, "%u of %u%s%s", right, n,
				a->came ? "" : "; ", a->came ? "" : a->problem);
		if (right != n) {
			diagnose_items(d, a, n);
			diagnose_stubs(d, a, stubs, n);
		}
	}
	g_free(expected);
	bank_answer_free(a);
	return right == n;
}

bool desk_expect_alive(struct desk *d, const char *clause, struct bank_connection *b,
		       const char *what)
{
	struct index unknown = made_stub_index(desk_own(d));
	struct bank_answer *a = bank_answer_to_get(b, &unknown);
	bool ok = a->came && bank_connection_is_up(b);

	evidence_clause(d->e, clause, ok, what, "it stays, and a get is answered", "%s",
			a->came ? "a get is answered" : a->problem);
	bank_answer_free(a);
	return ok;
}

bool desk_expect_closed(struct desk *d, const char *clause, struct bank_connection *b,
			const char *what)
{
	bool ok = bank_connection_await_closed(b);

	evidence_clause(d->e, clause, ok, what, "the bank closes it", "%s",
			ok ? "the bank closes it" : "it stays open");
	return ok;
}
