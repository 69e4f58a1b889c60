/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N04, N17, N26: protected messages that prove nothing, or the wrong thing. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/fragments.h"
#include "cases/login.h"
#include "cases/sources.h"
#include "cases/stage.h"

/* Another host's address where the target file has one. */
static const struct address *other_source(const struct probe *p)
{
	return p->target->client.second_source.family ? &p->target->client.second_source : NULL;
}

/* He saw the index on the wire; the key he can only guess. true: his SYN hit. */
static bool guess(struct steps *s, const struct old_sa *stranger, const struct address *source,
		  const char *what)
{
	const struct resume_knobs once = { .once = true, .answer_ms = probe_moment(s->p) };
	struct client *attacker = client_new(s->p, s->e, &s->p->target->gateway, source);
	struct old_sa sa = *stranger;
	struct resume_result r = { 0 };
	bool hit = false;

	if (attacker) {
		resume_whole(attacker, &sa, &once, &r);
		hit = r.outcome != RESUME_NO_HIT;
		evidence_note(s->e, "somebody who knows the index has %s and gets: %s", what,
			      r.text);
		evidence_clause(
		    s->e, "11.2", r.outcome == RESUME_SILENCE || r.outcome == RESUME_CLEAR || !hit,
		    "message ID 1 under keys of another SK_d", "no answer", "%s", r.text);
	}
	resume_result_clear(&r);
	client_vanish(attacker);
	old_sa_clear(&sa);
	return hit;
}

static void n04(struct steps *s)
{
	struct old_sa stranger = *s->old;
	bool ground;

	stranger.client = NULL;
	rng_fill(&rng_system, stranger.sk_d.octets, stranger.sk_d.n);
	ground = guess(s, &stranger, other_source(s->p), "a guessed SK_d");
	/* at once: in the end the stranger's provisional SA is gone, and with it what it blocks */
	if (ground)
		evidence_clause(s->e, "15.7", aftermath_ground(s),
				"SYN of the real client while the stranger's SA stands",
				init_kind_text(IKE_ANSWER_RESUMED), "something else");
	stranger.sk_d = s->old->sk_d;
	stranger.sk_d.octets[stranger.sk_d.n - 1] ^= 1;
	guess(s, &stranger, NULL, "SK_d with its last bit flipped");
	stranger.sk_d.octets[stranger.sk_d.n - 1] ^= 1;
	stranger.sk_d.octets[0] ^= 0x80;
	guess(s, &stranger, NULL, "SK_d with its first bit flipped");
	aftermath_resumes(s, ground, "15.7", "afterwards the real client still resumes");
	old_sa_clear(&stranger);
}

const struct probe_case case_n04 = {
	.id = "N04",
	.lasts = 2,
	.title = "The right index without SK_d: nothing is lost",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 11, 13 and 15; " DRAFT "section 5 (3)",
	.required = "A message ID 1 that does not verify is dropped and changes nothing; the real "
		    "client can still resume.",
	.causes = "a failed proof deletes the stub\nthe provisional SA of the stranger stands "
		  "in the real client's way",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "11.2 15.7",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n04,
};

static bool is_protected(struct span message)
{
	struct ike_header h;
	struct chain chain;
	struct fault fault;

	return chain_parse_message(message, &h, &chain, &fault) == ERR_OK &&
	       chain_find(&chain, PAYLOAD_SK);
}

/* Does the gateway say anything in this SA within `ms`? */
static bool answers(struct client *c, uint64_t ms)
{
	const uint64_t deadline = probe_now() + ms;
	struct span message;
	bool heard = false;

	while (!heard && transport_receive(c->transport, deadline, &message)) {
		struct ike_header h;
		struct fault fault;

		heard = ike_header_parse(message, &h, &fault) == ERR_OK && h.spi_r == c->sa.spi_r &&
			h.exchange != EXCHANGE_IKE_SA_INIT && is_protected(message);
	}
	return heard;
}

