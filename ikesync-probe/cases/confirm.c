/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C19, C34, C35, C39, C41: message ID 1, its answer, and the SA that results. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/rekey.h"
#include "client/stub_watch.h"

/* Before its time is over it is served: a half of it is soon enough for anybody. */
static void served_before(struct steps *s)
{
	const uint64_t wait = s->p->target->timers.provisional / 2;

	if (!steps_hit_and_derive(s))
		return;
	evidence_note(s->e, "waiting %u ms, half the time of a provisional SA", (unsigned)wait);
	probe_pass_time(s->p, wait);
	steps_confirm(s, NULL);
	shown_committed(s, "11.1", "message ID 1 within the provisional SA's time");
}

/* Shortly before its time is over: what anybody can send gives it no more of it. */
static void meanwhile(struct steps *s)
{
	const struct resume_knobs wrong = { .break_icv = true };
	GByteArray *m = resume_confirmation(s->c, &wrong, NULL);

	evidence_note(s->e, "meanwhile the SYN is repeated, and a message ID 1 comes that does not "
			    "verify");
	transport_send(s->c->transport, span_of(s->c->request->data, s->c->request->len));
	if (m) {
		transport_send(s->c->transport, span_of(m->data, m->len));
		g_byte_array_unref(m);
	}
}

static void c19(struct steps *s)
{
	const uint64_t life = s->p->target->timers.provisional;

	if (!steps_hit_and_derive(s))
		return;
	/* A margin of a quarter, and a second for a gateway that sweeps once in a while. */
	const uint64_t wait = life + life / 4 + 1000, early = life - life / 8;
	const uint64_t end = probe_now() + wait;

	evidence_note(s->e, "waiting %u ms; the target file says that a provisional SA lives %u ms",
		      (unsigned)wait, (unsigned)life);
	probe_pass_time(s->p, early);
	meanwhile(s);
	if (probe_now() < end)
		probe_pass_time(s->p, end - probe_now());
	steps_confirm(s, NULL);
	if (evidence_clause(s->e, "11.1",
			    s->r.outcome == RESUME_SILENCE || s->r.outcome == RESUME_CLEAR,
			    "message ID 1 after the provisional SA's time",
			    "no answer under the keys of that SA", "%s", s->r.text))
		steps_check_untouched(s, "13.1",
				      "the stub is untouched: the client resumes with another SYN");
}

static void c19_both(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, served_before);
	stage_resumption_with(p, e, NULL, NULL, c19);
}

const struct probe_case case_c19 = {
	.id = "C19",
	.lasts = 8,
	.title = "An unconfirmed SA is gone after its time",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 5 (3); wire profile rule 11",
	.required = "A re-built IKE SA that the client never confirms is deleted after some "
		    "time, and not before; the stub is not consumed.",
	.causes = "the gateway takes HDR, Nr for the end of the exchange\n[timers] provisional "
		  "of the target file is not the target's\n"
		  "the stub was consumed by the SYN",
	.clauses = "11.1 13.1",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c19_both,
};

/* A confirmation that must end the provisional SA and leave the stub alone. */
static void refused_bind(struct steps *s, enum ike_bind bind, const char *what)
{
	const struct resume_knobs wrong = { .bind = bind };

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &wrong);
	if (!evidence_clause(s->e, "12.4",
			     s->r.outcome == RESUME_REFUSED &&
				 s->r.error == NOTIFY_AUTHENTICATION_FAILED,
			     what, "N(AUTHENTICATION_FAILED), protected", "%s", s->r.text)) {
		if (s->r.outcome != RESUME_COMMITTED)
			shown_gone(s->e, s->c, "12.5", "the SA of that confirmation");
		return;
	}
	evidence_clause(s->e, "12.4", s->r.n_payloads == 1, "what stands beside it",
			"N(AUTHENTICATION_FAILED) alone", "%u payloads: %s", s->r.n_payloads,
			s->r.text);
	shown_gone(s->e, s->c, "12.5", "the SA of that confirmation");
	shown_repeated(s, "47.1", "the same message ID 1 again, a moment after its refusal");
}

