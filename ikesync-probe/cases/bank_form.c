/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G16-G18: odd and broken messages: what is ignored, and what ends the connection. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"
#include "gateway/raw_message.h"

/* Unassigned by profile 1. */
#define UNKNOWN_LOW 128
#define UNKNOWN_HIGH 250
#define RESERVED_ALL 0xff

/* The container of `m` with every RESERVED octet set: its head's three, its payloads' one. */
static GBytes *container_reserved(const struct made_stub *m)
{
	size_t n, at = STUB_CONTAINER_HEAD;
	const void *p = g_bytes_get_data(m->container, &n);
	uint8_t *copy = g_memdup2(p, n);

	memset(copy + 1, RESERVED_ALL, STUB_CONTAINER_HEAD - 1);
	while (at < n) {
		copy[at + 1] = RESERVED_ALL;
		at += (size_t)copy[at + 2] << 8 | copy[at + 3];
	}
	return g_bytes_new_take(copy, n);
}

static void reserved(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *inside = desk_make(d, desk_own(d));
	struct raw_message q;
	GBytes *odd;
	size_t n;
	const void *p = g_bytes_get_data(m->container, &n);

	raw_message_begin(&q, d->owner, STUB_INIT);
	q.wanted.items = 1;
	raw_message_payload(&q, STUB_PAYLOAD_STUB, RESERVED_ALL, span_of(p, n));
	raw_message_set(&q, STUB_HEADER_SIZE + 1, RESERVED_ALL);
	desk_expect_of(d, "27.2", bank_answer_await(d->owner, raw_message_send(&q, d->owner)),
		       STUB_OK, "init with RESERVED 0xff in the payload headers");
	desk_expect_stub(d, "27.2", d->owner, &m->index, m, "get of that stub");
	odd = container_reserved(inside);
	g_bytes_unref(inside->container);
	inside->container = odd;
	desk_expect_of(d, "27.2", desk_init(d->owner, inside), STUB_OK,
		       "init of a container with RESERVED 0xff everywhere inside");
	desk_expect_stub(d, "29.5", d->owner, &inside->index, inside,
			 "get of it: RESERVED inside a container is returned as given");
}

static void unknown_payloads(struct desk *d)
{
	static const uint8_t nothing[] = { 1, 2, 3, 4, 5 };
	struct made_stub *m[2] = { desk_make(d, desk_own(d)), desk_make(d, desk_own(d)) };
	struct raw_message q;

	raw_message_begin(&q, d->owner, STUB_INIT);
	q.wanted.items = 2;
	raw_message_payload(&q, UNKNOWN_LOW, 0, SPAN_OF(nothing));
	raw_message_stub(&q, m[0]->container);
	raw_message_payload(&q, UNKNOWN_HIGH, CHAIN_CRITICAL, SPAN_NONE);
	raw_message_payload(&q, UNKNOWN_HIGH, 0, SPAN_OF(nothing));
	raw_message_stub(&q, m[1]->container);
	raw_message_payload(&q, UNKNOWN_LOW, RESERVED_ALL, SPAN_OF(nothing));
	desk_expect_all(d, "27.3", bank_answer_await(d->owner, raw_message_send(&q, d->owner)), 2,
			STUB_OK, "init with payloads of unknown types before, between and behind");
	raw_message_begin(&q, d->owner, STUB_GET);
	q.wanted.items = 2;
	for (int i = 0; i < 2; i++) {
		raw_message_payload(&q, UNKNOWN_HIGH, 0, SPAN_OF(nothing));
		raw_message_index(&q, &m[i]->index);
	}
	desk_expect_stubs(d, "27.3", bank_answer_await(d->owner, raw_message_send(&q, d->owner)), m,
			  2, "get with payloads of unknown types between");
	raw_message_begin(&q, d->owner, STUB_UPDATE);
	q.wanted.items = 1;
	raw_message_index(&q, &m[0]->index);
	raw_message_payload(&q, UNKNOWN_LOW, 0, SPAN_OF(nothing));
	raw_message_stub(&q, m[0]->container);
	desk_expect_of(d, "27.3", bank_answer_await(d->owner, raw_message_send(&q, d->owner)),
		       STUB_OK, "update with one between the index and its stub");
}