static void spoilt(struct steps *s, const GByteArray *right, guint at, uint8_t bits, bool cut,
		   const char *what)
{
	GByteArray *m = g_byte_array_append(g_byte_array_new(), right->data, right->len);

	if (cut) {
		struct wcursor c;

		g_byte_array_set_size(m, m->len - at);
		c = wcursor_init(m->data, m->len);
		(void)wcursor_reserve(&c, m->len);
		wcursor_patch(&c, 24, 4, m->len);
		wcursor_patch(&c, IKE_HEADER_SIZE + 2, 2, m->len - IKE_HEADER_SIZE);
	} else {
		m->data[at] ^= bits;
	}
	transport_send(s->c->transport, span_of(m->data, m->len));
	evidence_clause(s->e, "11.2", !answers(s->c, s->p->target->timers.answer / 10), what,
			"no protected answer", "an answer");
	g_byte_array_unref(m);
}

/* The same octets as a fragment (RFC 7383) that nobody made. */
static void as_fragment(struct steps *s, const GByteArray *right, uint8_t number, uint8_t total,
			const char *what)
{
	const uint8_t head[] = { 0, number, 0, total };
	GByteArray *m = g_byte_array_append(g_byte_array_new(), right->data, right->len);

	m->data[16] = PAYLOAD_SKF;
	memcpy(&m->data[IKE_HEADER_SIZE + 4], head, sizeof(head));
	transport_send(s->c->transport, span_of(m->data, m->len));
	evidence_clause(s->e, "11.2", !answers(s->c, s->p->target->timers.answer / 10), what,
			"no protected answer", "an answer");
	g_byte_array_unref(m);
}

/* A message ID 2 before ID 1, rightly sealed and bound. */
static void skipped_id(struct steps *s)
{
	const struct ike_attempt t = client_attempt(s->c);
	struct inner in;
	GByteArray *m;

	inner_init(&in);
	ike_bind_write(&in.in, &t, &s->c->sa.keys, SK_FROM_INITIATOR);
	m = protected_seal(s->c, EXCHANGE_INFORMATIONAL, 0, 2, &in);
	if (!m)
		return;
	transport_send(s->c->transport, span_of(m->data, m->len));
	evidence_clause(s->e, "16.2", !answers(s->c, s->p->target->timers.answer / 10),
			"message ID 2 before ID 1, verified and bound", "no answer", "an answer");
	g_byte_array_unref(m);
}

static void n17(struct steps *s)
{
	static const struct resume_knobs right;
	GByteArray *m;

	if (!steps_hit_and_derive(s))
		return;
	m = resume_confirmation(s->c, &right, NULL);
	if (!m)
		return;
	spoilt(s, m, m->len - 1, 1, false, "message ID 1 with the last bit of its ICV flipped");
	spoilt(s, m, m->len - 12, 0x80, false, "message ID 1 with another bit of its ICV flipped");
	spoilt(s, m, IKE_HEADER_SIZE + 4, 0x80, false,
	       "message ID 1 with the first bit of its IV flipped");
	spoilt(s, m, m->len - 17, 1, false, "message ID 1 with a bit of its ciphertext flipped");
	spoilt(s, m, IKE_HEADER_SIZE + 1, 1, false,
	       "message ID 1 with a RESERVED bit of SK flipped");
	spoilt(s, m, 16, 0, true, "message ID 1 without its last 16 octets");
	as_fragment(s, m, 1, 1, "message ID 1 as the only fragment, which does not verify");
	as_fragment(s, m, 0, 0, "message ID 1 as fragment 0 of 0");
	g_byte_array_unref(m);
	skipped_id(s);
	steps_confirm(s, NULL);
	evidence_clause(s->e, "11.2", s->r.outcome == RESUME_COMMITTED,
			"the right message ID 1 after them, on the same SA",
			"a verified answer without an error notify", "%s", s->r.text);
}

static void n17_and_fragments(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, n17);
	stage_resumption_with(p, e, NULL, NULL, fragments_confirm);
	login_forged(p, e);
	login_wrong(p, e);
}

const struct probe_case case_n17 = {
	.id = "N17",
	.lasts = 3,
	.title = "What does not verify as the first protected message is ignored",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source =
	    "RFC 7296 sections 2.3, 2.4 and 2.21.2; wire profile rules 11, 16 and 23; RFC 7383",
	.required =
	    "A protected message that does not verify is dropped, and so is one whose "
	    "message ID is not due; the SA they name goes on. The right one may come in fragments.",
	.causes = "the provisional SA is dropped at the first failure\nthe answer to the wrong "
		  "message uses up message ID 1\na part of the message is not covered by the check",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "11.2 16.2 23.3",
	.needs = "C01 C03",
	.run = n17_and_fragments,
};

