/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B19: whom a gateway takes for its bank. */
#include "cases/banked.h"
#include "cases/cases.h"

/* A gateway that has seen whom it reached ends the connection at once. */
#define END_MS 8000

/* Show `face` to the gateway when it connects next; it must turn away without asking anything. */
static void show(struct banked *b, enum bank_face face, const char *clause, const char *what)
{
	struct bank_role_counts n;
	unsigned mark;
	bool ended;

	bank_role_show(b->role, BANK_FACE_ABSENT);
	n = bank_role_counts(b->role);
	(void)bank_role_await_counts(b->role, 0, n.accepted, END_MS);
	mark = bank_role_mark(b->role);
	bank_role_show(b->role, face);
	if (!bank_role_await_counts(b->role, n.accepted + 1, 0, BANKED_CONNECT_MS)) {
		evidence_inconclusive(b->e, "the gateway did not connect again: %s", what);
		return;
	}
	ended = bank_role_await_counts(b->role, 0, n.accepted + 1, END_MS);
	evidence_clause(b->e, clause, ended && bank_role_mark(b->role) == mark, what,
			"the gateway ends the connection and asks nothing", "%s%s",
			ended ? "ended: " : "the connection stays",
			ended ? bank_role_why(b->role) : "");
}

static void check_certificate(struct banked *b)
{
	struct channel_identity peer;
	const bool known = bank_role_peer(b->role, &peer);

	evidence_clause(b->e, "25.2", known && *peer.subject, "certificate of the gateway",
			"shown, and signed by the pool's authority", "%s",
			known && *peer.subject ? peer.subject : "none");
}

static void b19(struct banked *b)
{
	check_certificate(b);
	show(b, BANK_FACE_FOREIGN, "25.2",
	     "a bank with the right name, its certificate of another authority");
	show(b, BANK_FACE_OTHER, "34.4", "a bank of the pool's authority under another name");
	show(b, BANK_FACE_TLS_1_2, "25.1", "a bank that speaks TLS 1.2");
	show(b, BANK_FACE_WITHOUT_ALPN, "25.3", "a bank that selects no ALPN");
	bank_role_show(b->role, BANK_FACE_RIGHT);
	evidence_clause(b->e, "36.3", bank_role_await_connected(b->role, BANKED_CONNECT_MS),
			"the right bank, after the wrong ones", "the gateway connects", "%s",
			bank_role_why(b->role));
}

const struct probe_case case_b19 = {
	.id = "B19",
	.title = "The gateway refuses a bank whose certificate it does not know",
	.provenance = PROVENANCE_RULE,
	.source = "draft-vidya-ipsec-failover-ps-02 section 7; wire profile rules 25 and 34",
	.required =
	    "TLS 1.3 with ALPN ikesync-stub/1, a certificate of the pool's authority, and the "
	    "name that was configured: otherwise the connection ends.",
	.causes = "the bank's certificate is not verified, or not its name\n"
		  "older TLS is still allowed\n"
		  "ALPN is offered, and its selection not looked at",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BANKED | REQUIRES_BANKED_FACES,
	.clauses = "25.1 25.2 25.3 34.4 36.3",
	.alone = true,
	.run = stage_banked,
	.at_bank = b19,
};
