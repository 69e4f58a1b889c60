/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B25: the stub that a client named, and that was of no use to it, is retired when it has logged in. */
#include "cases/banked.h"
#include "cases/cases.h"
#include "client/auth.h"

#define NEEDS (REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_SEAL_KEYS)

/* A miss for `old`, then a login by the client that named it. */
static void fall_back(struct banked *b, const struct old_sa *old)
{
	struct client *c = NULL;

	if (banked_syn(b, old, &c) != IKE_ANSWER_ORDINARY)
		evidence_inconclusive(b->e, "no fallback to log in after (see B12)");
	else
		c->end = CLIENT_END_SETTLES;
	client_free(c);
}

/* The same by somebody who has the identity and not the key. */
static void claim_only(struct banked *b, const struct old_sa *old)
{
	struct target target = *b->p->target;
	struct probe wrong = *b->p;
	struct client *c;

	target.client.psk.octets[0] ^= 1;
	wrong.target = &target;
	c = client_new(&wrong, b->e, b->gateway, NULL);
	if (c) {
		const struct init_request r = init_request_of(&old->suite, &old->index);
		struct init_answer a;

		if (init_exchange(c, &r, &a) == IKE_ANSWER_ORDINARY && init_keys(c, &r, &a) &&
		    auth_exchange(c))
			evidence_inconclusive(b->e, "a login with a wrong key was accepted");
		init_answer_clear(&a);
	}
	client_free(c);
	secret_wipe(&target.client.psk, sizeof(target.client.psk));
}

static void b25(struct banked *b)
{
	const unsigned mark = bank_role_mark(b->role);
	struct bank_stub theirs, own, missed, eap, claimed;
	struct old_sa *a, *c, *m, *x, *y;
	unsigned n;

	bank_stub_fill(&theirs, b->p, b->suite);
	theirs.stub.idi = (struct ike_id){ ID_FQDN, span_text("somebody.probe.example") };
	bank_stub_fill(&own, b->p, b->suite);
	own.stub.resumptions = 9; /* its own, and not qualified */
	bank_stub_fill(&missed, b->p, b->suite);
	bank_stub_fill(&eap, b->p, b->suite);
	eap.stub.resumptions = 9;
	eap.stub.eap_identity = span_text("user@realm.probe.example");
	bank_stub_fill(&claimed, b->p, b->suite);
	claimed.stub.resumptions = 9;
	y = banked_serve(b, &claimed);
	a = banked_serve(b, &theirs);
	x = banked_serve(b, &eap);
	m = banked_serve(b, &missed);
	c = banked_serve(b, &own);
	if (a && m && c && x && y) {
		claim_only(b, y);
		fall_back(b, a);
		fall_back(b, x);
		fall_back(b, c);
		banked_asked(b, "22.1", STUB_DELETE, &own.index, mark,
			     "after the fallback of its client the named stub is retired");
		bank_role_play(
		    b->role, STUB_GET,
		    &(struct bank_play){ .does = BANK_REFUSES, .code = STUB_BUSY, .times = 1 });
		fall_back(b, m);
		banked_asked(b, "45.1", STUB_DELETE, &missed.index, mark,
			     "a stub that the bank was busy with at first is retired too");
		n = bank_role_count(b->role, STUB_DELETE, &claimed.index, mark);
		evidence_clause(
		    b->e, "22.1", n == 0,
		    "a named stub after a fallback whose login was refused (a wrong key)",
		    "left alone", "%u deletes", n);
		n = bank_role_count(b->role, STUB_DELETE, &theirs.index, mark);
		evidence_clause(b->e, "45.2", n == 0, "a named stub of another identity",
				"left alone", "%u deletes", n);
		n = bank_role_count(b->role, STUB_DELETE, &eap.index, mark);
		evidence_clause(b->e, "45.2", n == 0,
				"a named stub of the same IDi, but of a user of EAP", "left alone",
				"%u deletes", n);
	}
	old_sa_free(a);
	old_sa_free(y);
	old_sa_free(x);
	old_sa_free(m);
	old_sa_free(c);
}

const struct probe_case case_b25 = {
	.id = "B25",
	.title = "After a fallback the named stub is retired, if it is that client's",
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 22 and 45",
	.required =
	    "When a fallback ends in an IKE_AUTH with the IDi of the stub that was named, the "
	    "gateway deletes that stub, asking the bank again where it had not seen it; "
	    "another identity's is left alone.",
	.causes = "the index that was named is forgotten when the fallback begins\n"
		  "whatever was named is deleted",
	.asks = ASKS_GATEWAY,
	.requires = NEEDS,
	.clauses = "22.1 45.1 45.2",
	.needs = "B12",
	.alone = true,
	.run = stage_banked,
	.at_bank = b25,
};
