/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C40, C52: a gateway asks whether its client lives, gives up the dead, and ends what is over. */
#include "cases/cases.h"
#include "cases/own.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "client/stub_watch.h"
#include "ike/ike_inform.h"

#define SECTION_24 "RFC 7296 section 2.4"
#define NETWORK_OUTAGE PROBLEM "section 5"
/* An SA that is asked once in a while may take another second to notice. */
#define SLACK_MS 3000
#define SLICE_MS 100

/* --- C40 --- */

/* A liveness check, answered; the SA goes on. */
static void answered(struct evidence *e, struct client *c)
{
	const struct target_timers *t = &c->probe->target->timers;
	struct protected_answer a;

	if (own_is_asked(e, c, ASKED_ALIVE, t->rekey + t->liveness + t->answer, SECTION_24,
			 "a client from which nothing comes, within [timers] liveness", &a)) {
		own_message_id(e, c, &a);
		asked_say(c, &a, 0, SPAN_NONE);
		own_lives(e, c, PROVENANCE_BASE, SECTION_24, "the SA, when that was answered");
	}
	protected_answer_clear(&a);
}

/* Until no copy of the request has come for as long as the longest pause between two of them may be. */
static unsigned count_repetitions(struct client *c, const struct protected_answer *first,
				  bool *same)
{
	const uint64_t patience = 3 * c->probe->target->timers.liveness;
	struct protected_answer a;
	unsigned n = 0;

	for (*same = true; asked_next(c, patience, &a); n++) {
		*same = *same && a.octets->len == first->octets->len &&
			memcmp(a.octets->data, first->octets->data, a.octets->len) == 0;
		protected_answer_clear(&a);
	}
	protected_answer_clear(&a);
	return n;
}

/* A check that nobody answers: repeated, and then the SA is given up. */
static bool unanswered(struct evidence *e, struct client *c)
{
	const struct target_timers *t = &c->probe->target->timers;
	struct protected_answer a;
	bool same, came = own_comes(e, c, ASKED_ALIVE, t->liveness + t->answer, &a);
	unsigned n;

	if (came) {
		n = count_repetitions(c, &a, &same);
		evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 2.1", n > 0 && same,
				  "the gateway's request, while nobody answers it",
				  "the same octets, once more at least", "%u repetitions%s", n,
				  same ? "" : ", not all the same");
		c->gateway_deleted = true; /* nobody is there to be told */
	} else {
		evidence_inconclusive(e, "no further liveness check came within [timers] liveness");
	}
	protected_answer_clear(&a);
	return came;
}

/* When a gateway gives up is its own affair (RFC 7296 section 2.4): the SA may be there still. */
static void given_up(struct evidence *e, struct client *c)
{
	struct protected_answer a;
	struct inner in;

	inner_init(&in);
	protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a);
	evidence_info(e, "the SA of a client that did not answer is %s",
		      a.kind == PROTECTED_ANSWER ? "not given up yet" : "gone");
	protected_answer_clear(&a);
}

/* Back again, the client finds its stub, whatever has become of the SA. */
static void comes_back(struct probe *p, struct evidence *e, struct client *c)
{
	struct steps s = { .p = p, .e = e, .c = c };

	given_up(e, c);
	s.old = g_new0(struct old_sa, 1);
	old_sa_of_client(s.old, c, NULL);
	shown_resumes_on(&s, NULL, "36.2", "the client, which is there again, resumes");
	steps_end(&s);
}

static void c40(struct probe *p, struct evidence *e)
{
	struct client *c = own_login(p, e, NULL);

	if (!c)
		return;
	answered(e, c);
	if (evidence_failed(e) || !unanswered(e, c))
		client_free(c);
	else
		comes_back(p, e, c);
}

const struct probe_case case_c40 = {
	.id = "C40",
	.lasts = 14,
	.title = "A client that was cut off: asked for, given up, and resumed when it is back",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_PROBLEM,
	.source = NETWORK_OUTAGE "; RFC 7296 sections 2.1, 2.2 and 2.4; wire profile rule 36",
	.required =
	    "A gateway that asks a silent client for life repeats its request octet for octet. "
	    "It gives the SA up in the end, sooner or later; its stub stays, and the client, "
	    "back again, resumes.",
	.causes = "the end of a dead peer deletes the stub\n"
		  "an answered check does not count as a sign of life\n"
		  "a repeated request is sealed anew, or is sent once only",
	.clauses = "5.4 7.1 9.1 12.2 12.3 16.1 36.2",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BRISK,
	.needs = "C01 C03",
	.run = c40,
};

