/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C28, N03: many at once, of many clients and of one source. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"

/* --- N03 --- */

#define SOON_MS 150 /* an answer of a gateway that gives one, the way aside */
#define FAR_MS 500  /* from so far away the first are half-open no more when the last arrive */
#define TIMES 3     /* as many requests as the cap */

/* Requests of one source, cookies returned: how many are served? */
struct flood {
	struct probe *p;
	struct evidence *e;
	uint64_t soon_ms;
	unsigned n, served;
	struct client **c; /* those that were served */
};

static void ask_once(struct flood *f, const struct index *ix)
{
	struct init_request r = init_request_of(&f->p->target->client.suites[0], ix);
	struct client *c = client_new(f->p, f->e, &f->p->target->capped, NULL);
	struct init_answer a;

	if (!c)
		return;
	r.answer_ms = f->soon_ms;
	f->n++;
	if (init_exchange(c, &r, &a) == IKE_ANSWER_ORDINARY)
		f->c[f->served++] = c;
	else
		client_vanish(c);
	init_answer_clear(&a);
}

static void flood(struct flood *f, bool with_syn)
{
	const unsigned cap = f->p->target->half_open, before = f->served;
	const uint64_t start = probe_now();

	for (unsigned i = 0; i < TIMES * cap && !probe_interrupted(); i++) {
		const struct index unknown = steps_unknown_index(f->p);

		ask_once(f, with_syn ? &unknown : NULL);
	}
	evidence_note(f->e,
		      "%u IKE_SA_INIT requests %s SYN from one source within %u ms, cookies "
		      "returned: %u are served",
		      TIMES * cap, with_syn ? "with" : "without", (unsigned)(probe_now() - start),
		      f->served - before);
}

static void check_served(struct flood *f, unsigned before, const char *clause, const char *what)
{
	const unsigned cap = f->p->target->half_open;
	char *expected = g_strdup_printf("at most %u, as [limits] half-open says", cap);

	evidence_clause(f->e, clause, f->served - before <= cap && f->served <= cap, what, expected,
			"%u half-open SAs", f->served);
	g_free(expected);
}

/* Half-open no more: each logs in, and is deleted. */
static void settle(struct flood *f)
{
	for (unsigned i = 0; i < f->served; i++) {
		auth_settle(f->c[i]);
		client_free(f->c[i]);
	}
	f->served = 0;
}

static void logs_in(struct flood *f, const struct address *source, const char *clause,
		    const char *what)
{
	struct client *c = client_new(f->p, f->e, &f->p->target->capped, source);
	bool ok;

	if (!c)
		return;
	ok = auth_full_handshake(c, &f->p->target->client.suites[0]);
	evidence_clause(f->e, clause, ok, what, "it logs in", "%s", ok ? "it does" : c->why);
	client_free(c);
}

/* As many as this are resumed one after the other to see that none of them counts for good. */
#define RESUMED_MAX 64

/* Whoever was resumed is half-open no more. */
static void resumed_again_and_again(struct flood *f)
{
	const struct suite *suite = &f->p->target->client.suites[0];
	struct old_sa *old = old_sa_at(f->p, f->e, &f->p->target->old_gateway, suite, true);
	unsigned done = 0;

	while (old && done <= f->p->target->half_open) {
		struct client *c = client_new(f->p, f->e, &f->p->target->capped, NULL);
		struct resume_result r = { 0 };

		if (!c)
			break;
		(void)resume_whole(c, old, NULL, &r);
		resume_result_clear(&r);
		if (!c->live) {
			client_free(c);
			break;
		}
		client_free(c);
		old_sa_free(old);
		done++;
		old = old_sa_at(f->p, f->e, &f->p->target->old_gateway, suite, true);
	}
	evidence_clause(f->e, "58.1", done > f->p->target->half_open,
			"resumptions at one address, one after the other",
			"one more than may be half-open at once", "%u", done);
	old_sa_free(old);
}

