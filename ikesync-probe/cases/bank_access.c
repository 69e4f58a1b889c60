/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G19, G20, G32, G34, G38: who is let in, who may do what, and how often. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"

/*
 * A refusal may come in the handshake or, in TLS 1.3, only after the client has sent something. The
 * connection ends either way.
 */
static void expect_refused(struct desk *d, enum bank_who who, const char *clause, const char *what)
{
	struct bank_connection *b = bank_connection_open(d->p, d->e, who);
	struct index unknown = made_stub_index(&d->p->target->bank.owns);
	struct bank_answer *a;
	bool closed;

	if (!bank_connection_is_up(b)) {
		evidence_clause(d->e, clause, true, what, "refused", "refused: %s",
				bank_connection_why(b));
		bank_connection_close(b);
		return;
	}
	a = bank_answer_to_get(b, &unknown);
	/* octets that are no TLS may look like the beginning of a long record: nothing to wait for */
	closed = a->messages == 0 && (who == BANK_PLAIN || bank_connection_await_closed(b));
	evidence_clause(d->e, clause, closed, what, "refused", "%s",
			a->messages ? "a get was answered"
			: closed    ? a->problem
				    : "not answered, but the connection was left open");
	bank_answer_free(a);
	bank_connection_close(b);
}

static void g19(struct desk *d)
{
	const struct target_bank *t = &d->p->target->bank;
	/* without one good peer, refusals prove nothing */
	struct made_stub *m = desk_make(d, &t->owns);

	if (!desk_put(d, m))
		return;
	expect_refused(d, BANK_WITHOUT_CERTIFICATE, "25.2", "a peer without a certificate");
	if (t->foreign_certificate && t->foreign_key)
		expect_refused(d, BANK_FOREIGN, "25.2", "a peer with a certificate of another CA");
	else
		evidence_info(d->e, "a foreign certificate was not tried: no [bank] "
				    "foreign-certificate");
	if (t->no_pool_certificate && t->no_pool_key)
		expect_refused(d, BANK_WITHOUT_POOL, "51.1",
			       "a peer whose certificate has no pool URI");
	if (t->two_pools_certificate && t->two_pools_key)
		expect_refused(d, BANK_TWO_POOLS, "51.1",
			       "a peer whose certificate has two pool URIs");
	expect_refused(d, BANK_PLAIN, "25.1", "a peer that speaks plain TCP");
	expect_refused(d, BANK_TLS_1_2, "25.1", "a peer that offers TLS 1.2 at most");
	expect_refused(d, BANK_WITHOUT_ALPN, "25.3", "a peer without ALPN");
	expect_refused(d, BANK_OTHER_ALPN, "25.3", "a peer that offers another ALPN");
	/* the rightful gateway is still served */
	desk_expect_stub(d, "29.5", d->owner, &m->index, m, "the rightful gateway is still served");
}

const struct probe_case case_g19 = {
	.id = "G19",
	.lasts = 2,
	.title = "Peers without the right credentials or transport are refused",
	.provenance = PROVENANCE_PROBLEM,
	.source = PROBLEM "section 7"
			  "; " RULE(25),
	.clauses = "25.1 25.2 25.3 51.1 29.5 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "A peer without a certificate, with a foreign one, with no pool or two, in plain text, "
	    "below TLS 1.3 or without ALPN is not served, and its connection ends.",
	.causes = "client certificates are asked for but not demanded\n"
		  "any CA is trusted\n"
		  "the lab's plain-text port is the one tested\n"
		  "TLS 1.2 is still enabled, or ALPN is not checked\n"
		  "the first URI of a certificate is taken for its pool, whatever follows",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g19,
};

/* The second gateway tries to write what is the first one's. */
static void second_writes(struct desk *d, const struct made_stub *m)
{
	/* RFC 5737: belongs to nobody */
	static const struct address nobody = { 4, { 198, 51, 100, 77 } };
	struct made_stub *other = desk_make(d, desk_own(d));

	desk_expect_of(d, "34.1", bank_answer_to_init(d->second, other->container),
		       STUB_NOT_AUTHORISED, "init of A's address by B");
	desk_expect_nothing(d, "34.1", d->owner, &other->index, "nothing came of it");
	desk_expect_of(d, "34.1", bank_answer_to_init(d->second, m->container), STUB_NOT_AUTHORISED,
		       "A's very init by B");
	other = desk_make_at(d, &m->index);
	desk_expect_of(d, "34.1", bank_answer_to_update(d->second, &m->index, other->container),
		       STUB_NOT_AUTHORISED, "update of A's stub in place by B");
	other = desk_make(d, desk_own(d));
	desk_expect_of(d, "34.1", bank_answer_to_update(d->second, &m->index, other->container),
		       STUB_NOT_AUTHORISED, "update of A's stub to another SPI of A by B");
	desk_expect_nothing(d, "34.1", d->owner, &other->index, "nothing is at that SPI");
	other = desk_make(d, &nobody);
	desk_expect_of(d, "34.3", bank_answer_to_update(d->second, &m->index, other->container),
		       STUB_NOT_AUTHORISED,
		       "move of A's stub by B to an address that B does not own");
	other = desk_make(d, desk_second(d));
	desk_expect_of(d, "34.3", bank_answer_to_update(d->owner, &m->index, other->container),
		       STUB_NOT_AUTHORISED, "move of A's stub by A to B's address");
	desk_expect_nothing(d, "34.3", d->second, &other->index, "nothing is at B's address");
	desk_expect_stub(d, "34.1", d->owner, &m->index, m, "A's stub after all this");
}

