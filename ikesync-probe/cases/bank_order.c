/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G25, G29: many at once, in what order, and a gateway's whole set. */
#include "cases/cases.h"
#include "cases/overtake.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"
#include "gateway/raw_message.h"

/* --- transactions --- */

static void expect_transaction(struct desk *d, uint32_t transaction)
{
	struct index unknown = made_stub_index(desk_own(d));
	struct raw_message q;
	char *what = g_strdup_printf("a get of transaction 0x%08x", transaction);

	raw_message_begin_bare(&q, d->owner, STUB_GET);
	q.wanted.transaction = transaction;
	q.wanted.items = 1;
	raw_message_transaction(&q, transaction);
	raw_message_index(&q, &unknown);
	desk_expect_of(d, "28.2", bank_answer_await(d->owner, raw_message_send(&q, d->owner)),
		       STUB_NOT_FOUND, what);
	g_free(what);
}

/* Requests with the top bit set are the bank's alone. */
static void top_bit(struct desk *d, uint8_t type)
{
	struct made_stub *m = desk_make(d, desk_own(d));
	struct raw_message q;
	struct bank_answer *a;
	char *what =
	    g_strdup_printf("a request of type %u whose transaction has the top bit", type);

	raw_message_begin_bare(&q, d->owner, type);
	q.wanted.transaction = STUB_TRANSACTION_PUSH | 5u;
	raw_message_transaction(&q, q.wanted.transaction);
	if (type != STUB_INIT)
		raw_message_index(&q, &m->index);
	if (type == STUB_INIT || type == STUB_UPDATE)
		raw_message_stub(&q, m->container);
	a = bank_answer_await(d->owner, raw_message_send(&q, d->owner));
	desk_expect(d, "52.3", a, STUB_ITEM_ALL, STUB_MALFORMED, what);
	evidence_clause(d->e, "52.3", a->items->len == 1, "statuses of that reply", "1", "%u",
			a->items->len);
	bank_answer_free(a);
	desk_expect_alive(d, "52.3", d->owner, "the connection after it");
	desk_expect_nothing(d, "52.3", d->owner, &m->index, "nothing is stored of it");
	g_free(what);
}

/* Acknowledgements of pushes and notices that the bank never sent. */
static void acknowledge_nothing(struct desk *d)
{
	static const uint8_t ok[4] = { STUB_OK, 0, 0, 0 };
	static const struct {
		uint8_t type;
		uint32_t transaction;
		const char *what;
	} of[] = {
		{ STUB_DOWNLOAD, STUB_TRANSACTION_PUSH | 77u, "an acknowledgement of no push" },
		{ STUB_DELETE, STUB_TRANSACTION_PUSH | 78u, "an acknowledgement of no notice" },
		{ STUB_DOWNLOAD, 79u, "a download of the client's own transaction" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(of); i++) {
		struct raw_message q;
		uint32_t id;

		raw_message_begin_bare(&q, d->owner, of[i].type);
		q.wanted.transaction = of[i].transaction;
		raw_message_transaction(&q, q.wanted.transaction);
		raw_message_payload(&q, STUB_PAYLOAD_STATUS, 0, SPAN_OF(ok));
		id = raw_message_send(&q, d->owner);
		/* what is asked next is answered, and this was not */
		desk_expect_alive(d, "52.4", d->owner, of[i].what);
		evidence_clause(d->e, "52.4", bank_connection_order(d->owner, id) == 0, of[i].what,
				"no answer", "%s",
				bank_connection_order(d->owner, id) ? "an answer" : "no answer");
	}
}

/* One index, all at once: what happens is what was sent, in that order. */
static void one_index(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *n = desk_make_at(d, &m->index);
	struct bank_connection *b = d->owner;
	uint32_t ids[] = {
		bank_request_get(b, &m->index, 1),
		bank_request_init(b, &m->container, 1),
		bank_request_get(b, &m->index, 1),
		bank_request_init(b, &n->container, 1),
		bank_request_update(b, &m->index, &n->container, 1),
		bank_request_get(b, &m->index, 1),
		bank_request_delete(b, &m->index, 1),
		bank_request_get(b, &m->index, 1),
		bank_request_init(b, &m->container, 1),
	};
	static const enum iana_stub_status wanted[] = {
		STUB_NOT_FOUND, STUB_OK, STUB_OK,        STUB_EXISTS,  STUB_OK,
		STUB_OK,        STUB_OK, STUB_NOT_FOUND, STUB_CONFLICT
	};
	static const char *const what[] = { "get before the init",   "init",
					    "get behind it",         "another init behind it",
					    "update behind them",    "get behind the update",
					    "delete behind it",      "get behind the delete",
					    "init behind the delete" };

	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		struct bank_answer *a = bank_answer_await(b, ids[i]);
		const struct bank_item *it = bank_answer_item(a, 0);
		char *why = NULL;

		desk_expect(d, "28.5", a, 0, wanted[i], what[i]);
		if (it && it->stub)
			evidence_clause(
			    d->e, "28.5",
			    made_stub_same(i < 4 ? m->container : n->container, it->stub, &why),
			    "that get returns", i < 4 ? "the first stub" : "the second", "%s",
			    why ? why : "it");
		g_free(why);
		bank_answer_free(a);
	}
}