/* The right one first: what is wrong with it, or with the gateway's own, is found without an attack. */
static void accepted_bind(struct steps *s)
{
	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, NULL);
	if (s->r.outcome == RESUME_SILENCE || s->r.outcome == RESUME_UNVERIFIED ||
	    s->r.outcome == RESUME_CLEAR) {
		evidence_inconclusive(s->e, "the keys do not agree (%s): see C03", s->r.text);
		return;
	}
	evidence_clause(
	    s->e, "12.3",
	    !(s->r.outcome == RESUME_REFUSED && s->r.error == NOTIFY_AUTHENTICATION_FAILED),
	    "message ID 1 with a right BIND",
	    "prf(SK_pi, \"ikesync bind\" | request | response) is accepted", "%s", s->r.text);
	if (s->r.outcome == RESUME_COMMITTED)
		shown_bind(s, "BIND in the gateway's answer");
}

static void c34(struct steps *s)
{
	refused_bind(s, IKE_BIND_WRONG, "message ID 1 with a wrong BIND");
	if (s->old->moved)
		return; /* taken for right: there is nothing left to ask */
	refused_bind(s, IKE_BIND_ABSENT,
		     "message ID 1 without BIND, of a client that announced profile 1");
	if (s->old->moved)
		return;
	steps_check_untouched(s, "12.6",
			      "the stub was not touched: the client resumes with a right BIND");
}

static void c34_all(struct probe *p, struct evidence *e)
{
	const struct suite *other = steps_other_prf(p);

	stage_resumption_with(p, e, NULL, NULL, accepted_bind);
	/* as many octets as that prf has */
	if (other)
		stage_resumption_with(p, e, other, NULL, accepted_bind);
	stage_resumption_with(p, e, NULL, NULL, c34);
}

const struct probe_case case_c34 = {
	.id = "C34",
	.lasts = 2,
	.title = "BIND is sent, right, and demanded",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(12),
	.required = "Message ID 1 and its response each carry N(IKESYNC_BIND) over the IKE_SA_INIT "
		    "pair. A missing or wrong one is answered with N(AUTHENTICATION_FAILED), "
		    "protected and alone; the SA is gone then, and the stub is not touched.",
	.causes = "BIND is computed over messages with the non-ESP marker, or over the first "
		  "request where a cookie followed\n"
		  "SK_pi and SK_pr are mixed up\nthe gateway does not look at BIND, or only "
		  "when it is there, or not to its end\nthe stub does not say that the client "
		  "announced profile 1",
	.clauses = "12.2 12.3 12.4 12.5 12.6 47.1",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c34_all,
};

static void index_of_rekey(struct steps *s)
{
	evidence_note(s->e, "the client rekeys the resumed IKE SA with KE");
	if (!rekey_ike(s->c)) {
		evidence_inconclusive(s->e, "%s", s->c->why);
		return;
	}
	if (shown_index(s->e, "5.3", "N(IKESYNC_INDEX) in the IKE rekey response",
			s->c->sa.has_index, &s->c->sa.index, s->c->sa.spi_r, s->c))
		shown_resumes_on(s, NULL, "5.6", "the index told in the rekey resumes");
}

static void c35(struct steps *s)
{
	char text[240];

	if (!s->old->client)
		evidence_note(s->e,
			      "the old SA is another client's: what it was told is not known");
	else
		shown_index(s->e, "5.2", "N(IKESYNC_INDEX) in the last IKE_AUTH response",
			    s->old->index_told, &s->old->index, s->old->spi_r, s->old->client);
	steps_syn(s);
	if (!evidence_clause(s->e, "5.6", s->a.said.kind == IKE_ANSWER_RESUMED,
			     "the index told in IKE_AUTH resumes",
			     init_kind_text(IKE_ANSWER_RESUMED), "%s",
			     init_answer_text(&s->a, text, sizeof(text))) ||
	    !resume_derive(s->c, s->old))
		return;
	steps_confirm(s, NULL);
	if (s->r.outcome != RESUME_COMMITTED) {
		evidence_inconclusive(s->e, "the resumption was not confirmed: %s; see C03",
				      s->r.text);
		return;
	}
	if (shown_index(s->e, "5.4", "N(IKESYNC_INDEX) in the confirmation", s->r.has_index,
			&s->r.index, s->c->sa.spi_r, s->c) &&
	    shown_resumes_on(s, NULL, "5.6", "the index told in the confirmation resumes"))
		index_of_rekey(s);
}

