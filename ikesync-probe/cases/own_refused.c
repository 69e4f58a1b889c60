/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C51: rekeys of the gateway's own that are refused. */
#include "cases/cases.h"
#include "cases/own.h"
#include "client/auth.h"

#define SECTION_225 "RFC 7296 section 2.25"
/* "MUST NOT immediately retry": so soon nothing that has changed can have changed. */
#define AT_ONCE_MS 800

/* How a rekey is refused. */
struct refusal {
	enum asked_kind of;
	uint16_t notify;
	const char *what;
};

/* After TEMPORARY_FAILURE it is not asked at once again: a must (RFC 7296 section 2.25). */
static void not_at_once(struct evidence *e, struct client *c, const struct refusal *r)
{
	struct protected_answer a;
	const bool came = asked_until(c, r->of, AT_ONCE_MS, &a);

	evidence_check_as(e, PROVENANCE_BASE, SECTION_225, !came, r->what,
			  "not asked again at once", "%s",
			  came ? "asked again within 800 ms" : "not asked again");
	if (came)
		asked_say(c, &a, r->notify, SPAN_NONE);
	protected_answer_clear(&a);
}

/* A child SA that the client does not know is forgotten (section 2.25: should): it cannot be rekeyed any more. */
static void forgets(struct evidence *e, struct client *c, const struct ike_child *child)
{
	struct ike_child next;
	const bool made = own_rekey_child(c, child->spi_in, &next);

	evidence_check_as(e, PROVENANCE_BASE, SECTION_225, !made && c->refused,
			  "a rekey of the child SA that the client said it has not",
			  "an error: the gateway has forgotten it, too", "%s",
			  made ? "a child SA" : c->why);
}

/* An answer that chooses PFS and has no KE makes no child SA; whatever else the gateway makes of it, it goes on serving. */
static void answer_without_ke(struct evidence *e, struct client *c,
			      const struct protected_answer *a, uint16_t group)
{
	struct suite_esp suite = c->probe->target->client.esp[0];
	struct ike_asked_child k;
	struct inner right, in;
	struct chain_iter it;
	struct chain_payload p;
	struct client *next;

	suite.dh = group;
	inner_init(&right);
	inner_init(&in);
	if (!ike_asked_child(&a->inner, &c->sa, &suite, 1, c->rng, &right.in, &k))
		return;
	child_keys_clear(&k.keys);
	chain_iter_init(&it, ike_inner_chain(&right.in), ike_inner_first(&right.in), NULL);
	while (chain_iter_next(&it, &p))
		if (p.type != PAYLOAD_KE)
			chain_writer_payload(&in.in.w, p.type, p.flags, p.body);
	evidence_note(e, "it is answered with PFS of that group, and no KE");
	protected_respond(c, a, &in);
	next = client_new(c->probe, e, c->gateway, NULL);
	if (!next)
		return;
	evidence_clause(e, "59.5", auth_full_handshake(next, &c->probe->target->client.suites[0]),
			"another client, after a rekey of a child was answered with PFS and no KE",
			"logs in", "%s", next->live ? "it does" : next->why);
	client_free(next);
}

/* With the group that the client wants it may ask again: then with a KE of that group (section 1.3). */
static void asks_with_group(struct evidence *e, struct client *c, uint16_t group)
{
	struct protected_answer a;
	const struct chain_payload *p = NULL;
	struct ike_ke ke = { 0 };
	struct fault fault;

	if (asked_until(c, ASKED_CHILD_REKEY, c->probe->target->timers.rekey, &a)) {
		p = chain_find(&a.inner, PAYLOAD_KE);
		if (p && ike_ke_parse(p, &ke, &fault) != ERR_OK)
			p = NULL;
		evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 1.3",
				  p && ke.group == group,
				  "the rekey that comes after INVALID_KE_PAYLOAD",
				  "with KE of the group that the client named", "%s%u",
				  p ? "group " : "without KE: ", ke.group);
		own_offer(e, &a);
		answer_without_ke(e, c, &a, group);
	} else {
		evidence_info(e, "after INVALID_KE_PAYLOAD the child SA is not rekeyed any more");
	}
	protected_answer_clear(&a);
}

