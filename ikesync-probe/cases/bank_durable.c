/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G23, G26, G36: what must not come back, and what must not get lost. */
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
	char *fresh = g_strdup_printf("another init of the %s stub's index", which);
	char *update = g_strdup_printf("update in place of the %s stub", which);
	char *get = g_strdup_printf("get of the %s stub", which);
	struct made_stub *other = desk_make_at(d, &m->index);

	desk_expect_of(d, "30.8", bank_answer_to_init(d->owner, m->container), STUB_CONFLICT,
		       replayed);
	desk_expect_nothing(d, "30.8", d->owner, &m->index, get);
	desk_expect_of(d, "30.8", bank_answer_to_init(d->owner, other->container), STUB_CONFLICT,
		       fresh);
	desk_expect_of(d, "30.8", bank_answer_to_update(d->owner, &m->index, other->container),
		       STUB_CONFLICT, update);
	desk_expect_nothing(d, "30.8", d->owner, &m->index, get);
	g_free(replayed);
	g_free(fresh);
	g_free(update);
	g_free(get);
}

static void deleted_and_rekeyed(struct desk *d)
{
	struct made_stub *deleted = desk_make(d, desk_own(d)), *rekeyed = desk_make(d, desk_own(d)),
			 *to;

	if (!desk_put(d, deleted) || !desk_put(d, rekeyed))
		return;
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->owner, &deleted->index), STUB_OK,
		       "delete");
	to = desk_make(d, desk_own(d));
	desk_expect_of(d, "30.4", desk_update(d->owner, &rekeyed->index, to), STUB_OK,
		       "update to a new SPI (rekey)");
	replay(d, deleted, "deleted");
	replay(d, rekeyed, "rekeyed");
	desk_expect_stub(d, "30.4", d->owner, &to->index, to,
			 "get of the rekeyed stub's new index");
}

