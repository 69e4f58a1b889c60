/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G19, G20: who may do what. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

/* A refusal may come in the handshake or, in TLS 1.3, only after the client has sent something. */
static void expect_refused(struct probe *p, struct evidence *e, enum bank_who who,
			   enum provenance provenance, const char *source, const char *what)
{
	struct bank_connection *b = bank_connection_open(p, e, who);
	struct index unknown = made_stub_index(&p->target->bank.owns);
	struct bank_answer *a;

	if (!bank_connection_is_up(b)) {
		evidence_check_as(e, provenance, source, true, what, "refused", "refused: %s",
				  bank_connection_why(b));
		bank_connection_close(b);
		return;
	}
	a = bank_answer_to_get(b, &unknown);
	evidence_check_as(e, provenance, source, a->messages == 0, what, "refused", "%s",
			  a->messages ? "a get was answered" : a->problem);
	if (!a->messages && bank_connection_is_up(b))
		evidence_info(e, "%s: not answered, but the connection was left open", what);
	bank_answer_free(a);
	bank_connection_close(b);
}

static void g19(struct desk *d)
{
	const struct target_bank *t = &d->p->target->bank;

	/* without one good peer, refusals prove nothing */

	const struct made_stub *m = desk_make(d, &t->owns);

	expect_refused(d->p, d->e, BANK_WITHOUT_CERTIFICATE, PROVENANCE_PROBLEM,
		       PROBLEM "section 7", "a peer without a certificate");
	if (t->foreign_certificate && t->foreign_key)
		expect_refused(d->p, d->e, BANK_FOREIGN, PROVENANCE_PROBLEM, PROBLEM "section 7",
			       "a peer with a certificate of another CA");
	else
		evidence_info(d->e, "a foreign certificate was not tried: no [bank] "
				    "foreign-certificate");
	expect_refused(d->p, d->e, BANK_PLAIN, PROVENANCE_PROBLEM, PROBLEM "section 7",
		       "a peer that speaks plain TCP");
	expect_refused(d->p, d->e, BANK_TLS_1_2, PROVENANCE_RULE, RULE(25),
		       "a peer that offers TLS 1.2 at most");
	expect_refused(d->p, d->e, BANK_WITHOUT_ALPN, PROVENANCE_RULE, RULE(25),
		       "a peer without ALPN ikesync-stub/1");
	/* the rightful gateway is still served */
	desk_put(d, m);
}

const struct probe_case case_g19 = {
	.id = "G19",
	.title = "Peers without the right credentials or transport are refused",
	.provenance = PROVENANCE_PROBLEM,
	.source = PROBLEM "section 7"
			  "; " RULE(25),
	.required =
	    "A peer without a certificate, with a foreign one, in plain text, below TLS 1.3 or "
	    "without ALPN is not served.",
	.causes = "client certificates are asked for but not demanded\n"
		  "any CA is trusted\n"
		  "the lab's plain-text port is the one tested\n"
		  "TLS 1.2 is still enabled, or ALPN is not checked",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK,
	.run = stage_desk,
	.at_desk = g19,
};

static void g20(struct desk *d)
{
	/* RFC 5737: belongs to nobody */
	static const struct address nobody = { 4, { 198, 51, 100, 77 } };
	const struct target_bank *t = &d->p->target->bank;
	const struct made_stub *m, *other;
	struct bank_answer *a;
	char *text;

	m = desk_make(d, &t->owns);
	if (!desk_put(d, m))
		return;
	other = desk_make(d, &t->owns);
	desk_expect_of(d, bank_answer_to_init(d->second, other->container), STUB_NOT_AUTHORISED,
		       "init of A's address by B");
	other = desk_make_at(d, &m->index);
	desk_expect_of(d, bank_answer_to_update(d->second, &m->index, other->container),
		       STUB_NOT_AUTHORISED, "update of A's stub in place by B");
	other = desk_make(d, &t->owns);
	desk_expect_of(d, bank_answer_to_update(d->second, &m->index, other->container),
		       STUB_NOT_AUTHORISED, "update of A's stub to another SPI of A by B");
	other = desk_make(d, &nobody);
	desk_expect_of(d, bank_answer_to_update(d->second, &m->index, other->container),
		       STUB_NOT_AUTHORISED,
		       "move of A's stub by B to an address that B does not own");
	desk_expect_stub(d, d->owner, &m->index, m, "A's stub after all this");
	/* within a pool a foreign delete is a retirement (rule 22), which rule 34 allows */
	other = desk_make(d, &t->owns);
	if (desk_put(d, other)) {
		a = bank_answer_to_delete(d->second, &other->index);
		text = bank_answer_text(a, 0);
		evidence_info(
		    d->e,
		    "delete of A's stub by B: %s (within one pool that is a retirement, rule 22; "
		    "between pools it must be refused)",
		    text);
		g_free(text);
		bank_answer_free(a);
	}
	other = desk_make(d, &t->second_owns);
	desk_expect_of(d, bank_answer_to_update(d->second, &m->index, other->container), STUB_OK,
		       "move of A's stub by B to an address of B");
	desk_expect_stub(d, d->second, &other->index, other, "the moved stub");
}

const struct probe_case case_g20 = {
	.id = "G20",
	.title = "B may neither init nor update A's stubs except by a move to itself",
	.provenance = PROVENANCE_RULE,
	.source = RULE(34),
	.required =
	    "What a gateway may do comes from its certificate: init and same-address update "
	    "only for addresses it owns, a move only to an address it owns.",
	.causes = "the certificate's addresses are not compared with the index\n"
		  "[bank] second-certificate owns A's address too\n"
		  "[bank] second-certificate is of another pool: then the move is refused",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_SECOND,
	.run = stage_two_desks,
	.at_desk = g20,
};