/* The flood, and who is served meanwhile and afterwards. */
static void cap_holds(struct flood *f, struct old_sa *live)
{
	const struct target_client *t = &f->p->target->client;
	unsigned before;

	flood(f, false);
	if (f->served == 0)
		evidence_inconclusive(f->e, "none is served: see S01, for [variant capped]");
	else
		check_served(f, 0, "58.1", "half-open SAs of one address");
	before = f->served;
	flood(f, true);
	check_served(f, before, "15.5",
		     "half-open SAs of one address, with SYNs for indexes that nobody gave");
	shown_alive(f->e, live->client, "59.5", "a live SA of the same address meanwhile");
	if (t->second_source.family)
		logs_in(f, &t->second_source, "58.1", "a client of another address meanwhile");
	settle(f);
	logs_in(f, NULL, "58.1", "a client of that address when they are half-open no more");
	if (f->p->target->half_open <= RESUMED_MAX && f->p->target->old_gateway.given &&
	    !f->p->old_gateway_failed)
		resumed_again_and_again(f);
}

static void n03(struct probe *p, struct evidence *e)
{
	const unsigned cap = p->target->half_open;
	struct flood f = { .p = p, .e = e, .c = g_new0(struct client *, 2 * TIMES * cap) };
	struct old_sa *live = old_sa_at(p, e, &p->target->capped, NULL, false);
	const uint64_t asked = probe_now();
	uint64_t way;

	if (live) {
		shown_alive(e, live->client, "59.5", "a live SA before the flood");
		way = probe_now() - asked;
		f.soon_ms = SOON_MS + 2 * way;
		if (way > FAR_MS)
			evidence_note(e,
				      "too far away (%u ms there and back) for a flood: not asked",
				      (unsigned)way);
		else
			cap_holds(&f, live);
	}
	settle(&f);
	g_free(f.c);
	old_sa_free(live);
}

const struct probe_case case_n03 = {
	.id = "N03",
	.title = "Half-open SAs are capped per address, also with cookies; others are served",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 15 and 58",
	.required =
	    "However many requests one address sends, with SYN or without, its cookies returned, "
	    "no "
	    "more half-open SAs are kept of it than the cap. Others, and what lives already, are "
	    "served meanwhile; so is that address when they are half-open no more.",
	.causes =
	    "a returned cookie lifts the cap\nthe cap counts all sources together\nwhat has "
	    "logged in, or was given up, is counted on\n[limits] half-open of the target file is "
	    "not what [variant capped] is configured for",
	.clauses = "15.5 58.1 59.5",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_CAPPED,
	.needs = "C11",
	.alone = true,
	.run = n03,
};

/* --- C28 --- */

#define AT_ONCE 12

struct one {
	struct old_sa *old;
	struct client *c;
	uint64_t asked_ms, hit_ms; /* monotonic */
	enum ike_answer_kind kind; /* of the first answer; NONE: silence */
	bool hit;
};

/* What is lost is asked for again one by one, and soon: those that were answered do not wait for ever. */
#define HEARD_RETRANSMITS 7

static void hear(struct probe *p, struct one *all, unsigned n)
{
	const struct target_timers *t = &p->target->timers;
	const uint64_t deadline = probe_now() + MIN(t->answer, HEARD_RETRANSMITS * t->retransmit);

	for (unsigned i = 0; i < n; i++) {
		struct span message;

		while (all[i].c && !all[i].hit_ms &&
		       transport_receive(all[i].c->transport, deadline, &message)) {
			struct init_answer a;

			if (!init_read(message, all[i].c->sa.spi_i, &a))
				continue;
			all[i].kind = a.said.kind;
			all[i].hit = a.said.kind == IKE_ANSWER_RESUMED;
			if (all[i].hit)
				init_take(all[i].c, &a);
			all[i].hit_ms = probe_now();
			init_answer_clear(&a);
		}
	}
}

