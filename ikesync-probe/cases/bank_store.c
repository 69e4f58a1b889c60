/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G: what a bank keeps, and what it does with it. */
#include "bank/desk.h"
#include "bank/stub_compare.h"
#include "case.h"
#include "hook.h"

#define RULE_27 "wire profile rule 27"
#define RULE_30 "wire profile rule 30"
#define BUNDLE 20
#define RESTART_MS 60000
#define RESTART_POLL_MS 50

static const struct address *own(const struct desk *d)
{
	return &d->p->target->bank.owns;
}

static const struct address *second(const struct desk *d)
{
	return &d->p->target->bank.second_owns;
}

/* Can the probe play a second gateway of the pool? */
static bool second_known(const struct probe *p)
{
	const struct target_bank *t = &p->target->bank;

	return t->second_certificate && t->second_key && t->second_owns.family;
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

/* Demand `code` for each of the first n items; names the first that has another. */
static void expect_all(struct desk *d, const struct bank_answer *a, unsigned n,
		       enum iana_stub_status code, const char *what)
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
	evidence_check(d->e, right == n, what, expected, "%s for %u of %u%s",
		       iana_stub_status_name(code), right, n, first ? first : "");
	g_free(expected);
	g_free(first);
}

static void expect_stubs(struct desk *d, const struct bank_answer *a,
			 const struct made_stub *const *stubs, unsigned n, const char *what)
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
	evidence_check(d->e, right == n, what, expected, "%u of %u%s%s", right, n,
		       a->came ? "" : "; ", a->came ? "" : a->problem);
	g_free(expected);
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
		expect_all(&d, a, BUNDLE, STUB_OK, "one init with many stubs");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_get(d.owner, indexes, BUNDLE));
		expect_stubs(&d, a, first, BUNDLE, "one get of all of them, answered by download");
		bank_answer_free(a);
		for (unsigned i = 0; i < BUNDLE; i++) {
			later[i] = desk_make_at(&d, &indexes[i]);
			containers[i] = later[i]->container;
		}
		a = bank_await(d.owner, bank_post_update(d.owner, indexes, containers, BUNDLE));
		expect_all(&d, a, BUNDLE, STUB_OK, "one update of all of them");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_get(d.owner, indexes, BUNDLE));
		expect_stubs(&d, a, later, BUNDLE, "one get after the update");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_delete(d.owner, indexes, BUNDLE));
		expect_all(&d, a, BUNDLE, STUB_OK, "one delete of all of them");
		bank_answer_free(a);
		a = bank_await(d.owner, bank_post_get(d.owner, indexes, BUNDLE));
		expect_all(&d, a, BUNDLE, STUB_NOT_FOUND, "one get after the delete");
		bank_answer_free(a);
	}
	desk_close(&d);
}

static void g23(struct probe *p, struct evidence *e)
{
	bool has_second = second_known(p);
	struct desk d;

	if (desk_open(&d, p, e, has_second)) {
		const struct made_stub *deleted = desk_make(&d, own(&d)),
				       *rekeyed = desk_make(&d, own(&d)),
				       *moved = desk_make(&d, own(&d)), *to;
		struct bank_answer *a;

		if (desk_put(&d, deleted) && desk_put(&d, rekeyed) && desk_put(&d, moved)) {
			a = desk_delete(d.owner, &deleted->index);
			desk_expect(&d, a, 0, STUB_OK, "delete");
			bank_answer_free(a);
			to = desk_make(&d, own(&d));
			a = desk_update(d.owner, &rekeyed->index, to->container);
			desk_expect(&d, a, 0, STUB_OK, "update to a new SPI (rekey)");
			bank_answer_free(a);
			if (has_second) {
				to = desk_make(&d, second(&d));
				a = desk_update(d.second, &moved->index, to->container);
				desk_expect(&d, a, 0, STUB_OK, "move to the second gateway");
				bank_answer_free(a);
			} else {
				evidence_info(e, "a moved stub was not tried: no [bank] "
						 "second-certificate");
			}
			a = desk_init(d.owner, deleted->container);
			desk_expect(&d, a, 0, STUB_CONFLICT,
				    "the init of the deleted stub, replayed");
			bank_answer_free(a);
			desk_expect_nothing(&d, d.owner, &deleted->index,
					    "get of the deleted stub");
			a = desk_init(d.owner, rekeyed->container);
			desk_expect(&d, a, 0, STUB_CONFLICT,
				    "the init of the rekeyed stub, replayed");
			bank_answer_free(a);
			desk_expect_nothing(&d, d.owner, &rekeyed->index,
					    "get of the rekeyed stub");
			if (has_second) {
				a = desk_init(d.owner, moved->container);
				desk_expect(&d, a, 0, STUB_CONFLICT,
					    "the init of the moved stub, replayed");
				bank_answer_free(a);
				desk_expect_nothing(&d, d.owner, &moved->index,
						    "get of the moved stub's old index");
				desk_expect_stub(&d, d.second, &to->index, to,
						 "get of the moved stub's new index");
			}
		}
	}
	desk_close(&d);
}

