/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G: what a bank keeps, and what it does with it. */
#include "gateway/desk.h"
#include "gateway/stub_compare.h"
#include "run/case.h"

#define RULE_30 "wire profile rule 30"
#define BUNDLE 20

static const struct address *own(const struct desk *d)
{
	return &d->p->target->bank.owns;
}

static const struct address *second(const struct desk *d)
{
	return &d->p->target->bank.second_owns;
}

static void g01(struct probe *p, struct evidence *e)
{
	struct desk d;

	if (desk_open(&d, p, e, false)) {
		const struct made_stub *m = desk_make(&d, own(&d));

		if (desk_put(&d, m)) {
			struct bank_answer *a = desk_get(d.owner, &m->index);
			const struct bank_item *it = bank_answer_item(a, 0);
			char *text = bank_answer_text(a, 0);

			if (evidence_check(e, it && it->code == STUB_OK && it->stub,
					   "get returns the stub", "ok and a stub", "%s%s", text,
					   it && it->stub ? " and a stub" : ", no stub"))
				stub_compare(&d, m, it->stub);
			g_free(text);
			bank_answer_free(a);
		}
	}
	desk_close(&d);
}

static void g03(struct probe *p, struct evidence *e)
{
	struct desk d;

	if (desk_open(&d, p, e, false)) {
		const struct made_stub *m = desk_make(&d, own(&d)), *other;

		if (desk_put(&d, m)) {
			GBytes *shorter = made_stub_container(m, m->lifetime - 10);
			struct bank_answer *a = desk_init(d.owner, shorter);

			desk_expect(&d, a, 0, STUB_OK,
				    "init again with the same sealed octets (lifetime aside)");
			bank_answer_free(a);
			g_bytes_unref(shorter);
			other = desk_make_at(&d, &m->index);
			a = desk_init(d.owner, other->container);
			desk_expect(&d, a, 0, STUB_EXISTS,
				    "init of the same index with other octets");
			bank_answer_free(a);
			desk_expect_stub(&d, d.owner, &m->index, m,
					 "get afterwards returns the first stub");
		}
	}
	desk_close(&d);
}

static void g04(struct probe *p, struct evidence *e)
{
	struct desk d;

	if (desk_open(&d, p, e, false)) {
		const struct made_stub *m = desk_make(&d, own(&d)), *changed, *rekeyed;
		struct bank_answer *a;

		if (desk_put(&d, m)) {
			changed = desk_make_at(&d, &m->index);
			a = desk_update(d.owner, &m->index, changed->container);
			desk_expect(&d, a, 0, STUB_OK, "update in place by the owner");
			bank_answer_free(a);
			desk_expect_stub(&d, d.owner, &m->index, changed,
					 "get returns the new content");
			rekeyed = desk_make(&d, own(&d));
			a = desk_update(d.owner, &m->index, rekeyed->container);
			desk_expect(&d, a, 0, STUB_OK,
				    "update to a new SPI, as after an IKE rekey");
			bank_answer_free(a);
			desk_expect_stub(&d, d.owner, &rekeyed->index, rekeyed,
					 "get of the new index returns the stub");
			desk_expect_nothing(&d, d.owner, &m->index,
					    "get of the index before the rekey");
		}
	}
	desk_close(&d);
}

static void g05(struct probe *p, struct evidence *e)
{
	struct desk d;

	if (desk_open(&d, p, e, false)) {
		struct index never = made_index(own(&d));
		const struct made_stub *same = desk_make_at(&d, &never),
				       *other = desk_make(&d, own(&d));
		struct bank_answer *a = desk_update(d.owner, &never, same->container);

		desk_expect(&d, a, 0, STUB_NOT_FOUND, "update in place of an index never stored");
		bank_answer_free(a);
		a = desk_update(d.owner, &never, other->container);
		desk_expect(&d, a, 0, STUB_NOT_FOUND,
			    "update of an index never stored to another SPI");
		bank_answer_free(a);
		desk_expect_nothing(&d, d.owner, &never, "get of that index afterwards");
		desk_expect_nothing(&d, d.owner, &other->index, "get of the new index afterwards");
	}
	desk_close(&d);
}

