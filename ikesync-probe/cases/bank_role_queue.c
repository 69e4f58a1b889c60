/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B07, B08, B24, B25, B30: update, delete and retirement, and what a gateway does when its bank was
 * away or refuses. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "client/auth.h"
#include "client/delete.h"
#include "client/rekey.h"
#include "gateway/made_stub.h"
#include "run/hook.h"

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)
#define SLACK_S 5
#define OPENED "29.1 35.1 35.3 35.6 40.4 36.7"

/* --- B07 --- */

static void check_update(struct banked *b, const struct bank_asked *update, const struct client *c)
{
	const struct index new = banked_index(b, c);
	const uint64_t lifetime = b->p->target->bank_role.lifetime_s;
	struct bank_stub_read r;

	evidence_clause(b->e, "36.6", update->has_own && index_equal(&update->own, &new),
			"new index of the update", "that of the new IKE SA", "SPI %016" PRIx64,
			update->own.spi);
	if (banked_open(b, update, &r)) {
		banked_check_sk_d(b, "36.6", &r, c, "SK_d of the updated stub");
		evidence_clause(b->e, "36.6",
				r.stub.spi_i == c->sa.spi_i && r.stub.spi_r == c->sa.spi_r,
				"SPI pair of the updated stub", "those of the new IKE SA",
				"%016" PRIx64 " and %016" PRIx64, r.stub.spi_i, r.stub.spi_r);
		if (lifetime)
			evidence_clause(b->e, "40.3",
					r.container.lifetime + SLACK_S >= lifetime &&
					    r.container.lifetime <= lifetime,
					"lifetime (205) after a rekey with KE", "a whole one",
					"%u s of %" PRIu64 " s", r.container.lifetime, lifetime);
	}
	bank_stub_read_clear(&r);
}

static void b07(struct banked *b)
{
	struct old_sa *old = banked_old_sa(b, NULL);
	const unsigned mark = bank_role_mark(b->role);
	const struct bank_asked *update;

	if (!old)
		return;
	if (!rekey_ike(old->client)) {
		evidence_inconclusive(b->e, "the IKE SA could not be rekeyed: %s",
				      old->client->why);
	} else {
		evidence_clause(b->e, "5.3", old->client->sa.has_index,
				"N(IKESYNC_INDEX) in the response to the rekey", "there", "%s",
				old->client->sa.has_index ? "there" : "missing");
		update = banked_asked(b, "36.6", STUB_UPDATE, &old->index, mark,
				      "the rekey of the IKE SA updates its stub");
		if (update)
			check_update(b, update, old->client);
	}
	old_sa_free(old);
}

const struct probe_case case_b07 = {
	.id = "B07",
	.title = "A rekey of the IKE SA updates the stub",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.4; wire profile rules 5, 36 and 40",
	.required =
	    "The gateway sends an update from the old index to the new one, with the new SA's "
	    "keys and SPIs and a new lifetime.",
	.causes = "a second init is sent, and the old stub left\n"
		  "the stub is updated before the new keys are there",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "5.3 36.6 40.3 " OPENED,
	.alone = true,
	.run = stage_banked,
	.at_bank = b07,
};

/* --- B08 --- */

static void b08(struct banked *b)
{
	struct old_sa *old = banked_old_sa(b, NULL);
	const unsigned mark = bank_role_mark(b->role);

	if (!old)
		return;
	if (!delete_ike(old->client))
		evidence_inconclusive(b->e, "the IKE SA could not be deleted: %s",
				      old->client->why);
	else
		banked_asked(b, "36.1", STUB_DELETE, &old->index, mark,
			     "the client's Delete deletes the stub");
	old_sa_free(old);
}

const struct probe_case case_b08 = {
	.id = "B08",
	.title = "The client's Delete deletes the stub",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.4 item 5; wire profile rule 36",
	.required = "When the client ends the session the gateway deletes its stub at the bank.",
	.causes = "only the gateway's own end of an SA is told to the bank",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED,
	.clauses = "36.1 36.7",
	.alone = true,
	.run = stage_banked,
	.at_bank = b08,
};

/* --- B24 --- */