/* An update names two indexes: what is asked of the new one waits for it, too. */
static void new_index(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *n = desk_make(d, desk_own(d));
	struct bank_connection *b = d->owner;
	uint32_t ids[5];
	static const enum iana_stub_status wanted[] = { STUB_OK, STUB_OK, STUB_OK, STUB_OK,
							STUB_NOT_FOUND };
	static const char *const what[] = { "init", "update to a new SPI behind it",
					    "get of the new SPI behind the update",
					    "delete of the new SPI behind it",
					    "get of the new SPI behind the delete" };

	ids[0] = bank_request_init(b, &m->container, 1);
	ids[1] = bank_request_update(b, &m->index, &n->container, 1);
	ids[2] = bank_request_get(b, &n->index, 1);
	ids[3] = bank_request_delete(b, &n->index, 1);
	ids[4] = bank_request_get(b, &n->index, 1);
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		struct bank_answer *a = bank_answer_await(b, ids[i]);

		desk_expect(d, "28.5", a, 0, wanted[i], what[i]);
		bank_answer_free(a);
	}
}

static void g29(struct desk *d)
{
	static const uint8_t types[] = { STUB_INIT, STUB_UPDATE, STUB_GET, STUB_DELETE };

	expect_transaction(d, 0);
	expect_transaction(d, 0x7fffffffu);
	expect_transaction(d, 0x00ff0001u);
	one_index(d);
	new_index(d);
	overtake_init(d);
	for (size_t i = 0; i < G_N_ELEMENTS(types) && bank_connection_is_up(d->owner); i++)
		top_bit(d, types[i]);
	acknowledge_nothing(d);
}

const struct probe_case case_g29 = {
	.id = "G29",
	.title = "Replies carry their transaction; gets do not wait; one index keeps its order",
	.provenance = PROVENANCE_RULE,
	.source = RULE(28),
	.clauses = "28.4 28.5 52.3 52.4 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "Many requests may be under way: each reply carries its transaction, requests "
	    "of one index take effect in the order sent, and a get of another index does "
	    "not wait behind a durable write. Transactions with the top bit are the bank's.",
	.causes = "replies are matched by their order\n"
		  "gets queue behind writes\n"
		  "gets overtake the writes of their own index\n"
		  "the transaction is kept in a signed number",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g29,
};

/* --- prefetch --- */

#define SET 240
#define PER_INIT 80

static int by_spi(const void *a, const void *b)
{
	const struct made_stub *const *x = a, *const *y = b;

	return ((*x)->index.spi > (*y)->index.spi) - ((*x)->index.spi < (*y)->index.spi);
}

