/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B09 to B11, B14, B33: what a SYN makes a gateway ask its bank, and what it makes of the answer. */
#include "cases/banked.h"
#include "cases/cases.h"
#include "client/auth.h"
#include "client/steps.h"

#define REPEATS 3
#define REPEAT_MS 60

/* The SYN is repeated while its get is under way: how many gets come of it? */
struct repeated {
	struct banked *b;
	struct client *c;
	const struct old_sa *old;
	unsigned mark;
};

/* While the bank holds the get. false: none came. */
static bool repeat_while_held(struct repeated *r)
{
	struct banked *b = r->b;

	if (!banked_asked(b, "14.2", STUB_GET, &r->old->index, r->mark,
			  "SYN makes the gateway ask its bank"))
		return false;
	for (unsigned i = 0; i < REPEATS; i++) {
		evidence_note(b->e, "the same SYN again, its get still unanswered");
		transport_send(r->c->transport, span_of(r->c->request->data, r->c->request->len));
		probe_pass_time(b->p, REPEAT_MS);
	}
	return true;
}

/* SYN is sent; once more with the cookie, where one is asked for first. false: it cannot be built. */
static bool send_syn(struct repeated *r)
{
	struct init_request syn = init_request_of(&r->old->suite, &r->old->index);
	const uint64_t deadline = probe_now() + r->b->p->target->timers.answer;
	uint8_t cookie[64];
	struct init_answer a;
	struct span message;

	if (!init_build(r->c, &syn))
		return false;
	transport_send(r->c->transport, span_of(r->c->request->data, r->c->request->len));
	while (!syn.cookie.n && !bank_role_held(r->b->role, STUB_GET) && probe_now() < deadline &&
	       !probe_interrupted()) {
		if (!transport_receive(r->c->transport, probe_now() + REPEAT_MS, &message) ||
		    !init_read(message, r->c->sa.spi_i, &a))
			continue;
		if (a.said.kind == IKE_ANSWER_COOKIE && a.said.notify.data.n <= sizeof(cookie)) {
			memcpy(cookie, a.said.notify.data.p, a.said.notify.data.n);
			syn.cookie = span_of(cookie, a.said.notify.data.n);
		}
		init_answer_clear(&a);
	}
	if (syn.cookie.n && init_build(r->c, &syn))
		transport_send(r->c->transport, span_of(r->c->request->data, r->c->request->len));
	return true;
}

static void asked_once(struct repeated *r)
{
	struct banked *b = r->b;
	struct init_answer a = { 0 };
	struct span message;
	uint64_t deadline;
	enum ike_answer_kind kind = IKE_ANSWER_NONE;
	unsigned n;

	bank_role_play(b->role, STUB_GET, &(struct bank_play){ .does = BANK_HOLDS });
	if (!send_syn(r)) {
		evidence_inconclusive(b->e, "the SYN cannot be built");
		return;
	}
	if (!repeat_while_held(r))
		return;
	n = bank_role_count(b->role, STUB_GET, &r->old->index, r->mark);
	bank_role_release(b->role, STUB_GET);
	deadline = probe_now() + b->p->target->timers.answer;
	while (kind == IKE_ANSWER_NONE && transport_receive(r->c->transport, deadline, &message))
		if (init_read(message, r->c->sa.spi_i, &a))
			kind = a.said.kind;
	evidence_clause(b->e, "14.2", n == 1, "gets for one SYN and its repetitions", "1", "%u", n);
	evidence_clause(b->e, "39.3", kind == IKE_ANSWER_RESUMED || n > 0,
			"what the gateway asks of its bank for a SYN",
			"a get of the index that the client named", "%u of it, %u gets in all", n,
			bank_role_count(b->role, STUB_GET, NULL, r->mark));
	evidence_clause(b->e, "7.1", kind == IKE_ANSWER_RESUMED,
			"when the bank has answered with the stub",
			init_kind_text(IKE_ANSWER_RESUMED), "%s", init_kind_text(kind));
	init_answer_clear(&a);
}