/* A datagram that was lost, or a cookie: by itself, in order. */
static void once_more(struct one *o)
{
	struct init_answer a = { 0 };

	if (o->hit || !o->c || (o->kind != IKE_ANSWER_NONE && o->kind != IKE_ANSWER_COOKIE))
		return;
	client_fresh(o->c, CLIENT_NONCE_DEFAULT);
	o->hit = resume_syn(o->c, o->old, &a) == IKE_ANSWER_RESUMED;
	o->hit_ms = 0;
	init_answer_clear(&a);
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(struct evidence *e, const struct one *all, unsigned n)
{
	uint64_t ms[AT_ONCE];
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++)
		if (all[i].hit_ms)
			ms[k++] = all[i].hit_ms - all[i].asked_ms;
	if (k == 0)
		return;
	qsort(ms, k, sizeof(ms[0]), by_number);
	evidence_info(e, "%u SYNs at once: answered after %u ms (half of them), %u ms (the last)",
		      k, (unsigned)ms[k / 2], (unsigned)ms[k - 1]);
}

/* They are confirmed one by one: where the way is long, the last of them would come too late. */
static bool is_over(const struct probe *p, const struct one *o)
{
	return o->hit_ms && probe_now() - o->hit_ms > p->target->timers.provisional / 3 * 2;
}

/* How many were committed; `*late`: so many could not be asked in time. */
static unsigned resume_all(struct probe *p, struct evidence *e, struct one *all, unsigned n,
			   unsigned *late)
{
	unsigned committed = 0;
	bool built[AT_ONCE];

	*late = 0;
	/* all are made before the first is sent: making one takes longer than a get */
	for (unsigned i = 0; i < n; i++) {
		const struct init_request r =
		    init_request_of(&all[i].old->suite, &all[i].old->index);

		built[i] = init_build(all[i].c, &r);
	}
	for (unsigned i = 0; i < n; i++) {
		if (!built[i])
			continue;
		all[i].asked_ms = probe_now();
		transport_send(all[i].c->transport,
			       span_of(all[i].c->request->data, all[i].c->request->len));
	}
	hear(p, all, n);
	report(e, all, n);
	for (unsigned i = 0; i < n; i++) {
		struct resume_result result = { 0 };

		once_more(&all[i]);
		if (all[i].hit && is_over(p, &all[i]))
			++*late;
		else if (all[i].hit && resume_derive(all[i].c, all[i].old) &&
			 resume_confirm(all[i].c, all[i].old, NULL, &result) == RESUME_COMMITTED) {
			all[i].old->moved = true;
			committed++;
		}
		resume_result_clear(&result);
	}
	return committed;
}

static void c28(struct probe *p, struct evidence *e)
{
	struct one all[AT_ONCE] = { 0 };
	unsigned n = 0, hits = 0, committed, late;

	while (n < AT_ONCE && !probe_interrupted()) {
		all[n].old = probe_old_sa(p, e, NULL);
		all[n].c = all[n].old ? client_new(p, e, &p->target->gateway, NULL) : NULL;
		if (!all[n].c)
			break;
		n++;
	}
	if (n == AT_ONCE) {
		committed = resume_all(p, e, all, n, &late);
		for (unsigned i = 0; i < n; i++)
			hits += all[i].hit;
		evidence_clause(e, "5.6", hits == n, "SYNs of twelve clients at once", "12 hits",
				"%u", hits);
		if (late)
			evidence_note(e, "the way is too long to confirm all in time: %u are left",
				      late);
		evidence_clause(e, "9.1", committed + late == hits, "their confirmations",
				"each is committed", "%u of %u", committed, hits - late);
		for (unsigned i = 0; i < n; i += n - 1)
			if (all[i].c->live)
				shown_alive(e, all[i].c, "11.4",
					    i ? "the last of their SAs" : "the first of their SAs");
	}
	for (unsigned i = 0; i < n; i++)
		client_free(all[i].c);
	for (unsigned i = 0; i < AT_ONCE; i++)
		old_sa_free(all[i].old);
}

const struct probe_case case_c28 = {
	.id = "C28",
	.title = "Twelve clients resume at once",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_PROBLEM,
	.source = PROBLEM "section 5.1; wire profile rules 5 and 9",
	.required = "When a gateway has died, its clients come all together: each is resumed, with "
		    "keys of its own. How long they waited is reported.",
	.causes =
	    "one get is under way at a time, and other SYNs are misses meanwhile\nthe stub of "
	    "one SYN is taken for another's\na limit per source: the probe's clients have one "
	    "address",
	.clauses = "5.6 9.1 11.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c28,
};