/* Where in `stubs` is this container's index? -1: nowhere. */
static int place_of(const struct made_stub *const *stubs, int n_stubs, GBytes *container,
		    struct index *out)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB };
	struct stub_container c;
	struct fault fault;
	size_t n;
	const void *octets = g_bytes_get_data(container, &n);

	p.body = span_of(octets, n);
	memset(out, 0, sizeof(*out));
	if (stub_container_parse(&p, &c, &fault) != ERR_OK)
		return -1;
	*out = c.index;
	for (int i = 0; i < n_stubs; i++)
		if (index_equal(&stubs[i]->index, &c.index))
			return i;
	return -1;
}

/* Other cases may have stubs at the same address at the same time: those are let pass, in order. */
static void expect_set(struct desk *d, const char *clause, uint64_t asked, struct bank_answer *a,
		       struct made_stub *const *stubs, unsigned from, const char *what)
{
	unsigned next = from, twice = 0, foreign = 0, disorder = 0, changed = 0, late = 0;
	uint64_t last = 0;
	bool right;

	for (unsigned i = 0; i < a->stubs->len; i++) {
		struct index ix;
		GBytes *got = g_ptr_array_index(a->stubs, i);
		int place = place_of((const struct made_stub *const *)stubs, SET, got, &ix);
		char *why = NULL;

		foreign += !address_equal(&ix.address, desk_own(d));
		disorder += ix.spi <= last;
		last = ix.spi;
		if (place < 0)
			continue;
		if ((unsigned)place == next)
			next++;
		else
			twice++;
		changed += !made_stub_same(stubs[place]->container, got, &why);
		late += !desk_lifetime_fits(stubs[place], got, asked, a->came_ms);
		g_free(why);
	}
	evidence_clause(d->e, "43.5", late == 0, "lifetimes of the stubs of that prefetch",
			"each counted down since its bank had it", "%u are not", late);
	right = a->came && next == SET && !twice && !foreign && !disorder && !changed;
	evidence_clause(d->e, clause, right, what,
			"every stub of that address once, by SPI, octet for octet, none of another "
			"address",
			"%u of %u, %u twice or out of place, %u of other addresses, %u not "
			"ascending, %u changed%s%s",
			next - from, SET - from, twice, foreign, disorder, changed,
			a->came ? "" : "; ", a->came ? "" : a->problem);
	bank_answer_free(a);
}

static bool put_set(struct desk *d, struct made_stub **stubs)
{
	GBytes *containers[PER_INIT];
	struct bank_answer *a;
	uint64_t sent;
	bool ok = true;

	for (int i = 0; i < SET; i++) {
		struct index ix = made_stub_index(desk_own(d));

		/* the order is one of numbers: low ones, and some with the top bit */
		if (i % 4 == 0)
			ix.spi &= 0xffffff;
		if (i % 4 == 1)
			ix.spi |= UINT64_C(1) << 63;
		ix.spi |= 1;
		stubs[i] = desk_make_at(d, &ix);
	}
	qsort(stubs, SET, sizeof(*stubs), by_spi);
	for (int from = 0; from < SET && ok; from += PER_INIT) {
		for (int i = 0; i < PER_INIT; i++)
			containers[i] = stubs[SET - 1 - from - i]->container;
		sent = probe_now();
		a = bank_answer_await(d->owner, bank_request_init(d->owner, containers, PER_INIT));
		for (int i = 0; i < PER_INIT; i++)
			desk_kept(stubs[SET - 1 - from - i], sent, a, (unsigned)i);
		ok = desk_expect_all(d, "31.1", a, PER_INIT, STUB_OK, "init of many stubs");
	}
	return ok;
}