/* What was told is what SYN names, and nobody has waited for a stub there: a wrong index is the
 * finding of this case. */
static void c35_told(struct probe *p, struct evidence *e)
{
	struct steps s = { .p = p, .e = e };

	if (p->target->old_sa.given || p->old_gateway_failed || p->target->old_gateway_fail) {
		stage_resumption_with(p, e, NULL, NULL, c35);
		return;
	}
	s.old = old_sa_at(p, e, &p->target->old_gateway, NULL, false);
	if (s.old) {
		if (old_sa_wait_bank(p, e, &s.old->index, true) == OLD_SA_STUB_UNKNOWN)
			probe_pass_time(p, 250);
		s.c = client_new(p, e, &p->target->gateway, NULL);
	}
	if (s.c)
		c35(&s);
	steps_end(&s);
}

const struct probe_case case_c35 = {
	.id = "C35",
	.title = "INDEX is told in IKE_AUTH, in the confirmation and in an IKE rekey, and resumes",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(5),
	.required =
	    "The gateway tells the client its index, protected, in the last IKE_AUTH "
	    "response, in IKE rekeys and in the answer to message ID 1. Each of them is that "
	    "of the SA it belongs to, and resumes.",
	.causes = "INDEX is sent only to clients whose Vendor ID came in this exchange\nthe "
		  "index of the SA before is told after a move or a rekey\nthe stub lies under "
		  "another index than the one told",
	.clauses = "5.2 5.3 5.4 5.6 9.1 12.2 12.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c35_told,
};

/* The old SA is asked while the new one is provisional, then the new one is confirmed. */
static void old_works_meanwhile(struct steps *s, const char *where)
{
	char what[120];

	if (!steps_hit_and_derive(s))
		return;
	g_snprintf(what, sizeof(what), "the old SA while the new one is provisional, %s", where);
	shown_alive(s->e, s->old->client, "17.1", what);
	steps_confirm(s, NULL);
	if (shown_committed(s, "9.1", "and the new one is confirmed"))
		shown_alive(s->e, s->c, "11.4", "the new SA after that");
}

static void c39(struct probe *p, struct evidence *e)
{
	struct steps s = { .p = p, .e = e };

	if (p->target->old_gateway.given && !p->target->old_sa.given && !p->old_gateway_failed &&
	    steps_begin(&s, p, e, NULL, NULL) && s.old->client)
		old_works_meanwhile(&s, "another gateway's");
	steps_end(&s);
	/* the gateway that has both is tempted to take the one for the other */
	s = (struct steps){ .p = p, .e = e };
	s.old = old_sa_at(p, e, &p->target->gateway, NULL, true);
	s.c = s.old ? client_new(p, e, &p->target->gateway, NULL) : NULL;
	if (s.c)
		old_works_meanwhile(&s, "at one gateway");
	steps_end(&s);
}

const struct probe_case case_c39 = {
	.id = "C39",
	.title = "Make before break: the old SA works until the new one is confirmed",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_PROBLEM,
	.source = PROBLEM "section 5.1; wire profile rule 17",
	.required = "While the new SA is provisional the old one works as before, at the old "
		    "gateway as at a gateway that has both.",
	.causes = "the gateway drops the old SA when the SYN comes\nthe bank tells the old gateway "
		  "of a get as if it were a move",
	.clauses = "17.1 9.1 11.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c39,
};

/* A request under `id` that must change nothing, then the right one. A gateway that serves the first
 * has done so when the second is answered. */
