/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C37, C50: rekeys that a gateway begins of its own accord, of the IKE SA and of a child SA. */
#include "cases/cases.h"
#include "cases/own.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/asked.h"
#include "client/stub_watch.h"
#include "ike/ike_inform.h"
#include "run/traces.h"

#define SECTION_28 "RFC 7296 section 2.8"
#define FIRST_FREE_SPI 256 /* RFC 4303 section 2.1: those below are reserved */

/* --- C37 --- */

/* Any suite of the target file's that it offers: the one that the SA has before others. */
static bool accept_rekey(struct client *c, const struct protected_answer *a, struct inner *in,
			 struct ike_asked_rekey *k)
{
	const struct target_client *t = &c->probe->target->client;

	for (unsigned i = 0; i <= t->n_suites; i++) {
		const struct suite *suite = i ? &t->suites[i - 1] : &c->sa.keys.suite;

		inner_init(in);
		if (ike_asked_rekey(&a->inner, &c->sa, suite, c->rng, &in->in, k))
			return true;
	}
	return false;
}

/* What N(IKESYNC_INDEX) in the request says: the SPI that is offered, at the gateway's address. */
static void check_index(struct evidence *e, const struct client *c, const struct ike_asked_rekey *k)
{
	const struct index right = { k->spi_i, c->gateway->index_address };
	char told[INDEX_TEXT_MAX], expected[INDEX_TEXT_MAX];

	evidence_clause(
	    e, "5.7", k->has_index && index_equal(&k->index, &right),
	    "N(IKESYNC_INDEX) in the gateway's request", index_text(&right, expected), "%s",
	    k->has_index ? index_text(&k->index, told) : "no well-formed N(IKESYNC_INDEX)");
}

/* Who has begun the rekey deletes the SA before, and says nothing more on it. */
static void wait_for_delete(struct evidence *e, struct client *c)
{
	struct protected_answer a;

	own_is_asked(e, c, ASKED_DELETE, c->probe->target->timers.answer, SECTION_28,
		     "the IKE SA before, when its successor is there", &a);
	if (a.kind == PROTECTED_ANSWER)
		asked_say(c, &a, 0, SPAN_NONE);
	protected_answer_clear(&a);
}

/* Answered, and gone over to the new one. false: stated. */
static bool rekeyed(struct evidence *e, struct client *c, const struct protected_answer *a)
{
	struct ike_asked_rekey k;
	struct inner in;

	evidence_clause(e, "9.6", chain_find(&a->inner, PAYLOAD_KE) != NULL,
			"the gateway's rekey of a resumed IKE SA", "with KE", "%s",
			chain_find(&a->inner, PAYLOAD_KE) ? "with KE" : "without");
	if (!accept_rekey(c, a, &in, &k)) {
		evidence_inconclusive(e,
				      "the gateway's rekey offers no suite of the target file's, "
				      "with the KE of its group");
		return false;
	}
	check_index(e, c, &k);
	evidence_check_as(
	    e, PROVENANCE_BASE, SECTION_28, k.spi_i != c->sa.spi_r && k.spi_i != c->sa.spi_i,
	    "the SPI that it offers", "a new one", "%016" G_GINT64_MODIFIER "x", k.spi_i);
	protected_respond(c, a, &in);
	wait_for_delete(e, c);
	ike_asked_switch(&c->sa, &k);
	c->gateway_deleted = false;
	if (c->said)
		g_clear_pointer(&c->said, g_byte_array_unref);
	if (c->sa.has_index)
		traces_note(c->probe, e, &c->sa.index);
	client_show_keys(e, &c->sa.keys, c->sa.spi_i, c->sa.spi_r);
	return true;
}

/* The SA that the gateway has made: it works, its stub is there, and it resumes elsewhere. */
static void goes_on(struct steps *s, const struct index *before)
{
	const enum provenance base = PROVENANCE_BASE;
	bool ok = own_lives(s->e, s->c, base, SECTION_28, "the IKE SA that the gateway made");

	if (!ok)
		return;
	own_asks_again(s->e, s->c);
	if (!s->c->sa.has_index)
		return;
	if (old_sa_wait_bank(s->p, s->e, before, false) == OLD_SA_STUB_THERE)
		evidence_clause(s->e, "36.6", false, "the stub of the SA before the rekey", "gone",
				"still there");
	shown_resumes_on(s, NULL, "5.7", "SYN for the index that the gateway's request told");
}

static void c37(struct steps *s)
{
	const struct target_timers *t = &s->p->target->timers;
	struct index before;
	struct protected_answer a;

	if (!steps_hit_and_derive(s) || steps_confirm(s, NULL) != RESUME_COMMITTED) {
		evidence_inconclusive(s->e, "no resumed SA to be rekeyed; see C01 and C03");
		return;
	}
	before = s->r.index;
	if (own_comes(s->e, s->c, ASKED_REKEY, t->rekey + t->answer, &a)) {
		own_message_id(s->e, s->c, &a);
		own_offer(s->e, &a);
		if (rekeyed(s->e, s->c, &a))
			goes_on(s, &before);
	} else {
		evidence_clause(s->e, "9.6", false,
				"a resumed IKE SA at a gateway that rekeys within [timers] rekey",
				"its rekey", "none came");
	}
	protected_answer_clear(&a);
}

static void run_c37(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, &p->target->brisk, c37);
}