static void bad_prefetch(struct desk *d, struct bank_connection *b, const struct index *cursor,
			 const struct index *more, const char *what)
{
	struct bank_answer *a =
	    bank_answer_await(b, bank_request_prefetch(b, desk_own(d), cursor, more));

	desk_expect(d, "52.1", a, STUB_ITEM_ALL, STUB_MALFORMED, what);
	evidence_clause(d->e, "52.1", a->items->len == 1 && a->stubs->len == 0, "that reply has",
			"one status, no stub", "%u statuses, %u stubs", a->items->len,
			a->stubs->len);
	bank_answer_free(a);
	desk_expect_alive(d, "52.1", b, "the connection after it");
}

/* How many of `a`'s stubs are `m`, and how many of another address than `address`. */
static unsigned count_of(struct bank_answer *a, const struct address *address,
			 const struct made_stub *m, unsigned *foreign)
{
	unsigned n = 0;

	*foreign = 0;
	for (unsigned i = 0; i < a->stubs->len; i++) {
		struct index ix;

		n += place_of(&m, 1, g_ptr_array_index(a->stubs, i), &ix) == 0;
		*foreign += !address_equal(&ix.address, address);
	}
	return n;
}

static void prefetch_alone(struct desk *d, struct bank_connection *b, const struct address *address,
			   const struct made_stub *m, unsigned wanted, const char *what)
{
	struct bank_answer *a = bank_answer_await(b, bank_request_prefetch(b, address, NULL, NULL));
	unsigned foreign, n = count_of(a, address, m, &foreign);

	evidence_clause(d->e, "32.1", a->came && n == wanted && foreign == 0, what,
			wanted ? "that stub once, and none of another address"
			       : "none of another address",
			"%u of it, %u of other addresses%s%s", n, foreign, a->came ? "" : "; ",
			a->came ? "" : a->problem);
	bank_answer_free(a);
}

/* The right to prefetch goes no further than the pool. */
static void other_pool(struct desk *d, struct bank_connection *b)
{
	const struct target_bank *t = &d->p->target->bank;
	struct bank_connection *theirs;
	struct made_stub *m;

	if (!t->other_pool_certificate || !t->other_pool_key || !t->other_pool_owns.family)
		return;
	theirs = desk_dial(d, BANK_STRANGER);
	if (!theirs)
		return;
	m = desk_make(d, &t->other_pool_owns);
	if (desk_put_over(d, theirs, m)) {
		struct bank_answer *a =
		    bank_answer_await(b, bank_request_prefetch(b, &t->other_pool_owns, NULL, NULL));

		evidence_clause(d->e, "34.5", a->stubs->len == 0,
				"prefetch of the address of a gateway of another pool", "no stub",
				"%u stubs", a->stubs->len);
		bank_answer_free(a);
		bank_answer_free(bank_answer_to_delete(theirs, &m->index));
	}
	desk_hang_up(d, theirs);
}

/* IPv6 as IPv4; and what differs in one octet is somebody else's. */
static void neighbours(struct desk *d, struct bank_connection *b)
{
	const struct address *own = desk_own(d), *ip6 = &d->p->target->bank.owns_ip6;
	struct made_stub *m = desk_make(d, own);
	struct address other = *own;

	if (desk_put(d, m)) {
		/* one behind it, one in front */
		other.octets[own->family == 4 ? 3 : 15] ^= 0x40;
		prefetch_alone(d, b, &other, m, 0, "prefetch of a neighbour's address");
		other.octets[own->family == 4 ? 3 : 15] ^= 0x41;
		prefetch_alone(d, b, &other, m, 0, "prefetch of the next neighbour's address");
	}
	if (!ip6->family)
		return;
	m = desk_make(d, ip6);
	if (!desk_put(d, m))
		return;
	prefetch_alone(d, b, ip6, m, 1, "prefetch of the owner's IPv6 address");
	other = *ip6;
	other.octets[15] ^= 0x40;
	prefetch_alone(d, b, &other, m, 0, "prefetch of an IPv6 address of the same /64");
	other.octets[15] ^= 0x41;
	prefetch_alone(d, b, &other, m, 0, "prefetch of the next one of the same /64");
	other = *ip6;
	other.octets[2] ^= 0x40;
	prefetch_alone(d, b, &other, m, 0, "prefetch of an IPv6 address that differs in front");
}