/* Where in the log: the first of `type` for `ix`; -1: not there. */
static int position(struct banked *b, uint8_t type, const struct index *ix, unsigned mark)
{
	const struct bank_asked *a;

	for (unsigned i = mark; (a = bank_role_entry(b->role, i)) != NULL; i++)
		if (a->type == type && a->has_index && index_equal(&a->index, ix))
			return (int)i;
	return -1;
}

/* One SA's whole life while nobody is there. false: stated. */
static bool live_unseen(struct banked *b, struct index *first, struct index *second)
{
	struct client *c = banked_login(b, NULL);
	bool ok;

	if (!c)
		return false;
	*first = banked_index(b, c);
	ok = rekey_ike(c);
	*second = banked_index(b, c);
	ok = ok && delete_ike(c);
	if (!ok)
		evidence_inconclusive(b->e, "rekey and Delete while the bank was away: %s", c->why);
	client_vanish(c);
	return ok;
}

static void check_order(struct banked *b, const struct index *first, const struct index *second,
			const struct index *later, unsigned mark)
{
	int init, update, delete, newer;

	banked_asked(b, "36.3", STUB_DELETE, second, mark, "what was queued arrives");
	banked_asked(b, "36.3", STUB_INIT, later, mark, "what came after the outage arrives");
	init = position(b, STUB_INIT, first, mark);
	update = position(b, STUB_UPDATE, first, mark);
	delete = position(b, STUB_DELETE, second, mark);
	newer = position(b, STUB_INIT, later, mark);
	evidence_clause(b->e, "36.3", init >= 0 && update > init && delete > update,
			"init, update and delete of one SA made while the bank was away",
			"all three, in that order", "at %d, %d and %d of what arrived", init,
			update, delete);
	evidence_clause(b->e, "36.3", newer > init, "the init made after the outage",
			"after the queued one", "at %d, the queued one at %d", newer, init);
}

/* A login whose stub can only be queued; the gateway ends before the client does. false: stated. */
static bool log_in_unseen(struct banked *b, struct index *ix)
{
	struct client *c = banked_login(b, NULL);

	if (!c)
		return false;
	*ix = banked_index(b, c);
	client_vanish(c);
	return true;
}

/* What lives in the queue when the gateway dies, starts, takes more, stops and starts again. */
static bool fill_and_restart(struct banked *b, struct index *first, struct index *second,
			     struct index later[static 3])
{
	const struct target *t = b->p->target;

	return log_in_unseen(b, &later[0]) && live_unseen(b, first, second) &&
	       hook_run(b->p, b->e, "banked-kill", t->banked_kill) && log_in_unseen(b, &later[1]) &&
	       hook_run(b->p, b->e, "banked-restart", t->banked_restart) &&
	       log_in_unseen(b, &later[2]) && hook_run(b->p, b->e, "banked-kill", t->banked_kill);
}

static void outlives_restarts(struct banked *b)
{
	static const char *const when[] = { "before the gateway died", "after it died",
					    "after it was stopped and started" };
	const unsigned mark = bank_role_mark(b->role);
	struct index first, second, later[3];
	bool done;

	if (!b->p->target->banked_kill || !b->p->target->banked_restart) {
		evidence_note(b->e, "no [hooks] banked-kill and banked-restart: whether the queue "
				    "outlives the gateway is not asked");
		return;
	}
	evidence_note(b->e, "the bank goes away again, and the gateway dies");
	bank_role_show(b->role, BANK_FACE_ABSENT);
	done = fill_and_restart(b, &first, &second, later);
	evidence_note(b->e, "the bank is there again");
	bank_role_show(b->role, BANK_FACE_RIGHT);
	if (!done || !banked_connected(b))
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(later); i++) {
		char what[120];

		g_snprintf(what, sizeof(what), "the init of a login %s arrives", when[i]);
		banked_asked(b, "36.3", STUB_INIT, &later[i], mark, what);
	}
	check_order(b, &first, &second, &later[2], mark);
}

