/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G13, G14, G35, G37, G39: many items in one message, some of them bad. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"
#include "gateway/raw_message.h"

#define BUNDLE 20
/* Stubs of at least 300 octets: more than a message holds. */
/* ... and more items than an octet counts. */
#define SET 270
#define A_MESSAGE 100

/* Init `n` stubs in messages of A_MESSAGE at most. */
static bool put_all(struct desk *d, struct made_stub **stubs, unsigned n, const char *what)
{
	GBytes *containers[A_MESSAGE];
	bool ok = true;

	for (unsigned from = 0; from < n && ok; from += A_MESSAGE) {
		unsigned some = MIN(A_MESSAGE, n - from);
		uint64_t sent = probe_now();
		struct bank_answer *a;

		for (unsigned i = 0; i < some; i++)
			containers[i] = stubs[from + i]->container;
		a = bank_answer_await(d->owner, bank_request_init(d->owner, containers, some));
		for (unsigned i = 0; i < some; i++)
			desk_kept(stubs[from + i], sent, a, i);
		ok = desk_expect_all(d, "31.1", a, some, STUB_OK, what);
	}
	return ok;
}

static void g13(struct desk *d)
{
	struct made_stub *first[BUNDLE], *later[BUNDLE];
	struct index indexes[BUNDLE];
	GBytes *containers[BUNDLE];

	for (unsigned i = 0; i < BUNDLE; i++) {
		first[i] = desk_make(d, desk_own(d));
		indexes[i] = first[i]->index;
	}
	if (!put_all(d, first, BUNDLE, "one init with many stubs"))
		return;
	desk_expect_stubs(d, "31.1",
			  bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BUNDLE)),
			  first, BUNDLE, "one get of all of them, answered by download");
	for (unsigned i = 0; i < BUNDLE; i++) {
		later[i] = desk_make_at(d, &indexes[i]);
		containers[i] = later[i]->container;
	}
	desk_expect_all(
	    d, "31.1",
	    bank_answer_await(d->owner, bank_request_update(d->owner, indexes, containers, BUNDLE)),
	    BUNDLE, STUB_OK, "one update of all of them");
	desk_expect_stubs(d, "31.1",
			  bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BUNDLE)),
			  later, BUNDLE, "one get after the update");
	desk_expect_all(d, "31.1",
			bank_answer_await(d->owner, bank_request_delete(d->owner, indexes, BUNDLE)),
			BUNDLE, STUB_OK, "one delete of all of them");
	desk_expect_all(d, "31.1",
			bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BUNDLE)),
			BUNDLE, STUB_NOT_FOUND, "one get after the delete");
	desk_expect_all(
	    d, "31.1",
	    bank_answer_await(d->owner, bank_request_update(d->owner, indexes, containers, BUNDLE)),
	    BUNDLE, STUB_CONFLICT, "one update of all of them after the delete");
}

const struct probe_case case_g13 = {
	.id = "G13",
	.title = "Many stubs in one init, update, get, download and delete",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.6",
	.clauses = REPLY_FORM_CLAUSES,
	.required = "Gateways assemble stubs into fewer messages: each stub of a bundle is treated "
		    "as if it had come alone, with a status of its own.",
	.causes = "only the first stub of a message is read\n"
		  "statuses are not numbered by the item's position",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g13,
};

static void g14(struct desk *d)
{
	struct made_stub *stubs[2 * SET];
	struct index indexes[2 * SET];
	unsigned asked = 0;
	struct bank_answer *a;

	for (unsigned i = 0; i < SET; i++)
		stubs[i] = desk_make(d, desk_own(d));
	if (!put_all(d, stubs, SET, "init of many stubs in one message of up to 65,535 octets"))
		return;
	for (unsigned i = 0; i < SET; i++)
		indexes[asked++] = stubs[i]->index;
	a = bank_answer_await(d->owner, bank_request_get(d->owner, indexes, asked));
	evidence_clause(d->e, "31.2", a->came && a->messages > 1,
			"a set larger than 65,535 octets is several messages",
			"more than one, each whole", "%u messages%s%s", a->messages,
			a->problem ? ": " : "", a->problem ? a->problem : "");
	desk_expect_stubs(d, "31.2", a, stubs, SET, "none is missing, split or out of order");
	/* two of them are not enough for every message in the middle */
	for (unsigned i = 0; i < SET; i++) {
		stubs[SET + i] = stubs[i];
		indexes[SET + i] = indexes[i];
	}
	a = bank_answer_await(d->owner, bank_request_get(d->owner, indexes, 2 * SET));
	evidence_clause(d->e, "31.2", a->came && a->messages > 2,
			"a set larger than 131,070 octets is more than two messages",
			"each whole, MORE in all but the last", "%u messages%s%s", a->messages,
			a->problem ? ": " : "", a->problem ? a->problem : "");
	desk_expect_stubs(d, "31.2", a, stubs, 2 * SET, "each stub twice, in the order asked");
	/* the last items find nothing: their statuses close the last message */
	indexes[asked++] = made_stub_index(desk_own(d));
	indexes[asked++] = made_stub_index(desk_own(d));
	a = bank_answer_await(d->owner, bank_request_get(d->owner, indexes, asked));
	desk_expect(d, "31.2", a, SET, STUB_NOT_FOUND, "a miss behind them");
	desk_expect(d, "31.2", a, SET + 1, STUB_NOT_FOUND, "a second miss behind them");
	desk_expect_stubs(d, "31.2", a, stubs, SET, "the stubs in front of those misses");
}

