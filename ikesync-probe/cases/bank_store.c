/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G01, G03-G06, G10, G13: what a bank keeps, and what it does with it. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"
#include "gateway/stub_compare.h"

#define BUNDLE 20

static void g01(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d));

	if (desk_put(d, m)) {
		struct bank_answer *a = bank_answer_to_get(d->owner, &m->index);
		const struct bank_item *it = bank_answer_item(a, 0);
		char *text = bank_answer_text(a, 0);

		if (evidence_check(d->e, it && it->code == STUB_OK && it->stub,
				   "get returns the stub", "ok and a stub", "%s%s", text,
				   it && it->stub ? " and a stub" : ", no stub"))
			stub_compare(d, m, it->stub);
		g_free(text);
		bank_answer_free(a);
	}
}

const struct probe_case case_g01 = {
	.id = "G01",
	.title = "Init, then get returns every field of the stub unchanged",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "sections 3.2 and 3.4",
	.required = "The bank stores a stub as it came and returns IDi, IDr, SPIi, SPIr, SAr, "
		    "SK_d_old, the shared secret, the old gateway's address and the lifetime.",
	.causes = "the bank takes the stub apart and puts it together again\n"
		  "a length is computed wrongly on the way in or out\n"
		  "the bank's store refused to write (disk, permissions)\n"
		  "the certificate of [bank] certificate does not own [bank] owns",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g01,
};

static void g03(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d)), *other;

	if (desk_put(d, m)) {
		GBytes *shorter = made_stub_container(m, m->lifetime - 10);

		desk_expect_of(d, bank_answer_to_init(d->owner, shorter), STUB_OK,
			       "init again with the same sealed octets (lifetime aside)");
		g_bytes_unref(shorter);
		other = desk_make_at(d, &m->index);
		desk_expect_of(d, bank_answer_to_init(d->owner, other->container), STUB_EXISTS,
			       "init of the same index with other octets");
		desk_expect_stub(d, d->owner, &m->index, m,
				 "get afterwards returns the first stub");
	}
}

const struct probe_case case_g03 = {
	.id = "G03",
	.title = "Init of an existing index: the same octets are ok, others exist already",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.required = "A repeated init with the same sealed octets is ok, for a retry re-sends the "
		    "very same; with other octets it is refused with exists and changes nothing.",
	.causes = "init is an unconditional put\n"
		  "the lifetime is part of the comparison",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g03,
};

static void g04(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d)), *changed, *rekeyed;

	if (desk_put(d, m)) {
		changed = desk_make_at(d, &m->index);
		desk_expect_of(d, bank_answer_to_update(d->owner, &m->index, changed->container),
			       STUB_OK, "update in place by the owner");
		desk_expect_stub(d, d->owner, &m->index, changed, "get returns the new content");
		rekeyed = desk_make(d, desk_own(d));
		desk_expect_of(d, bank_answer_to_update(d->owner, &m->index, rekeyed->container),
			       STUB_OK, "update to a new SPI, as after an IKE rekey");
		desk_expect_stub(d, d->owner, &rekeyed->index, rekeyed,
				 "get of the new index returns the stub");
		desk_expect_nothing(d, d->owner, &m->index, "get of the index before the rekey");
	}
}

const struct probe_case case_g04 = {
	.id = "G04",
	.title = "Update replaces the stub",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4",
	.required = "After an acknowledged update a get returns the new stub, and an index left "
		    "behind by an IKE rekey returns nothing.",
	.causes = "the update is acknowledged and dropped\n"
		  "a cache in front of the store is not invalidated\n"
		  "an update to a new SPI leaves the old record alive",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g04,
};

static void g05(struct desk *d)
{
	struct index never = made_stub_index(desk_own(d));
	const struct made_stub *same = desk_make_at(d, &never), *other = desk_make(d, desk_own(d));

	desk_expect_of(d, bank_answer_to_update(d->owner, &never, same->container), STUB_NOT_FOUND,
		       "update in place of an index never stored");
	desk_expect_of(d, bank_answer_to_update(d->owner, &never, other->container), STUB_NOT_FOUND,
		       "update of an index never stored to another SPI");
	desk_expect_nothing(d, d->owner, &never, "get of that index afterwards");
	desk_expect_nothing(d, d->owner, &other->index, "get of the new index afterwards");
}

const struct probe_case case_g05 = {
	.id = "G05",
	.title = "Update of an unknown index is not-found and creates nothing",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.required = "update of an index never seen is not-found.",
	.causes = "update is an unconditional put",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g05,
};