static void b24(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct index first, second, ix;
	struct client *c;
	bool lived, logged_in;

	evidence_note(b->e, "the bank goes away");
	bank_role_show(b->role, BANK_FACE_ABSENT);
	lived = live_unseen(b, &first, &second);
	evidence_note(b->e, "the bank is there again");
	bank_role_show(b->role, BANK_FACE_RIGHT);
	if (!lived || !banked_connected(b))
		return;
	c = banked_login(b, NULL);
	logged_in = c != NULL;
	if (c) {
		ix = banked_index(b, c);
		check_order(b, &first, &second, &ix, mark);
	}
	client_free(c);
	if (logged_in && !evidence_failed(b->e))
		outlives_restarts(b);
}

const struct probe_case case_b24 = {
	.id = "B24",
	.title = "What was done while the bank was away arrives in order when it returns",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 36",
	.required =
	    "While its bank is away a gateway queues init, update and delete, in order for each "
	    "index, and sends them before newer work when the bank is there again. The queue is "
	    "durable: it outlives the gateway.",
	.causes = "operations are dropped while there is no connection\n"
		  "each kind has a queue of its own\n"
		  "only the state of the moment is sent after a reconnection\n"
		  "the queue is in memory alone, or is emptied by a stop or a start",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED,
	.clauses = "36.3",
	.needs = "B07 B08",
	.alone = true,
	.run = stage_banked,
	.at_bank = b24,
};

/* --- B25 --- */

/* A miss for `old`, then a login by the client that named it. */
static void fall_back(struct banked *b, const struct old_sa *old)
{
	struct client *c = NULL;

	if (banked_syn(b, old, &c) != IKE_ANSWER_ORDINARY)
		evidence_inconclusive(b->e, "no fallback to log in after (see B12)");
	else
		c->end = CLIENT_END_SETTLES;
	client_free(c);
}

static void b25(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct bank_stub theirs, own, missed, eap;
	struct old_sa *a, *c, *m, *x;
	unsigned n;

	bank_stub_fill(&theirs, b->p, b->suite);
	theirs.stub.idi = (struct ike_id){ ID_FQDN, span_text("somebody.probe.example") };
	bank_stub_fill(&own, b->p, b->suite);
	own.stub.resumptions = 9; /* its own, and not qualified */
	bank_stub_fill(&missed, b->p, b->suite);
	bank_stub_fill(&eap, b->p, b->suite);
	eap.stub.resumptions = 9;
	eap.stub.eap_identity = span_text("user@realm.probe.example");
	a = banked_serve(b, &theirs);
	x = banked_serve(b, &eap);
	m = banked_serve(b, &missed);
	c = banked_serve(b, &own);
	if (a && m && c && x) {
		fall_back(b, a);
		fall_back(b, x);
		fall_back(b, c);
		banked_asked(b, "22.1", STUB_DELETE, &own.index, mark,
			     "after the fallback of its client the named stub is retired");
		bank_role_play(
		    b->role, STUB_GET,
		    &(struct bank_play){ .does = BANK_REFUSES, .code = STUB_BUSY, .times = 1 });
		fall_back(b, m);
		banked_asked(b, "45.1", STUB_DELETE, &missed.index, mark,
			     "a stub that the bank did not give at first is retired too");
		n = bank_role_count(b->role, STUB_DELETE, &theirs.index, mark);
		evidence_clause(b->e, "45.2", n == 0, "a named stub of another identity",
				"left alone", "%u deletes", n);
		n = bank_role_count(b->role, STUB_DELETE, &eap.index, mark);
		evidence_clause(b->e, "45.2", n == 0,
				"a named stub of the same IDi, but of a user of EAP", "left alone",
				"%u deletes", n);
	}
	old_sa_free(a);
	old_sa_free(x);
	old_sa_free(m);
	old_sa_free(c);
}

const struct probe_case case_b25 = {
	.id = "B25",
	.title = "After a fallback the named stub is retired, if it is that client's",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 22 and 45",
	.required =
	    "When a fallback ends in an IKE_AUTH with the IDi of the stub that was named, the "
	    "gateway deletes that stub, asking the bank again where it had not seen it; "
	    "another identity's is left alone.",
	.causes = "the index that was named is forgotten when the fallback begins\n"
		  "whatever was named is deleted",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "22.1 45.1 45.2",
	.needs = "B12",
	.alone = true,
	.run = stage_banked,
	.at_bank = b25,
};

