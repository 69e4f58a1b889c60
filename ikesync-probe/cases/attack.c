/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N01, N18, N25: replays and races for one stub. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

/* Another host's address where the target file has one. */
static const struct address *other_source(const struct probe *p)
{
	return p->target->client.second_source.family ? &p->target->client.second_source : NULL;
}

/* A client that sends what `seen` sent, octet for octet, from a socket of its own. */
static struct client *replayer(struct steps *s, const struct client *seen,
			       const struct address *source)
{
	struct client *c = client_new(s->p, s->e, seen->gateway, source);

	if (!c)
		return NULL;
	c->sa.spi_i = seen->sa.spi_i;
	memcpy(c->ni, seen->ni, seen->ni_n);
	c->ni_n = seen->ni_n;
	g_byte_array_append(c->request, seen->request->data, seen->request->len);
	return c;
}

static void replay(struct steps *s, const struct address *source, const char *from)
{
	struct client *attacker = replayer(s, s->c, source);
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a;
	char text[200];

	if (!attacker)
		return;
	steps_repeat_init(attacker, &a);
	evidence_note(s->e, "the same octets from %s: %s", from,
		      init_answer_text(&a, text, sizeof(text)));
	if (a.said.kind ==
	    IKE_ANSWER_COOKIE) { /* who replays from where he can listen comes back with the
					cookie as well */
		init_answer_clear(&a);
		init_exchange(attacker, &r, &a);
		evidence_note(s->e, "and with the cookie: %s",
			      init_answer_text(&a, text, sizeof(text)));
	}
	init_answer_clear(&a);
	client_free(attacker);
}

static void n01(struct steps *s)
{
	struct init_answer again;
	char text[200];

	if (!steps_hit(s))
		return;
	steps_repeat_init(s->c, &again);
	evidence_note(s->e, "the same octets from the same source: %s",
		      init_answer_text(&again, text, sizeof(text)));
	init_answer_clear(&again);
	replay(s, NULL, "another port of the same source");
	if (other_source(s->p))
		replay(s, other_source(s->p), "another source");
	else
		evidence_note(s->e, "no [client] second-source: not replayed from another address");
	steps_check_still_resumes(s, "after the replays the real client still resumes");
}

const struct probe_case case_n01 = {
	.id = "N01",
	.title = "A replayed SYN consumes nothing",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 5 (1); wire profile rules 13 to 15",
	.required = "SYN can be replayed by anyone who saw it, from anywhere. The stub is not "
		    "consumed by it: the real client still resumes.",
	.causes = "the stub is taken out of the bank by the get\na provisional SA of a "
		  "stranger blocks the index\nthe response cache is keyed without the source",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n01,
};

/* The second of two clients with the same index: HDR, Nr and the keys. false: stated. */
static bool second_hit(struct steps *s, struct client *second, const char *where)
{
	struct init_answer a = { 0 };
	char text[200];
	bool ok;

	ok = resume_syn(second, s->old, &a) == IKE_ANSWER_RESUMED && resume_derive(second, s->old);
	if (!ok)
		evidence_inconclusive(s->e, "the second client %s got no HDR, Nr: %s", where,
				      init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	return ok;
}

/* Both confirm: who wins? */
static void both_confirm(struct steps *s, struct client *second, const GByteArray *confirmation)
{
	struct protected_answer answer = { 0 };
	char text[200];
	bool one, two, lost;

	transport_send(second->transport, span_of(confirmation->data, confirmation->len));
	one = steps_confirm(s, NULL) == RESUME_COMMITTED;
	protected_send(second, confirmation, EXCHANGE_INFORMATIONAL, 1, 0, false, &answer);
	two = answer.kind == PROTECTED_ANSWER && protected_error(&answer) == 0;
	second->live = two;
	second->sa.window.next = 2;
	s->old->moved |= two;
	protected_answer_text(&answer, text, sizeof(text));
	evidence_note(s->e, "answer to the second client: %s", text);
	evidence_check(s->e, one != two, "two clients, one index", "exactly one is committed",
		       "the first: %s; the second: %s", one ? "committed" : s->r.text,
		       two ? "committed" : text);
	lost = one ? protected_error(&answer) == NOTIFY_IKESYNC_NOT_COMMITTED
		   : s->r.outcome == RESUME_NOT_COMMITTED;
	if (one != two)
		evidence_check_as(s->e, PROVENANCE_RULE, RULE(13), lost, "the other one is told",
				  "N(IKESYNC_NOT_COMMITTED), protected", "%s",
				  one ? text : s->r.text);
	protected_answer_clear(&answer);
}

/* Two clients with the same index and SK_d, at the same time: the first through s->c, the second at
 * `gateway`. */
static void race(struct steps *s, const struct target_gateway *gateway, const char *where)
{
	static const struct resume_knobs right;
	GByteArray *confirmation = NULL;
	struct client *second;

	if (!steps_hit_and_derive(s))
		return;
	second = client_new(s->p, s->e, gateway, other_source(s->p));
	if (second && second_hit(s, second, where))
		confirmation = resume_confirmation(second, &right, NULL);
	if (confirmation) {
		evidence_note(s->e,
			      "a second client with the same index (%s) has HDR, Nr, too; both "
			      "confirm at once",
			      where);
		both_confirm(s, second, confirmation);
		g_byte_array_unref(confirmation);
	}
	client_free(second);
}

static void race_at_one(struct steps *s)
{
	race(s, &s->p->target->gateway, "at the same gateway");
}

static void race_at_two(struct steps *s)
{
	race(s, &s->p->target->old_gateway, "at the old gateway");
}

static void n18(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, race_at_one);
	if (evidence_failed(e))
		return;
	if (!p->target->old_gateway.given) {
		evidence_note(e, "no [old-gateway]: the race between two gateways is left out");
		return;
	}
	stage_resumption_with(p, e, NULL, NULL, race_at_two);
}

