/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G02, G07, G08, G15: how a bank answers, and what it refuses. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"
#include "keys/seal.h"

/* A stub as the probe makes it, with its payload header. */
#define SEAL_CHAIN_MAX (SEAL_BODY_MAX + 256)

struct wrong_index {
	const char *what;
	int size; /* of its body; -1: no index payload */
	bool zero;
};

/* One init whose index is not one. */
static void init_with(struct desk *d, const struct wrong_index *wrong)
{
	struct made_stub *m = desk_make(d, desk_own(d));
	uint8_t body[INDEX_BODY_MAX + 1] = { 0 };
	struct wcursor c = wcursor_init(body, sizeof(body));
	GBytes *container;

	index_write(&c, &m->index);
	if (wrong->zero)
		memset(body, 0, 8);
	container = made_stub_container_raw(
	    m, wrong->size < 0 ? SPAN_NONE : span_of(body, (size_t)wrong->size));
	desk_expect_of(d, "31.3", bank_answer_to_init(d->owner, container), STUB_MALFORMED,
		       wrong->what);
	desk_expect_nothing(d, "31.3", d->owner, &m->index, "nothing is stored of it");
	g_bytes_unref(container);
}

static void g02(struct desk *d)
{
	static const struct wrong_index wrong[] = {
		{ "init whose index has SPI zero", INDEX_BODY_IPV4, true },
		{ "init whose index has no address (8 octets)", 8, false },
		{ "init whose index has no SPI (4 octets)", 4, false },
		{ "init whose index has 11 octets", 11, false },
		{ "init whose index has 13 octets", 13, false },
		{ "init whose index has 23 octets", 23, false },
		{ "init whose index has 25 octets", 25, false },
		{ "init whose index is empty", 0, false },
		{ "init of a stub without an index payload", -1, false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wrong) && bank_connection_is_up(d->owner); i++)
		init_with(d, &wrong[i]);
	desk_expect_alive(d, "31.3", d->owner, "the connection after all of them");
}

const struct probe_case case_g02 = {
	.id = "G02",
	.title = "Init without address or SPI is refused",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4; wire profile rule 31",
	.clauses = "31.3 " REPLY_FORM_CLAUSES,
	.required = "The index of an init has at least the gateway's address and SPI. A stub "
		    "without is refused; its status is malformed, and the connection stays.",
	.causes = "the index is stored as octets and never read\n"
		  "SPI zero is taken for an ordinary SPI\n"
		  "the connection is closed for a fault of one stub",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g02,
};

static void g07(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d)), *to = desk_make(d, desk_own(d));
	struct index three[3] = { made_stub_index(desk_own(d)), m->index,
				  made_stub_index(desk_own(d)) };
	struct bank_answer *a;

	desk_expect_nothing(d, "30.1", d->owner, &three[0], "get of an index never stored");
	desk_expect_either(d, "30.1", bank_answer_to_delete(d->owner, &three[0]), STUB_NOT_FOUND,
			   STUB_OK, "delete of it");
	desk_expect_of(d, "30.1", bank_answer_to_update(d->owner, &three[0], to->container),
		       STUB_NOT_FOUND, "update of it");
	if (!desk_put(d, m))
		return;
	a = bank_answer_await(d->owner, bank_request_get(d->owner, three, 3));
	desk_expect(d, "30.1", a, 0, STUB_NOT_FOUND, "a miss before a hit: the miss");
	desk_expect(d, "30.1", a, 1, STUB_OK, "a hit between two misses: the hit");
	desk_expect(d, "30.1", a, 2, STUB_NOT_FOUND, "a miss behind a hit: the miss");
	evidence_clause(d->e, "30.1", a->stubs->len == 1, "stubs in that reply", "1", "%u",
			a->stubs->len);
	bank_answer_free(a);
	three[1] = made_stub_index(desk_own(d));
	desk_expect_all(d, "30.1",
			bank_answer_await(d->owner, bank_request_get(d->owner, three, 3)), 3,
			STUB_NOT_FOUND, "three misses in one get");
}

const struct probe_case case_g07 = {
	.id = "G07",
	.title = "A miss is answered",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.1 34.1 " REPLY_FORM_CLAUSES,
	.required = "get of an unknown index is answered with download and not-found; beside a hit "
		    "each has a status of its own.",
	.causes = "only what was found is sent\n"
		  "the whole reply takes the status of one item",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g07,
};