static void g20(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *other, *foreign;

	if (!desk_put(d, m))
		return;
	second_writes(d, m);
	desk_expect_stub(d, "34.2", d->second, &m->index, m,
			 "A's stub, asked for by B of its pool");
	/* within a pool a foreign delete is a retirement (rule 22), which rule 51 allows */
	other = desk_make(d, desk_own(d));
	if (desk_put(d, other)) {
		desk_expect_of(d, "51.2", bank_answer_to_delete(d->second, &other->index), STUB_OK,
			       "delete of A's stub by B of its pool (retirement)");
		desk_expect_nothing(d, "51.2", d->owner, &other->index, "get of the retired stub");
		desk_expect_of(d, "30.8", bank_answer_to_init(d->owner, other->container),
			       STUB_CONFLICT, "the retired stub's init, replayed");
	}
	other = desk_make(d, desk_second(d));
	desk_expect_of(d, "34.3", desk_update(d->second, &m->index, other), STUB_OK,
		       "move of A's stub by B to an address of B");
	desk_expect_stub(d, "34.3", d->second, &other->index, other, "the moved stub");
	/* the stub is B's now */
	foreign = desk_make_at(d, &other->index);
	desk_expect_of(d, "34.1",
		       bank_answer_to_update(d->owner, &other->index, foreign->container),
		       STUB_NOT_AUTHORISED, "update in place of the moved stub by A");
	desk_expect_stub(d, "34.1", d->second, &other->index, other, "the moved stub stands");
}

const struct probe_case case_g20 = {
	.id = "G20",
	.title = "B may neither init nor update A's stubs except by a move to itself",
	.provenance = PROVENANCE_RULE,
	.source = RULE(34),
	.clauses = "34.1 34.2 34.3 51.2 30.8 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "What a gateway may do comes from its certificate: init and same-address update "
	    "only for addresses it owns, a move only to an address it owns. What is refused "
	    "changes nothing.",
	.causes = "the certificate's addresses are not compared with the index\n"
		  "[bank] second-certificate owns A's address too\n"
		  "[bank] second-certificate is of another pool: then the move is refused",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	.run = stage_two_desks,
	.at_desk = g20,
};

/* What a stranger may not do to a stub that is there. */
static void stranger_asks(struct desk *d, struct bank_connection *b, const struct made_stub *m)
{
	struct made_stub *to = desk_make(d, &d->p->target->bank.other_pool_owns);
	struct bank_answer *a = bank_answer_to_get(b, &m->index);

	evidence_clause(d->e, "34.5", a->stubs->len == 0, "get by a gateway of another pool",
			"no stub", a->stubs->len ? "the stub" : "no stub");
	desk_expect_either(d, "34.5", a, STUB_NOT_AUTHORISED, STUB_NOT_FOUND, "status of that get");
	desk_expect_of(d, "34.2", bank_answer_to_delete(b, &m->index), STUB_NOT_AUTHORISED,
		       "delete by a gateway of another pool");
	desk_expect_of(d, "34.3", bank_answer_to_update(b, &m->index, to->container),
		       STUB_NOT_AUTHORISED, "move by a gateway of another pool to itself");
	desk_expect_nothing(d, "34.3", b, &to->index, "nothing is at its address");
	desk_expect_stub(d, "34.5", d->owner, &m->index, m, "the stub stands");
}