static void wrong_then_right(struct steps *s, uint32_t id, const char *what)
{
	struct client *c = s->c;
	struct protected_answer a;
	struct ike_child child;
	struct inner in;
	GByteArray *wrong;
	char text[200];
	bool ok;

	/* of another exchange, so that its answer is known whatever message ID it has */
	inner_init(&in);
	child_write_request(c, &in, &child, true);
	wrong = protected_seal(c, EXCHANGE_CREATE_CHILD_SA, 0, id, &in);
	if (!wrong)
		return;
	c->n_strays = 0;
	evidence_note(s->e, "CREATE_CHILD_SA with message ID %u, then INFORMATIONAL with %u", id,
		      c->sa.window.next);
	transport_send(c->transport, span_of(wrong->data, wrong->len));
	g_byte_array_unref(wrong);
	inner_init(&in);
	protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a);
	ok = c->n_strays == 0;
	evidence_clause(s->e, "16.2", ok, what, "no answer", "%s", ok ? "none" : "an answer");
	evidence_clause(s->e, "16.2", a.kind == PROTECTED_ANSWER, "the right message ID afterwards",
			"a verified answer", "%s", protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
}

/* The last request of an SA, again. */
static void repeated(struct steps *s)
{
	struct client *c = s->c;
	const uint32_t id = ike_window_ask(&c->sa.window);
	struct protected_answer a;
	struct inner in;
	GByteArray *request, *again;
	bool same;

	inner_init(&in);
	request = protected_seal(c, EXCHANGE_INFORMATIONAL, 0, id, &in);
	if (!request)
		return;
	protected_send(c, request, EXCHANGE_INFORMATIONAL, id, 0, false, &a);
	ike_window_done(&c->sa.window);
	again = a.octets ? protected_raw(c, request, id, s->p->target->timers.answer) : NULL;
	same = again && again->len == a.octets->len &&
	       memcmp(again->data, a.octets->data, again->len) == 0;
	evidence_clause(s->e, "16.3", same, "a request repeated octet for octet",
			"the identical answer", "%s",
			same    ? "identical"
			: again ? "another answer"
				: "no answer");
	if (again)
		g_byte_array_unref(again);
	protected_answer_clear(&a);
	g_byte_array_unref(request);
}

/* V and the reserved flags must be ignored (RFC 7296 section 3.1). */
static void odd_flags(struct steps *s)
{
	const uint32_t id = ike_window_ask(&s->c->sa.window);
	struct protected_answer a;
	GByteArray *request;
	struct inner in;
	char text[200];

	inner_init(&in);
	request = protected_seal(s->c, EXCHANGE_INFORMATIONAL, 0xd7, id, &in);
	if (!request)
		return;
	protected_send(s->c, request, EXCHANGE_INFORMATIONAL, id, 0, false, &a);
	ike_window_done(&s->c->sa.window);
	evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 3.1", a.kind == PROTECTED_ANSWER,
			  "a request with the V flag and the reserved flags set",
			  "they are ignored: a verified answer", "%s",
			  protected_answer_text(&a, text, sizeof(text)));
	/* not served: the ID is free */
	if (a.kind != PROTECTED_ANSWER)
		s->c->sa.window.next = id;
	protected_answer_clear(&a);
	g_byte_array_unref(request);
}

#define LATER_MS 600

#define NOBODYS_CIPHER 65001 /* private use */

/* A rekey whose second proposal is the right one. */
static bool write_rekey(struct client *c, struct inner *in, struct rekey_half *half)
{
	struct chain_payload p;
	struct chain_iter it;
	struct suite nobodys;
	struct inner right;
	uint8_t spi[8];
	struct wcursor cursor = wcursor_init(spi, sizeof(spi));
	struct ike_sa sa;

	inner_init(&right);
	if (!rekey_begin(c, &right, half))
		return false;
	nobodys = half->k.suite;
	nobodys.encr = NOBODYS_CIPHER;
	wcursor_u64(&cursor, half->k.spi_i);
	sa.n_proposals = sa.n_transforms = 0;
	if (!suite_add_proposal(&sa, &nobodys, SPAN_OF(spi)) ||
	    !suite_add_proposal(&sa, &half->k.suite, SPAN_OF(spi)))
		return false;
	chain_iter_init(&it, ike_inner_chain(&right.in), ike_inner_first(&right.in), NULL);
	while (chain_iter_next(&it, &p))
		if (p.type == PAYLOAD_SA)
			ike_sa_write(&in->in.w, &sa);
		else
			chain_writer_payload(&in->in.w, p.type, p.flags, p.body);
	return true;
}