/* TLS records mean nothing: a message may be cut anywhere. */
static void records(struct desk *d)
{
	static const size_t cuts[] = { 1, 2, 3, 4, 7, 12, 20 };
	struct made_stub *m = desk_make(d, desk_own(d));
	unsigned right = 0;
	uint32_t two[2];

	if (!desk_put(d, m))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
		struct raw_message q;
		struct bank_answer *a;

		raw_message_begin(&q, d->owner, STUB_GET);
		q.wanted.items = 1;
		raw_message_index(&q, &m->index);
		a = bank_answer_await(d->owner,
				      raw_message_send_as(&q, d->owner, q.octets->len, cuts[i]));
		right += bank_answer_item(a, 0) && bank_answer_item(a, 0)->code == STUB_OK;
		bank_answer_free(a);
	}
	evidence_clause(d->e, "25.5", right == G_N_ELEMENTS(cuts),
			"gets cut into two TLS records behind octet 1, 2, 3, 4, 7, 12 and 20",
			"answered, each", "%u of 7 are answered", right);
	for (int i = 0; i < 2; i++)
		two[i] = bank_request_get(d->owner, &m->index, 1);
	desk_expect_of(d, "25.5", bank_answer_await(d->owner, two[1]), STUB_OK,
		       "the second of two gets sent at once");
	desk_expect_of(d, "25.5", bank_answer_await(d->owner, two[0]), STUB_OK, "the first");
}

static void g16(struct desk *d)
{
	reserved(d);
	unknown_payloads(d);
	records(d);
}

const struct probe_case case_g16 = {
	.id = "G16",
	.title = "RESERVED, unknown payloads and record boundaries mean nothing",
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 3.2; " RULE(27),
	.clauses = "27.2 27.3 25.5 29.5 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "RESERVED is ignored, the C bit with it; payloads of unknown types are skipped "
		    "in messages; messages follow one another in the stream wherever TLS records "
		    "begin.",
	.causes = "RESERVED is compared with 0, or taken for a part of the length\n"
		  "an unknown payload is counted as an item\n"
		  "one read is taken for one message",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g16,
};

/* --- what breaks a message --- */

struct broken {
	const char *what;
	bool readable; /* its transaction */
	/* begin, fill and send; the message names a stub of `m` */
	uint32_t (*send)(struct bank_connection *b, const struct made_stub *m);
};

/* One broken init on a connection of its own. */
static void expect_structural(struct desk *d, const struct broken *k)
{
	struct bank_connection *b = desk_dial(d, BANK_OWNER);
	struct made_stub *m = desk_make(d, desk_own(d));
	struct reply_wanted none = { .type = STUB_INIT };
	struct bank_answer *a;
	uint32_t transaction;
	char *closed;

	if (!b)
		return;
	if (!k->readable)
		bank_connection_asks(b, &none);
	transaction = k->send(b, m);
	a = bank_answer_await(b, k->readable ? transaction : 0);
	desk_expect(d, "30.11", a, STUB_ITEM_ALL, STUB_MALFORMED, k->what);
	evidence_clause(d->e, "30.11",
			a->items->len == 1 && bank_answer_item(a, 0) &&
			    bank_answer_item(a, 0)->item == STUB_ITEM_ALL,
			"one status answers it", "one, of item 0xffff", "%u statuses",
			a->items->len);
	bank_answer_free(a);
	closed = g_strdup_printf("the connection, after %s", k->what);
	desk_expect_closed(d, "30.11", b, closed);
	g_free(closed);
	desk_expect_nothing(d, "30.11", d->owner, &m->index, "nothing is stored of it");
	desk_hang_up(d, b);
}

static void begin_init(struct raw_message *q, struct bank_connection *b, const struct made_stub *m)
{
	raw_message_begin(q, b, STUB_INIT);
	raw_message_stub(q, m->container);
}

static uint32_t message_length(struct bank_connection *b, const struct made_stub *m,
			       unsigned length)
{
	struct raw_message q;

	begin_init(&q, b, m);
	return raw_message_send_as(&q, b, length, 0);
}

