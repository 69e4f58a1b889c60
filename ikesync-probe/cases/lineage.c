/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C14, C16, C29, C43: what becomes of a stub through rekeys, moves and time. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/made_sa.h"
#include "client/rekey.h"
#include "client/stub_seen.h"
#include "client/stub_watch.h"

/* SYN for a stub of the probe's own making, at the gateway under test. */
static void ask_made(struct steps *s, const struct made_sa *how)
{
	s->old = made_sa_new(s->p, s->e, how);
	s->c = s->old ? client_new(s->p, s->e, &s->p->target->gateway, NULL) : NULL;
	if (s->c)
		steps_syn(s);
}

/* Must not be resumed, under `clause`. */
static void over(struct steps *s, const char *clause, const char *what)
{
	char text[240];

	if (s->c)
		evidence_clause(s->e, clause,
				s->a.said.kind == IKE_ANSWER_ORDINARY ||
				    s->a.said.kind == IKE_ANSWER_NONE,
				what, "a miss: an ordinary response, or silence by policy", "%s",
				init_answer_text(&s->a, text, sizeof(text)));
}

/* 205 ends soon, though not before a SYN that the network loses has come; before and after. */
static void short_life(struct probe *p, struct evidence *e)
{
	const uint32_t life = 2 + (uint32_t)(p->target->timers.answer / 4000);
	const struct made_sa how = { .lifetime = life, .expires_in = 600 };
	const struct index unknown = steps_unknown_index(p);
	struct steps s = { .p = p, .e = e };
	char text[240], *mine, *never;

	ask_made(&s, &how);
	if (s.c && s.a.said.kind != IKE_ANSWER_RESUMED) {
		evidence_inconclusive(e, "a stub of the probe's that is not over is no hit (%s)",
				      init_answer_text(&s.a, text, sizeof(text)));
	} else if (s.c) {
		const struct init_request r = init_request_of(&s.old->suite, &unknown);
		struct init_answer a;

		/* the bank counts to the millisecond, whole seconds are left to others */
		probe_pass_time(p, life * 1000 + 1100);
		steps_syn(&s);
		over(&s, "39.1", "SYN for a stub whose lifetime is over");
		client_fresh(s.c, CLIENT_NONCE_DEFAULT);
		init_exchange(s.c, &r, &a);
		mine = shown_shape(&s.a);
		never = shown_shape(&a);
		if (s.a.said.kind == IKE_ANSWER_ORDINARY && a.said.kind == IKE_ANSWER_ORDINARY)
			evidence_clause(e, "8.3", strcmp(mine, never) == 0,
					"payloads of the answer, beside those for an index that "
					"never was",
					never, "%s", mine);
		g_free(mine);
		g_free(never);
		init_answer_clear(&a);
	}
	steps_end(&s);
}

