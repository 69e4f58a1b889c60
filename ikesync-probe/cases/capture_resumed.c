/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P12, P13, P17, P18: what follows an answer that resumes. */
#include "cases/capture.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "diagnosis/diagnosis.h"
#include "ike/ike_bind.h"
#include "wire/iana.h"
#include "wire/ike_vendor.h"

#define SECOND 1000000000u
/* [30 s] of rule 11. */
#define CONFIRM_S 30
#define NOT_THERE_KEYS                                                                      \
	"no resumed SA whose keys can be derived: that takes SK_d of the old SA, from its " \
	"stub in the capture (and the seal key, and the TLS secrets), or from --keys"

static bool is_response(const struct opened *o)
{
	return o->m->header.flags & IKE_FLAG_RESPONSE;
}

/* The first message with ID 1 of the client, or the answer to it; `verified`: that verified. */
static const struct opened *confirmation(const struct sa *sa, bool response, bool verified)
{
	for (unsigned i = 0; i < sa->messages->len; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);

		if (o->m->header.message_id == 1 && o->sealed && o->from_initiator != response &&
		    is_response(o) == response && (!verified || o->inner))
			return o;
	}
	return NULL;
}

/* The first of this sender; of what did not verify the diagnosis is made. */
struct side {
	unsigned sent, verified;
	const struct opened *first;
};

static struct side side_of(const struct sa *sa, bool initiator)
{
	struct side side = { 0 };

	for (unsigned i = 0; i < sa->messages->len; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);

		if (o->from_initiator != initiator || !o->sealed)
			continue;
		side.sent++;
		side.verified += o->verified;
		if (!side.first)
			side.first = o;
	}
	return side;
}

static void diagnose(const struct probe *p, struct evidence *e, const struct sa *sa,
		     const struct opened *o)
{
	const struct key_ring *ring = p->story->reading->keys;
	struct diagnosis d = { .suite = sa->keys.suite, .seed = ike_attempt_seed(&sa->ike) };
	struct sa *old = story_sa(p->story, &sa->old);
	struct diagnosis_guess guess;

	for (unsigned i = 0; i < ring->sas->len && !d.sk_d_old.n; i++) {
		const struct ring_sa *known = &g_array_index(ring->sas, struct ring_sa, i);

		if (known->any_address ? known->index.spi == sa->old.spi
				       : index_equal(&known->index, &sa->old))
			d.sk_d_old = secret_peek(&known->sk_d);
	}
	d.old_spi_i = old ? old->ike.spi_i : 0;
	d.old_spi_r = sa->old.spi;
	if (!diagnosis_find(&d, seen_octets(o->m),
			    o->from_initiator ? SK_FROM_INITIATOR : SK_FROM_RESPONDER, &guess))
		return;
	evidence_diagnosis(e, "frame %u fits when %s", o->m->frame, guess.text);
	ike_keys_clear(&guess.keys);
}

/* Both sides of one SA. `told`: diagnoses made so far, for they take long. */
static void p12_keys(const struct probe *p, struct evidence *e, const struct sa *sa,
		     struct tally *t, unsigned *told)
{
	struct side client = side_of(sa, true), gateway = side_of(sa, false);

	/* who has no SK_d may send anything: a gateway that keeps silent is right */
	if (!gateway.sent && !client.verified)
		return;
	for (unsigned i = 0; i < 2; i++) {
		const struct side *side = i ? &gateway : &client;

		if (!side->sent)
			continue;
		if (tally_add(t, side->first->m->frame, side->verified,
			      "%s: none of %u messages verifies%s", i ? "gateway" : "client",
			      side->sent,
			      sa->given_fits ? "; the keys that were logged open some, so they are "
					       "not those of the draft"
					     : "") ||
		    (*told)++ >= 4)
			continue;
		diagnose(p, e, sa, side->first);
	}
}