const struct probe_case case_n18 = {
	.id = "N18",
	.title = "Two clients, one index: exactly one winner",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 13 and 30",
	.required = "The move is a compare-and-swap: of two confirmed resumptions of one index "
		    "one is committed; the other is answered with NOT_COMMITTED.",
	.causes = "the gateway does not wait for the move, or takes conflict for ok\nthe bank "
		  "lets two moves of one index through",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = n18,
};

static void syn_again(struct steps *s)
{
	struct init_answer again;
	char text[200];

	evidence_note(s->e, "confirmed; now the IKE_SA_INIT request of this SA comes again, octet "
			    "for octet");
	steps_repeat_init(s->c, &again);
	evidence_check(s->e,
		       again.said.kind == IKE_ANSWER_NONE || again.said.kind == IKE_ANSWER_COOKIE ||
			   again.said.header.spi_r != s->c->sa.spi_r,
		       "the replayed SYN does not bring this SA's response again", "dropped",
		       "%s%s", init_answer_text(&again, text, sizeof(text)),
		       again.said.kind == IKE_ANSWER_RESUMED ? ", with the same SPIr" : "");
	init_answer_clear(&again);
}

static void confirmation_again(struct steps *s, const GByteArray *confirmation,
			       const struct protected_answer *first)
{
	struct protected_answer second = { 0 };

	evidence_note(s->e, "and message ID 1 comes again, octet for octet");
	protected_send(s->c, confirmation, EXCHANGE_INFORMATIONAL, 1,
		       s->p->target->timers.answer / 2, true, &second);
	evidence_check(
	    s->e,
	    second.kind != PROTECTED_ANSWER ||
		(second.octets->len == first->octets->len &&
		 memcmp(second.octets->data, first->octets->data, first->octets->len) == 0),
	    "the replayed message ID 1 is not processed a second time",
	    "the first response repeated, or nothing", "%s",
	    second.kind == PROTECTED_ANSWER ? "a verified answer"
					    : protected_kind_text(second.kind));
	protected_answer_clear(&second);
}

static void n25(struct steps *s)
{
	static const struct resume_knobs right;
	struct protected_answer first = { 0 };
	GByteArray *confirmation;
	char text[200];

	if (!steps_hit_and_derive(s))
		return;
	confirmation = resume_confirmation(s->c, &right, NULL);
	protected_send(s->c, confirmation, EXCHANGE_INFORMATIONAL, 1, 0, false, &first);
	if (first.kind != PROTECTED_ANSWER || protected_error(&first)) {
		evidence_inconclusive(s->e, "message ID 1 was not accepted: %s",
				      protected_answer_text(&first, text, sizeof(text)));
	} else {
		s->old->moved = s->c->live = true;
		s->c->sa.window.next = 2;
		syn_again(s);
		confirmation_again(s, confirmation, &first);
	}
	if (confirmation)
		g_byte_array_unref(confirmation);
	protected_answer_clear(&first);
}

const struct probe_case case_n25 = {
	.id = "N25",
	.title = "No second SA out of a cached response",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(14),
	.required = "After confirmation, copies of the SYN request are dropped. An SA is never "
		    "built again from a cached response, since that would repeat keys and IVs.",
	.causes = "the cache outlives the SA's confirmation and starts its state "
		  "again\nmessage ID 1 is processed twice",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n25,
};
