/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B15, B29, B32: what a bank sees of a client's other sessions, of one resumed where it was, and of a push. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "cases/shown.h"
#include "client/auth.h"

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)
#define OPENED "29.1 35.1 35.3 35.6 40.4 36.7"
/* Clocks may be a little apart. */
#define SLACK_S 5

/* --- B29 --- */

#define OTHERS 3

static void add_initial_contact(struct client *c, struct inner *in)
{
	(void)c;
	ike_notify_write_simple(&in->in.w, NOTIFY_INITIAL_CONTACT, SPAN_NONE);
}

/* A resumed SA of the same identity, which INITIAL_CONTACT ends as well. NULL: there is none. */
static struct client *resumed(struct banked *b)
{
	struct resume_result result = { 0 };
	struct client *c = NULL;
	struct bank_stub s;
	struct old_sa *old;

	bank_stub_fill(&s, b->p, b->suite);
	old = banked_serve(b, &s);
	if (old && banked_hit(b, old, &c) &&
	    resume_confirm(c, old, NULL, &result) != RESUME_COMMITTED) {
		evidence_note(b->e, "no resumed SA to end: %s (see B17)", result.text);
		client_free(c);
		c = NULL;
	}
	if (c && !c->live) {
		client_vanish(c);
		c = NULL;
	}
	resume_result_clear(&result);
	old_sa_free(old);
	return c;
}

static struct client *first_contact(struct banked *b)
{
	struct client *c = banked_client(b);

	if (!c)
		return NULL;
	c->auth_more = add_initial_contact;
	evidence_note(b->e, "a client logs in with N(INITIAL_CONTACT)");
	if (auth_full_handshake(c, b->suite))
		return c;
	evidence_clause(b->e, "54.1", false, "IKE_AUTH with N(INITIAL_CONTACT)", "accepted", "%s",
			c->why);
	client_free(c);
	return NULL;
}

static void check_ended(struct banked *b, struct client *c, unsigned mark, const char *which)
{
	const struct index ix = banked_index(b, c);
	char *what = g_strdup_printf("the stub of %s after INITIAL_CONTACT", which);

	banked_asked(b, "54.1", STUB_DELETE, &ix, mark, what);
	g_free(what);
	what = g_strdup_printf("%s after INITIAL_CONTACT", which);
	if (shown_gone(b->e, c, "54.1", what))
		c->live = false;
	g_free(what);
}

static void b29(struct banked *b)
{
	static const char *const names[OTHERS] = { "an SA of that identity",
						   "a second SA of that identity",
						   "a resumed SA of that identity" };
	unsigned mark = bank_role_mark(b->role), n;
	struct client *others[OTHERS] = { 0 }, *c = NULL;
	struct index ix;

	others[0] = banked_login(b, NULL);
	others[1] = others[0] ? banked_login(b, NULL) : NULL;
	others[2] = others[1] ? resumed(b) : NULL;
	if (others[1] && banked_init_of(b, others[0], mark) && banked_init_of(b, others[1], mark)) {
		/* nobody said that the first had gone */
		shown_alive(b->e, others[0], "54.1",
			    "the first SA after a second login without INITIAL_CONTACT");
		ix = banked_index(b, others[0]);
		n = bank_role_count(b->role, STUB_DELETE, &ix, mark);
		evidence_clause(b->e, "54.1", n == 0, "its stub before any INITIAL_CONTACT", "kept",
				"%u deletes", n);
		mark = bank_role_mark(b->role);
		c = first_contact(b);
	}
	for (unsigned i = 0; c && i < OTHERS; i++)
		if (others[i])
			check_ended(b, others[i], mark, names[i]);
	if (c) {
		ix = banked_index(b, c);
		banked_init_of(b, c, mark);
		n = bank_role_count(b->role, STUB_DELETE, &ix, mark);
		evidence_clause(b->e, "54.1", n == 0, "the stub of the SA that said it", "kept",
				"%u deletes", n);
		shown_alive(b->e, c, "54.1", "that SA");
	}
	client_free(c);
	for (unsigned i = 0; i < OTHERS; i++)
		client_free(others[i]);
}

const struct probe_case case_b29 = {
	.id = "B29",
	.title = "INITIAL_CONTACT ends the other SAs of the identity, and their stubs",
	.provenance = PROVENANCE_RULE,
	.source = "RFC 7296 section 2.4; wire profile rule 54",
	.required =
	    "A client that logs in with N(INITIAL_CONTACT) has lost what it had: the gateway ends "
	    "its other SAs, resumed ones too, and deletes their stubs. Without it they live on.",
	.causes = "the notify is not looked at\nthe SAs are dropped, and the bank is not told\none "
		  "of them is ended and the others forgotten\nevery login ends the SAs before it",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "54.1 36.7",
	.needs = "B08 B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b29,
};

/* --- B32 --- */