const struct probe_case case_g14 = {
	.id = "G14",
	.title = "A set above 64 KiB is split, and nothing is missing",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.6; " RULE(31),
	.clauses = REPLY_FORM_CLAUSES,
	.required = "What does not fit one message comes in several of the same transaction, MORE "
		    "in all but the last; a stub is never split, and none is missing.",
	.causes = "the reply is cut at 65,535 octets\n"
		  "MORE is not set, or in the last message, too\n"
		  "items are numbered anew in each message",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g14,
};

/* --- bad ones among good ones --- */

/* A container that no bank may take, beside `m`, whose index it has. */
struct bad_stub {
	const char *what;
	enum iana_stub_status code;
	const char *clause;
	GBytes *(*make)(struct made_stub *m);
};

static GBytes *changed_at(const struct made_stub *m, int at, uint8_t octet)
{
	size_t n;
	const void *p = g_bytes_get_data(m->container, &n);
	uint8_t *copy = g_memdup2(p, n);

	copy[at < 0 ? (int)n + at : at] = octet;
	return g_bytes_new_take(copy, n);
}

static GBytes *empty(struct made_stub *m)
{
	(void)m;
	return g_bytes_new(NULL, 0);
}

static GBytes *cut_by_one(struct made_stub *m)
{
	return g_bytes_new_from_bytes(m->container, 0, g_bytes_get_size(m->container) - 1);
}

static GBytes *one_too_long(struct made_stub *m)
{
	size_t n;
	const void *p = g_bytes_get_data(m->container, &n);
	uint8_t *copy = g_malloc0(n + 1);

	memcpy(copy, p, n);
	return g_bytes_new_take(copy, n + 1);
}

static GBytes *without_index(struct made_stub *m)
{
	return made_stub_container_raw(m, SPAN_NONE);
}

/* First Payload names the lifetime, and the index stands second. */
static GBytes *lifetime_first(struct made_stub *m)
{
	return changed_at(m, 0, STUB_PAYLOAD_LIFETIME);
}

/* The octet that follows the container's head names what comes behind the index. */
static GBytes *two_indexes(struct made_stub *m)
{
	return changed_at(m, 4, STUB_PAYLOAD_INDEX);
}

static size_t sealed_at(const struct made_stub *m)
{
	return made_stub_overhead(&m->index);
}

static GBytes *other_version(struct made_stub *m)
{
	return changed_at(m, (int)sealed_at(m), 2);
}

static GBytes *without_seal(struct made_stub *m)
{
	uint8_t buf[128];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct chain_writer w;

	stub_container_begin(&w, &c, &m->index, m->lifetime);
	return g_bytes_new(buf, wcursor_size(&c));
}

static GBytes *with_seal(struct made_stub *m, size_t n)
{
	uint8_t buf[256];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	const uint8_t *sealed = g_bytes_get_data(m->sealed, NULL);

	stub_container_write_sealed(&c, &m->index, m->lifetime, span_of(sealed, n));
	return g_bytes_new(buf, wcursor_size(&c));
}

/* 45 octets, 4 of ciphertext and 16 of tag are the least. */
static GBytes *short_seal(struct made_stub *m)
{
	return with_seal(m, 64);
}

static GBytes *sealed_and_clear(struct made_stub *m)
{
	struct wcursor c;
	struct chain_writer w;
	uint8_t buf[4096];
	size_t n;
	const void *sealed = g_bytes_get_data(m->sealed, &n);

	c = wcursor_init(buf, sizeof(buf));
	stub_container_begin(&w, &c, &m->index, m->lifetime);
	chain_writer_payload(&w, STUB_PAYLOAD_SEALED, 0, span_of(sealed, n));
	chain_writer_payload(&w, STUB_PAYLOAD_SK_D, 0, SPAN_OF(m->sk_d));
	return g_bytes_new(buf, wcursor_size(&c));
}