enum wrong_bind {
	BIND_MISSING,
	BIND_EMPTY,
	BIND_ONE_OCTET,
	BIND_HALF,
	BIND_SHORT,
	BIND_LONG,
	BIND_LOW_BIT,
	BIND_HIGH_BIT,
	BIND_MIDDLE_BIT,
	BIND_ZERO,
	BIND_SK_PR,
	BIND_REQUEST_ONLY,
	BIND_RESPONSE_ONLY,
	BIND_SWAPPED,
	BIND_MARKER,
	BIND_KINDS
};

static const struct {
	const char *what, *clause;
} wrong_binds[BIND_KINDS] = {
	[BIND_MISSING] = { "no BIND", "12.4" },
	[BIND_EMPTY] = { "an empty BIND", "12.9" },
	[BIND_ONE_OCTET] = { "the first octet of BIND alone", "12.9" },
	[BIND_HALF] = { "the first half of BIND", "12.9" },
	[BIND_SHORT] = { "BIND without its last octet", "12.9" },
	[BIND_LONG] = { "BIND and an octet more", "12.9" },
	[BIND_LOW_BIT] = { "BIND with its last bit flipped", "12.4" },
	[BIND_HIGH_BIT] = { "BIND with its first bit flipped", "12.4" },
	[BIND_MIDDLE_BIT] = { "BIND with a bit in its middle flipped", "12.4" },
	[BIND_ZERO] = { "BIND of zeros", "12.4" },
	[BIND_SK_PR] = { "BIND under SK_pr", "12.4" },
	[BIND_REQUEST_ONLY] = { "BIND over the request alone", "12.3" },
	[BIND_RESPONSE_ONLY] = { "BIND over the response alone", "12.3" },
	[BIND_SWAPPED] = { "BIND over response and request in this order", "12.3" },
	[BIND_MARKER] = { "BIND over the messages with a non-ESP marker", "12.3" },
};

static GByteArray *with_marker(const GByteArray *m)
{
	static const uint8_t marker[IKE_NON_ESP_MARKER_SIZE];
	GByteArray *out = g_byte_array_append(g_byte_array_new(), marker, sizeof(marker));

	return g_byte_array_append(out, m->data, m->len);
}

/* The octets of this kind. */
static void make_wrong(const struct client *c, enum wrong_bind kind,
		       uint8_t mac[static SECRET_MAX + 1], size_t *n)
{
	GByteArray *request = with_marker(c->request), *response = with_marker(c->response);
	struct ike_attempt t = client_attempt(c);
	const struct span whole = t.request;
	enum err err;

	if (kind == BIND_RESPONSE_ONLY)
		t.request = SPAN_NONE;
	if (kind == BIND_REQUEST_ONLY)
		t.response = SPAN_NONE;
	if (kind == BIND_SWAPPED) {
		t.request = t.response;
		t.response = whole;
	}
	if (kind == BIND_MARKER) {
		t.request = span_of(request->data, request->len);
		t.response = span_of(response->data, response->len);
	}
	err = ike_bind_make(&t, &c->sa.keys,
			    kind == BIND_SK_PR ? SK_FROM_RESPONDER : SK_FROM_INITIATOR, mac, n);
	g_byte_array_unref(request);
	g_byte_array_unref(response);
	if (err != ERR_OK)
		*n = 0;
	mac[*n] = 0;
	if (kind == BIND_EMPTY)
		*n = 0;
	else if (kind == BIND_ONE_OCTET)
		*n = 1;
	else if (kind == BIND_HALF)
		*n /= 2;
	else if (kind == BIND_SHORT)
		*n -= 1;
	else if (kind == BIND_LONG)
		*n += 1;
	else if (kind == BIND_LOW_BIT)
		mac[*n - 1] ^= 1;
	else if (kind == BIND_HIGH_BIT)
		mac[0] ^= 0x80;
	else if (kind == BIND_MIDDLE_BIT)
		mac[*n / 2] ^= 0x10;
	else if (kind == BIND_ZERO)
		memset(mac, 0, *n);
}

