/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B17, B26: the move of a stub at the confirmation, and what goes on with it. */
#include <inttypes.h>

#include "cases/banked.h"
#include "cases/cases.h"
#include "cases/shown.h"
#include "client/rekey.h"
#include "keys/seal_keys.h"

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)
/* Absolute times are set by clocks that may be a little apart. */
#define SLACK_S 5

static uint64_t utc_now(void)
{
	return (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
}

/* --- B17 --- */

static bool release_update(void *user)
{
	struct banked *b = user;

	if (!bank_role_held(b->role, STUB_UPDATE))
		return false;
	evidence_note(b->e, "%u moves wait for an answer; the bank answers now",
		      bank_role_held(b->role, STUB_UPDATE));
	bank_role_release(b->role, STUB_UPDATE);
	return true;
}

/* The moved stub against the new SA. */
static void check_moved(struct banked *b, const struct bank_asked *move, const struct client *c)
{
	struct bank_stub_read r;

	evidence_clause(b->e, "13.8",
			move->has_own && move->own.spi == c->sa.spi_r &&
			    address_equal(&move->own.address, &b->gateway->index_address),
			"index of the moved stub", "SPIr of the new SA at the gateway's address",
			"SPI %016" PRIx64, move->own.spi);
	if (banked_open(b, move, &r)) {
		const struct stub *s = &r.stub;

		banked_check_sk_d(b, "13.8", &r, c, "SK_d of the moved stub");
		evidence_clause(b->e, "13.8", s->role == STUB_ROLE_RESPONDER || s->role == 0,
				"role in the moved stub", "2: responder", "%u", s->role);
		evidence_clause(b->e, "13.8", s->spi_i == c->sa.spi_i && s->spi_r == c->sa.spi_r,
				"SPI pair of the moved stub", "those of the new SA",
				"%016" PRIx64 " and %016" PRIx64, s->spi_i, s->spi_r);
	}
	bank_stub_read_clear(&r);
}

static void answered_after_ok(struct banked *b)
{
	const uint64_t half = b->p->target->timers.commit / 2;
	const struct resume_knobs knobs = { .midway = release_update,
					    .midway_user = b,
					    .midway_ms = half };
	const unsigned mark = bank_role_mark(b->role);
	struct resume_result result = { 0 };
	const struct bank_asked *move;
	struct client *c = NULL;
	struct bank_stub s;
	struct old_sa *old;

	bank_stub_fill(&s, b->p, b->suite);
	old = banked_serve(b, &s);
	if (old && banked_hit(b, old, &c)) {
		bank_role_play(b->role, STUB_UPDATE, &(struct bank_play){ .does = BANK_HOLDS });
		resume_confirm(c, old, &knobs, &result);
		evidence_clause(b->e, "13.2",
				result.outcome == RESUME_COMMITTED && result.ms >= half,
				"answer to message ID 1 while the bank holds the move",
				"none before the bank's ok, then a verified one", "%s, after %u ms",
				result.text, (unsigned)result.ms);
		move = banked_asked(b, "13.2", STUB_UPDATE, &old->index, mark,
				    "the confirmation brings a move");
		evidence_clause(b->e, "13.3",
				bank_role_count(b->role, STUB_UPDATE, &old->index, mark) <= 1,
				"moves for one confirmation and its repetitions", "1", "%u",
				bank_role_count(b->role, STUB_UPDATE, &old->index, mark));
		if (move && result.outcome == RESUME_COMMITTED)
			check_moved(b, move, c);
	}
	resume_result_clear(&result);
	client_free(c);
	old_sa_free(old);
}

static void refused(struct banked *b, const struct bank_play *play, const char *what, bool look)
{
	const struct target_timers *t = &b->p->target->timers;
	const struct resume_knobs knobs = { .answer_ms = t->commit + t->answer };
	const unsigned mark = bank_role_mark(b->role);
	struct resume_result result = { 0 };
	struct client *c = NULL;
	struct bank_stub s;
	struct old_sa *old;

	bank_stub_fill(&s, b->p, b->suite);
	old = banked_serve(b, &s);
	if (old && banked_hit(b, old, &c)) {
		bank_role_play(b->role, STUB_UPDATE, play);
		resume_confirm(c, old, &knobs, &result);
		evidence_clause(b->e, "13.4", result.outcome == RESUME_NOT_COMMITTED, what,
				"N(IKESYNC_NOT_COMMITTED), protected", "%s", result.text);
		if (result.outcome == RESUME_NOT_COMMITTED)
			evidence_clause(b->e, "12.2", result.bind == IKE_BIND_RIGHT,
					"BIND beside NOT_COMMITTED", "right", "%s",
					result.bind == IKE_BIND_RIGHT ? "right"
								      : "wrong or missing");
		if (result.outcome == RESUME_NOT_COMMITTED && look)
			shown_gone(b->e, c, "13.5", "the new SA after NOT_COMMITTED");
		if (play->does == BANK_IS_SILENT) {
			const struct index new = { c->sa.spi_r, b->gateway->index_address };

			banked_asked(b, "13.6", STUB_DELETE, &new, mark,
				     "after a move without an answer its new index is deleted");
		}
		bank_role_play(b->role, STUB_UPDATE, &(struct bank_play){ 0 });
	}
	resume_result_clear(&result);
	client_vanish(c);
	old_sa_free(old);
}

static void b17(struct banked *b)
{
	static const struct {
		unsigned code;
		const char *what;
		bool look;
	} rows[] = {
		{ STUB_CONFLICT, "the bank answers the move with conflict", true },
		{ STUB_NOT_FOUND, "the bank answers the move with not-found", false },
		{ STUB_EXISTS, "the bank answers the move with exists", false },
		{ STUB_FULL, "the bank answers the move with full", false },
		{ STUB_NOT_AUTHORISED, "the bank answers the move with not-authorised", false },
		{ STUB_EXPIRED, "the bank answers the move with expired", false },
		{ STUB_BUSY, "the bank answers the move with busy", true },
		{ STUB_MALFORMED, "the bank answers the move with malformed", false },
		{ 77, "the bank answers the move with a code that nobody knows", false },
	};

	answered_after_ok(b);
	for (size_t i = 0; i < G_N_ELEMENTS(rows) && !evidence_failed(b->e); i++)
		refused(b, &(struct bank_play){ .does = BANK_REFUSES, .code = rows[i].code },
			rows[i].what, rows[i].look);
	if (!evidence_failed(b->e))
		refused(b, &(struct bank_play){ .does = BANK_IS_SILENT },
			"the bank does not answer the move", false);
}

#define OPENED "29.1 35.1 35.3 35.6 40.4"

const struct probe_case case_b17 = {
	.id = "B17",
	.title = "The stub moves at the confirmation; refused, the SA does not come about",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 12 and 13",
	.required =
	    "Message ID 1 brings one move to the new index, with the new SA's SK_d and SPIs, "
	    "and is answered after the bank's ok. On any refusal, or without an answer, the "
	    "gateway says NOT_COMMITTED with BIND and the SA is gone.",
	.causes = "the move is sent, and not waited for\n"
		  "only conflict is taken for a refusal\n"
		  "the old SK_d, or the old SPIs, go into the moved stub",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "12.2 13.2 13.3 13.4 13.5 13.6 13.8 " OPENED,
	.needs = "B09 C03",
	.alone = true,
	.run = stage_banked,
	.at_bank = b17,
};

/* --- B26 --- */

#define UNKNOWN_ATTRIBUTE 60123
#define UNKNOWN 20
#define UNKNOWN_FEATURE 0x4000

static const uint8_t unknown_value[] = { 'k', 'e', 'e', 'p', 0, 1, 2, 3 };
static const char eap_identity[] = "user@realm.probe.example";
static const uint8_t inner_ip4[4] = { 192, 0, 2, 177 }; /* of TEST-NET-1: no gateway's */
static const uint8_t inner_ip6[16] = { 0x20, 0x01, 0x0d, 0xb8, 7, 7, 7, 7 };

/* Once with moves in their window and the first key; once with a window that is over, the last key,
 * and one move below the limit. */
struct lived {
	bool window_over, other_key;
	const char *authority; /* NULL: none */
};

static void fill(struct bank_stub *s, const struct seal_keys *keys, const struct lived *l,
		 uint64_t now)
{
	struct stub *stub = &s->stub;

	if (l->other_key && keys && keys->n > 1)
		s->key_id = keys->keys[keys->n - 1].id;
	if (l->authority)
		stub->authority = span_text(l->authority);
	stub->has_inner_ip4 = true;
	memcpy(stub->inner_ip4, inner_ip4, sizeof(inner_ip4));

	stub->eap_identity = span_text(eap_identity);
	stub->has_inner_ip6 = true;
	memcpy(stub->inner_ip6, inner_ip6, sizeof(inner_ip6));
	stub->inner_ip6_prefix = 64;
	stub->session_limit = now + 5400;
	stub->reauth_deadline = now + 7200;
	stub->has_moves = true;
	stub->moves = l->window_over ? (struct stub_moves){ now - 400, now - 350, 4 }
				     : (struct stub_moves){ now - 100, now - 50, 2 };
	stub->resumptions = 1;
	stub->peer_features = STUB_PEER_PROFILE_1 | STUB_PEER_MOBIKE | UNKNOWN_FEATURE;
	stub->n_unknown = UNKNOWN;
	stub->unknown[0] = (struct stub_attribute){ UNKNOWN_ATTRIBUTE, SPAN_OF(unknown_value) };
	stub->unknown[1] = (struct stub_attribute){ UNKNOWN_ATTRIBUTE + 1, SPAN_NONE };
	stub->unknown[2] = (struct stub_attribute){ 13, span_of(unknown_value, 3) };
	for (unsigned i = 3; i < UNKNOWN; i++)
		stub->unknown[i] = (struct stub_attribute){ (uint16_t)(UNKNOWN_ATTRIBUTE + i),
							    span_of(unknown_value, i % 8) };
	/* not those that a login with a shared key would leave */
	if (l->window_over) { /* the SA before was one that its gateway began */
		stub->role = STUB_ROLE_INITIATOR;
		stub->spi_r = stub->spi_i;
		stub->spi_i = s->index.spi;
	}
	stub->auth_method_i = AUTH_DIGITAL_SIGNATURE;
	stub->auth_method_r = AUTH_RSA_SIGNATURE;
}

/* How many of `of`'s unknown attributes are there, value and all. */
static unsigned unknown_kept(const struct stub *s, const struct stub *of)
{
	unsigned n = 0;

	for (unsigned k = 0; k < of->n_unknown; k++)
		for (unsigned i = 0; i < s->n_unknown; i++)
			n += s->unknown[i].type == of->unknown[k].type &&
			     span_equal(s->unknown[i].value, of->unknown[k].value);
	return n;
}

static void check_time(struct banked *b, const char *clause, const char *what, uint64_t is,
		       uint64_t was)
{
	char *wanted = g_strdup_printf("%" PRIu64 ", as before", was);

	evidence_clause(b->e, clause, is == was, what, wanted, "%" PRIu64, is);
	g_free(wanted);
}

/* What a stub goes on with, whatever becomes of its SA. */
static void check_kept(struct banked *b, const struct stub *is, const struct stub *was,
		       const char *after)
{
	char *what = g_strdup_printf("re-authentication deadline (8) %s", after);

	check_time(b, "21.1", what, is->reauth_deadline, was->reauth_deadline);
	g_free(what);
	what = g_strdup_printf("session limit (6) %s", after);
	check_time(b, "17.2", what, is->session_limit, was->session_limit);
	g_free(what);
	evidence_clause(b->e, "27.4", unknown_kept(is, was) == UNKNOWN,
			"20 attributes that nobody knows, some of them empty",
			"all kept and passed on", "%u are kept", unknown_kept(is, was));
	evidence_clause(b->e, "50.3", span_equal(is->authority, was->authority), "authority (11)",
			"that of the stub, or none", "%.*s", (int)is->authority.n,
			is->authority.n ? (const char *)is->authority.p : "");
	evidence_clause(b->e, "17.2", is->has_inner_ip4 && memcmp(is->inner_ip4, inner_ip4, 4) == 0,
			"inner IPv4 address (4), for which the client has not asked",
			"that of the stub", "%s", is->has_inner_ip4 ? "another" : "lost");
	evidence_clause(b->e, "48.1", ike_id_equal(&is->idi, &was->idi), "IDi", "that of the stub",
			"%s", ike_id_equal(&is->idi, &was->idi) ? "that of the stub" : "another");
	evidence_clause(b->e, "48.1", span_equal(is->eap_identity, was->eap_identity),
			"EAP identity (3)", eap_identity, "%.*s", (int)is->eap_identity.n,
			(const char *)is->eap_identity.p);
	evidence_clause(b->e, "48.1",
			is->auth_method_i == was->auth_method_i &&
			    is->auth_method_r == was->auth_method_r,
			"authentication methods (2)", "those of the stub", "%u and %u",
			is->auth_method_i, is->auth_method_r);
	if (b->gateway->id.given)
		evidence_clause(b->e, "48.1", ike_id_equal(&is->idr, &b->gateway->id.id), "IDr",
				"the new gateway's own", "%s",
				ike_id_equal(&is->idr, &b->gateway->id.id) ? "its own" : "another");
	evidence_clause(b->e, "17.2",
			is->has_inner_ip6 && memcmp(is->inner_ip6, inner_ip6, 16) == 0,
			"inner IPv6 address (5)", "that of the stub", "%s",
			is->has_inner_ip6 ? "there" : "lost");
	evidence_clause(b->e, "17.2", is->peer_features == was->peer_features, "peer features (12)",
			"0x4003: bits that nobody knows are kept", "0x%04x", is->peer_features);
}

static void check_after_move(struct banked *b, const struct bank_stub_read *r,
			     const struct bank_stub *was, const struct lived *l, uint64_t now)
{
	const struct stub *s = &r->stub;
	const struct stub_moves *m = &was->stub.moves;

	check_kept(b, s, &was->stub, "after the move");
	evidence_clause(b->e, "13.8", s->role == STUB_ROLE_RESPONDER, "role (1) in the moved stub",
			"2 (responder), whatever it was before", "%u", s->role);
	check_time(b, "40.1", "expiry (7) of the moved stub", s->expiry, was->stub.expiry);
	evidence_clause(b->e, "40.1", r->container.lifetime <= was->lifetime,
			"lifetime (205) of the moved stub", "what was left of it", "%u s of %u s",
			r->container.lifetime, was->lifetime);
	evidence_clause(b->e, "35.4",
			r->sealed && r->container.sealed.key_id == bank_stub_keys(b->p)->keys[0].id,
			"key ID of the moved stub's seal", "the first of the list", "%08x",
			r->sealed ? r->container.sealed.key_id : 0);
	if (l->window_over)
		evidence_clause(b->e, "50.1",
				s->has_moves && s->moves.count == 1 &&
				    s->moves.window_start + SLACK_S + STUB_CLOCK_SKEW >= now &&
				    s->moves.window_start <= utc_now() + STUB_CLOCK_SKEW,
				"moves (9) after one when the window was over",
				"1, in a window that begins now",
				"%u since %" PRIu64 ", now is %" PRIu64, s->moves.count,
				s->moves.window_start, now);
	else
		evidence_clause(b->e, "50.1",
				s->has_moves && s->moves.count == m->count + 1 &&
				    s->moves.window_start == m->window_start,
				"moves (9) after one within the window",
				"one more, the same window", "%u since %" PRIu64, s->moves.count,
				s->moves.window_start);
	evidence_clause(b->e, "29.3",
			s->moves.last_commit + STUB_CLOCK_SKEW + SLACK_S >= now &&
			    s->moves.last_commit <= utc_now() + STUB_CLOCK_SKEW,
			"the last commit in it", "now", "%" PRIu64 ", now is %" PRIu64,
			s->moves.last_commit, now);
	evidence_clause(b->e, "29.3", s->resumptions == was->stub.resumptions + 1,
			"resumptions since the last KE (10)", "one more", "%u", s->resumptions);
}

static void check_after_rekey(struct banked *b, const struct bank_stub_read *r,
			      const struct bank_stub *was, const struct client *c, uint64_t now)
{
	const struct stub *s = &r->stub;
	const uint64_t lifetime = b->p->target->bank_role.lifetime_s;
	const uint64_t bound = MIN(was->stub.session_limit, was->stub.reauth_deadline);

	check_kept(b, s, &was->stub, "after the rekey");
	banked_check_sk_d(b, "36.6", r, c, "SK_d after the rekey");
	evidence_clause(b->e, "40.2", s->expiry <= bound, "expiry (7) after the rekey",
			"not after session limit and deadline", "%" PRId64 " s after them",
			(int64_t)(s->expiry - bound));
	if (lifetime) {
		const uint64_t wanted = MIN(now + lifetime, bound);
		const uint64_t latest = MIN(utc_now() + lifetime + STUB_CLOCK_SKEW, bound);

		evidence_clause(b->e, "40.3",
				s->expiry + SLACK_S + STUB_CLOCK_SKEW >= wanted &&
				    s->expiry <= latest + SLACK_S,
				"expiry (7) after a rekey with KE",
				"now + lifetime, within session limit and deadline",
				"%" PRId64 " s beside it", (int64_t)(s->expiry - wanted));
	}
	evidence_clause(b->e, "29.3", s->resumptions == 0, "resumptions (10) after a rekey with KE",
			"0", "%u", s->resumptions);
}

static void go_on(struct banked *b, struct client *c, const struct bank_stub *was)
{
	const struct index moved = { c->sa.spi_r, b->gateway->index_address };
	const unsigned mark = bank_role_mark(b->role);
	const struct bank_asked *update;
	struct bank_stub_read r = { 0 };
	const uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;

	if (!rekey_ike(c)) {
		evidence_inconclusive(b->e, "the IKE SA could not be rekeyed: %s", c->why);
		return;
	}
	update = banked_asked(b, "36.6", STUB_UPDATE, &moved, mark, "the rekey updates the stub");
	if (update && banked_open(b, update, &r))
		check_after_rekey(b, &r, was, c, now);
	bank_stub_read_clear(&r);
}

static void live_on(struct banked *b, const struct lived *l)
{
	const uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
	const unsigned mark = bank_role_mark(b->role);
	struct resume_result result = { 0 };
	struct bank_stub_read r = { 0 };
	const struct bank_asked *move;
	struct client *c = NULL;
	struct bank_stub s;
	struct old_sa *old;

	bank_stub_fill(&s, b->p, b->suite);
	fill(&s, bank_stub_keys(b->p), l, now);
	old = banked_serve(b, &s);
	if (old && banked_hit(b, old, &c)) {
		resume_confirm(c, old, NULL, &result);
		move = bank_role_await(b->role, STUB_UPDATE, &old->index, mark, 0);
		if (result.outcome != RESUME_COMMITTED || !move) {
			evidence_inconclusive(b->e, "the move did not come about: %s (see B17)",
					      result.text);
		} else if (banked_open(b, move, &r)) {
			check_after_move(b, &r, &s, l, now);
			go_on(b, c, &s);
		}
	}
	bank_stub_read_clear(&r);
	resume_result_clear(&result);
	client_free(c);
	old_sa_free(old);
}

static void b26(struct banked *b)
{
	char name[STUB_AUTHORITY_MAX + 1];
	const char *authority = banked_authority(b, name) ? name : NULL;
	const struct lived first = { .authority = authority },
			   second = { .window_over = true, .other_key = true };

	live_on(b, &first);
	if (!evidence_failed(b->e))
		live_on(b, &second);
}

const struct probe_case case_b26 = {
	.id = "B26",
	.title = "What a stub goes on with stays the same through move and rekey",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 17, 21, 27, 40, 48 and 50",
	.required =
	    "Deadline, session limit, identity, EAP identity, addresses, features and unknown "
	    "attributes are copied; a move renews no expiry and counts itself; a rekey with KE "
	    "starts a new lifetime within deadline and session limit.",
	.causes = "the moved stub is made of the new SA alone\n"
		  "each move starts a new lifetime\n"
		  "attributes that the gateway does not use are dropped",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "13.8 17.2 21.1 27.4 29.3 35.4 36.6 36.7 40.1 40.2 40.3 48.1 50.1 50.3 " OPENED,
	.needs = "B17",
	.alone = true,
	.run = stage_banked,
	.at_bank = b26,
};