static void moved_too(struct desk *d)
{
	struct made_stub *moved = desk_make(d, desk_own(d)), *to;

	deleted_and_rekeyed(d);
	if (!desk_put(d, moved))
		return;
	to = desk_make(d, desk_second(d));
	desk_expect_of(d, "30.5", desk_update(d->second, &moved->index, to), STUB_OK,
		       "move to the second gateway");
	replay(d, moved, "moved");
	desk_expect_stub(d, "30.5", d->second, &to->index, to, "get of the moved stub's new index");
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->second, &to->index), STUB_OK,
		       "delete of the moved stub");
	desk_expect_of(d, "30.8", bank_answer_to_update(d->second, &moved->index, to->container),
		       STUB_OK, "the move, repeated, is still the very same");
	desk_expect_nothing(d, "30.8", d->second, &to->index,
			    "the moved and deleted stub is not brought back by that");
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
	.clauses = "30.8 30.10 30.4 30.5 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "Delete and move leave a tombstone until the stub's lifetime ends: an init or "
		    "update of that index is a conflict, a get finds nothing.",
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

	desk_hang_up(d, d->owner);
	desk_hang_up(d, d->second);
	d->second = NULL;
	for (;;) {
		d->owner = bank_connection_open(d->p, d->e, BANK_OWNER);
		bank_connection_judge(d->owner, &d->form);
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

static bool restart(struct desk *d)
{
	if (evidence_failed(d->e) ||
	    !hook_run(d->p, d->e, "bank-restart", d->p->target->bank_restart))
		return false;
	if (!bank_connection_await_closed(d->owner)) {
		evidence_inconclusive(
		    d->e, "the connection outlived the hook: the bank was not restarted");
		return false;
	}
	return redial(d);
}

/* Whatever becomes of the checks: the next case must not meet a gateway without its bank. */
static void with_recovery(struct desk *d, void (*ask)(struct desk *d))
{
	struct recovery recovery;

	recovery_begin(&recovery, d->p, d->e);
	ask(d);
	recovery_wait(&recovery);
}

static void put_bundle(struct desk *d, struct made_stub **stubs, struct index *indexes)
{
	GBytes *containers[BUNDLE];
	uint64_t sent = probe_now();
	struct bank_answer *a;

	for (unsigned i = 0; i < BUNDLE; i++) {
		stubs[i] = desk_make(d, desk_own(d));
		indexes[i] = stubs[i]->index;
		containers[i] = stubs[i]->container;
	}
	a = bank_answer_await(d->owner, bank_request_init(d->owner, containers, BUNDLE));
	for (unsigned i = 0; i < BUNDLE; i++)
		desk_kept(stubs[i], sent, a, i);
	desk_expect_all(d, "31.1", a, BUNDLE, STUB_OK,
			"init of many stubs, acknowledged before the restart");
}

static void keeps_all(struct desk *d)
{
	struct made_stub *stubs[BUNDLE], *gone, *changed, *rekeyed;
	struct index indexes[BUNDLE];

	put_bundle(d, stubs, indexes);
	gone = desk_make(d, desk_own(d));
	if (!desk_put(d, gone))
		return;
	desk_expect_of(d, "30.10", bank_answer_to_delete(d->owner, &gone->index), STUB_OK,
		       "delete of one, acknowledged before the restart");
	changed = desk_make_at(d, &indexes[0]);
	if (desk_expect_of(d, "30.4", desk_update(d->owner, &indexes[0], changed), STUB_OK,
			   "update of one, acknowledged before the restart"))
		stubs[0] = changed;
	rekeyed = desk_make(d, desk_own(d));
	desk_expect_of(d, "30.4", desk_update(d->owner, &indexes[1], rekeyed), STUB_OK,
		       "update of one to a new SPI, acknowledged before the restart");
	if (!restart(d))
		return;
	desk_expect_stub(d, "30.2", d->owner, &indexes[0], changed,
			 "the updated stub after the restart");
	desk_expect_stub(d, "30.2", d->owner, &rekeyed->index, rekeyed,
			 "the rekeyed stub after the restart");
	desk_expect_stub(d, "30.2", d->owner, &indexes[2], stubs[2],
			 "a stub after the restart, and its lifetime");
	desk_expect_stubs(
	    d, "30.2",
	    bank_answer_await(d->owner, bank_request_get(d->owner, &indexes[2], BUNDLE - 2)),
	    &stubs[2], BUNDLE - 2, "get of the others after the restart");
	desk_expect_nothing(d, "30.2", d->owner, &gone->index,
			    "get of the deleted stub after the restart");
	desk_expect_of(d, "30.9", bank_answer_to_init(d->owner, gone->container), STUB_CONFLICT,
		       "the init of the deleted stub, replayed after the restart");
	desk_expect_nothing(d, "30.2", d->owner, &indexes[1],
			    "get of the index before the rekey after the restart");
	desk_expect_of(d, "30.9", bank_answer_to_init(d->owner, stubs[1]->container), STUB_CONFLICT,
		       "the init of the rekeyed stub, replayed after the restart");
}

static void g26(struct desk *d)
{
	with_recovery(d, keeps_all);
}

const struct probe_case case_g26 = {
	.id = "G26",
	.title = "A restarted bank has every acknowledged stub",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.2 30.9 30.10 30.4 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "ok to init, update and delete means that it is on stable storage.",
	.causes = "stubs are kept in memory, or written later\n"
		  "the restarted bank opened another store\n"
		  "tombstones are not stored\n"
		  "a stub's lifetime begins anew with the restart",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_RESTART,
	.alone = true,
	.run = stage_desk,
	.at_desk = g26,
};

#define SHORT_S 1
#define SEAL_S 900
/* The lifetime is over, by any clock. */
#define OVER_MS 2500

static struct made_stub *make_short(struct desk *d, int seal_s)
{
	struct index ix = made_stub_index(desk_own(d));

	return desk_keep(d, made_stub_with(d->p, &ix, SHORT_S, seal_s));
}

/* Three tombstones: a delete, a rekey, and one whose seal is over soon, too. */
struct tombstones {
	struct made_stub *deleted, *rekeyed, *brief;
};

#define TRIES 3

/* A stub of so short a life that lives when it is deleted, or rekeyed to another one of its kind. NULL: it never did. */
static struct made_stub *leave(struct desk *d, int seal_s, bool rekeyed, const char *what)
{
	for (unsigned i = 0; i < TRIES && !probe_interrupted(); i++) {
		struct made_stub *m = make_short(d, seal_s), *to = make_short(d, seal_s);
		struct bank_answer *a;

		if (!desk_put(d, m))
			return NULL;
		a = rekeyed ? desk_update(d->owner, &m->index, to)
			    : bank_answer_to_delete(d->owner, &m->index);
		if (a->came_ms < m->sent_ms + UINT64_C(1000) * SHORT_S) {
			desk_expect_of(d, rekeyed ? "30.4" : "30.10", a, STUB_OK, what);
			return m;
		}
		bank_answer_free(a);
		evidence_note(d->e, "too late for: %s", what);
	}
	evidence_inconclusive(d->e, "%s: its lifetime was over before, each time", what);
	return NULL;
}

static bool leave_tombstones(struct desk *d, struct tombstones *t)
{
	t->deleted =
	    leave(d, SEAL_S, false, "delete of a stub with a lifetime of 1 s and a seal of 900 s");
	/* what it is rekeyed to is over as soon */
	t->rekeyed = t->deleted ? leave(d, SEAL_S, true, "rekey of such a stub") : NULL;
	t->brief = t->rekeyed ? leave(d, SHORT_S + 1, false,
				      "delete of a stub with a lifetime of 1 s and a seal of 2 s")
			      : NULL;
	return t->brief != NULL;
}

static void expect_tombstones(struct desk *d, const struct tombstones *t, const char *when)
{
	const struct made_stub *of[] = { t->deleted, t->rekeyed, t->brief };
	static const char *const name[] = { "deleted", "rekeyed", "briefly sealed" };

	for (size_t i = 0; i < G_N_ELEMENTS(of); i++) {
		struct made_stub *other = desk_make_at(d, &of[i]->index);
		char *init = g_strdup_printf("init of the %s stub's index %s", name[i], when);
		char *get = g_strdup_printf("get of the %s stub %s", name[i], when);

		desk_expect_of(d, "30.9", bank_answer_to_init(d->owner, other->container),
			       STUB_CONFLICT, init);
		desk_expect_nothing(d, "30.8", d->owner, &of[i]->index, get);
		g_free(init);
		g_free(get);
	}
	desk_expect_of(d, "30.9", bank_answer_to_init(d->owner, t->deleted->container),
		       STUB_CONFLICT, "the deleted stub's init, replayed");
}

static void tombstones_stand(struct desk *d)
{
	struct tombstones t;

	if (!leave_tombstones(d, &t))
		return;
	probe_pass_time(d->p, OVER_MS);
	expect_tombstones(d, &t, "when its lifetime is over");
	if (d->p->target->bank_restart) {
		if (restart(d))
			expect_tombstones(d, &t, "after a restart");
	} else {
		evidence_info(d->e, "a restart was not tried: no [hooks] bank-restart");
	}
}

static void g36(struct desk *d)
{
	with_recovery(d, tombstones_stand);
}

const struct probe_case case_g36 = {
	.id = "G36",
	.title = "Tombstones last as long as the seal opens, also over a restart",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.9 30.8 30.10 30.4 34.1 " REPLY_FORM_CLAUSES,
	.required = "What delete and rekey leave behind stands until the sealed stub's expiry and "
		    "30 s more, not only as long as the lifetime of payload 205.",
	.causes = "tombstones end with the lifetime that the bank counts\n"
		  "compaction drops them\n"
		  "they are not stored",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.alone = true,
	.run = stage_desk,
	.at_desk = g36,
};