static void expect_type(struct desk *d, const struct bank_answer *a, const char *what)
{
	evidence_clause(d->e, "26.2", a->messages && a->type == STUB_DOWNLOAD, what,
			"download (type 4)", "%s%s",
			a->messages ? iana_stub_message_name(a->type) : a->problem,
			a->messages && a->type != STUB_DOWNLOAD ? " is the type of the reply" : "");
}

static void g08(struct desk *d)
{
	struct made_stub *m = desk_make(d, desk_own(d));
	struct index unknown = made_stub_index(desk_own(d));
	struct bank_answer *a;

	if (desk_put(d, m)) {
		a = bank_answer_to_get(d->owner, &m->index);
		expect_type(d, a, "the answer to a get that hits");
		bank_answer_free(a);
		a = bank_answer_to_get(d->owner, &unknown);
		expect_type(d, a, "the answer to a get that misses");
		bank_answer_free(a);
	}
}

const struct probe_case case_g08 = {
	.id = "G08",
	.title = "The answer to get is a download (type 4)",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.7",
	.clauses = "34.1 " REPLY_FORM_CLAUSES,
	.required = "The bank pushes stubs to the gateway with download, type 0x04, also in answer "
		    "to a get.",
	.causes = "the reply echoes the type of the request",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g08,
};

/* Judge the reply to a message of type `type`; false: none came. */
static bool judge_unknown(struct bank_connection *b, uint32_t id, unsigned type, unsigned *right,
			  char **first)
{
	struct bank_answer *a = bank_answer_await(b, id);
	const struct bank_item *it = bank_answer_item(a, STUB_ITEM_ALL);
	bool came = a->came;

	if (came && a->type == type && it && it->item == STUB_ITEM_ALL &&
	    it->code == STUB_UNSUPPORTED) {
		++*right;
	} else if (!*first) {
		char *text = bank_answer_text(a, STUB_ITEM_ALL);

		*first = came && a->type != type
			     ? g_strdup_printf("; type %u was answered with type %u: %s", type,
					       a->type, text)
			     : g_strdup_printf("; type %u: %s", type, text);
		g_free(text);
	}
	bank_answer_free(a);
	return came;
}

static void g15(struct desk *d)
{
	uint8_t chain[SEAL_CHAIN_MAX];
	struct wcursor c = wcursor_init(chain, sizeof(chain));
	struct chain_writer w;
	uint32_t ids[256] = { 0 };
	unsigned right = 0, asked = 0;
	char *first = NULL;
	struct made_stub *m;
	const void *octets;
	size_t n;

	/* what would be an init, were the type 1 */
	m = desk_make(d, desk_own(d));
	octets = g_bytes_get_data(m->container, &n);
	wcursor_u8(&c, 0);
	chain_writer_init(&w, &c, 0);
	chain_writer_payload(&w, STUB_PAYLOAD_STUB, 0, span_of(octets, n));
	for (unsigned type = 0; type < 256; type++)
		if (type == 0 || type > STUB_DELETE)
			ids[type] = bank_request_raw(d->owner, (uint8_t)type, STUB_PAYLOAD_STUB,
						     span_of(&chain[1], wcursor_size(&c) - 1));
	evidence_note(d->e, "sent messages of types 0 and 6 to 255, each with a sound stub inside");
	for (unsigned type = 0; type < 256; type++) {
		if (type && type <= STUB_DELETE)
			continue;
		asked++;
		/* one silence tells enough: 250 more would only take their time */
		if (!judge_unknown(d->owner, ids[type], type, &right, &first))
			break;
	}
	evidence_clause(d->e, "38.2", right == 251,
			"each is refused, with its own type and transaction",
			"one unsupported of item 0xffff, for each of 251 types",
			"unsupported for %u of %u asked%s", right, asked, first ? first : "");
	g_free(first);
	desk_expect_alive(d, "38.2", d->owner, "the connection after them");
	if (!bank_connection_is_up(d->owner))
		return;
	desk_expect_nothing(d, "38.2", d->owner, &m->index,
			    "get of the stub that those messages carried");
	desk_put(d, m);
	desk_expect_stub(d, "38.2", d->owner, &m->index, m, "its init, of type 1");
}

const struct probe_case case_g15 = {
	.id = "G15",
	.title = "Types 0 and 6 to 255 are refused",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.7; wire profile rule 38",
	.clauses = "38.2 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "Type 0 is reserved and 6 to 255 are not defined: nothing is stored. The reply "
		    "carries that type and the status unsupported, and the connection stays.",
	.causes = "unknown types are dropped in silence\n"
		  "the connection is closed\n"
		  "the type is read with a mask",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g15,
};