/* Rights before the state, where a record exists; an unknown index is not-found to all. */
static void stranger_guesses(struct desk *d, struct bank_connection *b)
{
	struct made_stub *gone = desk_make(d, desk_own(d)), *to;
	struct index never = made_stub_index(desk_own(d));

	if (!desk_put(d, gone))
		return;
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->owner, &gone->index), STUB_OK,
		       "delete by the owner");
	desk_expect_of(d, "51.3", bank_answer_to_delete(b, &gone->index), STUB_NOT_AUTHORISED,
		       "delete of a tombstone by a gateway of another pool");
	to = desk_make(d, &d->p->target->bank.other_pool_owns);
	desk_expect_of(d, "51.3", bank_answer_to_update(b, &gone->index, to->container),
		       STUB_NOT_AUTHORISED, "move of a tombstone by a gateway of another pool");
	desk_expect_nothing(d, "51.3", b, &never, "get of an unknown index by another pool");
	desk_expect_either(d, "51.3", bank_answer_to_delete(b, &never), STUB_NOT_FOUND, STUB_OK,
			   "delete of an unknown index by another pool");
	desk_expect_of(d, "51.3", bank_answer_to_update(b, &never, to->container), STUB_NOT_FOUND,
		       "move of an unknown index by another pool");
}

static void first_pool_asks(struct desk *d, const struct made_stub *theirs)
{
	struct bank_answer *a = bank_answer_to_get(d->owner, &theirs->index);

	evidence_clause(d->e, "34.5", a->stubs->len == 0,
			"get of its stub by a gateway of the first pool", "no stub",
			a->stubs->len ? "the stub" : "no stub");
	desk_expect_either(d, "34.5", a, STUB_NOT_AUTHORISED, STUB_NOT_FOUND, "status of that get");
}

static void g32(struct desk *d)
{
	struct bank_connection *b = desk_dial(d, BANK_STRANGER);
	struct made_stub *m = desk_make(d, desk_own(d)), *theirs, *to;

	if (!b)
		return;
	theirs = desk_make(d, &d->p->target->bank.other_pool_owns);
	/* the stranger is a good gateway, in its own pool */
	if (desk_put(d, m) && desk_put_over(d, b, theirs)) {
		desk_expect_stub(d, "34.2", b, &theirs->index, theirs, "its own stub");
		stranger_asks(d, b, m);
		stranger_guesses(d, b);
		first_pool_asks(d, theirs);
		to = desk_make(d, desk_own(d));
		desk_expect_of(d, "34.3",
			       bank_answer_to_update(d->owner, &theirs->index, to->container),
			       STUB_NOT_AUTHORISED, "move of its stub to the first pool");
		desk_expect_stub(d, "34.3", b, &theirs->index, theirs, "its stub stands");
	}
	bank_answer_free(bank_answer_to_delete(b, &theirs->index));
	desk_hang_up(d, b);
}

const struct probe_case case_g32 = {
	.id = "G32",
	.title = "Stubs of another pool are neither given away nor touched",
	.provenance = PROVENANCE_RULE,
	.source = RULE(34),
	.clauses = "34.1 34.2 34.3 34.5 51.3 30.10 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "get, move and delete belong to the pool that initiated the stub. A gateway of "
	    "another pool is refused, learns nothing of what is there, and changes nothing.",
	.causes = "pools are not compared, or only by a prefix\n"
		  "the state is looked at before the rights\n"
		  "[bank] other-pool-certificate is of the same pool",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_OTHER_POOL,
	.run = stage_desk,
	.at_desk = g32,
};

/* --- too many gets --- */

#define GETS_A_MESSAGE 4000
#define GETS_BESIDE 1000

static uint32_t ask_many(struct desk *d, struct bank_connection *b, unsigned n)
{
	struct index *indexes = g_new(struct index, n);
	uint32_t id;

	for (unsigned i = 0; i < n; i++)
		indexes[i] = made_stub_index(desk_own(d));
	id = bank_request_get(b, indexes, n);
	g_free(indexes);
	return id;
}

struct greed {
	unsigned served, busy; /* of the greedy one's gets */
	unsigned beside;       /* of another gateway's, asked when the greedy one was refused */
};

static void count(const struct bank_answer *a, unsigned *served, unsigned *busy)
{
	for (unsigned k = 0; k < a->items->len; k++) {
		const struct bank_item *it = &g_array_index(a->items, struct bank_item, k);

		*served += it->code == STUB_NOT_FOUND;
		*busy += it->code == STUB_BUSY;
	}
}

/* Gets without measure over `b`, and as soon as one is refused some of the owner. */
static void ask_without_measure(struct desk *d, struct bank_connection *b, struct greed *g)
{
	unsigned limit = d->p->target->bank.gets_per_second, others = 0;
	unsigned messages = 4 + 3 * limit / GETS_A_MESSAGE;
	uint32_t *ids = g_new(uint32_t, messages), beside = 0;
	bool asked = false;
	struct bank_answer *a;

	for (unsigned i = 0; i < messages; i++)
		ids[i] = ask_many(d, b, GETS_A_MESSAGE);
	for (unsigned i = 0; i < messages; i++) {
		a = bank_answer_await(b, ids[i]);
		count(a, &g->served, &g->busy);
		bank_answer_free(a);
		if (g->busy && !asked) {
			beside = ask_many(d, d->owner, GETS_BESIDE);
			asked = true;
		}
	}
	if (asked) {
		a = bank_answer_await(d->owner, beside);
		count(a, &g->beside, &others);
		bank_answer_free(a);
	}
	g_free(ids);
}