const struct probe_case case_c37 = {
	.id = "C37",
	.lasts = 5,
	.title = "The gateway rekeys a resumed SA with KE, and tells the index in its request",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(5) ", 9 and 36; RFC 7296 sections 1.3.2, 2.2 and 2.8",
	.required =
	    "An IKE SA that was resumed is rekeyed with KE. A rekey that the gateway begins "
	    "carries INDEX in its request, with the SPI that it offers; the SA that comes of "
	    "it works, has a stub under that index and resumes.",
	.causes =
	    "the index is told in answers alone, and a rekey of the gateway's own has none\n"
	    "the stub is not moved to the new SPI, or its role is still that of the SA before\n"
	    "directions of the keys are those of the client, who is the responder now",
	.clauses = "5.4 5.7 7.1 9.1 9.6 12.2 12.3 16.1 36.6",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BRISK,
	.needs = "C01 C03",
	.run = run_c37,
};

/* --- C50 --- */

/* The request names the child by the SPI on which the gateway receives. */
static bool names_child(struct evidence *e, const struct protected_answer *a,
			const struct ike_child *child)
{
	struct ike_notify n = { 0 };
	struct rcursor c;
	uint32_t spi = 0;

	if (ike_notify_find(&a->inner, NOTIFY_REKEY_SA, &n) && n.spi.n == 4) {
		c = rcursor_init(n.spi, NULL);
		spi = rcursor_u32(&c, "SPI");
	}
	return evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 1.3.3",
				 n.protocol == PROTOCOL_ESP && spi == child->spi_out,
				 "N(REKEY_SA) in the gateway's request",
				 "ESP, and the SPI on which the gateway receives",
				 "protocol %u, SPI %08x%s", n.protocol, spi,
				 spi == child->spi_in ? ", which is the client's" : "");
}

/* The old child is deleted by who made the new one: by the SPI on which it receives. */
static void check_delete(struct evidence *e, struct client *c, const struct ike_child *old)
{
	struct protected_answer a;
	struct inner in;

	if (own_is_asked(e, c, ASKED_CHILD_DELETE, c->probe->target->timers.answer, SECTION_28,
			 "the child SA before, when its successor is there", &a)) {
		own_deletes_child(e, &a, old->spi_out, "which child SA it deletes");
		inner_init(&in);
		ike_inform_delete_child(&in.in, old->spi_in);
		protected_respond(c, &a, &in);
	}
	protected_answer_clear(&a);
}

/* The new one is there under our SPI: it can be rekeyed by the client in turn, and deleted. */
static void check_new_child(struct evidence *e, struct client *c, uint32_t spi_in, uint32_t spi_out)
{
	struct ike_child next;

	if (!evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 1.3.3",
			       own_rekey_child(c, spi_in, &next),
			       "the client's rekey of the child SA that the gateway made",
			       "a child SA", "%s", c->why[0] ? c->why : "a child SA"))
		return;
	own_delete_child(e, c, spi_in, spi_out);
}

static void child_rekeyed(struct evidence *e, struct client *c, const struct protected_answer *a,
			  const struct ike_child *old)
{
	const struct target_client *t = &c->probe->target->client;
	struct ike_asked_child k;
	struct inner in;

	inner_init(&in);
	if (!ike_asked_child(&a->inner, &c->sa, t->esp, t->n_esp, c->rng, &in.in, &k)) {
		evidence_inconclusive(e,
				      "the gateway's rekey of the child SA offers no suite of the "
				      "target file's");
		return;
	}
	child_keys_clear(&k.keys);
	evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 1.3.3, RFC 4303 section 2.1",
			  k.spi_out >= FIRST_FREE_SPI && k.spi_out != old->spi_out,
			  "the SPI of its new child SA", "a new one, 256 or more", "%08x",
			  k.spi_out);
	protected_respond(c, a, &in);
	check_delete(e, c, old);
	check_new_child(e, c, k.spi_in, k.spi_out);
	own_lives(e, c, PROVENANCE_BASE, SECTION_28, "the IKE SA after it");
}

static void c50(struct probe *p, struct evidence *e)
{
	const struct target_timers *t = &p->target->timers;
	struct protected_answer a;
	struct ike_child child;
	struct client *c = own_login(p, e, &child);

	if (!c)
		return;
	if (own_comes(e, c, ASKED_CHILD_REKEY, t->rekey + t->answer, &a)) {
		own_message_id(e, c, &a);
		own_offer(e, &a);
		own_repeats(e, c, &a);
		if (names_child(e, &a, &child))
			child_rekeyed(e, c, &a, &child);
	} else {
		evidence_inconclusive(e, "no rekey of the child SA came within [timers] rekey");
	}
	protected_answer_clear(&a);
	client_free(c);
}

const struct probe_case case_c50 = {
	.id = "C50",
	.lasts = 4,
	.title = "The gateway rekeys a child SA: named rightly, repeated, the old one deleted",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 1.3.3, 1.4.1, 2.1, 2.2 and 2.8; wire profile rule 16",
	.required =
	    "A rekey of a child SA that the gateway begins names it by the gateway's own SPI, "
	    "has the next message ID, and is repeated octet for octet until it is answered. "
	    "The gateway deletes the old child SA then, and knows the new one.",
	.causes = "the SPI in REKEY_SA is the one on which the client receives\n"
		  "a repeated request is sealed anew\n"
		  "the old child SA is deleted by the wrong SPI, or stays\n"
		  "the new one is kept under the wrong one of its SPIs",
	.clauses = "16.1",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_BRISK,
	.needs = "S01",
	.run = c50,
};
