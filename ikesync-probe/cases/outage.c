/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C17, C24: the bank is away; the gateway was away. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"
#include "client/recovery.h"
#include "run/hook.h"

#define BANK_MS 10000
/* A machine that is busy, and the round trip. */
#define MARGIN_MS 3000

/* SYN for a live stub while the gateway hears nothing from its bank. `s->c` logs in. */
static void falls_back(struct steps *s, const char *what)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	const uint64_t start = probe_now();
	char text[240];
	bool done;

	r.answer_ms = s->p->target->timers.get + MARGIN_MS;
	client_free(s->c);
	s->c = client_new(s->p, s->e, &s->p->target->relay, NULL);
	if (!s->c)
		return;
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	evidence_note(s->e, "answered after %u ms; the target file says that a get gets %u ms",
		      (unsigned)(probe_now() - start), (unsigned)s->p->target->timers.get);
	if (!evidence_clause(s->e, "8.5", s->a.said.kind == IKE_ANSWER_ORDINARY, what,
			     "an ordinary response in time", "%s",
			     init_answer_text(&s->a, text, sizeof(text))))
		return;
	done = init_keys(s->c, &r, &s->a) && auth_exchange(s->c);
	evidence_clause(s->e, "8.4", done, "IKE_AUTH after it", "both sides authenticate", "%s",
			done ? "done" : s->c->why);
}

static void c24(struct steps *s)
{
	struct relay *relay = s->p->relay;
	char text[240];

	(void)recovery_until_hit(s->p, s->e, s->old, &s->p->target->relay, BANK_MS);
	evidence_note(s->e, "from here on the relay holds what gateway and bank say to each other");
	relay_hold(relay, RELAY_BOTH);
	falls_back(s, "SYN while the bank does not answer");
	relay_release(relay, RELAY_BOTH);
	if (s->c && s->c->live)
		/* the reply to the get comes now, and is nobody's any more */
		shown_alive(s->e, s->c, "32.5",
			    "the SA of the fallback, when the bank's reply comes late");
	relay_cut(relay, true);
	falls_back(s, "SYN while the bank refuses connections");
	relay_reset(relay);
	if (!s->c || !s->c->live)
		return;
	/* the stub of the SA before was retired by the login (rule 22); the new SA's is delivered now */
	shown_resume_on(s, &s->p->target->relay);
	evidence_clause(s->e, "32.6", s->a.said.kind == IKE_ANSWER_RESUMED,
			"SYN when the bank is there again", init_kind_text(IKE_ANSWER_RESUMED),
			"%s", init_answer_text(&s->a, text, sizeof(text)));
}

static void c24_behind_relay(struct probe *p, struct evidence *e)
{
	if (relay_wait_connected(p->relay, BANK_MS))
		stage_resumption_with(p, e, NULL, &p->target->relay, c24);
	else
		evidence_inconclusive(
		    e, "no gateway is connected to the relay at [variant relay] listen");
}

const struct probe_case case_c24 = {
	.id = "C24",
	.title = "The bank cannot be reached: the gateway falls back in time",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.5; wire profile rules 8 and 32",
	.required =
	    "A bank that does not answer within [1 s] is a miss: the client gets an ordinary "
	    "response and logs in. When the bank is back, it is used again.",
	.causes =
	    "the gateway waits for the bank without limit\nrequests with SYN are dropped while "
	    "the bank is away\na late reply of the bank is taken for that of another SYN",
	.clauses = "8.4 8.5 32.5 32.6",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_RELAY,
	.needs = "C01 C11 C12",
	.run = c24_behind_relay,
};

static void c17(struct probe *p, struct evidence *e)
{
	struct steps s = { .p = p, .e = e };

	s.old = old_sa_at(p, e, &p->target->gateway, NULL, true);
	if (s.old && hook_run(p, e, "gateway-restart", p->target->gateway_restart)) {
		char text[240];

		/* its end was sudden: nobody says goodbye for it */
		client_vanish(s.old->client);
		s.old->client = NULL;
		(void)recovery_until_hit(p, e, s.old, &p->target->gateway, BANK_MS);
		s.c = client_new(p, e, &p->target->gateway, NULL);
		if (s.c) {
			steps_syn(&s);
			if (evidence_clause(e, "36.2", s.a.said.kind == IKE_ANSWER_RESUMED,
					    "SYN at the gateway that was restarted",
					    init_kind_text(IKE_ANSWER_RESUMED), "%s",
					    init_answer_text(&s.a, text, sizeof(text))) &&
			    resume_derive(s.c, s.old)) {
				steps_confirm(&s, NULL);
				if (shown_commit(&s, "30.14", "and it is resumed there"))
					shown_alive(e, s.c, "11.4", "the resumed SA");
			}
		}
	}
	steps_end(&s);
}

const struct probe_case case_c17 = {
	.id = "C17",
	.title = "The same gateway, restarted, resumes",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 2.1; " PROBLEM "section 5.1 (3); wire profile rules 30 and 36",
	.required =
	    "A gateway that fails and comes back has forgotten its SAs; their stubs are in the "
	    "bank, and its clients resume at the very same gateway.",
	.causes =
	    "the gateway deletes its stubs when it starts or stops\nan update at the same address "
	    "is refused where the old SA is not there any more",
	.clauses = "30.14 36.2 5.4 11.4 12.2 12.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_GATEWAY_RESTART,
	.needs = "C01 C03",
	.run = c17,
};