/* Two clients name one index that misses: the second is answered from memory (rule 15). */
static void missed_once(struct banked *b, const struct old_sa *old, const char *why)
{
	const unsigned mark = bank_role_mark(b->role);
	const uint64_t start = probe_now();
	struct client *c[2] = { 0 };
	char what[100];
	unsigned n;

	for (unsigned i = 0; i < 2; i++)
		(void)banked_syn(b, old, &c[i]);
	n = bank_role_count(b->role, STUB_GET, &old->index, mark);
	g_snprintf(what, sizeof(what), "gets for two SYNs in a row, the bank's answer: %s", why);
	if (probe_now() - start < b->p->target->timers.miss)
		evidence_clause(b->e, "15.6", n == 1, what, "1", "%u", n);
	else
		evidence_note(b->e, "%s: %u, but too late to be remembered", what, n);
	for (unsigned i = 0; i < 2; i++) {
		if (c[i])
			auth_settle(c[i]);
		client_free(c[i]);
	}
}

static void misses_are_remembered(struct banked *b)
{
	static const struct {
		unsigned code;
		const char *why;
	} kinds[] = { { STUB_NOT_FOUND, "not-found" }, { STUB_EXPIRED, "expired" } };

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		const struct bank_play refuses = { .does = BANK_REFUSES, .code = kinds[i].code };
		struct bank_stub s;
		struct old_sa *old;

		bank_stub_fill(&s, b->p, b->suite);
		old = banked_serve(b, &s);
		if (!old)
			return;
		bank_role_play(b->role, STUB_GET, &refuses);
		missed_once(b, old, kinds[i].why);
		bank_role_play(b->role, STUB_GET, &(struct bank_play){ 0 });
		old_sa_free(old);
	}
}

static void b09(struct banked *b)
{
	struct repeated r = { .b = b, .mark = bank_role_mark(b->role) };
	struct bank_stub s;
	struct old_sa *old;

	bank_stub_fill(&s, b->p, b->suite);
	old = banked_serve(b, &s);
	r.old = old;
	r.c = old ? banked_client(b) : NULL;
	if (r.c) {
		asked_once(&r);
		misses_are_remembered(b);
		banked_check_form(b);
	}
	client_vanish(r.c);
	old_sa_free(old);
}

const struct probe_case case_b09 = {
	.id = "B09",
	.title = "SYN leads to one get of exactly that index",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.4",
	.required =
	    "A gateway that is named an index asks its bank for that stub, once however often "
	    "the request is repeated, in the form of section 7 of the wire profile; the stub "
	    "makes it answer HDR, Nr. A miss is remembered for [2 s].",
	.causes = "the index is made up from other fields of the request\n"
		  "each repetition asks again\n"
		  "every SYN for a stub that is not there costs the bank a get\n"
		  "the seal keys or the clocks differ: the stub cannot be opened",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "7.1 14.2 15.6 26.1 27.2 28.1 28.3 39.3",
	.alone = true,
	.run = stage_banked,
	.at_bank = b09,
};

/* --- B10: cookies first --- */

static void ask_with_cookie(struct banked *b, const struct old_sa *old)
{
	const struct init_request syn = init_request_of(&old->suite, &old->index);
	struct init_request stop = syn;
	const unsigned mark = bank_role_mark(b->role);
	struct client *c = banked_client(b);
	struct init_answer a = { 0 };
	enum ike_answer_kind kind;
	unsigned n;

	if (!c)
		return;
	stop.stop_at_cookie = true;
	kind = init_exchange(c, &stop, &a);
	init_answer_clear(&a);
	probe_pass_time(b->p, REPEAT_MS);
	n = bank_role_count(b->role, STUB_GET, NULL, mark);
	evidence_clause(b->e, "15.1", kind == IKE_ANSWER_COOKIE,
			"a second SYN for an index that is provisional",
			init_kind_text(IKE_ANSWER_COOKIE), "%s", init_kind_text(kind));
	evidence_clause(b->e, "15.2", n == 0, "gets before the cookie has come back", "0", "%u", n);
	client_fresh(c, CLIENT_NONCE_DEFAULT);
	kind = init_exchange(c, &syn, &a);
	evidence_note(b->e, "the same with the cookie returned: %s", init_kind_text(kind));
	n = bank_role_count(b->role, STUB_GET, &old->index, mark);
	if (kind == IKE_ANSWER_RESUMED)
		evidence_clause(b->e, "15.2", a.cookies == 0 || n == 1,
				"gets when the cookie has come back", "1", "%u", n);
	init_answer_clear(&a);
	client_vanish(c);
}