/* --- B30 --- */

static void repeated_init(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	const struct bank_asked *first, *again = NULL;
	struct client *c;
	struct index ix;
	char *why = NULL;

	bank_role_play(b->role, STUB_INIT, &(struct bank_play){ .does = BANK_RESETS, .times = 1 });
	c = banked_login(b, NULL);
	first = c ? banked_init_of(b, c, mark) : NULL;
	if (first) {
		unsigned i = mark;
		const struct bank_asked *a;

		ix = first->index;
		(void)bank_role_await_connected(b->role, BANKED_CONNECT_MS);
		while ((a = bank_role_entry(b->role, i++)) != first)
			;
		again = banked_asked(b, "36.3", STUB_INIT, &ix, i,
				     "an init whose answer was lost is sent again");
	}
	if (again && again->container && first->container) {
		const bool same = made_stub_same(first->container, again->container, &why);

		evidence_clause(b->e, "30.12", same, "the init sent again",
				"the same octets, 205 aside", "%s", same ? "the same" : why);
		g_free(why);
	}
	client_free(c);
}

/* The own update answered `code`; then? */
static struct old_sa *refuse_update(struct banked *b, unsigned code, unsigned *mark)
{
	struct old_sa *old = banked_old_sa(b, NULL);

	*mark = bank_role_mark(b->role);
	if (!old)
		return NULL;
	bank_role_play(b->role, STUB_UPDATE,
		       &(struct bank_play){ .does = BANK_REFUSES, .code = code, .times = 1 });
	if (rekey_ike(old->client) &&
	    banked_asked(b, "36.6", STUB_UPDATE, &old->index, *mark, "the rekey updates the stub"))
		return old;
	if (!old->client->live || *old->client->why)
		evidence_note(b->e, "rekey: %s", old->client->why);
	bank_role_play(b->role, STUB_UPDATE, &(struct bank_play){ 0 });
	old_sa_free(old);
	return NULL;
}

static void not_found(struct banked *b)
{
	unsigned mark;
	struct old_sa *old = refuse_update(b, STUB_NOT_FOUND, &mark);
	struct index ix;

	if (!old)
		return;
	ix = banked_index(b, old->client);
	banked_asked(b, "55.1", STUB_INIT, &ix, mark,
		     "an own update answered not-found is followed by an init");
	old_sa_free(old);
}

static void conflict(struct banked *b)
{
	unsigned mark;
	struct old_sa *old = refuse_update(b, STUB_CONFLICT, &mark);
	struct protected_answer a;
	struct inner in;

	if (!old)
		return;
	probe_pass_time(b->p, 200);
	inner_init(&in);
	protected_exchange(old->client, EXCHANGE_INFORMATIONAL, &in, &a);
	evidence_clause(b->e, "36.4", a.kind != PROTECTED_ANSWER && !old->client->gateway_deleted,
			"the SA whose own update was answered conflict", "gone, without a word",
			"%s%s", protected_kind_text(a.kind),
			old->client->gateway_deleted ? ", and a Delete" : "");
	protected_answer_clear(&a);
	client_vanish(old->client);
	old->client = NULL;
	old_sa_free(old);
}

static void b30(struct banked *b)
{
	repeated_init(b);
	if (banked_connected(b))
		conflict(b);
	if (banked_connected(b))
		not_found(b);
}

const struct probe_case case_b30 = {
	.id = "B30",
	.title = "Lost answers, conflict and not-found on the gateway's own operations",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 30, 36 and 55",
	.required =
	    "An init whose answer was lost is sent again, octet for octet; a conflict on its own "
	    "update makes the gateway drop the SA without a word; not-found makes it send an "
	    "init of the new index.",
	.causes = "a retry seals anew, and the bank says exists\n"
		  "the answer to an update is not looked at",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "30.12 36.3 36.4 36.6 36.7 55.1",
	.needs = "B07",
	.alone = true,
	.run = stage_banked,
	.at_bank = b30,
};