static GBytes *unsealed(struct made_stub *m)
{
	uint8_t buf[4096];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	stub_write_container(&c, &m->index, m->lifetime, &m->stub);
	return g_bytes_new(buf, c.err == ERR_OK ? wcursor_size(&c) : 0);
}

static GBytes *spi_zero(struct made_stub *m)
{
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct index ix = { .address = m->index.address };

	index_write(&c, &ix);
	return made_stub_container_raw(m, span_of(body, wcursor_size(&c)));
}

static GBytes *at_address(struct made_stub *m, const struct address *address)
{
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct index ix = { m->index.spi, *address };

	index_write(&c, &ix);
	return made_stub_container_raw(m, span_of(body, wcursor_size(&c)));
}

static GBytes *multicast(struct made_stub *m)
{
	return at_address(m, &(const struct address){ 4, { 224, 0, 0, 1 } });
}

static GBytes *multicast_ip6(struct made_stub *m)
{
	return at_address(m, &(const struct address){ 6, { 0xff, 2, [15] = 1 } });
}

static GBytes *unspecified_ip6(struct made_stub *m)
{
	return at_address(m, &(const struct address){ 6, { 0 } });
}

static GBytes *address_zero(struct made_stub *m)
{
	return at_address(m, &(const struct address){ 4, { 0 } });
}

static GBytes *mapped(struct made_stub *m)
{
	return at_address(m, &(const struct address){
				 6, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 1 } });
}

static const struct bad_stub bad[] = {
	{ "a container without an octet", STUB_MALFORMED, "31.3", empty },
	{ "a container cut by one octet", STUB_MALFORMED, "31.3", cut_by_one },
	{ "a container with one octet too many", STUB_MALFORMED, "31.3", one_too_long },
	{ "a container without an index", STUB_MALFORMED, "31.3", without_index },
	{ "a container whose index is called a lifetime", STUB_MALFORMED, "31.3", lifetime_first },
	{ "a container whose lifetime is called an index", STUB_MALFORMED, "31.3", two_indexes },
	{ "an index with SPI zero", STUB_MALFORMED, "31.3", spi_zero },
	{ "an index with a multicast address", STUB_MALFORMED, "31.3", multicast },
	{ "an index with address 0.0.0.0", STUB_MALFORMED, "31.3", address_zero },
	{ "an index with an IPv6 multicast address", STUB_MALFORMED, "31.3", multicast_ip6 },
	{ "an index with address ::", STUB_MALFORMED, "31.3", unspecified_ip6 },
	{ "an index with an IPv4-mapped address", STUB_MALFORMED, "31.3", mapped },
	{ "a container without a stub", STUB_MALFORMED, "31.3", without_seal },
	{ "a sealed stub of version 2", STUB_MALFORMED, "31.3", other_version },
	{ "a sealed stub of 64 octets", STUB_MALFORMED, "31.3", short_seal },
	{ "sealed and clear payloads together", STUB_MALFORMED, "31.3", sealed_and_clear },
	{ "an unsealed stub", STUB_UNSUPPORTED, "35.9", unsealed },
};

/* One bad one among three: first, second or last. */
static void among_good(struct desk *d, const struct bad_stub *b, unsigned place)
{
	struct made_stub *m[3];
	GBytes *containers[3];
	struct bank_answer *a;

	for (unsigned i = 0; i < 3; i++) {
		m[i] = desk_make(d, desk_own(d));
		containers[i] = i == place ? b->make(m[i]) : m[i]->container;
	}
	a = bank_answer_await(d->owner, bank_request_init(d->owner, containers, 3));
	desk_expect(d, b->clause, a, place, b->code, b->what);
	for (unsigned i = 0; i < 3; i++)
		if (i != place)
			desk_expect(d, "31.3", a, i, STUB_OK,
				    "it spoils no good stub before or behind it");
	bank_answer_free(a);
	desk_expect_nothing(d, "31.3", d->owner, &m[place]->index,
			    "nothing is kept of the bad one");
	g_bytes_unref(containers[place]);
}

static void g35(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));

	for (size_t i = 0; i < G_N_ELEMENTS(bad) && bank_connection_is_up(d->owner); i++)
		for (unsigned place = 0; place < 3 && bank_connection_is_up(d->owner); place++)
			among_good(d, &bad[i], place);
	desk_expect_alive(d, "31.3", d->owner, "the connection after all of them");
	desk_put(d, m);
	desk_expect_stub(d, "31.3", d->owner, &m->index, m, "a good stub afterwards");
}