static void b10(struct banked *b)
{
	struct client *first = NULL;
	struct bank_stub s;
	struct old_sa *old;

	bank_stub_fill(&s, b->p, b->suite);
	old = banked_serve(b, &s);
	if (old && banked_hit(b, old, &first))
		ask_with_cookie(b, old);
	client_vanish(first);
	old_sa_free(old);
}

const struct probe_case case_b10 = {
	.id = "B10",
	.title = "No get before the cookie has come back",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rule 15; RFC 7296 section 2.6",
	.required =
	    "Where a cookie is asked for (always for an index that is provisional), the bank "
	    "is asked only when the cookie has come back.",
	.causes = "the stub is fetched first, to see whether a cookie is needed\n"
		  "a second client of one index is not noticed",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "15.1 15.2",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b10,
};

/* --- B11, B33: answers to nothing, and odd ones --- */

/* A fresh stub that the bank has, its get answered as `play` says. */
static void with_play(struct banked *b, const struct bank_play *play, const char *clause, bool hit,
		      const char *what)
{
	struct bank_stub s;
	struct old_sa *old;
	struct client *c = NULL;
	enum ike_answer_kind kind;
	const enum ike_answer_kind wanted = hit ? IKE_ANSWER_RESUMED : IKE_ANSWER_ORDINARY;

	bank_stub_fill(&s, b->p, b->suite);
	old = banked_serve(b, &s);
	if (!old)
		return;
	bank_role_play(b->role, STUB_GET, play);
	kind = banked_syn(b, old, &c);
	evidence_clause(b->e, clause, kind == wanted, what, init_kind_text(wanted), "%s",
			init_kind_text(kind));
	bank_role_play(b->role, STUB_GET, &(struct bank_play){ 0 });
	if (c && kind == IKE_ANSWER_ORDINARY)
		c->end = CLIENT_END_SETTLES;
	client_free(c);
	old_sa_free(old);
}

/* The bank still serves: else what came before proves nothing. */
static bool still_hits(struct banked *b, const char *clause, const char *what)
{
	if (!banked_connected(b))
		return false;
	with_play(b, &(struct bank_play){ 0 }, clause, true, what);
	return !evidence_failed(b->e);
}

#define LATE_MS 1700

static void b11(struct banked *b)
{
	if (!still_hits(b, "28.6", "the right answer to a get"))
		return;
	with_play(b, &(struct bank_play){ .does = BANK_OTHER_TRANSACTION }, "28.6", false,
		  "the stub comes under a transaction that is not open");
	with_play(b, &(struct bank_play){ .does = BANK_OTHER_TYPE }, "28.6", false,
		  "the stub comes in a message of type init");
	with_play(b, &(struct bank_play){ .does = BANK_DELAYS, .ms = LATE_MS }, "32.5", false,
		  "the stub comes 1.7 s after the get");
	probe_pass_time(b->p, LATE_MS - 1000);
	still_hits(b, "32.5", "the next get, after an answer that came too late");
}

const struct probe_case case_b11 = {
	.id = "B11",
	.title = "A download that answers nothing asked is ignored",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 28 and 32",
	.required =
	    "A reply to no open transaction, of another type than the request's reply has, or "
	    "later than a second after its get, brings no stub: the request is answered as if "
	    "it had no SYN.",
	.causes = "the last request is taken as the one that was answered\n"
		  "the message type of a reply is not looked at\n"
		  "the gateway waits for its bank without end, or not for a second",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "28.6 32.5",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b11,
};

static void b33(struct banked *b)
{
	with_play(b, &(struct bank_play){ .does = BANK_ANSWERS_ODDLY }, "27.3", true,
		  "a download with RESERVED set and payloads of unknown types");
	with_play(b, &(struct bank_play){ .does = BANK_ANSWERS_IN_PIECES }, "25.5", true,
		  "a download in several TLS records");
	with_play(b, &(struct bank_play){ .does = BANK_BREAKS_LENGTH }, "8.1", false,
		  "a download whose status payload is too short");
	still_hits(b, "8.1", "the get after the broken message");
}

const struct probe_case case_b33 = {
	.id = "B33",
	.title = "Odd answers of a bank are read right, broken ones are a miss",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 25 and 27",
	.required =
	    "RESERVED and unknown payloads are skipped, TLS record boundaries mean nothing; "
	    "what cannot be read is a miss, and the gateway goes on.",
	.causes = "one TLS record is taken for one message\n"
		  "the reader knows only its own bank",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "8.1 25.5 27.3",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b33,
};