#define AT_ONCE 4

/* The limit is the gateway's, however many connections it has. */
static void many_connections(struct desk *d, struct bank_connection *b)
{
	const unsigned limit = d->p->target->bank.gets_per_second;
	const unsigned n = AT_ONCE * (1 + limit / GETS_A_MESSAGE);
	struct bank_connection *of[AT_ONCE] = { b };
	uint32_t *ids = g_new(uint32_t, n);
	unsigned served = 0, busy = 0, up = 1;
	uint64_t start, took;

	while (up < AT_ONCE && (of[up] = desk_dial(d, BANK_PREFETCH)))
		up++;
	/* from a full measure on */
	probe_pass_time(d->p, 1100);
	start = probe_now();
	for (unsigned i = 0; up == AT_ONCE && i < n; i++)
		ids[i] = ask_many(d, of[i % AT_ONCE], GETS_A_MESSAGE);
	for (unsigned i = 0; up == AT_ONCE && i < n; i++) {
		struct bank_answer *a = bank_answer_await(of[i % AT_ONCE], ids[i]);

		count(a, &served, &busy);
		bank_answer_free(a);
	}
	took = (probe_now() - start + 999) / 1000;
	/* who counts second by second may serve a measure on either side of the border */
	if (up == AT_ONCE)
		evidence_clause(d->e, "32.4", served <= limit * (2 + took),
				"gets of one gateway over four connections at once",
				"the limit of one gateway",
				"%u served within %u s; the limit is %u a second", served,
				(unsigned)took, limit);
	for (unsigned i = 1; i < up; i++)
		desk_hang_up(d, of[i]);
	g_free(ids);
}

static void g34(struct desk *d)
{
	struct bank_connection *b = desk_dial(d, BANK_PREFETCH);
	struct made_stub *m = desk_make(d, desk_own(d));
	unsigned limit = d->p->target->bank.gets_per_second;
	struct greed g = { 0 };

	if (!b)
		return;
	d->busy_counts = true;
	if (desk_put(d, m)) {
		ask_without_measure(d, b, &g);
		evidence_clause(d->e, "32.4", g.busy > 0 && g.served >= limit / 2,
				"gets without measure of one gateway",
				"the limit is served, what is above it is busy",
				"%u served, %u busy; the limit is %u a second", g.served, g.busy,
				limit);
		if (g.busy)
			evidence_clause(d->e, "32.4", g.beside == GETS_BESIDE,
					"1,000 gets of another gateway at that moment",
					"all are served", "%u are served", g.beside);
		desk_expect_alive(d, "32.4", b, "the connection of the greedy one");
		if (g.busy)
			many_connections(d, b);
		/* a second later it is served again */
		probe_pass_time(d->p, 1100);
		desk_expect_stub(d, "32.4", b, &m->index, m, "the greedy one, a second later");
	}
	desk_hang_up(d, b);
}

const struct probe_case case_g34 = {
	.id = "G34",
	.lasts = 3,
	.title = "A gateway that gets without measure is slowed, and no other one",
	.provenance = PROVENANCE_RULE,
	.source = RULE(32),
	.clauses = "32.4 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "Gets are limited for each gateway: what is too many is answered busy, the "
		    "connection stays, others are not held up, and later gets are served again.",
	.causes = "no limit is set, or one for all gateways together\n"
		  "the limit is per connection\n"
		  "whoever passed the limit stays shut out\n"
		  "[bank] gets-per-second is not what the bank is configured to",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_PREFETCH | REQUIRES_BANK_GET_LIMIT,
	.run = stage_desk,
	.at_desk = g34,
};

static void g38(struct desk *d)
{
	unsigned tickets;

	/* tickets come with the first octets behind the handshake */
	desk_expect_alive(d, "30.1", d->owner, "the connection");
	tickets = bank_connection_tickets(d->owner);
	evidence_clause(d->e, "25.4", tickets == 0, "no TLS session ticket is sent", "none", "%u",
			tickets);
}

const struct probe_case case_g38 = {
	.id = "G38",
	.title = "No session tickets",
	.provenance = PROVENANCE_RULE,
	.source = RULE(25),
	.clauses = "25.4 30.1 " REPLY_FORM_CLAUSES,
	.required = "Every connection shows its certificates anew: no ticket is given out with "
		    "which a revoked gateway could come back.",
	.causes = "the TLS library sends tickets unless told not to",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g38,
};
