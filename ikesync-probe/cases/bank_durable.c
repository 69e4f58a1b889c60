/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G23, G26, G27: what must not come back, what must not get lost, what must happen once. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/recovery.h"
#include "gateway/bank_request.h"
#include "run/hook.h"

#define BUNDLE 20
#define RESTART_MS 60000
#define RESTART_POLL_MS 50

/* Can the probe play a second gateway of the pool? */
static bool second_known(const struct probe *p)
{
	const struct target_bank *t = &p->target->bank;

	return t->second_certificate && t->second_key && t->second_owns.family;
}

/* The init of a stub that was deleted or has gone on must not bring it back. */
static void replay(struct desk *d, const struct made_stub *m, const char *which)
{
	char *replayed = g_strdup_printf("the init of the %s stub, replayed", which);
	char *get = g_strdup_printf("get of the %s stub", which);

	desk_expect_of(d, bank_answer_to_init(d->owner, m->container), STUB_CONFLICT, replayed);
	desk_expect_nothing(d, d->owner, &m->index, get);
	g_free(replayed);
	g_free(get);
}

static void deleted_and_rekeyed(struct desk *d)
{
	const struct made_stub *deleted = desk_make(d, desk_own(d)),
			       *rekeyed = desk_make(d, desk_own(d)), *to;

	if (!desk_put(d, deleted) || !desk_put(d, rekeyed))
		return;
	desk_expect_of(d, bank_answer_to_delete(d->owner, &deleted->index), STUB_OK, "delete");
	to = desk_make(d, desk_own(d));
	desk_expect_of(d, bank_answer_to_update(d->owner, &rekeyed->index, to->container), STUB_OK,
		       "update to a new SPI (rekey)");
	replay(d, deleted, "deleted");
	replay(d, rekeyed, "rekeyed");
}

static void moved_too(struct desk *d)
{
	const struct made_stub *moved = desk_make(d, desk_own(d)), *to;

	deleted_and_rekeyed(d);
	if (!desk_put(d, moved))
		return;
	to = desk_make(d, desk_second(d));
	desk_expect_of(d, bank_answer_to_update(d->second, &moved->index, to->container), STUB_OK,
		       "move to the second gateway");
	replay(d, moved, "moved");
	desk_expect_stub(d, d->second, &to->index, to, "get of the moved stub's new index");
}

static void g23(struct probe *p, struct evidence *e)
{
	if (second_known(p)) {
		stage_desk_with(p, e, true, moved_too);
		return;
	}
	stage_desk_with(p, e, false, deleted_and_rekeyed);
	evidence_info(e, "a moved stub was not tried: no [bank] second-certificate");
}

const struct probe_case case_g23 = {
	.id = "G23",
	.title = "A replayed init does not bring a deleted or moved stub back",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 30; draft-vidya-ipsec-failover-ps-02 section 7",
	.required = "Delete and move leave a tombstone until the stub's lifetime ends: an init of "
		    "that index is a conflict, a get finds nothing.",
	.causes = "records are removed instead of being marked\n"
		  "tombstones end before the stub's lifetime does",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = g23,
};

/* --- restart --- */

/* Dial until the restarted bank is there. */
static bool redial(struct desk *d)
{
	uint64_t deadline = probe_now() + RESTART_MS;

	bank_connection_close(d->owner);
	bank_connection_close(d->second);
	d->second = NULL;
	for (;;) {
		d->owner = bank_connection_open(d->p, d->e, BANK_OWNER);
		if (bank_connection_is_up(d->owner)) {
			evidence_note(d->e, "connected again");
			return true;
		}
		if (probe_now() > deadline || probe_interrupted())
			break;
		bank_connection_close(d->owner);
		probe_pass_time(d->p, RESTART_POLL_MS);
	}
	evidence_inconclusive(d->e, "the restarted bank cannot be reached: %s",
			      bank_connection_why(d->owner));
	return false;
}