/* --- B14: a bank that is silent, or resets --- */

#define SILENT_GETS 3
#define ASKED_AGAIN_MS 4000

static void check_away(struct banked *b)
{
	struct init_request syn = init_request_of(b->suite, NULL);
	const struct index unknown = { rng_spi(&rng_system), b->p->target->bank_role.stub_address };
	struct client *c = banked_client(b);
	struct init_answer a = { 0 };
	enum ike_answer_kind kind;

	if (!c)
		return;
	syn = init_request_of(b->suite, &unknown);
	syn.stop_at_cookie = true;
	kind = init_exchange(c, &syn, &a);
	evidence_clause(b->e, "32.7", kind == IKE_ANSWER_COOKIE,
			"a SYN while the bank is away (three gets unanswered)",
			init_kind_text(IKE_ANSWER_COOKIE), "%s", init_kind_text(kind));
	init_answer_clear(&a);
	client_vanish(c);
}

/* Three gets that are not answered, and nothing in between. */
static void fall_silent(struct banked *b)
{
	struct client *c[SILENT_GETS] = { 0 };
	struct bank_stub s;
	struct old_sa *old;

	const unsigned begun = bank_role_mark(b->role);

	bank_role_play(b->role, STUB_GET, &(struct bank_play){ .does = BANK_IS_SILENT });
	for (unsigned i = 0; i < SILENT_GETS; i++) {
		const unsigned mark = bank_role_mark(b->role);
		/* those of the gateway's own, if it asks for its bank's health, count as well */
		const bool few = bank_role_count(b->role, STUB_GET, NULL, begun) < SILENT_GETS;
		enum ike_answer_kind kind;
		unsigned n;

		bank_stub_fill(&s, b->p, b->suite);
		old = banked_serve(b, &s);
		if (!old)
			break;
		kind = banked_syn(b, old, &c[i]);
		evidence_clause(b->e, "8.5", kind == IKE_ANSWER_ORDINARY,
				"the bank does not answer the get",
				init_kind_text(IKE_ANSWER_ORDINARY), "%s", init_kind_text(kind));
		n = bank_role_count(b->role, STUB_GET, &old->index, mark);
		if (few)
			evidence_clause(
			    b->e, "32.6", n == 1,
			    "gets for this SYN: fewer than three in a row had no answer", "1", "%u",
			    n);
		old_sa_free(old);
	}
	for (unsigned i = 0; i < SILENT_GETS; i++)
		client_vanish(c[i]);
}

static void b14(struct banked *b)
{
	unsigned mark;
	const char *n;

	with_play(b, &(struct bank_play){ .does = BANK_RESETS, .times = 1 }, "8.5", false,
		  "the bank resets the connection in place of an answer");
	if (!still_hits(b, "32.6", "when the bank is there again"))
		return;
	fall_silent(b);
	mark = bank_role_mark(b->role);
	check_away(b);
	n = bank_role_await(b->role, STUB_GET, NULL, mark, ASKED_AGAIN_MS) ? "asked" : "not asked";
	evidence_clause(b->e, "32.6", *n == 'a', "a silent bank", "asked on, once a second",
			"%s within 4 s", n);
	bank_role_play(b->role, STUB_GET, &(struct bank_play){ 0 });
	mark = bank_role_mark(b->role);
	(void)bank_role_await(b->role, STUB_GET, NULL, mark, ASKED_AGAIN_MS);
	probe_pass_time(b->p, REPEAT_MS);
	still_hits(b, "32.6", "when the bank answers again");
}

const struct probe_case case_b14 = {
	.id = "B14",
	.title = "A silent or failing bank: fallback in time, and recovery",
	.provenance = PROVENANCE_DRAFT,
	.source = "draft-xu-ike-sa-sync-01 section 3.5; wire profile rules 8 and 32",
	.required =
	    "A get without an answer is a miss. After three the bank is away: a SYN needs a "
	    "cookie, the gateway asks its bank once a second, and uses it again when it "
	    "answers.",
	.causes = "the gateway waits for the bank, and the client for the gateway\n"
		  "a bank that hangs is asked for every SYN\n"
		  "a bank that was away is not asked again until a restart",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS,
	.clauses = "8.5 32.6 32.7",
	.needs = "B09",
	.alone = true,
	.run = stage_banked,
	.at_bank = b14,
};