const struct probe_case case_g35 = {
	.id = "G35",
	.title = "A bad stub in a sound bundle spoils no other",
	.provenance = PROVENANCE_RULE,
	.source = RULE(31),
	.clauses = "31.3 35.9 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required =
	    "A stub that cannot be read is malformed by itself, one that is not taken "
	    "(unsealed) unsupported; the others of its message are kept, and the connection "
	    "stays.",
	.causes = "the whole message is refused for one item\n"
		  "the connection is closed\n"
		  "what is inside a container is not looked at",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g35,
};

/* --- sizes --- */

#define HEAD (STUB_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE + 4)
#define CONTAINER_LEAST_MAX 8192
#define SEAL_LEAST (STUB_SEALED_CLEAR + STUB_SEALED_PLAIN_MIN + STUB_SEALED_TAG)
#define BIG 7

/* A stub whose container has `size` octets. */
static struct made_stub *make_sized(struct desk *d, size_t size)
{
	struct index ix = made_stub_index(desk_own(d));

	return desk_keep(d, made_stub_opaque(d->p, &ix, size - made_stub_overhead(&ix)));
}

/* One init of exactly 65,535 octets, and a get whose reply cannot be one message. */
static void full_message(struct desk *d)
{
	struct made_stub *stubs[BIG + 1];
	struct index indexes[BIG + 1];
	GBytes *containers[BIG + 1];
	size_t left = STUB_MESSAGE_MAX - HEAD;

	for (int i = 0; i < BIG; i++) {
		stubs[i] = make_sized(d, CONTAINER_LEAST_MAX);
		left -= CHAIN_PAYLOAD_HEADER_SIZE + CONTAINER_LEAST_MAX;
	}
	stubs[BIG] = make_sized(d, left - CHAIN_PAYLOAD_HEADER_SIZE);
	for (int i = 0; i <= BIG; i++) {
		containers[i] = stubs[i]->container;
		indexes[i] = stubs[i]->index;
	}
	desk_expect_all(
	    d, "31.1",
	    bank_answer_await(d->owner, bank_request_init(d->owner, containers, BIG + 1)), BIG + 1,
	    STUB_OK, "one init of 65,535 octets");
	desk_expect_stubs(d, "31.2",
			  bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BIG + 1)),
			  stubs, BIG + 1, "one get of them, whose reply is larger than a message");
}

static void too_large(struct desk *d)
{
	struct made_stub *m = make_sized(d, STUB_MESSAGE_MAX - HEAD - CHAIN_PAYLOAD_HEADER_SIZE);

	desk_expect_of(d, "57.1", desk_init(d->owner, m), STUB_UNSUPPORTED,
		       "a container that no reply could hold");
	desk_expect_nothing(d, "57.1", d->owner, &m->index, "nothing is kept of it");
}

static void g37(struct desk *d)
{
	static const size_t sizes[] = { 100, 255, 256, 257, 1024, 4095, CONTAINER_LEAST_MAX };
	struct made_stub *m = make_sized(
	    d, SEAL_LEAST + made_stub_overhead(&(struct index){ .address = *desk_own(d) }));
	struct made_stub *twice[2];
	struct index indexes[2] = { m->index, m->index };

	if (!desk_put(d, m))
		return;
	desk_expect_stub(d, "29.5", d->owner, &m->index, m, "the smallest stub there is");
	twice[0] = twice[1] = m;
	desk_expect_stubs(d, "31.1",
			  bank_answer_await(d->owner, bank_request_get(d->owner, indexes, 2)),
			  twice, 2, "one index twice in a get");
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		char *what = g_strdup_printf("a container of %zu octets", sizes[i]);

		m = make_sized(d, sizes[i]);
		desk_expect_of(d, "57.1", desk_init(d->owner, m), STUB_OK, what);
		desk_expect_stub(d, "29.5", d->owner, &m->index, m, what);
		g_free(what);
	}
	full_message(d);
	too_large(d);
	desk_expect_alive(d, "57.1", d->owner, "the connection after all this");
}

const struct probe_case case_g37 = {
	.id = "G37",
	.title = "Containers of every size up to 8,192 octets, messages up to 65,535",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.6; " RULE(57),
	.clauses = "57.1 29.5 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "A bank takes containers of at least 8,192 octets and messages of 65,535, and "
		    "returns both whole; an index that stands twice in a get is answered twice.",
	.causes = "a buffer is smaller than the largest message\n"
		  "a length is kept in 8 or 15 bits\n"
		  "a set of indexes drops the double",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g37,
};

