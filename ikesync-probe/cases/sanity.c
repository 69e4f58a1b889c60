/* SPDX-License-Identifier: GPL-2.0-or-later */
/* S01, S02: is there anybody? First and last of every run. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/ground.h"

static void s01(struct probe *p, struct evidence *e)
{
	const struct target *t = p->target;
	struct init_request r = { 0 };
	struct init_answer a = { 0 };
	struct client *c;
	char text[320], to[ENDPOINT_TEXT_MAX];
	enum ike_answer_kind kind;

	c = client_new(p, e, &t->gateway, NULL);
	if (!c)
		return;
	r.n_suites = MIN(t->client.n_suites, INIT_SUITES_MAX);
	memcpy(r.suites, t->client.suites, r.n_suites * sizeof(r.suites[0]));
	evidence_note(e, "sent an ordinary IKE_SA_INIT request to %s",
		      endpoint_text(&t->gateway.ike, to));
	kind = init_exchange(c, &r, &a);
	evidence_check(e, kind == IKE_ANSWER_ORDINARY, "IKE_SA_INIT is answered",
		       "an ordinary response: SA, KE, Nr", "%s",
		       init_answer_text(&a, text, sizeof(text)));
	/* an error says nothing of it */
	if (kind == IKE_ANSWER_ORDINARY)
		evidence_note(e, "the gateway %s profile 1 (Vendor ID)",
			      a.said.announced ? "announces" : "does not announce");
	if (kind == IKE_ANSWER_ORDINARY && ground_login(c, &r, &a))
		ground_ask_syn(c);
	init_answer_clear(&a);
	client_free(c);
}

const struct probe_case case_s01 = {
	.id = "S01",
	.title = "A plain IKE_SA_INIT is answered, and the client may log in",
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 1.2",
	.required = "The gateway answers an IKE_SA_INIT request that has no IKE_SA_SYN payload "
		    "with SA, KE and Nr, and the client of the target file may log in.",
	.causes = "the gateway does not run, or listens elsewhere than [gateway] ike says\n"
		  "a firewall drops UDP on the way\n"
		  "none of the suites of [client] ike and more-ike is allowed at the gateway "
		  "(NO_PROPOSAL_CHOSEN)\n"
		  "the gateway is overloaded or out of half-open SAs",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.run = s01,
};

static void s02(struct desk *d)
{
	struct index unknown = made_stub_index(&d->p->target->bank.owns);
	struct bank_answer *a;
	char index[INDEX_TEXT_MAX], *text;

	a = bank_answer_to_get(d->owner, &unknown);
	text = bank_answer_text(a, 0);
	evidence_note(d->e, "sent get of %s, an index nobody has ever stored",
		      index_text(&unknown, index));
	/* with TLS 1.3 a client learns only now that its certificate was refused */
	if (!a->came && !bank_connection_is_up(d->owner) &&
	    g_str_has_prefix(bank_connection_why(d->owner), "TLS:"))
		evidence_inconclusive(d->e,
				      "the bank does not let the probe in with [bank] "
				      "certificate: %s",
				      bank_connection_why(d->owner));
	else
		evidence_clause(d->e, "30.1", a->came, "the get is answered", "a reply", "%s",
				text);
	g_free(text);
	bank_answer_free(a);
}

const struct probe_case case_s02 = {
	.id = "S02",
	.title = "The stub bank answers a get of an unknown index",
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.1 " REPLY_FORM_CLAUSES,
	.required = "A get is answered with download and a status, a miss too: a gateway that "
		    "waits for a silent bank cannot fall back at once.",
	.causes = "the bank does not answer gets, or only hits\n"
		  "its store is blocked (full disk, slow sync)\n"
		  "a proxy in between holds the reply",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = s02,
};