#define HELD_DOWN_MS 2000 /* rule 18 */

static void check_own_move(struct banked *b, const struct bank_asked *update,
			   const struct client *c, uint64_t now)
{
	struct bank_stub_read r;

	evidence_clause(b->e, "30.14",
			update->has_own &&
			    address_equal(&update->own.address, &update->index.address) &&
			    update->own.spi == c->sa.spi_r,
			"the commit of a resumption where the old SA was",
			"an update from the old index to SPIr of the new SA at the same address",
			"to %016" PRIx64, update->own.spi);
	if (banked_open(b, update, &r)) {
		const struct stub_moves *m = &r.stub.moves;

		evidence_clause(b->e, "50.2", m->count == 0,
				"moves (9) after a resumption at the same address", "0: it is none",
				"%u", m->count);
		evidence_clause(b->e, "50.2",
				r.stub.has_moves &&
				    m->last_commit + STUB_CLOCK_SKEW + SLACK_S >= now &&
				    m->last_commit <= now + STUB_CLOCK_SKEW + SLACK_S,
				"the last commit in it", "now: it counts for the 2 s of rule 18",
				"%" PRIu64 ", now is %" PRIu64, m->last_commit, now);
		evidence_clause(b->e, "29.3", r.stub.resumptions == 1,
				"resumptions since the last KE (10)", "1", "%u",
				r.stub.resumptions);
		banked_check_sk_d(b, "13.8", &r, c, "SK_d of the updated stub");
	}
	bank_stub_read_clear(&r);
}

/* SYN for the index of `c`, now held down, then not any more. */
static void held_down(struct banked *b, const struct client *c)
{
	const uint64_t committed = probe_now();
	struct old_sa next;
	struct client *again = NULL;
	enum ike_answer_kind kind;

	old_sa_of_client(&next, c, NULL);
	next.gateway_announced = true;
	kind = banked_syn(b, &next, &again);
	if (probe_now() - committed < HELD_DOWN_MS / 2)
		evidence_clause(b->e, "18.2", kind != IKE_ANSWER_RESUMED,
				"SYN for the new index right after that commit", "a miss", "%s",
				init_kind_text(kind));
	client_vanish(again); /* a login would retire the stub (rule 22) */
	probe_pass_time(b->p, HELD_DOWN_MS + 1000);
	kind = banked_syn(b, &next, &again);
	evidence_clause(b->e, "18.2", kind == IKE_ANSWER_RESUMED, "the same 3 s later",
			init_kind_text(IKE_ANSWER_RESUMED), "%s", init_kind_text(kind));
	client_vanish(again);
	old_sa_clear(&next);
}

/* A stub of another gateway whose SPI is that of an SA which lives here. */
static void namesake(struct banked *b)
{
	struct client *local = banked_login(b, NULL), *c = NULL;
	struct resume_result result = { 0 };
	struct bank_stub s;
	struct old_sa *old = NULL;

	if (local) {
		bank_stub_fill(&s, b->p, b->suite);
		s.index.spi = s.stub.spi_r = local->sa.spi_r;
		s.sealed_for = s.in_container = s.index;
		old = banked_serve(b, &s);
	}
	if (old && banked_hit(b, old, &c)) {
		evidence_clause(b->e, "7.2", c->sa.spi_r != local->sa.spi_r,
				"SPIr of a resumption whose old SPI another SA has here",
				"neither the old one nor one that is taken", "%016" PRIx64,
				c->sa.spi_r);
		resume_confirm(c, old, NULL, &result);
		if (result.outcome == RESUME_COMMITTED)
			shown_alive(b->e, local, "59.5",
				    "the SA here after the resumption of a stub of another address "
				    "that has its SPI");
	}
	resume_result_clear(&result);
	client_free(c);
	client_free(local);
	old_sa_free(old);
}

static void b32(struct banked *b)
{
	struct old_sa *old = banked_old_sa(b, NULL);
	const unsigned mark = bank_role_mark(b->role);
	const uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
	struct resume_result result = { 0 };
	const struct bank_asked *update;
	struct client *c = NULL;

	if (!old)
		return;
	if (banked_hit(b, old, &c)) {
		resume_confirm(c, old, NULL, &result);
		update = bank_role_await(b->role, STUB_UPDATE, &old->index, mark, 0);
		if (result.outcome != RESUME_COMMITTED || !update) {
			evidence_inconclusive(
			    b->e, "the resumption did not come about: %s (see B17)", result.text);
		} else {
			old->moved = true;
			check_own_move(b, update, c, now);
			held_down(b, c);
			shown_alive(b->e, c, "11.4", "the resumed SA after all that");
		}
	}
	resume_result_clear(&result);
	client_free(c);
	old_sa_free(old);
	namesake(b);
}