static void g06(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d));

	if (desk_put(d, m)) {
		struct index wrong = m->index;

		/* another gateway of the pool where there is one, else a neighbour's address */
		if (desk_second(d)->family)
			wrong.address = *desk_second(d);
		else
			wrong.address.octets[address_size(&wrong.address) - 1] ^= 1;
		desk_expect_nothing(d, d->owner, &wrong, "get of the right SPI, wrong address");
		wrong = m->index;
		wrong.spi ^= 1;
		desk_expect_nothing(d, d->owner, &wrong, "get of the right address, wrong SPI");
		wrong = made_stub_index(desk_own(d));
		desk_expect_nothing(d, d->owner, &wrong, "get of the right address, any other SPI");
		desk_expect_stub(d, d->owner, &m->index, m, "get of the exact index");
	}
}

const struct probe_case case_g06 = {
	.id = "G06",
	.title = "A stub is found by SPI and address together, by neither alone",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4 item 3",
	.required = "Gateway address and SPI together index a stub: the right SPI with another "
		    "address, or the reverse, finds nothing.",
	.causes = "the store's key is the SPI alone\n"
		  "the address is compared as text, or without its family",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g06,
};

static void g10(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d)),
			       *bystander = desk_make(d, desk_own(d));

	if (desk_put(d, m) && desk_put(d, bystander)) {
		const struct bank_item *it;
		struct bank_answer *a;
		char *text;

		desk_expect_of(d, bank_answer_to_delete(d->owner, &m->index), STUB_OK,
			       "delete by the owner");
		desk_expect_nothing(d, d->owner, &m->index, "get of the deleted stub");
		a = bank_answer_to_delete(d->owner, &m->index);
		it = bank_answer_item(a, 0);
		text = bank_answer_text(a, 0);
		evidence_check_as(d->e, PROVENANCE_RULE, RULE(30),
				  it && (it->code == STUB_OK || it->code == STUB_NOT_FOUND),
				  "a second delete is harmless", "ok or not-found", "%s", text);
		g_free(text);
		bank_answer_free(a);
		desk_expect_stub(d, d->owner, &bystander->index, bystander,
				 "another stub of the same gateway is untouched");
	}
}

const struct probe_case case_g10 = {
	.id = "G10",
	.title = "Delete works, and a second one is harmless",
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4 item 5",
	.required = "A deleted stub is not returned any more. Deleting it again is no error that "
		    "costs the connection.",
	.causes = "the delete is acknowledged and dropped\n"
		  "a cache still answers\n"
		  "the second delete is treated as a protocol error",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g10,
};

static void g13(struct desk *d)
{
	const struct made_stub *first[BUNDLE], *later[BUNDLE];
	struct index indexes[BUNDLE];
	GBytes *containers[BUNDLE];

	for (unsigned i = 0; i < BUNDLE; i++) {
		first[i] = desk_make(d, desk_own(d));
		indexes[i] = first[i]->index;
		containers[i] = first[i]->container;
	}
	desk_expect_all(
	    d, bank_answer_await(d->owner, bank_request_init(d->owner, containers, BUNDLE)), BUNDLE,
	    STUB_OK, "one init with many stubs");
	desk_expect_stubs(d,
			  bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BUNDLE)),
			  first, BUNDLE, "one get of all of them, answered by download");
	for (unsigned i = 0; i < BUNDLE; i++) {
		later[i] = desk_make_at(d, &indexes[i]);
		containers[i] = later[i]->container;
	}
	desk_expect_all(
	    d,
	    bank_answer_await(d->owner, bank_request_update(d->owner, indexes, containers, BUNDLE)),
	    BUNDLE, STUB_OK, "one update of all of them");
	desk_expect_stubs(d,
			  bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BUNDLE)),
			  later, BUNDLE, "one get after the update");
	desk_expect_all(d,
			bank_answer_await(d->owner, bank_request_delete(d->owner, indexes, BUNDLE)),
			BUNDLE, STUB_OK, "one delete of all of them");
	desk_expect_all(d, bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BUNDLE)),
			BUNDLE, STUB_NOT_FOUND, "one get after the delete");
}

const struct probe_case case_g13 = {
	.id = "G13",
	.title = "Many stubs in one init, update, get, download and delete",
	.level = LEVEL_MAY,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.6",
	.required = "Gateways assemble stubs into fewer messages: each stub of a bundle is treated "
		    "as if it had come alone, with a status of its own.",
	.causes = "only the first stub of a message is read\n"
		  "statuses are not numbered by the item's position",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g13,
};