static uint64_t utc(void)
{
	return (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
}

/* Clocks may differ by half a minute (rule 44). */
static void deadline_passed(struct stub *s, void *user)
{
	(void)user;
	s->reauth_deadline = utc() - 120;
}

static void session_over(struct stub *s, void *user)
{
	(void)user;
	s->session_limit = utc() - 120;
}

static void both_ahead(struct stub *s, void *user)
{
	(void)user;
	s->reauth_deadline = utc() + 3600;
	s->session_limit = utc() + 7200;
}

static void with_limit(struct probe *p, struct evidence *e,
		       void (*change)(struct stub *s, void *user), const char *clause,
		       const char *what)
{
	const struct made_sa how = { .change = change };
	struct steps s = { .p = p, .e = e };
	char text[240];

	ask_made(&s, &how);
	if (clause)
		over(&s, clause, what);
	else if (s.c && s.a.said.kind != IKE_ANSWER_RESUMED)
		evidence_inconclusive(e, "%s is no hit (%s)", what,
				      init_answer_text(&s.a, text, sizeof(text)));
	steps_end(&s);
}

static void c14(struct probe *p, struct evidence *e)
{
	short_life(p, e);
	with_limit(p, e, both_ahead, NULL, "a stub whose deadline and session limit are ahead");
	with_limit(p, e, deadline_passed, "21.2", "SYN after the re-authentication deadline");
	with_limit(p, e, session_over, "49.1", "SYN after the end of the session");
}

const struct probe_case case_c14 = {
	.id = "C14",
	.lasts = 3,
	.title = "A stub that is over is not resumed",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4 (4); wire profile rules 21, 39 and 49",
	.required =
	    "After its lifetime, its re-authentication deadline or its session limit a stub "
	    "is a miss, and the answer does not say which.",
	.causes = "the bank returns stubs that are over\nattributes 6 and 8 are not looked at\nthe "
		  "clocks of probe and gateway differ",
	.clauses = "39.1 8.3 21.2 49.1",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_BANK | REQUIRES_SEAL_KEYS,
	.needs = "C01 C11",
	.run = c14,
};

static void c16(struct steps *s)
{
	struct index before = s->old->index;
	char text[240];

	if (!s->old->client) {
		evidence_inconclusive(s->e, "the old SA is another client's: it cannot be rekeyed");
		return;
	}
	for (unsigned round = 0; round < 2; round++) {
		struct client *c = s->old->client;
		struct old_sa *next;

		before = s->old->index;
		evidence_note(s->e, "the client rekeys the old IKE SA with KE");
		if (!rekey_ike(c)) {
			evidence_inconclusive(s->e, "%s", c->why);
			return;
		}
		next = g_new0(struct old_sa, 1);
		old_sa_of_client(next, c, s->old);
		next->client = c;
		s->old->client = NULL;
		old_sa_free(s->old);
		s->old = next;
		shown_index(s->e, "5.3", "N(IKESYNC_INDEX) in the IKE rekey response",
			    c->sa.has_index, &c->sa.index, c->sa.spi_r, c);
		old_sa_wait_bank(s->p, s->e, &next->index, true);
		if (old_sa_wait_bank(s->p, s->e, &before, false) == OLD_SA_STUB_THERE)
			evidence_clause(s->e, "36.6", false, "the stub of the SA before the rekey",
					"gone", "the bank still returns it");
	}
	shown_miss(s, &before, "36.6", "SYN for the index before the rekey");
	steps_syn(s);
	if (evidence_clause(s->e, "36.6", s->a.said.kind == IKE_ANSWER_RESUMED,
			    "SYN for the index after the rekey", init_kind_text(IKE_ANSWER_RESUMED),
			    "%s", init_answer_text(&s->a, text, sizeof(text))) &&
	    resume_derive(s->c, s->old)) {
		steps_confirm(s, NULL);
		/* SK_d of the rekeyed SA is what the stub has to hold now */
		if (shown_commit(s, "36.6", "keys from the SK_d of the rekeyed SA"))
			shown_alive(s->e, s->c, "11.4", "the resumed SA");
	}
}

const struct probe_case case_c16 = {
	.id = "C16",
	.title = "After an IKE rekey the old index is refused and the new one resumes",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4; wire profile rule 36",
	.required =
	    "An IKE SA rekey updates the stub: it lies under the new SPI with the new SK_d, "
	    "and the index before is a miss.",
	.causes =
	    "the gateway makes a second stub and leaves the first\nthe update is sent with the "
	    "SK_d or SPIs of the SA before\nthe bank does not replace the index",
	.clauses = "36.6 5.3 5.4 11.4 12.2 12.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c16,
};

#define HOPS_MAX 4

/* The gateways of the chain: the one under test, a third where there is one, the old one. */
static unsigned chain_of(const struct probe *p, const struct target_gateway *out[HOPS_MAX])
{
	const struct target *t = p->target;
	unsigned n = 0;

	out[n++] = &t->gateway;
	if (t->silence.given)
		out[n++] = &t->silence;
	if (t->old_gateway.given && !p->old_gateway_failed)
		out[n++] = &t->old_gateway;
	return n;
}

/* One hop after the first. false: it did not resume. */
static bool hop(struct steps *s, const struct target_gateway *to, unsigned number)
{
	const struct index before =
	    s->r.has_index ? s->r.index
			   : (struct index){ s->c->sa.spi_r, s->c->gateway->index_address };
	char what[80];

	/* from another host than the one before: the client's address is no part of the index */
	s->from = number % 2 == 0 && s->p->target->client.second_source.family
		      ? &s->p->target->client.second_source
		      : NULL;
	g_snprintf(what, sizeof(what), "resumption %u%s", number,
		   s->from ? ", from another address" : "");
	if (!shown_resumes_on(s, to, s->from ? "23.4" : "13.9", what))
		return false;
	shown_alive(s->e, s->c, "11.4", "the SA of that resumption");
	g_snprintf(what, sizeof(what), "SYN for the index before resumption %u", number);
	return shown_miss(s, &before, "13.9", what);
}

/* A rekey with KE opens the way again. */
static void after_ke(struct steps *s, const struct target_gateway *to)
{
	evidence_note(s->e, "the client rekeys the IKE SA with KE");
	if (!rekey_ike(s->c))
		evidence_inconclusive(s->e, "%s", s->c->why);
	else
		shown_resumes_on(
		    s, to, "9.7",
		    "a resumption after KE, which begins the count of resumptions anew");
}

static void c29(struct steps *s)
{
	const unsigned limit = s->p->target->resumptions;
	const struct target_gateway *chain[HOPS_MAX];
	const unsigned n = chain_of(s->p, chain);
	const struct index first = s->old->index;
	unsigned done = 1;

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, NULL);
	if (!shown_commit(s, "9.1", "resumption 1") ||
	    !shown_miss(s, &first, "13.9", "SYN for the index before resumption 1"))
		return;
	while (done < limit && hop(s, chain[done % n], done + 1))
		done++;
	if (done < limit)
		return;
	shown_miss(s, &s->r.index, "9.7",
		   "SYN after as many resumptions without KE as are allowed");
	after_ke(s, &s->p->target->gateway);
}

