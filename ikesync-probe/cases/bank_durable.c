/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G: what must not come back, what must not get lost, and what must happen once. */
#include "gateway/desk.h"
#include "client/recovery.h"
#include "run/case.h"
#include "run/evidence.h"
#include "run/hook.h"

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
	struct recovery recovery;
	struct desk d;

	recovery_begin(&recovery, p, e);
	if (!desk_open(&d, p, e, false))
		goto out;
	for (unsigned i = 0; i < BUNDLE; i++) {
		stubs[i] = desk_make(&d, own(&d));
		indexes[i] = stubs[i]->index;
		containers[i] = stubs[i]->container;
	}
	gone = desk_make(&d, own(&d));
	a = bank_await(d.owner, bank_post_init(d.owner, containers, BUNDLE));
	desk_expect_all(&d, a, BUNDLE, STUB_OK,
			"init of many stubs, acknowledged before the restart");
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
	desk_expect_stubs(&d, a, stubs, BUNDLE, "every acknowledged stub after the restart");
	bank_answer_free(a);
	desk_expect_nothing(&d, d.owner, &gone->index, "get of the deleted stub after the restart");
	a = desk_init(d.owner, gone->container);
	desk_expect(&d, a, 0, STUB_CONFLICT,
		    "the init of the deleted stub, replayed after the restart");
	bank_answer_free(a);
out:
	/* whatever became of the checks: the next case must not meet a gateway without its bank */
	recovery_wait(&recovery);
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

const struct probe_case cases_bank_durable[] = {
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