static void check_number(struct steps *s, const struct protected_answer *a)
{
	const struct chain_payload *p = chain_find(&a->inner, PAYLOAD_SA);
	struct fault fault;
	struct ike_sa sa;

	if (p && ike_sa_parse(p, &sa, &fault) == ERR_OK && sa.n_proposals)
		evidence_check_as(
		    s->e, PROVENANCE_BASE, "RFC 7296 section 3.3.1", sa.proposals[0].number == 2,
		    "Proposal Num of the accepted rekey proposal",
		    "2, that of the proposal which was accepted", "%u", sa.proposals[0].number);
}

/* The SA that was rekeyed answers until its Delete: the answer to the rekey may have been lost. */
static void rekey_repeated(struct steps *s)
{
	struct client *c = s->c;
	const uint32_t id = ike_window_ask(&c->sa.window);
	struct protected_answer a;
	GByteArray *request, *again;
	struct rekey_half half;
	struct inner in;
	bool same;

	inner_init(&in);
	if (!write_rekey(c, &in, &half))
		return;
	request = protected_seal(c, EXCHANGE_CREATE_CHILD_SA, 0, id, &in);
	if (!request)
		return;
	protected_send(c, request, EXCHANGE_CREATE_CHILD_SA, id, 0, false, &a);
	ike_window_done(&c->sa.window);
	if (a.kind != PROTECTED_ANSWER || protected_error(&a)) {
		evidence_note(s->e, "the IKE SA could not be rekeyed: see C16");
	} else {
		check_number(s, &a);
		probe_pass_time(s->p, LATER_MS);
		again = protected_raw(c, request, id, s->p->target->timers.answer);
		same = again && again->len == a.octets->len &&
		       memcmp(again->data, a.octets->data, again->len) == 0;
		evidence_clause(
		    s->e, "16.3", same,
		    "the request of an IKE rekey repeated, before the old SA is deleted",
		    "the identical answer", "%s",
		    same    ? "identical"
		    : again ? "another answer"
			    : "no answer: the old SA is gone");
		if (again)
			g_byte_array_unref(again);
		(void)rekey_end(c, &a, &half);
	}
	protected_answer_clear(&a);
	g_byte_array_unref(request);
}

static void c41(struct steps *s)
{
	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, NULL);
	if (s->r.outcome != RESUME_COMMITTED) {
		evidence_inconclusive(s->e, "the resumption was not confirmed: %s; see C03",
				      s->r.text);
		return;
	}
	shown_repeated(s, "16.3", "message ID 1 repeated octet for octet");
	wrong_then_right(s, s->c->sa.window.next + 1, "a message ID that was skipped to");
	wrong_then_right(s, s->c->sa.window.next + 0x10000, "a message ID far ahead");
	wrong_then_right(s, s->c->sa.window.next - 2, "a message ID that is past");
	wrong_then_right(s, 0, "message ID 0, which is IKE_SA_INIT's");
	repeated(s);
	shown_alive(s->e, s->c, "16.1", "the next message ID in the row");
	odd_flags(s);
	rekey_repeated(s);
}

const struct probe_case case_c41 = {
	.id = "C41",
	.lasts = 1,
	.title = "The message-ID window after a resumption",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.1 to 2.3; wire profile rule 16",
	.required = "Message IDs go on with 1. An ID that was skipped is not served, an old one "
		    "changes nothing, the right one is served, and a repetition gets the identical "
		    "answer.",
	.causes = "the window of a resumed SA is not set up\nthe message ID is taken from the "
		  "request\nanswers are not kept",
	.clauses = "16.1 16.2 16.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c41,
};