/* --- halves --- */

/* In an update: a pair P, an index alone I, a stub alone S. */
static void halves(struct desk *d, const char *order)
{
	struct made_stub *old[8], *new[8];
	struct raw_message m;
	struct bank_answer *a;
	unsigned n = (unsigned)strlen(order);
	char *what =
	    g_strdup_printf("update with items %s (P pair, I index alone, S stub alone)", order);

	for (unsigned i = 0; i < n; i++) {
		old[i] = desk_make(d, desk_own(d));
		if (!desk_put(d, old[i]))
			break;
		new[i] = desk_make_at(d, &old[i]->index);
	}
	raw_message_begin(&m, d->owner, STUB_UPDATE);
	m.wanted.items = n;
	for (unsigned i = 0; i < n && !evidence_failed(d->e); i++) {
		if (order[i] != 'S')
			raw_message_index(&m, &old[i]->index);
		if (order[i] != 'I')
			raw_message_stub(&m, new[i]->container);
	}
	a = bank_answer_await(d->owner, raw_message_send(&m, d->owner));
	for (unsigned i = 0; i < n && !evidence_failed(d->e); i++)
		desk_expect(d, "31.3", a, i, order[i] == 'P' ? STUB_OK : STUB_MALFORMED, what);
	for (unsigned i = 0; i < n && !evidence_failed(d->e); i++)
		desk_expect_stub(d, "31.3", d->owner, &old[i]->index,
				 order[i] == 'P' ? new[i] : old[i],
				 order[i] == 'P' ? "the stub of a whole pair is replaced"
						 : "the stub of a half pair is as it was");
	bank_answer_free(a);
	g_free(what);
}

/* In a get or delete: indexes of wrong lengths among good ones. */
static void bad_indexes(struct desk *d, uint8_t type, const char *what)
{
	static const size_t lengths[] = { 0, 4, 8, 11, 13, 23, 25 };
	struct made_stub *good[2] = { desk_make(d, desk_own(d)), desk_make(d, desk_own(d)) };
	uint8_t body[32] = { 0 };
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct raw_message m;
	struct bank_answer *a;
	unsigned right = 0;

	if (!desk_put(d, good[0]) || !desk_put(d, good[1]))
		return;
	index_write(&c, &good[0]->index);
	raw_message_begin(&m, d->owner, type);
	m.wanted.items = 2 + G_N_ELEMENTS(lengths);
	raw_message_index(&m, &good[0]->index);
	for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++)
		raw_message_payload(&m, STUB_PAYLOAD_INDEX, 0, span_of(body, lengths[i]));
	raw_message_index(&m, &good[1]->index);
	a = bank_answer_await(d->owner, raw_message_send(&m, d->owner));
	desk_expect(d, "31.3", a, 0, STUB_OK, what);
	desk_expect(d, "31.3", a, 1 + G_N_ELEMENTS(lengths), STUB_OK, what);
	for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
		const struct bank_item *it = bank_answer_item(a, i + 1);

		right += it && it->item == i + 1 && it->code == STUB_MALFORMED;
	}
	evidence_clause(d->e, "31.3", right == G_N_ELEMENTS(lengths),
			"indexes of 0, 4, 8, 11, 13, 23 and 25 octets between them",
			"malformed, each", "malformed for %u of 7", right);
	bank_answer_free(a);
}

static void g39(struct desk *d)
{
	static const char *const orders[] = { "IP", "SP", "PI", "PS", "PIP", "PSPIP" };

	for (size_t i = 0; i < G_N_ELEMENTS(orders) && !evidence_failed(d->e); i++)
		halves(d, orders[i]);
	bad_indexes(d, STUB_GET, "good indexes of a get among bad ones");
	bad_indexes(d, STUB_DELETE, "good indexes of a delete among bad ones");
	desk_expect_alive(d, "31.3", d->owner, "the connection after all of them");
}

const struct probe_case case_g39 = {
	.id = "G39",
	.title = "Half pairs and bad indexes spoil only themselves",
	.provenance = PROVENANCE_RULE,
	.source = RULE(31),
	.clauses = "31.3 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "An index without its stub, a stub without its index, or an index of a wrong "
		    "length is malformed by itself, in whatever place it stands.",
	.causes = "pairs are counted off two by two, so that all behind a half one are off by one\n"
		  "the whole message is refused, or the connection closed",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g39,
};
