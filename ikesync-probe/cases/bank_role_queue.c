/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B07, B08, B30: update and delete, and what a gateway does when its bank refuses or loses an answer. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "cases/shown.h"
#include "client/delete.h"
#include "client/rekey.h"
#include "client/steps.h"
#include "gateway/made_stub.h"

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)
#define SLACK_S 5
/* Rule 55 has jitter, and says no time: where the target file says none, patience ends here. */
#define OFFERED_AGAIN_MS 5000
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

/* The proposal of the updated stub is that of the SA which came of the rekey. */
static void check_proposal(struct banked *b, const struct stub *s, const struct client *c)
{
	const struct suite *suite = &c->sa.keys.suite;
	const struct suite is = { s->encr, s->encr_key_bits, s->prf, s->integ, s->dh };
	char text[96], wanted[96];

	evidence_clause(b->e, "29.2",
			is.encr == suite->encr && is.encr_key_bits == suite->encr_key_bits &&
			    is.prf == suite->prf && is.integ == suite->integ && is.dh == suite->dh,
			"proposal of the updated stub", suite_text(suite, wanted, sizeof(wanted)),
			"%s", suite_text(&is, text, sizeof(text)));
}

#define LATER_MS 3500

/* With another suite, and some seconds later: neither proposal nor end is that of the stub before. */
static void rekey_otherwise(struct banked *b, struct client *c, const struct bank_asked *before)
{
	const struct index ix = banked_index(b, c);
	const unsigned mark = bank_role_mark(b->role);
	struct bank_stub_read was = { 0 }, is = { 0 };
	const struct bank_asked *update;

	probe_pass_time(b->p, LATER_MS);
	c->rekey_suite = steps_other_prf(b->p);
	if (!rekey_ike(c)) {
		evidence_note(b->e, "a rekey with another suite: %s", c->why);
		return;
	}
	update = banked_asked(b, "36.6", STUB_UPDATE, &ix, mark,
			      "a later rekey of the IKE SA updates its stub");
	if (update && banked_open(b, before, &was) && banked_open(b, update, &is)) {
		check_proposal(b, &is.stub, c);
		banked_check_sk_d(b, "36.6", &is, c, "SK_d of the updated stub");
		evidence_clause(b->e, "40.3", is.stub.expiry > was.stub.expiry + 1,
				"expiry (7) after a rekey some seconds later than the one before",
				"later by these seconds", "%" PRId64 " s later",
				(int64_t)(is.stub.expiry - was.stub.expiry));
	}
	bank_stub_read_clear(&was);
	bank_stub_read_clear(&is);
}

/* A second and a third time: from the index that the SA has now. */
static void rekey_again(struct banked *b, struct client *c)
{
	for (unsigned i = 2; i <= 3; i++) {
		const struct index before = banked_index(b, c);
		const unsigned mark = bank_role_mark(b->role);
		const struct bank_asked *update;
		char *what = g_strdup_printf("rekey number %u of the IKE SA updates its stub", i);

		if (rekey_ike(c)) {
			update = banked_asked(b, "36.6", STUB_UPDATE, &before, mark, what);
			if (update)
				check_update(b, update, c);
			if (update && i == 3 && !evidence_failed(b->e))
				rekey_otherwise(b, c, update);
		} else {
			evidence_clause(b->e, "36.6", false, what, "rekeyed", "%s", c->why);
		}
		g_free(what);
		if (evidence_failed(b->e))
			return;
	}
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
		if (update && !evidence_failed(b->e))
			rekey_again(b, old->client);
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
	.clauses = "5.3 29.2 36.6 40.3 " OPENED,
	.alone = true,
	.run = stage_banked,
	.at_bank = b07,
};

/* --- B08 --- */