static uint32_t length_0(struct bank_connection *b, const struct made_stub *m)
{
	return message_length(b, m, 0);
}

static uint32_t length_3(struct bank_connection *b, const struct made_stub *m)
{
	return message_length(b, m, 3);
}

static uint32_t header_alone(struct bank_connection *b, const struct made_stub *m)
{
	struct raw_message q;

	(void)m;
	raw_message_begin_bare(&q, b, STUB_INIT);
	return raw_message_send(&q, b);
}

/* The length of the stub payload, which begins behind the transaction. */
static uint32_t payload_length(struct bank_connection *b, const struct made_stub *m, int more)
{
	struct raw_message q;
	int at = STUB_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE + 4 + 2, length;

	begin_init(&q, b, m);
	length = (int)q.octets->len - (at - 2) + more;
	if (more == G_MININT)
		length = 3;
	raw_message_set(&q, at, (uint8_t)(length >> 8));
	raw_message_set(&q, at + 1, (uint8_t)length);
	return raw_message_send(&q, b);
}

static uint32_t payload_3(struct bank_connection *b, const struct made_stub *m)
{
	return payload_length(b, m, G_MININT);
}

static uint32_t payload_past(struct bank_connection *b, const struct made_stub *m)
{
	return payload_length(b, m, 1);
}

static uint32_t payload_far_past(struct bank_connection *b, const struct made_stub *m)
{
	return payload_length(b, m, 20000);
}

static uint32_t payload_short(struct bank_connection *b, const struct made_stub *m)
{
	return payload_length(b, m, -1);
}

static uint32_t trailing(struct bank_connection *b, const struct made_stub *m)
{
	static const uint8_t octets[] = { 0, 0, 0, 4 };
	struct raw_message q;

	begin_init(&q, b, m);
	g_byte_array_append(q.octets, octets, sizeof(octets));
	return raw_message_send(&q, b);
}

static const struct broken lengths[] = {
	{ "a message of Length 0", false, length_0 },
	{ "a message of Length 3", false, length_3 },
	{ "a message of the header alone", false, header_alone },
	{ "a payload of Length 3", true, payload_3 },
	{ "a payload that points one octet past the message", true, payload_past },
	{ "a payload that points far past the message", true, payload_far_past },
	{ "a last payload that ends one octet before the message", true, payload_short },
	{ "four octets behind the last payload", true, trailing },
};

/* The first half of an init, and the end. */
static void half_message(struct desk *d)
{
	struct bank_connection *b = desk_dial(d, BANK_OWNER);
	struct made_stub *m = desk_make(d, desk_own(d));
	struct raw_message q;
	unsigned whole;

	if (!b)
		return;
	begin_init(&q, b, m);
	whole = q.octets->len;
	g_byte_array_set_size(q.octets, whole - 1);
	(void)raw_message_send_as(&q, b, whole, 0);
	bank_connection_close(b);
	desk_expect_nothing(
	    d, "26.1", d->owner, &m->index,
	    "an init that ends one octet early, with the connection, stores nothing");
}

static void without_items(struct desk *d)
{
	static const uint8_t types[] = { STUB_INIT, STUB_UPDATE, STUB_GET, STUB_DELETE };

	for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
		struct raw_message q;
		struct bank_answer *a;
		char *what = g_strdup_printf("a request of type %u without any item", types[i]);

		raw_message_begin(&q, d->owner, types[i]);
		a = bank_answer_await(d->owner, raw_message_send(&q, d->owner));
		desk_expect(d, "52.2", a, STUB_ITEM_ALL, STUB_MALFORMED, what);
		bank_answer_free(a);
		desk_expect_alive(d, "52.2", d->owner, "the connection after it");
		g_free(what);
		if (!bank_connection_is_up(d->owner))
			return;
	}
}

static void g17(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));

	for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++)
		expect_structural(d, &lengths[i]);
	half_message(d);
	without_items(d);
	desk_put(d, m);
	desk_expect_stub(d, "30.11", d->owner, &m->index, m,
			 "other connections are served as ever");
}