static bool failed_alone(const struct protected_answer *a)
{
	return a->kind == PROTECTED_ANSWER && a->inner.n == 1 &&
	       protected_error(a) == NOTIFY_AUTHENTICATION_FAILED;
}

/* After the refusal: the same octets get the same answer, and the SA serves nothing more. */
static void check_gone(struct steps *s, const GByteArray *request, uint8_t exchange,
		       const struct protected_answer *first)
{
	const uint64_t wait = probe_moment(s->p);
	struct protected_answer a;
	struct inner in;
	GByteArray *next;
	char text[200];

	protected_send(s->c, request, exchange, 1, wait, false, &a);
	evidence_clause(s->e, "47.1",
			a.octets && a.octets->len == first->octets->len &&
			    memcmp(a.octets->data, first->octets->data, a.octets->len) == 0,
			"the same message ID 1 again", "the identical answer", "%s",
			a.kind == PROTECTED_ANSWER ? "another verified answer"
						   : protected_kind_text(a.kind));
	protected_answer_clear(&a);
	/* a copy of the answer before would look like one to this */
	protected_quiet(s->c);
	inner_init(&in);
	next = protected_seal(s->c, exchange, 0, 1, &in);
	if (!next)
		return;
	protected_send(s->c, next, exchange, 1, wait, true, &a);
	evidence_clause(s->e, "47.2", a.kind != PROTECTED_ANSWER && a.kind != PROTECTED_UNVERIFIED,
			"another message ID 1 after the refusal", "no answer", "%s",
			protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	g_byte_array_unref(next);
	inner_init(&in);
	next = protected_seal(s->c, EXCHANGE_INFORMATIONAL, 0, 2, &in);
	if (!next)
		return;
	protected_send(s->c, next, EXCHANGE_INFORMATIONAL, 2, wait, true, &a);
	evidence_clause(s->e, "12.5", a.kind != PROTECTED_ANSWER && a.kind != PROTECTED_UNVERIFIED,
			"a message ID 2 on the SA whose BIND was refused", "no protected answer",
			"%s", protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	g_byte_array_unref(next);
}

/* s->c has keys; BIND is `mac`, or left out (NULL). true: refused as it must be. */
static bool refused(struct steps *s, const uint8_t *mac, size_t n, uint8_t exchange,
		    const char *clause, const char *what, bool gone)
{
	struct protected_answer a;
	struct ike_child child;
	struct inner in;
	GByteArray *m;
	char text[200], whole[120];
	bool ok;

	inner_init(&in);
	if (exchange == EXCHANGE_CREATE_CHILD_SA)
		child_write_request(s->c, &in, &child, true);
	if (mac)
		ike_notify_write_simple(&in.in.w, NOTIFY_IKESYNC_BIND, span_of(mac, n));
	m = protected_seal(s->c, exchange, 0, 1, &in);
	if (!m)
		return false;
	protected_send(s->c, m, exchange, 1, 0, false, &a);
	g_snprintf(whole, sizeof(whole), "message ID 1 with %s", what);
	ok = evidence_clause(s->e, clause, failed_alone(&a), whole,
			     "N(AUTHENTICATION_FAILED), protected and alone", "%s",
			     protected_answer_text(&a, text, sizeof(text)));
	if (ok && gone)
		check_gone(s, m, exchange, &a);
	if (a.kind == PROTECTED_ANSWER && protected_error(&a) == 0) {
		s->old->moved = s->c->live = true;
		s->c->sa.window.next = 2;
	}
	protected_answer_clear(&a);
	g_byte_array_unref(m);
	return ok;
}

/* SYN and keys; `before`: a wrong BIND has been refused, and must not have cost the stub. */
static bool hits_still(struct steps *s, bool before)
{
	char text[200];

	if (!before)
		return steps_hit_and_derive(s);
	return evidence_clause(s->e, "12.6", steps_syn(s) == IKE_ANSWER_RESUMED,
			       "SYN for the old index after a refused BIND",
			       init_kind_text(IKE_ANSWER_RESUMED), "%s",
			       init_answer_text(&s->a, text, sizeof(text))) &&
	       resume_derive(s->c, s->old);
}

/* SYN, and message ID 1 with a BIND of this kind. false: no use going on. */
static bool one_kind(struct steps *s, enum wrong_bind kind, uint8_t exchange)
{
	uint8_t mac[SECRET_MAX + 1];
	size_t n;

	if (!hits_still(s, kind > BIND_MISSING || exchange != EXCHANGE_INFORMATIONAL))
		return false;
	make_wrong(s->c, kind, mac, &n);
	return refused(s, kind == BIND_MISSING ? NULL : mac, n, exchange, wrong_binds[kind].clause,
		       wrong_binds[kind].what,
		       kind == BIND_MISSING || kind == BIND_LOW_BIT || kind == BIND_EMPTY) ||
	       !s->c->live;
}

/* A resuming SYN without the Vendor ID: the stub says that the client speaks profile 1. */
static bool unannounced(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a;
	bool ok = false;

	r.no_vendor_id = true;
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	if (init_exchange(s->c, &r, &a) == IKE_ANSWER_RESUMED && resume_derive(s->c, s->old))
		ok = refused(s, NULL, 0, EXCHANGE_INFORMATIONAL, "12.7",
			     "no BIND, after a SYN without the Vendor ID", false);
	init_answer_clear(&a);
	return ok || !s->c->live;
}

/* BIND over the request as it was before the cookie. */
static void before_the_cookie(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct client *c = client_new(s->p, s->e, &s->p->target->cookie, NULL), *kept = s->c;
	GByteArray *first = g_byte_array_new();
	struct init_answer a = { 0 };
	struct ike_attempt t;
	uint8_t mac[SECRET_MAX];
	size_t n;

	if (c && init_build(c, &r)) {
		g_byte_array_append(first, c->request->data, c->request->len);
		if (init_exchange(c, &r, &a) == IKE_ANSWER_RESUMED && a.cookies &&
		    resume_derive(c, s->old)) {
			t = client_attempt(c);
			t.request = span_of(first->data, first->len);
			s->c = c;
			if (ike_bind_make(&t, &c->sa.keys, SK_FROM_INITIATOR, mac, &n) == ERR_OK)
				refused(s, mac, n, EXCHANGE_INFORMATIONAL, "12.3",
					"BIND over the request without the cookie", false);
			s->c = kept;
		}
	}
	init_answer_clear(&a);
	g_byte_array_unref(first);
	client_free(c);
}

static void n26(struct steps *s)
{
	for (int kind = 0; kind < BIND_KINDS; kind++)
		if (!one_kind(s, (enum wrong_bind)kind, EXCHANGE_INFORMATIONAL))
			return;
	if (!one_kind(s, BIND_MISSING, EXCHANGE_CREATE_CHILD_SA) || !unannounced(s))
		return;
	if (s->p->target->cookie.given)
		before_the_cookie(s);
	if (!s->old->moved)
		aftermath_resumes(s, true, "12.6", "after all of them the old index resumes");
}

/* A longer prf has more octets to compare. */
static void longer_prf(struct steps *s)
{
	static const enum wrong_bind kinds[] = { BIND_LOW_BIT, BIND_SHORT, BIND_LONG };

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (!one_kind(s, kinds[i], EXCHANGE_INFORMATIONAL))
			return;
}

static void n26_all(struct probe *p, struct evidence *e)
{
	const struct suite *other = steps_other_prf(p);
	char name[96];

	stage_resumption_with(p, e, NULL, NULL, n26);
	if (other) {
		evidence_note(e, "with another prf: %s", suite_text(other, name, sizeof(name)));
		stage_resumption_with(p, e, other, NULL, longer_prf);
	}
}

const struct probe_case case_n26 = {
	.id = "N26",
	.lasts = 3,
	.title = "Every wrong BIND is refused, the SA is gone, the stub untouched",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 12 and 47",
	.required =
	    "A missing or wrong BIND is answered with N(AUTHENTICATION_FAILED), protected and "
	    "alone; that SA is gone; the old index resumes. A BIND of a wrong length is "
	    "wrong, and a Vendor ID that the SYN lacks does not switch the rule off.",
	.causes = "as many octets are compared as came\nBIND is demanded only where it came\nthe "
		  "request's Vendor ID is asked, not the stub\nwhat BIND covers is taken from "
		  "elsewhere than the wire",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "12.3 12.4 12.5 12.6 12.7 12.9 47.1 47.2",
	.needs = "C01 C03",
	.run = n26_all,
};
