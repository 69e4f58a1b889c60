/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C25: a resumption by way of the port with the non-ESP marker. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"

/* From now on answers count from that port alone. */
static void to_nat_port(struct client *c)
{
	transport_set_remote(c->transport, &c->gateway->nat, true);
	transport_set_remote(c->transport, &c->gateway->nat, true);
}

static bool has_detection(const struct init_answer *a)
{
	struct ike_notify n;

	return ike_notify_find(&a->said.chain, NOTIFY_NAT_DETECTION_SOURCE_IP, &n) &&
	       ike_notify_find(&a->said.chain, NOTIFY_NAT_DETECTION_DESTINATION_IP, &n);
}

/* What an ordinary answer says of the way there. */
struct way {
	bool known, detection, nat;
};

static struct way look(struct steps *s, bool nat_port)
{
	const struct init_request r = init_request_of(&s->p->target->client.suites[0], NULL);
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct way w = { 0 };
	struct init_answer a;

	if (!c)
		return w;
	if (nat_port)
		to_nat_port(c);
	if (init_exchange(c, &r, &a) == IKE_ANSWER_ORDINARY)
		w = (struct way){ true, has_detection(&a), c->nat_detected };
	init_answer_clear(&a);
	client_free(c);
	return w;
}

static const char *way_text(bool detection, bool nat)
{
	return !detection ? "no NAT detection" : nat ? "a NAT in between" : "no NAT in between";
}

/* The same of the hit, whose SPIr is another. */
static void check_detection(struct steps *s, const struct way *w, const char *where)
{
	const bool detection = has_detection(&s->a);

	shown_detection(s->e, s->c, &s->a, "the ends in NAT detection of the hit");
	if (w->known)
		evidence_clause(s->e, "23.1",
				detection == w->detection &&
				    (!detection || s->c->nat_detected == w->nat),
				where, way_text(w->detection, w->nat), "%s",
				way_text(detection, s->c->nat_detected));
}

static void repeated_there(struct steps *s)
{
	struct init_answer again;
	bool same;

	steps_repeat_init(s->c, &again);
	same = again.octets && s->a.octets && again.octets->len == s->a.octets->len &&
	       memcmp(again.octets->data, s->a.octets->data, again.octets->len) == 0;
	evidence_clause(s->e, "14.1", same, "the same SYN to the NAT port again",
			"the identical octets, from that port", "%s",
			same           ? "identical"
			: again.octets ? "another answer"
				       : "no answer from there");
	init_answer_clear(&again);
}

static void syn_to_nat_port(struct steps *s)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	const struct way w = look(s, true);
	char text[240];

	to_nat_port(s->c);
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	if (!evidence_clause(s->e, "23.1", s->a.said.kind == IKE_ANSWER_RESUMED,
			     "SYN to the NAT port, with the non-ESP marker",
			     init_kind_text(IKE_ANSWER_RESUMED), "%s",
			     init_answer_text(&s->a, text, sizeof(text))))
		return;
	check_detection(s, &w, "NAT detection in the hit, beside an ordinary answer's");
	repeated_there(s);
	if (!resume_derive(s->c, s->old))
		return;
	steps_confirm(s, NULL);
	if (s->r.outcome == RESUME_REFUSED && s->r.error == NOTIFY_AUTHENTICATION_FAILED)
		evidence_clause(s->e, "23.2", false, "BIND over messages that had the marker",
				"it is no part of them", "%s", s->r.text);
	if (shown_committed(s, "23.1", "message ID 1 to the NAT port")) {
		if (s->r.bind != IKE_BIND_RIGHT)
			evidence_clause(s->e, "23.2", false, "BIND of the gateway",
					"over messages without the marker", "wrong or missing");
		else
			shown_bind(s, "BIND over messages that had the marker");
		shown_alive(s->e, s->c, "23.1", "the SA by way of the NAT port");
	}
}

/* NAT detection has its client go on at the other port from message ID 1 on. */
static void changes_port(struct steps *s)
{
	const struct way w = look(s, false);

	if (!steps_hit(s))
		return;
	check_detection(s, &w, "NAT detection in a hit from the ordinary port");
	if (!resume_derive(s->c, s->old))
		return;
	to_nat_port(s->c);
	evidence_note(s->e, "SYN went to the ordinary port; the client goes on at the NAT port");
	steps_confirm(s, NULL);
	/* a retransmission may have been answered rightly */
	evidence_clause(s->e, "23.1", transport_elsewhere(s->c->transport) == 0,
			"from where message ID 1 is answered", "from the NAT port alone",
			"%u answers came from another port", transport_elsewhere(s->c->transport));
	if (shown_committed(s, "23.1", "message ID 1 to the NAT port after a hit from the other"))
		shown_alive(s->e, s->c, "23.1", "the SA after that");
}

/* A miss there goes on there. */
static void misses_there(struct steps *s)
{
	const struct index unknown = steps_unknown_index(s->p);
	const struct init_request r = init_request_of(&s->p->target->client.suites[0], &unknown);
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct init_answer a;
	char text[240];
	bool done;

	if (!c)
		return;
	to_nat_port(c);
	init_exchange(c, &r, &a);
	if (evidence_clause(s->e, "8.1", a.said.kind == IKE_ANSWER_ORDINARY,
			    "SYN for an unknown index to the NAT port",
			    init_kind_text(IKE_ANSWER_ORDINARY), "%s",
			    init_answer_text(&a, text, sizeof(text)))) {
		done = init_keys(c, &r, &a) && auth_exchange(c);
		evidence_clause(s->e, "23.2", done,
				"IKE_AUTH after it: AUTH is over messages without the marker",
				"both sides authenticate", "%s", done ? "done" : c->why);
	}
	init_answer_clear(&a);
	client_free(c);
}

static void by_nat_port(struct steps *s)
{
	syn_to_nat_port(s);
	misses_there(s);
}

static void c25(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, by_nat_port);
	stage_resumption_with(p, e, NULL, NULL, changes_port);
}

const struct probe_case case_c25 = {
	.id = "C25",
	.title = "A resumption by way of the NAT port, with the non-ESP marker",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.23; wire profile rules 8, 14 and 23",
	.required =
	    "SYN, its answer, its repetition and what follows work at the NAT port as at the "
	    "other, "
	    "and a client may change there after the hit. The marker is no part of what BIND and "
	    "AUTH cover; NAT detection in a hit is computed with its own SPIr.",
	.causes =
	    "SYN is known at port 500 alone\nthe marker is hashed with the message\nthe answer "
	    "of a repetition goes out by the other socket\nNAT detection is computed before "
	    "SPIr is chosen",
	.clauses = "8.1 9.1 12.2 12.3 14.1 23.1 23.2",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_NAT,
	.needs = "C01 C03",
	.run = c25,
};