const struct probe_case case_g17 = {
	.id = "G17",
	.title = "Lengths that are wrong: one malformed, and the connection ends",
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 3.2; " RULE(30),
	.clauses = "30.11 52.2 26.1 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "A message whose lengths do not fit is answered with one malformed of item "
		    "0xffff and the type as read, then the connection is closed and nothing is "
		    "stored. A request that names nothing is malformed, and the connection stays.",
	.causes = "the connection is dropped without a word\n"
		  "reading goes on behind a message that could not be read\n"
		  "the readable part of a broken message is carried out",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g17,
};

static uint32_t no_transaction(struct bank_connection *b, const struct made_stub *m)
{
	struct raw_message q;

	raw_message_begin_bare(&q, b, STUB_INIT);
	raw_message_stub(&q, m->container);
	return raw_message_send(&q, b);
}

static uint32_t transaction_last(struct bank_connection *b, const struct made_stub *m)
{
	struct raw_message q;

	raw_message_begin_bare(&q, b, STUB_INIT);
	raw_message_stub(&q, m->container);
	raw_message_transaction(&q, q.wanted.transaction);
	return raw_message_send(&q, b);
}

static uint32_t transaction_of(struct bank_connection *b, const struct made_stub *m, size_t size)
{
	static const uint8_t octets[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct raw_message q;

	raw_message_begin_bare(&q, b, STUB_INIT);
	raw_message_payload(&q, STUB_PAYLOAD_TRANSACTION, 0, span_of(octets, size));
	raw_message_stub(&q, m->container);
	return raw_message_send(&q, b);
}

static uint32_t transaction_3(struct bank_connection *b, const struct made_stub *m)
{
	return transaction_of(b, m, 3);
}

static uint32_t transaction_5(struct bank_connection *b, const struct made_stub *m)
{
	return transaction_of(b, m, 5);
}

static uint32_t two_transactions(struct bank_connection *b, const struct made_stub *m)
{
	struct raw_message q;

	raw_message_begin(&q, b, STUB_INIT);
	raw_message_transaction(&q, q.wanted.transaction);
	raw_message_stub(&q, m->container);
	return raw_message_send(&q, b);
}

/* Next Payload of the transaction says that nothing follows. */
static uint32_t chain_ends_early(struct bank_connection *b, const struct made_stub *m)
{
	struct raw_message q;

	begin_init(&q, b, m);
	raw_message_set(&q, STUB_HEADER_SIZE, 0);
	return raw_message_send(&q, b);
}

/* Next Payload of the stub says that another one follows. */
static uint32_t chain_goes_on(struct bank_connection *b, const struct made_stub *m)
{
	struct raw_message q;

	begin_init(&q, b, m);
	raw_message_set(&q, STUB_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE + 4, STUB_PAYLOAD_STUB);
	return raw_message_send(&q, b);
}

static const struct broken chains[] = {
	{ "a message without a transaction", false, no_transaction },
	{ "a transaction that is not first", false, transaction_last },
	{ "a transaction of 3 octets", false, transaction_3 },
	{ "a transaction of 5 octets", false, transaction_5 },
	{ "two transactions", true, two_transactions },
	{ "a chain that ends before the stub", true, chain_ends_early },
	{ "a chain that goes on behind the message", true, chain_goes_on },
};

static void g18(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));

	for (size_t i = 0; i < G_N_ELEMENTS(chains); i++)
		expect_structural(d, &chains[i]);
	desk_put(d, m);
	desk_expect_stub(d, "30.11", d->owner, &m->index, m,
			 "other connections are served as ever");
}

const struct probe_case case_g18 = {
	.id = "G18",
	.title = "A broken chain: one malformed, and the connection ends",
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 3.2; " RULE(28),
	.clauses = "30.11 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "A message starts with one transaction of 4 octets and its chain ends where the "
	    "message does. Any other is answered with one malformed of item 0xffff, and "
	    "the connection is closed.",
	.causes = "the transaction is looked for anywhere in the message\n"
		  "the chain is followed by its lengths, whatever Next Payload says\n"
		  "the connection is dropped without a word",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g18,
};