static void say_refusal(struct client *c, const struct refusal *r, const struct protected_answer *a,
			uint16_t group)
{
	const uint8_t octets[] = { (uint8_t)(group >> 8), (uint8_t)group };

	asked_say(c, a, r->notify,
		  r->notify == NOTIFY_INVALID_KE_PAYLOAD ? SPAN_OF(octets) : SPAN_NONE);
}

static void refused(struct probe *p, struct evidence *e, const struct refusal *r)
{
	const struct target_timers *t = &p->target->timers;
	const uint16_t group = p->target->client.suites[0].dh;
	struct protected_answer a;
	struct ike_child child;
	struct client *c = own_login(p, e, r->of == ASKED_CHILD_REKEY ? &child : NULL);

	if (!c)
		return;
	if (own_comes(e, c, r->of, t->rekey + t->answer, &a)) {
		say_refusal(c, r, &a, group);
		evidence_note(e, "it is answered with N(%s)", iana_notify_name(r->notify));
		if (r->notify == NOTIFY_TEMPORARY_FAILURE)
			not_at_once(e, c, r);
		if (r->notify == NOTIFY_CHILD_SA_NOT_FOUND)
			forgets(e, c, &child);
		if (r->notify == NOTIFY_INVALID_KE_PAYLOAD)
			asks_with_group(e, c, group);
		else
			own_lives(e, c, PROVENANCE_BASE, "RFC 7296 sections 1.3 and 2.25", r->what);
	} else {
		evidence_inconclusive(e, "%s did not come within [timers] rekey",
				      asked_kind_text(r->of));
	}
	protected_answer_clear(&a);
	client_free(c);
}

static void c51(struct probe *p, struct evidence *e)
{
	static const struct refusal of[] = {
		{ ASKED_CHILD_REKEY, NOTIFY_TEMPORARY_FAILURE,
		  "a rekey of a child SA that met TEMPORARY_FAILURE" },
		{ ASKED_CHILD_REKEY, NOTIFY_NO_PROPOSAL_CHOSEN,
		  "the IKE SA, when the rekey of a child met NO_PROPOSAL_CHOSEN" },
		{ ASKED_CHILD_REKEY, NOTIFY_CHILD_SA_NOT_FOUND,
		  "the IKE SA, when the rekey of a child met CHILD_SA_NOT_FOUND" },
		{ ASKED_CHILD_REKEY, NOTIFY_INVALID_KE_PAYLOAD,
		  "the IKE SA, when the rekey of a child met INVALID_KE_PAYLOAD" },
		{ ASKED_REKEY, NOTIFY_TEMPORARY_FAILURE,
		  "a rekey of the IKE SA that met TEMPORARY_FAILURE" },
		{ ASKED_REKEY, NOTIFY_NO_PROPOSAL_CHOSEN,
		  "the IKE SA, when its rekey met NO_PROPOSAL_CHOSEN" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(of) && !evidence_failed(e) && !probe_interrupted(); i++)
		refused(p, e, &of[i]);
}

const struct probe_case case_c51 = {
	.id = "C51",
	.lasts = 12,
	.title = "A refused rekey of the gateway's own ends nothing, and is not repeated at once",
	.level = LEVEL_SHOULD,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 1.3, 2.25 and 2.25.1",
	.required =
	    "After TEMPORARY_FAILURE a gateway does not ask at once again; a child SA that its "
	    "client does not know it forgets; after INVALID_KE_PAYLOAD it asks, if at all, "
	    "with that group. No refusal ends the IKE SA.",
	.causes = "every error ends the IKE SA\n"
		  "what is due and failed is still due, and asked in a loop\n"
		  "CHILD_SA_NOT_FOUND is an error like others\n"
		  "the group that the client named is not looked at",
	.clauses = "59.5",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BRISK,
	.needs = "C50",
	.run = c51,
};