const struct probe_case case_c29 = {
	.id = "C29",
	.title = "A chain of resumptions, re-indexed at each hop, up to the limit",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 9, 13 and 23",
	.required = "A resumed session is resumed again, at this gateway and others, from any "
		    "address of the client; each commit retires the index before. After [5] "
		    "resumptions without a KE between them a SYN is a miss.",
	.causes = "the moved stub keeps the old SK_d, SPIs or index\nthe old index stays usable\n"
		  "resumptions are not counted, or are counted on after a rekey with KE\n[limits] "
		  "resumptions of the target file is not the target's",
	.clauses = "9.1 9.7 11.4 12.2 12.3 13.9 5.4 23.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03 C04",
	.run = stage_resumption,
	.resuming = c29,
};

#define MADE_FOR 300

struct limits {
	uint64_t expiry, deadline, session;
	uint32_t expires_in; /* of the seal, where it is not that of 205 */
};

static void set_limits(struct stub *s, void *user)
{
	struct limits *l = user;

	l->expiry = s->expiry;
	s->reauth_deadline = l->deadline;
	s->session_limit = l->session;
}

/* The fields that a move or a rekey writes. */
static void check_fields(struct steps *s, const struct stub_seen *seen, unsigned resumptions)
{
	const struct target_gateway *g = &s->p->target->gateway;
	const struct stub *stub = &seen->stub;
	const struct span sk_d = secret_peek(&s->c->sa.keys.sk_d);

	evidence_clause(
	    s->e, "13.8", stub->spi_i == s->c->sa.spi_i && stub->spi_r == s->c->sa.spi_r,
	    "SPI pair of the stub", "those of this SA",
	    "%016" G_GINT64_MODIFIER "x, %016" G_GINT64_MODIFIER "x", stub->spi_i, stub->spi_r);
	evidence_clause(s->e, "13.8", secret_equal(stub->sk_d, sk_d), "SK_d of the stub",
			"that of this SA", "%s",
			secret_equal(stub->sk_d, sk_d) ? "it is" : "another one");
	evidence_clause(s->e, "13.8", stub->role == STUB_ROLE_RESPONDER, "role in the stub",
			"2 (responder)", "%u", stub->role);
	evidence_clause(s->e, "48.1", ike_id_equal(&stub->idi, &s->p->target->client.id.id),
			"IDi of the stub", "the client's", "%s",
			ike_id_equal(&stub->idi, &s->p->target->client.id.id) ? "it is"
									      : "another one");
	if (g->id.given)
		evidence_clause(s->e, "48.1", ike_id_equal(&stub->idr, &g->id.id),
				"IDr of the stub", "the new gateway's own", "%s",
				ike_id_equal(&stub->idr, &g->id.id) ? "it is" : "another one");
	evidence_clause(s->e, "9.7", stub->resumptions == resumptions, "attribute 10 (resumptions)",
			resumptions ? "1" : "0", "%u", stub->resumptions);
	evidence_clause(s->e, "6.4", stub->peer_features & STUB_PEER_PROFILE_1,
			"attribute 12 (peer features)", "0x0001: profile 1", "0x%04x",
			stub->peer_features);
}

static void check_moved(struct steps *s, const struct limits *l, const struct stub_seen *seen)
{
	evidence_clause(s->e, "40.1", seen->expiry == l->expiry, "expiry of the moved stub",
			"that of the stub before", "%" G_GINT64_FORMAT " s later",
			(gint64)(seen->expiry - l->expiry));
	evidence_clause(s->e, "40.1", seen->lifetime <= MADE_FOR,
			"lifetime (205) of the moved stub",
			"what is left of the one before, at most 300 s", "%u s", seen->lifetime);
}

