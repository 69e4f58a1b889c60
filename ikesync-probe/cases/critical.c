/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N29: protected messages with payloads that nobody knows. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/login.h"
#include "cases/sources.h"
#include "cases/stage.h"

#define CRITICAL_TYPE 242   /* private use, and nobody's */
#define UNCRITICAL_TYPE 243 /* the same */

/* An unknown payload inside SK, in a request on the live SA of s->c. */
static void unknown_inside(struct steps *s, uint8_t exchange, bool critical, const char *what)
{
	static const uint8_t body[4];
	const uint8_t type = CRITICAL_TYPE;
	struct protected_answer a;
	struct ike_child child;
	struct ike_notify n;
	struct inner in;
	char text[200];

	inner_init(&in);
	if (exchange == EXCHANGE_CREATE_CHILD_SA)
		child_write_request(s->c, &in, &child, true);
	chain_writer_payload(&in.in.w, critical ? CRITICAL_TYPE : UNCRITICAL_TYPE,
			     critical ? CHAIN_CRITICAL : 0, SPAN_OF(body));
	protected_exchange(s->c, exchange, &in, &a);
	protected_answer_text(&a, text, sizeof(text));
	if (!critical)
		evidence_clause(s->e, "59.6",
				a.kind == PROTECTED_ANSWER && protected_error(&a) == 0, what,
				"an answer without an error notify", "%s", text);
	else if (evidence_clause(s->e, "59.7",
				 a.kind == PROTECTED_ANSWER &&
				     protected_error(&a) == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
				 what, "N(UNSUPPORTED_CRITICAL_PAYLOAD), protected", "%s", text))
		evidence_clause(
		    s->e, "59.7",
		    ike_notify_find(&a.inner, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, &n) &&
			span_equal(n.data, span_of(&type, 1)) && !chain_find(&a.inner, PAYLOAD_SA),
		    "its data, and what stands beside it", "the octet 242, and nothing carried out",
		    "%s", text);
	protected_answer_clear(&a);
}

static void write_critical(struct client *c, struct inner *in, void *user)
{
	static const uint8_t body[4];

	(void)c;
	(void)user;
	chain_writer_payload(&in->in.w, CRITICAL_TYPE, CHAIN_CRITICAL, SPAN_OF(body));
}

/* Message ID 1 is a request as any other (rule 46). */
static void critical_in_first(struct steps *s)
{
	const struct resume_ask ask = { .name = "INFORMATIONAL with an unknown critical payload",
					.exchange = EXCHANGE_INFORMATIONAL,
					.write = write_critical };
	const struct resume_knobs knobs = { .ask = &ask };

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &knobs);
	evidence_clause(s->e, "59.7",
			s->r.outcome == RESUME_REFUSED &&
			    s->r.error == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
			"message ID 1 with BIND and an unknown critical payload",
			"N(UNSUPPORTED_CRITICAL_PAYLOAD), protected", "%s", s->r.text);
	/* the commit comes before the request is looked at: it is ours to delete */
	if (s->r.outcome == RESUME_REFUSED && s->r.error == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD) {
		s->old->moved = s->c->live = true;
		s->c->sa.window.next = 2;
	}
}

static void n29(struct steps *s)
{
	resume_whole(s->c, s->old, NULL, &s->r);
	if (s->r.outcome != RESUME_COMMITTED) {
		evidence_inconclusive(s->e, "no SA to ask on: %s; see C01 and C03", s->r.text);
		return;
	}
	unknown_inside(s, EXCHANGE_INFORMATIONAL, true,
		       "INFORMATIONAL with an unknown critical payload");
	unknown_inside(s, EXCHANGE_INFORMATIONAL, false,
		       "INFORMATIONAL with an unknown payload without the critical bit");
	unknown_inside(s, EXCHANGE_CREATE_CHILD_SA, true,
		       "CREATE_CHILD_SA with an unknown critical payload");
	unknown_inside(s, EXCHANGE_CREATE_CHILD_SA, false,
		       "CREATE_CHILD_SA with an unknown payload without the critical bit");
	aftermath_lives(s->c, "59.7", "the SA goes on");
	login_critical(s->p, s->e, CRITICAL_TYPE);
}

static void n29_all(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, n29);
	stage_resumption_with(p, e, NULL, NULL, critical_in_first);
}

const struct probe_case case_n29 = {
	.id = "N29",
	.title = "An unknown critical payload inside SK is refused, and the SA goes on",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.5; wire profile rule 59",
	.required =
	    "A protected request with an unknown payload whose critical bit is set is answered "
	    "with N(UNSUPPORTED_CRITICAL_PAYLOAD) that names its type, inside SK, and nothing "
	    "of it is carried out; without the critical bit the payload is skipped.",
	.causes = "critical bits are looked at outside SK alone\nthe request is dropped, and its "
		  "message ID with it\nthe SA is ended",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "59.6 59.7",
	.needs = "C01 C03",
	.run = n29_all,
};