/* --- restart --- */

/* Dial until the restarted bank is there. */
static bool redial(struct desk *d)
{
	uint64_t deadline = probe_now() + RESTART_MS;

	bank_close(d->owner);
	bank_close(d->second);
	d->second = NULL;
	for (;;) {
		d->owner = bank_connect(d->p, d->e, BANK_OWNER);
		if (bank_is_up(d->owner)) {
			evidence_note(d->e, "connected again");
			return true;
		}
		if (probe_now() > deadline || probe_interrupted(d->p))
			break;
		bank_close(d->owner);
		probe_pass_time(d->p, RESTART_POLL_MS);
	}
	evidence_inconclusive(d->e, "the restarted bank cannot be reached: %s", bank_why(d->owner));
	return false;
}

static void g26(struct probe *p, struct evidence *e)
{
	const struct made_stub *stubs[BUNDLE], *gone, *changed;
	struct index indexes[BUNDLE];
	GBytes *containers[BUNDLE];
	struct bank_answer *a;
	struct desk d;

	if (!desk_open(&d, p, e, false))
		goto out;
	for (unsigned i = 0; i < BUNDLE; i++) {
		stubs[i] = desk_make(&d, own(&d));
		indexes[i] = stubs[i]->index;
		containers[i] = stubs[i]->container;
	}
	gone = desk_make(&d, own(&d));
	a = bank_await(d.owner, bank_post_init(d.owner, containers, BUNDLE));
	expect_all(&d, a, BUNDLE, STUB_OK, "init of many stubs, acknowledged before the restart");
	bank_answer_free(a);
	if (!desk_put(&d, gone))
		goto out;
	a = desk_delete(d.owner, &gone->index);
	desk_expect(&d, a, 0, STUB_OK, "delete of one, acknowledged before the restart");
	bank_answer_free(a);
	changed = desk_make_at(&d, &indexes[0]);
	a = desk_update(d.owner, &indexes[0], changed->container);
	if (desk_expect(&d, a, 0, STUB_OK, "update of one, acknowledged before the restart"))
		stubs[0] = changed;
	bank_answer_free(a);
	if (evidence_failed(e) || !hook_run(p, e, "bank-restart", p->target->bank_restart))
		goto out;
	if (!bank_await_closed(d.owner)) {
		evidence_inconclusive(
		    e, "the connection outlived the hook: the bank was not restarted");
		goto out;
	}
	if (!redial(&d))
		goto out;
	a = bank_await(d.owner, bank_post_get(d.owner, indexes, BUNDLE));
	expect_stubs(&d, a, stubs, BUNDLE, "every acknowledged stub after the restart");
	bank_answer_free(a);
	desk_expect_nothing(&d, d.owner, &gone->index, "get of the deleted stub after the restart");
	a = desk_init(d.owner, gone->container);
	desk_expect(&d, a, 0, STUB_CONFLICT,
		    "the init of the deleted stub, replayed after the restart");
	bank_answer_free(a);
out:
	desk_close(&d);
}

/* --- moves --- */