static void prefetches(struct desk *d, struct bank_connection *b)
{
	struct made_stub *stubs[SET], *gone = desk_make(d, desk_own(d));
	struct index elsewhere;
	struct bank_answer *a;
	uint64_t asked;

	if (!put_set(d, stubs) || !desk_put(d, gone))
		return;
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->owner, &gone->index), STUB_OK,
		       "delete of one more");
	asked = probe_now();
	a = bank_answer_await(b, bank_request_prefetch(b, desk_own(d), NULL, NULL));
	evidence_clause(d->e, "31.2", a->messages > 1, "a set above 65,535 octets",
			"several messages", "%u messages", a->messages);
	expect_set(d, "32.1", asked, a, stubs, 0, "prefetch of the owner's address");
	/* long enough for lifetimes to count down */
	probe_pass_time(d->p, 2200);
	asked = probe_now();
	expect_set(
	    d, "32.2", asked,
	    bank_answer_await(b, bank_request_prefetch(b, desk_own(d), &stubs[99]->index, NULL)),
	    stubs, 100, "prefetch after the 100th stub");
	expect_set(d, "32.2", asked,
		   bank_answer_await(
		       b, bank_request_prefetch(b, desk_own(d), &stubs[SET - 2]->index, NULL)),
		   stubs, SET - 1, "prefetch after the last but one");
	expect_set(d, "32.2", asked,
		   bank_answer_await(
		       b, bank_request_prefetch(b, desk_own(d), &stubs[SET - 1]->index, NULL)),
		   stubs, SET, "prefetch after the last");
	elsewhere = stubs[0]->index;
	elsewhere.address.octets[3] ^= 1;
	neighbours(d, b);
	other_pool(d, b);
	bad_prefetch(d, b, &stubs[3]->index, &stubs[4]->index, "a prefetch with two cursors");
	bad_prefetch(d, b, &elsewhere, NULL, "a prefetch with a cursor of another address");
	overtake_prefetch(d, b, stubs[7]);
}

static void g25(struct desk *d)
{
	struct bank_connection *b = desk_dial(d, BANK_PREFETCH);
	struct bank_answer *a;

	if (!b)
		return;
	prefetches(d, b);
	a = bank_answer_await(d->owner, bank_request_prefetch(d->owner, desk_own(d), NULL, NULL));
	evidence_clause(d->e, "32.3", a->stubs->len == 0, "a prefetch without the right", "no stub",
			"%u stubs", a->stubs->len);
	desk_expect(d, "32.3", a, STUB_ITEM_ALL, STUB_NOT_AUTHORISED, "its status");
	bank_answer_free(a);
	desk_expect_alive(d, "32.3", d->owner, "the connection after it");
	desk_hang_up(d, b);
}

const struct probe_case case_g25 = {
	.id = "G25",
	.title = "Prefetch: a gateway's whole set, from a cursor, and only with the right",
	.provenance = PROVENANCE_RULE,
	.source = RULE(32),
	.clauses = "32.1 32.2 32.3 52.1 28.4 30.10 34.1 34.5 43.5 " REPLY_FORM_CLAUSES,
	.required = "A get of an index with SPI 0 returns every live stub of that address, by SPI "
		    "as a number, each once; a second index says after which to go on. It needs a "
		    "right of its own.",
	.causes = "SPIs are compared as signed numbers, or in the order of this machine's octets\n"
		  "the cursor itself is returned again, or the one behind it is left out\n"
		  "deleted stubs, or those of the next address, are returned\n"
		  "[bank] prefetch-certificate has not got the right",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_PREFETCH,
	.run = stage_desk,
	.at_desk = g25,
};
