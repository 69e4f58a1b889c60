/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N18: two clients race for one stub. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

/* Another host's address where the target file has one. */
static const struct address *other_source(const struct probe *p)
{
	return p->target->client.second_source.family ? &p->target->client.second_source : NULL;
}

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

/* The SA of whoever lost serves nothing more. */
static void loser_is_gone(struct steps *s, struct client *c)
{
	struct protected_answer a;
	struct inner in;
	GByteArray *next;
	char text[200];

	inner_init(&in);
	next = protected_seal(c, EXCHANGE_INFORMATIONAL, 0, 2, &in);
	if (!next)
		return;
	protected_send(c, next, EXCHANGE_INFORMATIONAL, 2, probe_moment(s->p), true, &a);
	evidence_clause(s->e, "13.5", a.kind != PROTECTED_ANSWER, "a message ID 2 of the other one",
			"no protected answer", "%s", protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	g_byte_array_unref(next);
}

/* The stub has moved: its old index is a miss. */
static void miss_now(struct steps *s)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);

	aftermath_ordinary(s, "13.9", NULL, &r, "SYN for the old index, after one has won");
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
	evidence_clause(s->e, "13.12", one != two, "two clients, one index",
			"exactly one is committed", "the first: %s; the second: %s",
			one ? "committed" : s->r.text, two ? "committed" : text);
	lost = one ? protected_error(&answer) == NOTIFY_IKESYNC_NOT_COMMITTED
		   : s->r.outcome == RESUME_NOT_COMMITTED;
	if (one != two) {
		evidence_clause(s->e, "13.4", lost, "the other one is told",
				"N(IKESYNC_NOT_COMMITTED), protected", "%s",
				one ? text : s->r.text);
		loser_is_gone(s, one ? second : s->c);
		aftermath_lives(one ? s->c : second, "13.12", "the winner's SA");
		miss_now(s);
	}
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
	.lasts = 1,
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
	.clauses = "13.4 13.5 13.9 13.12",
	.needs = "C01 C03",
	.run = n18,
};