const struct probe_case case_b32 = {
	.id = "B32",
	.title = "A resumption where the old SA was is an owner's update, and no move",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 13, 18, 30 and 50",
	.required =
	    "The gateway that owned the old SA commits by an update of its own address. It counts "
	    "as a resumption and for the 2 s between two commits, not in the window of moves.",
	.causes =
	    "every commit is counted as a move\nthe time of the commit is written with a move "
	    "alone\nthe gateway resumes from its own memory, and the bank is not told",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "7.2 11.4 13.8 18.2 29.3 30.14 50.2 59.5 " OPENED,
	.needs = "B09 B17",
	.alone = true,
	.run = stage_banked,
	.at_bank = b32,
};

/* --- B15 --- */

#define PUSH_TRANSACTION (STUB_TRANSACTION_PUSH | 0x00001501u)

/* What can be said of a stub that comes unasked; the others speak of what an index is at the bank. */
static bool may_say(uint8_t status)
{
	return status == STUB_OK || status == STUB_NOT_AUTHORISED || status == STUB_UNSUPPORTED ||
	       status == STUB_BUSY || status == STUB_FULL || status == STUB_EXPIRED;
}

/* The gateway's acknowledgement of a push; NULL: none came. */
static const struct bank_asked *acknowledged(struct banked *b, uint8_t type, unsigned mark)
{
	const struct bank_asked *a = bank_role_await(b->role, type, NULL, mark, BANKED_PATIENCE_MS);
	const char *name = iana_stub_message_name(type);

	evidence_clause(b->e, "33.3", a != NULL, "a push is acknowledged", name, "%s",
			a ? name : "nothing of that type within 5 s");
	if (!a)
		return NULL;
	evidence_clause(b->e, "33.3", a->transaction == PUSH_TRANSACTION,
			"transaction of the acknowledgement", "that of the push",
			"0x%08" PRIx32 " for 0x%08x", a->transaction, PUSH_TRANSACTION);
	evidence_clause(b->e, "33.3", a->has_status && !a->container && !a->has_index,
			"content of the acknowledgement", "a status (206), and no stub or index",
			"%s", a->has_status ? "a status and more" : "no status");
	if (a->has_status)
		evidence_clause(b->e, "33.3", may_say(a->status), "status of the acknowledgement",
				"ok, or that it takes none (from this bank, at all, or now)", "%s",
				iana_stub_status_name(a->status));
	return a;
}

static void b15(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	const struct bank_asked *ack;
	struct bank_stub s;
	struct old_sa *old;
	struct client *c = NULL;
	GBytes *container, *push;
	enum ike_answer_kind kind;
	bool taken;

	bank_stub_fill(&s, b->p, b->suite);
	container = bank_stub_container(b->p, &s);
	old = container ? banked_serve(b, &s) : NULL;
	if (!old)
		return;
	push = bank_play_download(PUSH_TRANSACTION, container);
	evidence_note(b->e, "the bank pushes a stub that the gateway has not asked for");
	bank_role_send(b->role, push);
	ack = acknowledged(b, STUB_DOWNLOAD, mark);
	taken = ack && ack->has_status && ack->status == STUB_OK;
	if (ack)
		evidence_info(b->e, "the gateway %s the pushed stub (status %u)",
			      taken ? "takes" : "does not take", ack->status);
	/* the bank does not know it any more: only a push that was taken can make a hit of this SYN */
	bank_role_play(b->role, STUB_GET,
		       &(struct bank_play){ .does = BANK_REFUSES, .code = STUB_NOT_FOUND });
	kind = banked_syn(b, old, &c);
	evidence_clause(b->e, "33.3", (kind == IKE_ANSWER_RESUMED) == taken,
			"SYN for the pushed stub, which the bank does not give",
			taken ? "a hit, as the push was acknowledged with ok"
			      : "a miss, as the push was refused",
			"%s", init_kind_text(kind));
	bank_role_play(b->role, STUB_GET, &(struct bank_play){ 0 });
	if (c && kind == IKE_ANSWER_ORDINARY)
		auth_settle(c);
	client_free(c);
	/* the connection goes on, and what follows is not mistaken for something else */
	c = banked_login(b, NULL);
	if (c)
		banked_init_of(b, c, mark);
	client_free(c);
	g_bytes_unref(push);
	g_bytes_unref(container);
	old_sa_free(old);
}

const struct probe_case case_b15 = {
	.id = "B15",
	.title = "A pushed stub is acknowledged, and used when it was taken",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 28 and 33",
	.required =
	    "What a bank sends unasked, with the top bit of its transaction set, is acknowledged "
	    "with the same type and transaction and a status. A stub that was taken is used "
	    "without "
	    "a get; one that was refused is not.",
	.causes =
	    "a message that answers nothing is dropped, whoever sent it\nthe transaction loses "
	    "its top bit\nthe connection is closed",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "33.3 36.7",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b15,
};