/* --- C52 --- */

/* A Delete of an IKE SA names nothing: the SA is the one that it comes on. */
static void check_delete(struct evidence *e, const struct protected_answer *a)
{
	const struct chain_payload *p = chain_find(&a->inner, PAYLOAD_DELETE);
	struct ike_delete d = { 0 };
	struct fault fault;
	const bool read = p && ike_delete_parse(p, &d, &fault) == ERR_OK;

	evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 3.11",
			  read && d.protocol == PROTOCOL_IKE && d.n == 0,
			  "the Delete of the IKE SA", "protocol 1 (IKE), no SPI",
			  "protocol %u, %u SPIs", d.protocol, d.n);
}

/* Its own Delete crosses the gateway's: it is answered, and not with an error (RFC 7296 section 2.25). */
static void crosses(struct evidence *e, struct client *c)
{
	struct protected_answer a;
	struct inner in;
	char text[200];

	inner_init(&in);
	ike_inform_delete(&in.in);
	protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a);
	evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 2.25.2",
			  a.kind == PROTECTED_ANSWER && !protected_error(&a),
			  "the client's Delete, which crosses the gateway's",
			  "an answer without an error", "%s",
			  protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
}

/* Two clients at once, each asked for life meanwhile: which Delete has come. */
struct ends {
	struct client *c;
	bool came, crossing;
};

static void take_delete(struct evidence *e, struct ends *x)
{
	struct protected_answer a;

	if (asked_until(x->c, ASKED_DELETE, SLICE_MS, &a)) {
		evidence_note(e, "the gateway deletes the IKE SA");
		x->came = true;
		own_message_id(e, x->c, &a);
		check_delete(e, &a);
		if (x->crossing)
			crosses(e, x->c);
		else
			own_repeats(e, x->c, &a);
		asked_say(x->c, &a, 0, SPAN_NONE);
		x->c->gateway_deleted = true;
	}
	protected_answer_clear(&a);
}

static void is_over(struct probe *p, struct evidence *e, struct ends *x)
{
	const struct index ix = x->c->sa.index;

	if (!x->came)
		evidence_info(e, "no Delete came at the end of the SA's lifetime");
	own_gone(e, x->c, "RFC 7296 section 2.8", "an IKE SA whose lifetime is over");
	if (x->c->sa.has_index && old_sa_wait_bank(p, e, &ix, false) == OLD_SA_STUB_THERE)
		evidence_clause(e, "40.4", false, "its stub", "gone", "still there");
}

static void c52(struct probe *p, struct evidence *e)
{
	const struct target_timers *t = &p->target->timers;
	const uint64_t end = probe_now() + t->lifetime + SLACK_MS;
	struct ends x[2] = { { .c = own_login(p, e, NULL) },
			     { .c = own_login(p, e, NULL), .crossing = true } };

	evidence_note(e, "waiting for the end of two IKE SAs, %u ms at most",
		      (unsigned)(t->lifetime + SLACK_MS));
	while (x[0].c && x[1].c && probe_now() < end && !(x[0].came && x[1].came) &&
	       !probe_interrupted())
		for (unsigned i = 0; i < G_N_ELEMENTS(x); i++)
			if (!x[i].came)
				take_delete(e, &x[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(x); i++) {
		if (x[0].c && x[1].c)
			is_over(p, e, &x[i]);
		client_free(x[i].c);
	}
}

const struct probe_case case_c52 = {
	.id = "C52",
	.lasts = 24,
	.title = "An IKE SA that nobody rekeys ends with its lifetime, and its stub with it",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source =
	    "RFC 7296 sections 1.4.1, 2.1, 2.8, 2.25.2 and 3.11; wire profile rules 16 and 40",
	.required =
	    "Where its rekey was refused, an IKE SA is closed when its lifetime is over. A "
	    "Delete that says so is of the IKE SA, without SPIs, repeated octet for octet "
	    "until it is answered, and a Delete of the client's that crosses it is answered.",
	.causes = "a refused rekey is tried no more, and the SA is forgotten\n"
		  "the gateway's Delete is sent once only\n"
		  "an SA on its way out answers nothing at all",
	.clauses = "16.1 40.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BRISK,
	.needs = "S01",
	.run = c52,
};
