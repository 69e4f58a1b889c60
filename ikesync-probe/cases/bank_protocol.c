/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G02, G07, G08, G15: how a bank answers, and what it refuses. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"
#include "keys/seal.h"

/* A stub as the probe makes it, with its payload header. */
#define SEAL_CHAIN_MAX (SEAL_BODY_MAX + 256)

static void connection_lives(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d));
	struct bank_answer *a = bank_answer_to_init(d->owner, m->container);

	evidence_check_as(d->e, PROVENANCE_RULE, RULE(30), a->came,
			  "the connection still serves an init afterwards", "a reply", "%s",
			  a->came ? "a reply" : a->problem);
	bank_answer_free(a);
}

struct wrong_index {
	const char *what;
	bool spi, zero, address, payload;
};

/* One init whose index is not one. */
static void init_with(struct desk *d, const struct wrong_index *wrong)
{
	const struct made_stub *m = desk_make(d, desk_own(d));
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));
	const struct bank_item *it;
	struct bank_answer *a;
	GBytes *container;
	char *text;
	bool refused;

	if (wrong->spi)
		wcursor_u64(&c, wrong->zero ? 0 : m->index.spi);
	if (wrong->address)
		wcursor_bytes(&c,
			      span_of(m->index.address.octets, address_size(&m->index.address)));
	container = made_stub_container_raw(m, wrong->payload ? span_of(body, wcursor_size(&c))
							      : SPAN_NONE);
	a = bank_answer_to_init(d->owner, container);
	it = bank_answer_item(a, 0);
	text = bank_answer_text(a, 0);
	/* silence is no acknowledgement either; how it is refused is the profile's */
	refused = !it || it->code != STUB_OK;
	evidence_check_as(d->e, PROVENANCE_DRAFT, DRAFT "section 3.4", refused, wrong->what,
			  "refused", "%s", text);
	if (refused)
		desk_expect_rule(d, RULE(30), a, 0, STUB_MALFORMED, "status of that init");
	g_free(text);
	bank_answer_free(a);
	g_bytes_unref(container);
}

static void g02(struct desk *d)
{
	static const struct wrong_index wrong[] = {
		{ "init whose index has SPI zero", true, true, true, true },
		{ "init whose index has no address (8 octets)", true, false, false, true },
		{ "init whose index has no SPI (4 octets)", false, false, true, true },
		{ "init of a stub without an index payload", false, false, false, false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wrong) && bank_connection_is_up(d->owner); i++)
		init_with(d, &wrong[i]);
	if (bank_connection_is_up(d->owner))
		connection_lives(d);
	else
		evidence_check_as(d->e, PROVENANCE_RULE, RULE(30), false,
				  "a bad stub in a sound message does not end the connection",
				  "it stays", "%s", bank_connection_why(d->owner));
}

const struct probe_case case_g02 = {
	.id = "G02",
	.title = "Init without address or SPI is refused",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4; wire profile rule 30",
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
	const struct made_stub *m = desk_make(d, desk_own(d));
	struct index pair[2] = { made_stub_index(desk_own(d)), m->index };
	struct bank_answer *a = bank_answer_to_get(d->owner, &pair[0]);

	desk_expect(d, a, 0, STUB_NOT_FOUND, "get of an index never stored");
	bank_answer_free(a);
	if (desk_put(d, m)) {
		a = bank_answer_await(d->owner, bank_request_get(d->owner, pair, 2));
		desk_expect(d, a, 0, STUB_NOT_FOUND, "a miss beside a hit: the miss");
		desk_expect(d, a, 1, STUB_OK, "a miss beside a hit: the hit");
		bank_answer_free(a);
	}
}

const struct probe_case case_g07 = {
	.id = "G07",
	.title = "A miss is answered",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
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
	evidence_check(d->e, a->messages && a->type == STUB_DOWNLOAD, what, "download (type 4)",
		       "%s%s", a->messages ? iana_stub_message_name(a->type) : a->problem,
		       a->messages && a->type != STUB_DOWNLOAD ? " is the type of the reply" : "");
}

static void g08(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d));
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
	const struct made_stub *m;
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
	evidence_check_as(d->e, PROVENANCE_RULE, RULE(38), right == 251,
			  "each is refused, with its own type and transaction",
			  "unsupported, for each of 251 types", "unsupported for %u of %u asked%s",
			  right, asked, first ? first : "");
	g_free(first);
	if (bank_connection_is_up(d->owner)) {
		connection_lives(d);
		desk_expect_nothing(d, d->owner, &m->index,
				    "get of the stub that those messages carried");
	} else {
		evidence_check_as(d->e, PROVENANCE_RULE, RULE(38), false, "the connection stays",
				  "it stays", "%s", bank_connection_why(d->owner));
	}
}

const struct probe_case case_g15 = {
	.id = "G15",
	.title = "Types 0 and 6 to 255 are refused",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.7; wire profile rule 38",
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