static void g06(struct probe *p, struct evidence *e)
{
	struct desk d;

	if (desk_open(&d, p, e, false)) {
		const struct made_stub *m = desk_make(&d, own(&d));

		if (desk_put(&d, m)) {
			struct index wrong = m->index;

			/* another gateway of the pool where there is one, else a neighbour's
			 * address */
			if (second(&d)->family)
				wrong.address = *second(&d);
			else
				wrong.address.octets[address_size(&wrong.address) - 1] ^= 1;
			desk_expect_nothing(&d, d.owner, &wrong,
					    "get of the right SPI, wrong address");
			wrong = m->index;
			wrong.spi ^= 1;
			desk_expect_nothing(&d, d.owner, &wrong,
					    "get of the right address, wrong SPI");
			wrong = made_index(own(&d));
			desk_expect_nothing(&d, d.owner, &wrong,
					    "get of the right address, any other SPI");
			desk_expect_stub(&d, d.owner, &m->index, m, "get of the exact index");
		}
	}
	desk_close(&d);
}

static void g10(struct probe *p, struct evidence *e)
{
	struct desk d;

	if (desk_open(&d, p, e, false)) {
		const struct made_stub *m = desk_make(&d, own(&d)),
				       *bystander = desk_make(&d, own(&d));

		if (desk_put(&d, m) && desk_put(&d, bystander)) {
			struct bank_answer *a = desk_delete(d.owner, &m->index);
			const struct bank_item *it;
			char *text;

			desk_expect(&d, a, 0, STUB_OK, "delete by the owner");
			bank_answer_free(a);
			desk_expect_nothing(&d, d.owner, &m->index, "get of the deleted stub");
			a = desk_delete(d.owner, &m->index);
			it = bank_answer_item(a, 0);
			text = bank_answer_text(a, 0);
			evidence_check_as(e, PROVENANCE_RULE, RULE_30,
					  it && (it->code == STUB_OK || it->code == STUB_NOT_FOUND),
					  "a second delete is harmless", "ok or not-found", "%s",
					  text);
			g_free(text);
			bank_answer_free(a);
			desk_expect_stub(&d, d.owner, &bystander->index, bystander,
					 "another stub of the same gateway is untouched");
		}
	}
	desk_close(&d);
}

static void g13(struct probe *p, struct evidence *e)
{
	const struct made_stub *first[BUNDLE], *later[BUNDLE];
	struct index indexes[BUNDLE];
	GBytes *containers[BUNDLE];
	struct bank_answer *a;
	struct desk d;

	if (desk_open(&d, p, e, false)) {
		for (unsigned i = 0; i < BUNDLE; i++) {
			first[i] = desk_make(&d, own(&d));
			indexes[i] = first[i]->index;
			containers[i] = first[i]->container;
		}
		a = bank_await(d.owner, bank_post_init(d.owner, containers, BUNDLE));
		desk_expect_all(&d, a, BUNDLE, STUB_OK, "one init with many stubs");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_get(d.owner, indexes, BUNDLE));
		desk_expect_stubs(&d, a, first, BUNDLE,
				  "one get of all of them, answered by download");
		bank_answer_free(a);
		for (unsigned i = 0; i < BUNDLE; i++) {
			later[i] = desk_make_at(&d, &indexes[i]);
			containers[i] = later[i]->container;
		}
		a = bank_await(d.owner, bank_post_update(d.owner, indexes, containers, BUNDLE));
		desk_expect_all(&d, a, BUNDLE, STUB_OK, "one update of all of them");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_get(d.owner, indexes, BUNDLE));
		desk_expect_stubs(&d, a, later, BUNDLE, "one get after the update");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_delete(d.owner, indexes, BUNDLE));
		desk_expect_all(&d, a, BUNDLE, STUB_OK, "one delete of all of them");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_get(d.owner, indexes, BUNDLE));
		desk_expect_all(&d, a, BUNDLE, STUB_NOT_FOUND, "one get after the delete");
		bank_answer_free(a);
	}
	desk_close(&d);
}