static void restart(struct desk *d)
{
	const struct made_stub *stubs[BUNDLE], *gone, *changed;
	struct index indexes[BUNDLE];
	GBytes *containers[BUNDLE];
	struct bank_answer *a;

	for (unsigned i = 0; i < BUNDLE; i++) {
		stubs[i] = desk_make(d, desk_own(d));
		indexes[i] = stubs[i]->index;
		containers[i] = stubs[i]->container;
	}
	gone = desk_make(d, desk_own(d));
	desk_expect_all(
	    d, bank_answer_await(d->owner, bank_request_init(d->owner, containers, BUNDLE)), BUNDLE,
	    STUB_OK, "init of many stubs, acknowledged before the restart");
	if (!desk_put(d, gone))
		return;
	desk_expect_of(d, bank_answer_to_delete(d->owner, &gone->index), STUB_OK,
		       "delete of one, acknowledged before the restart");
	changed = desk_make_at(d, &indexes[0]);
	a = bank_answer_to_update(d->owner, &indexes[0], changed->container);
	if (desk_expect(d, a, 0, STUB_OK, "update of one, acknowledged before the restart"))
		stubs[0] = changed;
	bank_answer_free(a);
	if (evidence_failed(d->e) ||
	    !hook_run(d->p, d->e, "bank-restart", d->p->target->bank_restart))
		return;
	if (!bank_connection_await_closed(d->owner)) {
		evidence_inconclusive(
		    d->e, "the connection outlived the hook: the bank was not restarted");
		return;
	}
	if (!redial(d))
		return;
	desk_expect_stubs(d,
			  bank_answer_await(d->owner, bank_request_get(d->owner, indexes, BUNDLE)),
			  stubs, BUNDLE, "every acknowledged stub after the restart");
	desk_expect_nothing(d, d->owner, &gone->index, "get of the deleted stub after the restart");
	desk_expect_of(d, bank_answer_to_init(d->owner, gone->container), STUB_CONFLICT,
		       "the init of the deleted stub, replayed after the restart");
}

static void g26(struct desk *d)
{
	struct recovery recovery;

	recovery_begin(&recovery, d->p, d->e);
	restart(d);
	/* whatever became of the checks: the next case must not meet a gateway without its bank */
	recovery_wait(&recovery);
}

const struct probe_case case_g26 = {
	.id = "G26",
	.title = "A restarted bank has every acknowledged stub",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.required = "ok to init, update or delete means that it is on stable storage.",
	.causes = "stubs are kept in memory, or written later\n"
		  "the restarted bank opened another store\n"
		  "tombstones are not stored",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_RESTART,
	.run = stage_desk,
	.at_desk = g26,
};

/* --- moves --- */

/* Of two moves under way at once exactly one may win. */
static void race(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d)), *to[2];
	struct bank_connection *other = bank_connection_open(d->p, d->e, BANK_SECOND);
	struct bank_answer *a[2];
	uint32_t id[2];
	unsigned ok = 0, conflicts = 0;
	char *text[2];

	if (!bank_connection_is_up(other)) {
		evidence_inconclusive(d->e, "no further connection for the race: %s",
				      bank_connection_why(other));
		bank_connection_close(other);
		return;
	}
	if (desk_put(d, m)) {
		to[0] = desk_make(d, desk_second(d));
		to[1] = desk_make(d, desk_second(d));
		id[0] = bank_request_update(d->second, &m->index, &to[0]->container, 1);
		id[1] = bank_request_update(other, &m->index, &to[1]->container, 1);
		for (int i = 0; i < 2; i++) {
			const struct bank_item *it;

			a[i] = bank_answer_await(i ? other : d->second, id[i]);
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
	bank_connection_close(other);
}

static void g27(struct desk *d)
{
	const struct made_stub *m = desk_make(d, desk_own(d)), *first, *late;
	GBytes *again;

	if (desk_put(d, m)) {
		first = desk_make(d, desk_second(d));
		late = desk_make(d, desk_second(d));
		desk_expect_of(d, bank_answer_to_update(d->second, &m->index, first->container),
			       STUB_OK, "the first move");
		desk_expect_of(d, bank_answer_to_update(d->second, &m->index, late->container),
			       STUB_CONFLICT, "a second move to another new index");
		again = made_stub_container(first, first->lifetime - 1);
		desk_expect_of(d, bank_answer_to_update(d->second, &m->index, again), STUB_OK,
			       "the first move, repeated");
		g_bytes_unref(again);
		desk_expect_nothing(d, d->second, &m->index, "get of the old index");
		desk_expect_nothing(d, d->second, &late->index, "get of the loser's index");
		desk_expect_stub(d, d->second, &first->index, first, "get of the winner's index");
		race(d);
	}
}

const struct probe_case case_g27 = {
	.id = "G27",
	.title = "Two moves of one index: one ok, one conflict; the first repeated is ok",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.required = "A move is an atomic compare-and-swap of the old index: the first is ok, the "
		    "same move again is ok, another is a conflict.",
	.causes = "read and write of the move are not one transaction\n"
		  "the tombstone does not remember where the stub went, so a repeated move looks "
		  "foreign",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	.run = stage_two_desks,
	.at_desk = g27,
};