/* The first request of each side: the client's 1, the gateway's 0. */
static void p12_ids(const struct sa *sa, struct tally *t)
{
	for (unsigned i = 0; i < sa->messages->len; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);

		if (!o->verified || is_response(o) || !o->from_initiator)
			continue;
		/* a later one may be the first that the capture caught */
		if (o->m->header.message_id <= 1)
			tally_add(t, o->m->frame, o->m->header.message_id == 1,
				  "the client's first request has message ID %u",
				  o->m->header.message_id);
		return;
	}
}

static bool resumes_with_profile_1(const struct sa *sa)
{
	struct ike_header h;
	struct chain chain;
	struct fault fault;

	return chain_parse_message(sa->ike.response, &h, &chain, &fault) == ERR_OK &&
	       ike_vendor_find_profile_1(&chain);
}

static void p12_index(const struct sa *sa, struct tally *t)
{
	const struct opened *answer = confirmation(sa, true, true);
	char text[INDEX_TEXT_MAX];
	const struct chain *inner;

	if (!answer || ike_protected_error(answer->inner) || !resumes_with_profile_1(sa))
		return;
	inner = &answer->inner->inner;
	/* an IKE SA rekey tells the index of what results (46.2) */
	if (chain_find(inner, PAYLOAD_KE) && !chain_find(inner, PAYLOAD_TSI))
		return;
	tally_add(t, answer->m->frame, sa->index_told && sa->index.spi == sa->ike.spi_r, "%s",
		  sa->index_told ? index_text(&sa->index, text) : "no INDEX");
}

static void p12(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct tally keys =
	    tally_new("9.1", "protected messages of resumed SAs",
		      "verify with keys from SK_d of the old SA, as the draft derives "
		      "them");
	struct tally ids =
	    tally_new("16.1", "message IDs of resumed SAs", "the client's begin with 1");
	struct tally index = tally_new("5.4", "INDEX in the answer to message ID 1",
				       "there, and with SPIr of the new SA");
	unsigned told = 0, given = 0, n;

	for (unsigned i = 0; i < s->sas->len; i++) {
		const struct sa *sa = g_ptr_array_index(s->sas, i);

		if (!sa->resumed || sa->keyed == SA_NO_KEYS)
			continue;
		if (sa->keyed == SA_GIVEN)
			given += sa->opened != 0;
		else
			p12_keys(p, e, sa, &keys, &told);
		p12_ids(sa, &ids);
		p12_index(sa, &index);
	}
	n = tally_state(&keys, e);
	tally_state(&ids, e);
	tally_state(&index, e);
	if (given)
		evidence_info(e,
			      "%u resumed SAs open with logged keys; whether those are the draft's "
			      "cannot be told without SK_d of the old SA",
			      given);
	capture_nothing(s, e, n, NOT_THERE_KEYS);
}

const struct probe_case case_p12 = {
	.id = "P12",
	.title = "With keys: what follows decrypts, and message IDs start anew",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rules 5, 9 and 16",
	.required = "SKEYSEED = prf(SK_d of the old SA, Ni | Nr), prf+ over the nonces and the new "
		    "SPIs; the client goes on with message ID 1.",
	.causes = "RFC 5723's label or g^ir is mixed in\nthe old SPIs stand in prf+\nthe keys are "
		  "cut in another order\nmessage IDs of the old SA go on",
	.asks = ASKS_CAPTURE,
	.clauses = "9.1 16.1 5.4",
	.run = p12,
};