/* The stub of a rekeyed SA lies under its new index. */
static void deleted_after_rekey(struct banked *b)
{
	struct old_sa *old = banked_old_sa(b, NULL);
	const unsigned mark = bank_role_mark(b->role);
	struct index now;

	if (!old)
		return;
	if (!rekey_ike(old->client)) {
		evidence_inconclusive(b->e, "the IKE SA could not be rekeyed: %s (see B07)",
				      old->client->why);
		old_sa_free(old);
		return;
	}
	now = banked_index(b, old->client);
	if (delete_ike(old->client))
		banked_asked(b, "36.1", STUB_DELETE, &now, mark,
			     "the Delete of a rekeyed SA deletes the stub under its new index");
	else
		evidence_inconclusive(b->e, "the rekeyed IKE SA could not be deleted: %s",
				      old->client->why);
	old_sa_free(old);
}

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
	deleted_after_rekey(b);
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
		ix = first->index;
		(void)bank_role_await_connected(b->role, BANKED_CONNECT_MS);
		again = banked_asked(b, "36.3", STUB_INIT, &ix, banked_behind(b, first, mark),
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

	if (!old)
		return;
	probe_pass_time(b->p, 200);
	shown_gone(b->e, old->client, "36.4",
		   "the SA whose own update the bank refused (conflict)");
	evidence_clause(b->e, "36.4", !old->client->gateway_deleted, "its end", "without a word",
			"%s", old->client->gateway_deleted ? "a Delete" : "without a word");
	client_vanish(old->client);
	old->client = NULL;
	old_sa_free(old);
}

static void busy_init(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	const struct bank_asked *first, *again = NULL;
	struct client *c;
	struct index ix;
	char *why = NULL;

	bank_role_play(b->role, STUB_INIT,
		       &(struct bank_play){ .does = BANK_REFUSES, .code = STUB_BUSY, .times = 1 });
	c = banked_login(b, NULL);
	first = c ? banked_init_of(b, c, mark) : NULL;
	if (first) {
		ix = first->index;
		again = banked_asked(b, "36.3", STUB_INIT, &ix, banked_behind(b, first, mark),
				     "an init answered with busy is sent again");
	}
	if (again && again->container && first->container) {
		const bool same = made_stub_same(first->container, again->container, &why);

		evidence_clause(b->e, "30.12", same, "the init sent again after busy",
				"the same octets, 205 aside", "%s", same ? "the same" : why);
		g_free(why);
	}
	client_free(c);
}

/* The bank had no room: later it may have. */
static void full(struct banked *b)
{
	const uint64_t said = b->p->target->timers.offer;
	const unsigned mark = bank_role_mark(b->role);
	const struct bank_asked *first;
	struct client *c;
	struct index ix;
	bool again;

	bank_role_play(b->role, STUB_INIT,
		       &(struct bank_play){ .does = BANK_REFUSES, .code = STUB_FULL, .times = 1 });
	c = banked_login(b, NULL);
	first = c ? banked_init_of(b, c, mark) : NULL;
	if (first) {
		ix = first->index;
		again = bank_role_await(b->role, STUB_INIT, &ix, banked_behind(b, first, mark),
					said ? said : OFFERED_AGAIN_MS) != NULL;
		if (again || said)
			evidence_clause(b->e, "55.2", again, "a stub that was refused with full",
					"it is offered again", "%s",
					again ? "it is" : "not within [timers] offer");
		else
			evidence_note(b->e,
				      "a stub that was refused with full is not offered again "
				      "within 5 s; [timers] offer does not say when it would be");
	}
	client_free(c);
}

/* Somebody else's stub is there: this SA has none, and the next one chooses anew. */
static void exists(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct client *c, *next;
	struct index ix;
	unsigned n;

	bank_role_play(
	    b->role, STUB_INIT,
	    &(struct bank_play){ .does = BANK_REFUSES, .code = STUB_EXISTS, .times = 1 });
	c = banked_login(b, NULL);
	if (c && banked_init_of(b, c, mark)) {
		ix = banked_index(b, c);
		next = banked_login(b, NULL);
		if (next && banked_init_of(b, next, mark)) {
			evidence_clause(b->e, "30.12", next->sa.spi_r != c->sa.spi_r,
					"SPI of the SA that follows an init answered with exists",
					"a new one", "%016" PRIx64, next->sa.spi_r);
			n = bank_role_count(b->role, STUB_INIT, &ix, mark);
			evidence_clause(b->e, "30.12", n == 1,
					"inits of the index that exists already",
					"the one that was refused", "%u", n);
		}
		client_free(next);
	}
	client_free(c);
}

static void b30(struct banked *b)
{
	repeated_init(b);
	if (banked_connected(b))
		busy_init(b);
	if (banked_connected(b))
		full(b);
	if (banked_connected(b))
		exists(b);
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
	.clauses = "30.12 36.3 36.4 36.6 36.7 55.1 55.2",
	.needs = "B07",
	.alone = true,
	.run = stage_banked,
	.at_bank = b30,
};