/* Of two moves under way at once exactly one may win. */
static void race(struct desk *d)
{
	const struct made_stub *m = desk_make(d, own(d)), *to[2];
	struct bank *other = bank_connect(d->p, d->e, BANK_SECOND);
	struct bank_answer *a[2];
	uint32_t id[2];
	unsigned ok = 0, conflicts = 0;
	char *text[2];

	if (!bank_is_up(other)) {
		evidence_inconclusive(d->e, "no further connection for the race: %s",
				      bank_why(other));
		bank_close(other);
		return;
	}
	if (desk_put(d, m)) {
		to[0] = desk_make(d, second(d));
		to[1] = desk_make(d, second(d));
		id[0] = bank_post_update(d->second, &m->index, &to[0]->container, 1);
		id[1] = bank_post_update(other, &m->index, &to[1]->container, 1);
		for (int i = 0; i < 2; i++) {
			const struct bank_item *it;

			a[i] = bank_await(i ? other : d->second, id[i]);
			it = bank_answer_item(a[i], 0);
			text[i] = bank_answer_text(a[i], 0);
			ok += it && it->code == STUB_OK;
			conflicts += it && it->code == STUB_CONFLICT;
		}
		evidence_check(d->e, ok == 1 && conflicts == 1,
			       "two moves at once over two connections", "one ok, one conflict",
			       "%s and %s", text[0], text[1]);
		for (int i = 0; i < 2; i++) {
			g_free(text[i]);
			bank_answer_free(a[i]);
		}
	}
	bank_close(other);
}

static void g27(struct probe *p, struct evidence *e)
{
	struct desk d;

	if (desk_open(&d, p, e, true)) {
		const struct made_stub *m = desk_make(&d, own(&d)), *first, *late;
		struct bank_answer *a;
		GBytes *again;

		if (desk_put(&d, m)) {
			first = desk_make(&d, second(&d));
			late = desk_make(&d, second(&d));
			a = desk_update(d.second, &m->index, first->container);
			desk_expect(&d, a, 0, STUB_OK, "the first move");
			bank_answer_free(a);
			a = desk_update(d.second, &m->index, late->container);
			desk_expect(&d, a, 0, STUB_CONFLICT, "a second move to another new index");
			bank_answer_free(a);
			again = made_stub_container(first, first->lifetime - 1);
			a = desk_update(d.second, &m->index, again);
			desk_expect(&d, a, 0, STUB_OK, "the first move, repeated");
			bank_answer_free(a);
			g_bytes_unref(again);
			desk_expect_nothing(&d, d.second, &m->index, "get of the old index");
			desk_expect_nothing(&d, d.second, &late->index, "get of the loser's index");
			desk_expect_stub(&d, d.second, &first->index, first,
					 "get of the winner's index");
			race(&d);
		}
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
	{
	    .id = "G23",
	    .title = "A replayed init does not bring a deleted or moved stub back",
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rule 30; draft-vidya-ipsec-failover-ps-02 section 7",
	    .required =
		"Delete and move leave a tombstone until the stub's lifetime ends: an init of "
		"that index is a conflict, a get finds nothing.",
	    .causes = "records are removed instead of being marked\n"
		      "tombstones end before the stub's lifetime does",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:no-tombstone",
	    .run = g23,
	},
	{
	    .id = "G26",
	    .title = "A restarted bank has every acknowledged stub",
	    .provenance = PROVENANCE_RULE,
	    .source = RULE_30,
	    .required = "ok to init, update or delete means that it is on stable storage.",
	    .causes = "stubs are kept in memory, or written later\n"
		      "the restarted bank opened another store\n"
		      "tombstones are not stored",
	    .requires = REQUIRES_BANK | REQUIRES_BANK_RESTART,
	    .defect = "bank:memory-only",
	    .run = g26,
	},
	{
	    .id = "G27",
	    .title = "Two moves of one index: one ok, one conflict; the first repeated is ok",
	    .provenance = PROVENANCE_RULE,
	    .source = RULE_30,
	    .required =
		"A move is an atomic compare-and-swap of the old index: the first is ok, the "
		"same move again is ok, another is a conflict.",
	    .causes =
		"read and write of the move are not one transaction\n"
		"the tombstone does not remember where the stub went, so a repeated move looks "
		"foreign",
	    .requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	    .defect = "bank:two-moves",
	    .run = g27,
	},
	{ .id = NULL },
};