static void p13(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct tally client = tally_new("11.3", "message ID 1 after the answer that resumes",
					"at once, at any rate within 30 s");
	struct tally gateway =
	    tally_new("11.1", "an SA without message ID 1 for 30 s", "is gone: no answer");
	unsigned open = 0, first = 0, back = 0, n;

	for (unsigned i = 0; i < s->sas->len; i++) {
		const struct sa *sa = g_ptr_array_index(s->sas, i);
		const struct opened *o = sa->resumed ? confirmation(sa, false, false) : NULL;
		double seconds;

		if (!sa->resumed)
			continue;
		if (!o) {
			if (!open++)
				first = sa->response->frame;
			continue;
		}
		/* a clock that goes back measures nothing */
		if (o->m->ns < sa->response->ns) {
			back++;
			continue;
		}
		seconds = (double)(o->m->ns - sa->response->ns) / SECOND;
		tally_add(&client, o->m->frame, seconds <= CONFIRM_S, "%.1f s after frame %u",
			  seconds, sa->response->frame);
		if (seconds > CONFIRM_S + 1 && confirmation(sa, true, sa->keyed == SA_DERIVED))
			tally_broken(&gateway, o->m->frame, "answered, %.1f s after frame %u",
				     seconds, sa->response->frame);
	}
	n = tally_state(&client, e);
	tally_state(&gateway, e);
	if (open)
		evidence_info(
		    e, "%u resumed SAs never confirmed in the capture, the first in frame %u", open,
		    first);
	if (back)
		evidence_info(e, "%u of them not measured: the clock of the capture goes back",
			      back);
	capture_nothing(s, e, n,
			"the capture has no answer that resumes with a message ID 1 after it");
}

const struct probe_case case_p13 = {
	.id = "P13",
	.title = "The confirmation comes in time",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(11),
	.required = "The client sends message ID 1 at once; a gateway drops an SA that nobody "
		    "confirms for 30 s.",
	.causes = "the client waits for traffic before it confirms\nprovisional SAs have no timer\n"
		  "the gateway's time was configured longer",
	.asks = ASKS_CAPTURE,
	.clauses = "11.3 11.1",
	.run = p13,
};

/* Times and octets of one kind of beginning. */
struct costs {
	unsigned n;
	double least, most;
	size_t octets; /* of the first */
	unsigned frame;
};

static void cost(struct costs *c, const struct sa *sa, const struct opened *last)
{
	const struct seen_message *begin = g_ptr_array_index(sa->attempt->requests, 0);
	double ms;

	if (!last || last->m->ns < begin->ns)
		return;
	ms = (double)(last->m->ns - begin->ns) / 1e6;
	if (!c->n++) {
		c->least = c->most = ms;
		c->frame = begin->frame;
		c->octets = sa->request->n + sa->response->n;
		for (unsigned i = 0; i < sa->messages->len; i++) {
			const struct opened *o = g_ptr_array_index(sa->messages, i);

			if (o->m->frame <= last->m->frame)
				c->octets += o->m->n;
		}
	}
	c->least = MIN(c->least, ms);
	c->most = MAX(c->most, ms);
}

static void tell(struct evidence *e, const char *what, const struct costs *c)
{
	if (c->n)
		evidence_info(e,
			      "%s: %u, from %.2f to %.2f ms; the first, from frame %u on, in %zu "
			      "octets of IKE",
			      what, c->n, c->least, c->most, c->frame, c->octets);
}

/* The last answer of IKE_AUTH. */
static const struct opened *authenticated(const struct sa *sa)
{
	const struct opened *last = NULL;

	for (unsigned i = 0; i < sa->messages->len; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);

		if (o->m->header.exchange == EXCHANGE_IKE_AUTH && is_response(o) &&
		    !o->from_initiator)
			last = o;
	}
	return last;
}

static void p17(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct costs resumed = { 0 }, full = { 0 };

	for (unsigned i = 0; i < s->sas->len; i++) {
		const struct sa *sa = g_ptr_array_index(s->sas, i);

		if (sa->resumed)
			cost(&resumed, sa, confirmation(sa, true, false));
		else
			cost(&full, sa, authenticated(sa));
	}
	tell(e, "resumed, until message ID 1 is answered", &resumed);
	tell(e, "full, until IKE_AUTH is answered", &full);
	capture_nothing(s, e, resumed.n + full.n, "the capture has no SA that came to stand");
}