#define BANK_CAUSES_DOWN "the bank's store refused to write (disk, permissions)\n"

const struct probe_case cases_bank_store[] = {
	{
	    .id = "G01",
	    .title = "Init, then get returns every field of the stub unchanged",
	    .provenance = PROVENANCE_DRAFT,
	    .source = "draft-xu-ike-sa-sync-01 sections 3.2 and 3.4",
	    .required = "The bank stores a stub as it came and returns IDi, IDr, SPIi, SPIr, SAr, "
			"SK_d_old, the shared secret, the old gateway's address and the lifetime.",
	    .causes = "the bank takes the stub apart and puts it together again\n"
		      "a length is computed wrongly on the way in or out\n" BANK_CAUSES_DOWN
		      "the certificate of [bank] certificate does not own [bank] owns",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:lose-octet",
	    .run = g01,
	},
	{
	    .id = "G03",
	    .title = "Init of an existing index: the same octets are ok, others exist already",
	    .provenance = PROVENANCE_RULE,
	    .source = RULE_30,
	    .required =
		"A repeated init with the same sealed octets is ok, for a retry re-sends the "
		"very same; with other octets it is refused with exists and changes nothing.",
	    .causes = "init is an unconditional put\n"
		      "the lifetime is part of the comparison",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:init-overwrites",
	    .run = g03,
	},
	{
	    .id = "G04",
	    .title = "Update replaces the stub",
	    .provenance = PROVENANCE_DRAFT,
	    .source = "draft-xu-ike-sa-sync-01 section 3.4",
	    .required =
		"After an acknowledged update a get returns the new stub, and an index left "
		"behind by an IKE rekey returns nothing.",
	    .causes = "the update is acknowledged and dropped\n"
		      "a cache in front of the store is not invalidated\n"
		      "an update to a new SPI leaves the old record alive",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:update-ignored",
	    .run = g04,
	},
	{
	    .id = "G05",
	    .title = "Update of an unknown index is not-found and creates nothing",
	    .provenance = PROVENANCE_RULE,
	    .source = RULE_30,
	    .required = "update of an index never seen is not-found.",
	    .causes = "update is an unconditional put",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:update-creates",
	    .run = g05,
	},
	{
	    .id = "G06",
	    .title = "A stub is found by SPI and address together, by neither alone",
	    .provenance = PROVENANCE_DRAFT,
	    .source = "draft-xu-ike-sa-sync-01 section 3.4 item 3",
	    .required = "Gateway address and SPI together index a stub: the right SPI with another "
			"address, or the reverse, finds nothing.",
	    .causes = "the store's key is the SPI alone\n"
		      "the address is compared as text, or without its family",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:spi-only-index",
	    .run = g06,
	},
	{
	    .id = "G10",
	    .title = "Delete works, and a second one is harmless",
	    .provenance = PROVENANCE_DRAFT,
	    .source = "draft-xu-ike-sa-sync-01 section 3.4 item 5",
	    .required =
		"A deleted stub is not returned any more. Deleting it again is no error that "
		"costs the connection.",
	    .causes = "the delete is acknowledged and dropped\n"
		      "a cache still answers\n"
		      "the second delete is treated as a protocol error",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:delete-ignored",
	    .run = g10,
	},
	{
	    .id = "G13",
	    .title = "Many stubs in one init, update, get, download and delete",
	    .level = LEVEL_MAY,
	    .provenance = PROVENANCE_DRAFT,
	    .source = "draft-xu-ike-sa-sync-01 section 3.6",
	    .required =
		"Gateways assemble stubs into fewer messages: each stub of a bundle is treated "
		"as if it had come alone, with a status of its own.",
	    .causes = "only the first stub of a message is read\n"
		      "statuses are not numbered by the item's position",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:bundle-first-only",
	    .run = g13,
	},
	{ .id = NULL },
};