static void check_rekeyed(struct steps *s, const struct limits *l, const struct stub_seen *seen)
{
	const uint64_t least =
	    MIN(l->deadline ? l->deadline : UINT64_MAX, l->session ? l->session : UINT64_MAX);
	const bool bound = least != UINT64_MAX;

	evidence_clause(
	    s->e, bound ? "40.2" : "40.3", bound ? seen->expiry <= least : seen->expiry > l->expiry,
	    "expiry after a rekey with KE",
	    bound ? "within deadline and session limit" : "a new lifetime from now",
	    "%" G_GINT64_FORMAT " s later than before", (gint64)(seen->expiry - l->expiry));
	if (bound)
		evidence_clause(s->e, "40.3", seen->expiry > l->expiry,
				"expiry after a rekey with KE", "a new lifetime from now",
				"%" G_GINT64_FORMAT " s later than before",
				(gint64)(seen->expiry - l->expiry));
}

/* Read the stub of the SA in s->c. false: it cannot be; stated. */
static bool look(struct steps *s, const struct limits *l, bool rekeyed)
{
	const struct index ix =
	    s->c->sa.has_index ? s->c->sa.index
			       : (struct index){ s->c->sa.spi_r, s->c->gateway->index_address };
	struct stub_seen seen;
	char *why = NULL;
	bool ok;

	old_sa_wait_bank(s->p, s->e, &ix, true);
	ok = stub_seen_read(s->p, s->e, &ix, &seen, &why);
	evidence_clause(s->e, "35.1", ok, rekeyed ? "the stub after the rekey" : "the moved stub",
			"opens with the pool's keys", "%s", ok ? "it does" : why);
	if (ok) {
		check_fields(s, &seen, rekeyed ? 0 : 1);
		if (rekeyed)
			check_rekeyed(s, l, &seen);
		else
			check_moved(s, l, &seen);
		evidence_clause(s->e, "21.1", seen.stub.reauth_deadline == l->deadline,
				"attribute 8 (deadline)", "unchanged", "%s",
				seen.stub.reauth_deadline == l->deadline ? "unchanged" : "changed");
	}
	g_free(why);
	stub_seen_clear(&seen);
	return ok;
}

static void follow(struct probe *p, struct evidence *e, struct limits *l)
{
	const struct made_sa how = {
		.lifetime = MADE_FOR, .expires_in = l->expires_in, .change = set_limits, .user = l
	};
	struct steps s = { .p = p, .e = e };
	char text[240];

	ask_made(&s, &how);
	if (s.c && (s.a.said.kind != IKE_ANSWER_RESUMED || !resume_derive(s.c, s.old))) {
		evidence_inconclusive(e, "a stub of the probe's own is not resumed: %s",
				      init_answer_text(&s.a, text, sizeof(text)));
	} else if (s.c) {
		steps_confirm(&s, NULL);
		if (s.r.outcome != RESUME_COMMITTED) {
			evidence_inconclusive(e, "the resumption was not confirmed: %s; see C03",
					      s.r.text);
		} else if (look(&s, l, false)) {
			evidence_note(e, "the client rekeys the IKE SA with KE");
			if (rekey_ike(s.c))
				look(&s, l, true);
			else
				evidence_inconclusive(e, "%s", s.c->why);
		}
	}
	steps_end(&s);
}

static void c43(struct probe *p, struct evidence *e)
{
	struct limits none = { .expires_in = 3 * MADE_FOR },
		      deadline = { .deadline = utc() + 2 * MADE_FOR },
		      session = { .deadline = utc() + 4 * MADE_FOR,
				  .session = utc() + 2 * MADE_FOR };

	follow(p, e, &none);
	follow(p, e, &deadline);
	follow(p, e, &session);
}

const struct probe_case case_c43 = {
	.id = "C43",
	.title = "Expiry does not grow by a move, starts anew with KE, and passes no limit",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 13, 21, 40 and 48",
	.required =
	    "The stub that a move leaves at the bank holds the new SA and the old expiry. Only "
	    "a rekey with KE starts a lifetime anew, within deadline and session limit.",
	.causes =
	    "each move counts the lifetime from now\ndeadline and session limit are lost at a "
	    "move or a rekey\nthe stub is written before the keys of the new SA are there",
	.clauses = "6.4 9.7 13.8 21.1 35.1 40.1 40.2 40.3 48.1",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_BANK | REQUIRES_SEAL_KEYS,
	.needs = "C01 C03",
	.run = c43,
};