const struct probe_case case_p17 = {
	.id = "P17",
	.title = "Times and octets, resumed beside full",
	.level = LEVEL_INFO,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 1",
	.required = "Nothing: what a resumption costs beside a full handshake, from the client's "
		    "first request to the answer that ends it.",
	.causes = "",
	.asks = ASKS_CAPTURE,
	.run = p17,
};

static bool announced_by_client(const struct sa *sa)
{
	struct ike_header h;
	struct chain chain;
	struct fault fault;

	return chain_parse_message(sa->ike.request, &h, &chain, &fault) == ERR_OK &&
	       ike_vendor_find_profile_1(&chain);
}

struct p18 {
	struct tally request, response, refused;
};

static const char *bind_text(enum ike_bind b)
{
	return b == IKE_BIND_ABSENT ? "no BIND" : "a wrong BIND";
}

static void p18_sa(struct p18 *t, const struct sa *sa)
{
	const struct opened *ask = confirmation(sa, false, true);
	const struct opened *answer = confirmation(sa, true, true);
	bool both = announced_by_client(sa) && resumes_with_profile_1(sa), right = false;
	enum ike_bind bind;
	uint16_t error;

	if (ask) {
		bind = ike_bind_judge(&ask->inner->inner, &sa->ike, &sa->keys, SK_FROM_INITIATOR);
		right = bind == IKE_BIND_RIGHT;
		/* a client that is no peer of profile 1 needs none; a wrong one is wrong */
		if (bind != IKE_BIND_ABSENT || both)
			tally_add(&t->request, ask->m->frame, right, "%s", bind_text(bind));
	}
	if (!answer)
		return;
	if (ike_protected_error(answer->inner) == NOTIFY_AUTHENTICATION_FAILED) {
		if (ask)
			tally_add(&t->refused, answer->m->frame, !right,
				  "BIND is refused, though that of frame %u is right",
				  ask->m->frame);
		return;
	}
	bind = ike_bind_judge(&answer->inner->inner, &sa->ike, &sa->keys, SK_FROM_RESPONDER);
	/* a request that was refused for what it is made of ends otherwise, or not at all */
	error = ike_protected_error(answer->inner);
	if (bind != IKE_BIND_ABSENT || (both && (!error || error == NOTIFY_IKESYNC_NOT_COMMITTED)))
		tally_add(&t->response, answer->m->frame, bind == IKE_BIND_RIGHT, "%s",
			  bind_text(bind));
	/* who liked a wrong BIND did not look at it */
	if (ask && !right && both && !error)
		tally_broken(&t->refused, answer->m->frame,
			     "a request without the right BIND is served");
}

static void p18(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct p18 t = {
		tally_new("12.1", "BIND in message ID 1",
			  "prf(SK_pi, \"ikesync bind\" | request | response)"),
		tally_new("12.2", "BIND in its answer",
			  "prf(SK_pr, \"ikesync bind\" | request | response)"),
		tally_new("12.4", "whose BIND is refused", "a missing or wrong BIND, and no other"),
	};
	unsigned n;

	for (unsigned i = 0; i < s->sas->len; i++) {
		const struct sa *sa = g_ptr_array_index(s->sas, i);

		if (sa->resumed && sa->keyed == SA_DERIVED)
			p18_sa(&t, sa);
	}
	n = tally_state(&t.request, e);
	n += tally_state(&t.response, e);
	n += tally_state(&t.refused, e);
	capture_nothing(s, e, n, NOT_THERE_KEYS);
}

const struct probe_case case_p18 = {
	.id = "P18",
	.title = "With keys: BIND is right",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(12),
	.required = "Message ID 1 and its answer prove that both ends saw the same two IKE_SA_INIT "
		    "messages.",
	.causes = "the non-ESP marker is hashed too\nthe first request is hashed, not the one with "
		  "the cookie\nSK_pi and SK_pr are exchanged\nBIND is cut as an ICV is",
	.asks = ASKS_CAPTURE,
	.clauses = "12.1 12.2 12.4",
	.run = p18,
};
