/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections, stubs and expectations of cases that ask a bank. */
#include "gateway/desk.h"

#include "gateway/bank_request.h"

#define RULE_30 "wire profile rule 30"

static void free_made(void *data)
{
	made_stub_free(data);
}

static struct bank_connection *dial(struct desk *d, enum bank_who who)
{
	struct bank_connection *b = bank_connection_open(d->p, d->e, who);
	char text[ENDPOINT_TEXT_MAX];

	endpoint_text(&d->p->target->bank.address, text);
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

bool desk_open(struct desk *d, struct probe *p, struct evidence *e, bool second)
{
	*d = (struct desk){ .p = p, .e = e };
	d->stubs = g_ptr_array_new_with_free_func(free_made);
	d->owner = dial(d, BANK_OWNER);
	if (d->owner && second)
		d->second = dial(d, BANK_SECOND);
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

/* Delete without asking what came of it: most are gone by now, and a case has already said what
 * matters. */
static void sweep(struct desk *d, struct bank_connection *b, const struct address *own)
{
	GArray *indexes = g_array_new(FALSE, FALSE, sizeof(struct index));

	for (unsigned i = 0; i < d->stubs->len; i++) {
		const struct made_stub *m = g_ptr_array_index(d->stubs, i);

		if (address_equal(&m->index.address, own))
			g_array_append_val(indexes, m->index);
	}
	if (indexes->len && bank_connection_is_up(b) && !probe_interrupted())
		bank_answer_free(bank_answer_await(
		    b, bank_request_delete(b, (const struct index *)(const void *)indexes->data,
					   indexes->len)));
	g_array_unref(indexes);
}

void desk_close(struct desk *d)
{
	const struct target_bank *t = &d->p->target->bank;

	if (d->owner)
		sweep(d, d->owner, &t->owns);
	if (d->second && t->second_owns.family)
		sweep(d, d->second, &t->second_owns);
	bank_connection_close(d->owner);
	bank_connection_close(d->second);
	g_ptr_array_unref(d->stubs);
}

struct made_stub *desk_make_at(struct desk *d, const struct index *index)
{
	struct made_stub *m = made_stub_new(d->p, index);

	g_ptr_array_add(d->stubs, m);
	return m;
}

struct made_stub *desk_make(struct desk *d, const struct address *address)
{
	struct index index = made_stub_index(address);

	return desk_make_at(d, &index);
}

static bool expect(struct desk *d, enum provenance p, const char *source,
		   const struct bank_answer *a, unsigned item, enum iana_stub_status code,
		   const char *what)
{
	const struct bank_item *it = bank_answer_item(a, item);
	char *observed = bank_answer_text(a, item);
	bool ok = a->came && it && it->code == code;

	evidence_check_as(d->e, p, source, ok, what, iana_stub_status_name(code), "%s", observed);
	g_free(observed);
	return ok;
}

bool desk_expect(struct desk *d, const struct bank_answer *a, unsigned item,
		 enum iana_stub_status code, const char *what)
{
	return expect(d, d->e->c->provenance, NULL, a, item, code, what);
}

bool desk_expect_of(struct desk *d, struct bank_answer *a, enum iana_stub_status code,
		    const char *what)
{
	bool ok = desk_expect(d, a, 0, code, what);

	bank_answer_free(a);
	return ok;
}

bool desk_expect_rule(struct desk *d, const char *source, const struct bank_answer *a,
		      unsigned item, enum iana_stub_status code, const char *what)
{
	return expect(d, PROVENANCE_RULE, source, a, item, code, what);
}

bool desk_put(struct desk *d, const struct made_stub *m)
{
	char index[INDEX_TEXT_MAX];
	char *what = g_strdup_printf("init of stub %s", index_text(&m->index, index));
	bool ok = desk_expect_of(d, bank_answer_to_init(d->owner, m->container), STUB_OK, what);

	g_free(what);
	return ok;
}

bool desk_expect_stub(struct desk *d, struct bank_connection *b, const struct index *index,
		      const struct made_stub *m, const char *what)
{
	struct bank_answer *a = bank_answer_to_get(b, index);
	const struct bank_item *it = bank_answer_item(a, 0);
	char *why = NULL, *status = bank_answer_text(a, 0);
	bool ok = a->came && it && it->code == STUB_OK && it->stub &&
		  made_stub_same(m->container, it->stub, &why);

	evidence_check(d->e, ok, what, "ok and the stub, octet for octet", "%s%s%s", status,
		       ok                ? " and the stub, octet for octet"
		       : it && !it->stub ? " without a stub"
		       : why             ? ", but "
					 : "",
		       why ? why : "");
	if (!ok && it && it->stub) {
		size_t n;
		const void *p = g_bytes_get_data(it->stub, &n), *sent;

		evidence_octets(d->e, "stub received", span_of(p, n));
		sent = g_bytes_get_data(m->container, &n);
		evidence_octets(d->e, "stub sent", span_of(sent, n));
	}
	g_free(why);
	g_free(status);
	bank_answer_free(a);
	return ok;
}

bool desk_expect_nothing(struct desk *d, struct bank_connection *b, const struct index *index,
			 const char *what)
{
	struct bank_answer *a = bank_answer_to_get(b, index);
	const struct bank_item *it = bank_answer_item(a, 0);
	char *status = bank_answer_text(a, 0);
	bool none = !it || !it->stub, ok;

	ok = evidence_check(d->e, none, what, "no stub", "%s%s", status,
			    none ? ", no stub" : " with a stub");
	/* how "no stub" is said is the profile's, not the draft's */
	if (ok)
		ok = desk_expect_rule(d, RULE_30, a, 0, STUB_NOT_FOUND, "status of that get");
	g_free(status);
	bank_answer_free(a);
	return ok;
}

void desk_expect_all(struct desk *d, struct bank_answer *a, unsigned n, enum iana_stub_status code,
		     const char *what)
{
	unsigned right = 0;
	char *first = NULL, *expected;

	for (unsigned i = 0; i < n; i++) {
		const struct bank_item *it = bank_answer_item(a, i);

		if (a->came && it && it->item == i && it->code == code)
			right++;
		else if (!first) {
			char *text = bank_answer_text(a, i);

			first = g_strdup_printf("; item %u: %s", i, text);
			g_free(text);
		}
	}
	expected = g_strdup_printf("%s for each of %u items", iana_stub_status_name(code), n);
	evidence_check(d->e, right == n && !a->disordered, what, expected, "%s for %u of %u%s%s%s",
		       iana_stub_status_name(code), right, n, first ? first : "",
		       a->disordered ? "; " : "", a->disordered ? a->offences->str : "");
	g_free(expected);
	g_free(first);
	bank_answer_free(a);
}

void desk_expect_stubs(struct desk *d, struct bank_answer *a, const struct made_stub *const *stubs,
		       unsigned n, const char *what)
{
	unsigned right = 0;
	char *expected = g_strdup_printf("%u stubs, octet for octet", n);

	for (unsigned i = 0; i < n; i++) {
		const struct bank_item *it = bank_answer_item(a, i);
		char *why = NULL;

		right += it && it->item == i && it->stub &&
			 made_stub_same(stubs[i]->container, it->stub, &why);
		g_free(why);
	}
	evidence_check(d->e, right == n && !a->disordered, what, expected, "%u of %u%s%s%s", right,
		       n, a->came && !a->disordered ? "" : "; ", a->came ? "" : a->problem,
		       a->disordered ? a->offences->str : "");
	g_free(expected);
	bank_answer_free(a);
}
