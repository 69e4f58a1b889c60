/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G: who may do what. */
#include "gateway/desk.h"
#include "run/case.h"

#define RULE_25 "wire profile rule 25"
#define RULE_34 "wire profile rule 34"
#define PROBLEM_7 "draft-vidya-ipsec-failover-ps-02 section 7"

/* A refusal may come in the handshake or, in TLS 1.3, only after the client has sent something. */
static void expect_refused(struct probe *p, struct evidence *e, enum bank_who who,
			   enum provenance provenance, const char *source, const char *what)
{
	struct bank *b = bank_connect(p, e, who);
	struct index unknown = made_index(&p->target->bank.owns);
	struct bank_answer *a;

	if (!bank_is_up(b)) {
		evidence_check_as(e, provenance, source, true, what, "refused", "refused: %s",
				  bank_why(b));
		bank_close(b);
		return;
	}
	a = desk_get(b, &unknown);
	evidence_check_as(e, provenance, source, a->messages == 0, what, "refused", "%s",
			  a->messages ? "a get was answered" : a->problem);
	if (!a->messages && bank_is_up(b))
		evidence_info(e, "%s: not answered, but the connection was left open", what);
	bank_answer_free(a);
	bank_close(b);
}

static void g19(struct probe *p, struct evidence *e)
{
	const struct target_bank *t = &p->target->bank;
	struct desk d;

	/* without one good peer, refusals prove nothing */
	if (desk_open(&d, p, e, false)) {
		const struct made_stub *m = desk_make(&d, &t->owns);

		expect_refused(p, e, BANK_WITHOUT_CERTIFICATE, PROVENANCE_PROBLEM, PROBLEM_7,
			       "a peer without a certificate");
		if (t->foreign_certificate && t->foreign_key)
			expect_refused(p, e, BANK_FOREIGN, PROVENANCE_PROBLEM, PROBLEM_7,
				       "a peer with a certificate of another CA");
		else
			evidence_info(e, "a foreign certificate was not tried: no [bank] "
					 "foreign-certificate");
		expect_refused(p, e, BANK_PLAIN, PROVENANCE_PROBLEM, PROBLEM_7,
			       "a peer that speaks plain TCP");
		expect_refused(p, e, BANK_TLS_1_2, PROVENANCE_RULE, RULE_25,
			       "a peer that offers TLS 1.2 at most");
		expect_refused(p, e, BANK_WITHOUT_ALPN, PROVENANCE_RULE, RULE_25,
			       "a peer without ALPN ikesync-stub/1");
		/* the rightful gateway is still served */
		desk_put(&d, m);
	}
	desk_close(&d);
}

static void g20(struct probe *p, struct evidence *e)
{
	/* RFC 5737: belongs to nobody */
	static const struct address nobody = { 4, { 198, 51, 100, 77 } };
	const struct target_bank *t = &p->target->bank;
	const struct made_stub *m, *other;
	struct bank_answer *a;
	struct desk d;
	char *text;

	if (!desk_open(&d, p, e, true))
		goto out;
	m = desk_make(&d, &t->owns);
	if (!desk_put(&d, m))
		goto out;
	other = desk_make(&d, &t->owns);
	a = desk_init(d.second, other->container);
	desk_expect(&d, a, 0, STUB_NOT_AUTHORISED, "init of A's address by B");
	bank_answer_free(a);
	other = desk_make_at(&d, &m->index);
	a = desk_update(d.second, &m->index, other->container);
	desk_expect(&d, a, 0, STUB_NOT_AUTHORISED, "update of A's stub in place by B");
	bank_answer_free(a);
	other = desk_make(&d, &t->owns);
	a = desk_update(d.second, &m->index, other->container);
	desk_expect(&d, a, 0, STUB_NOT_AUTHORISED, "update of A's stub to another SPI of A by B");
	bank_answer_free(a);
	other = desk_make(&d, &nobody);
	a = desk_update(d.second, &m->index, other->container);
	desk_expect(&d, a, 0, STUB_NOT_AUTHORISED,
		    "move of A's stub by B to an address that B does not own");
	bank_answer_free(a);
	desk_expect_stub(&d, d.owner, &m->index, m, "A's stub after all this");
	/* within a pool a foreign delete is a retirement (rule 22), which rule 34 allows */
	other = desk_make(&d, &t->owns);
	if (desk_put(&d, other)) {
		a = desk_delete(d.second, &other->index);
		text = bank_answer_text(a, 0);
		evidence_info(
		    e,
		    "delete of A's stub by B: %s (within one pool that is a retirement, rule 22; "
		    "between pools it must be refused)",
		    text);
		g_free(text);
		bank_answer_free(a);
	}
	other = desk_make(&d, &t->second_owns);
	a = desk_update(d.second, &m->index, other->container);
	desk_expect(&d, a, 0, STUB_OK, "move of A's stub by B to an address of B");
	bank_answer_free(a);
	desk_expect_stub(&d, d.second, &other->index, other, "the moved stub");
out:
	desk_close(&d);
}

const struct probe_case cases_bank_access[] = {
	{
	    .id = "G19",
	    .title = "Peers without the right credentials or transport are refused",
	    .provenance = PROVENANCE_PROBLEM,
	    .source = PROBLEM_7 "; " RULE_25,
	    .required =
		"A peer without a certificate, with a foreign one, in plain text, below TLS 1.3 or "
		"without ALPN is not served.",
	    .causes = "client certificates are asked for but not demanded\n"
		      "any CA is trusted\n"
		      "the lab's plain-text port is the one tested\n"
		      "TLS 1.2 is still enabled, or ALPN is not checked",
	    .requires = REQUIRES_BANK,
	    .defect = "bank:tls-no-client-cert",
	    .run = g19,
	},
	{
	    .id = "G20",
	    .title = "B may neither init nor update A's stubs except by a move to itself",
	    .provenance = PROVENANCE_RULE,
	    .source = RULE_34,
	    .required =
		"What a gateway may do comes from its certificate: init and same-address update "
		"only for addresses it owns, a move only to an address it owns.",
	    .causes = "the certificate's addresses are not compared with the index\n"
		      "[bank] second-certificate owns A's address too\n"
		      "[bank] second-certificate is of another pool: then the move is refused",
	    .requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	    .defect = "bank:no-owner-check",
	    .run = g20,
	},
	{ .id = NULL },
};
