/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A gateway's own requests, as several cases look at them. */
#include "cases/own.h"

#include "client/auth.h"
#include "ike/ike_inform.h"

struct client *own_login(struct probe *p, struct evidence *e, struct ike_child *child)
{
	struct client *c = client_new(p, e, &p->target->brisk, NULL);

	if (!c)
		return NULL;
	if (auth_full_handshake(c, &p->target->client.suites[0]) &&
	    (!child || child_make(c, child)))
		return c;
	evidence_inconclusive(e, "no SA at [variant brisk] to be asked on: %s; see S01 and C08",
			      c->why);
	client_free(c);
	return NULL;
}

bool own_comes(struct evidence *e, struct client *c, enum asked_kind kind, uint64_t wait_ms,
	       struct protected_answer *out)
{
	evidence_note(e, "waiting for %s by the gateway, %u ms at most", asked_kind_text(kind),
		      (unsigned)wait_ms);
	if (!asked_until(c, kind, wait_ms, out))
		return false;
	evidence_note(e, "it comes, with message ID %u", out->header.message_id);
	return true;
}

bool own_is_asked(struct evidence *e, struct client *c, enum asked_kind kind, uint64_t wait_ms,
		  const char *source, const char *what, struct protected_answer *out)
{
	bool came = own_comes(e, c, kind, wait_ms, out);

	evidence_check_as(e, PROVENANCE_BASE, source, came, what, asked_kind_text(kind), "%s",
			  came ? "it came" : "none came");
	return came;
}

void own_message_id(struct evidence *e, const struct client *c, const struct protected_answer *a)
{
	char expected[40];

	g_snprintf(expected, sizeof(expected), "%u", c->sa.window.peer_next);
	evidence_clause(e, "16.1", a->header.message_id == c->sa.window.peer_next,
			"the message ID of the gateway's own request", expected, "%u",
			a->header.message_id);
}

/* Has it a transform of this type, and none of type 0 of it (reserved)? */
static bool has_transform(const struct ike_sa *sa, const struct ike_proposal *p, uint8_t type)
{
	bool any = false;

	for (unsigned i = p->first; i < p->first + p->count; i++) {
		if (sa->transforms[i].type != type)
			continue;
		if (sa->transforms[i].id == 0 && type != TRANSFORM_ESN)
			return false;
		any = true;
	}
	return any;
}

static bool could_be_chosen(const struct ike_sa *sa, const struct ike_proposal *p)
{
	if (p->protocol == PROTOCOL_ESP)
		return p->spi_size == 4 && has_transform(sa, p, TRANSFORM_ENCR) &&
		       has_transform(sa, p, TRANSFORM_ESN);
	return p->spi_size == 8 && has_transform(sa, p, TRANSFORM_ENCR) &&
	       has_transform(sa, p, TRANSFORM_PRF) && has_transform(sa, p, TRANSFORM_DH);
}

void own_offer(struct evidence *e, const struct protected_answer *a)
{
	const struct chain_payload *p = chain_find(&a->inner, PAYLOAD_SA);
	struct ike_sa *sa = g_new(struct ike_sa, 1);
	struct fault fault;
	unsigned i = 0, n = 0;

	ike_sa_init(sa);
	if (p && ike_sa_parse(p, sa, &fault) == ERR_OK)
		n = sa->n_proposals;
	while (i < n && sa->proposals[i].number == i + 1 && could_be_chosen(sa, &sa->proposals[i]))
		i++;
	evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 sections 3.3.1 to 3.3.3", n > 0 && i == n,
			  "the proposals of the gateway's request",
			  "numbered from 1, each with its SPI and the mandatory transforms",
			  "%u proposals%s", n, i == n ? "" : ", not all of them such");
	g_free(sa);
}

void own_repeats(struct evidence *e, struct client *c, const struct protected_answer *a)
{
	struct protected_answer again;
	bool came = asked_next(c, c->probe->target->timers.liveness, &again), same;

	same = came && again.octets->len == a->octets->len &&
	       memcmp(again.octets->data, a->octets->data, a->octets->len) == 0;
	evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 2.1", same,
			  "the gateway's request, while nobody answers it",
			  "the same octets again, within [timers] liveness", "%s",
			  same   ? "the same octets"
			  : came ? "another message"
				 : "nothing");
	protected_answer_clear(&again);
}

bool own_lives(struct evidence *e, struct client *c, enum provenance p, const char *source,
	       const char *what)
{
	struct protected_answer a;
	struct inner in;
	char text[200];
	bool ok;

	inner_init(&in);
	protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a);
	ok = evidence_check_as(e, p, source, a.kind == PROTECTED_ANSWER && !protected_error(&a),
			       what, "a verified answer without an error notify", "%s",
			       protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	return ok;
}

bool own_gone(struct evidence *e, struct client *c, const char *source, const char *what)
{
	struct protected_answer a;
	char text[200];
	bool gone;

	if (!protected_ask_gone(c, &a))
		return false;
	gone = evidence_check_as(e, PROVENANCE_BASE, source, a.kind != PROTECTED_ANSWER, what,
				 "no protected answer: the SA is gone", "%s",
				 protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	return gone;
}

void own_asks_again(struct evidence *e, struct client *c)
{
	const struct target_timers *t = &c->probe->target->timers;
	struct protected_answer a;

	if (asked_next(c, t->liveness + t->answer, &a)) {
		own_message_id(e, c, &a);
		asked_say(c, &a, asked_kind(&a) == ASKED_ALIVE ? 0 : NOTIFY_NO_PROPOSAL_CHOSEN,
			  SPAN_NONE);
	}
	protected_answer_clear(&a);
}

void own_deletes_child(struct evidence *e, const struct protected_answer *a, uint32_t spi,
		       const char *what)
{
	const struct chain_payload *p = chain_find(&a->inner, PAYLOAD_DELETE);
	struct ike_delete d = { 0 };
	struct fault fault;
	char expected[16];

	if (p && ike_delete_parse(p, &d, &fault) != ERR_OK)
		d.n = 0;
	g_snprintf(expected, sizeof(expected), "ESP, %08x alone", spi);
	evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 sections 1.4.1 and 3.11",
			  d.protocol == PROTOCOL_ESP && d.n == 1 && d.spis[0] == spi, what,
			  expected, "protocol %u, %u SPIs, %08x", d.protocol, d.n, d.spis[0]);
}

bool own_rekey_child(struct client *c, uint32_t spi_in, struct ike_child *next)
{
	const struct target_client *t = &c->probe->target->client;
	const struct ike_child_offer offer = {
		.n_suites = t->n_esp, .suites = t->esp, .nonce = true, .rekey_of = spi_in
	};
	struct protected_answer a;
	struct inner in;
	bool ok;

	c->why[0] = '\0';
	inner_init(&in);
	ike_child_write(&in.in, &offer, c->rng, next);
	protected_exchange(c, EXCHANGE_CREATE_CHILD_SA, &in, &a);
	ok = protected_accepted(c, &a, "CREATE_CHILD_SA") &&
	     child_read_answer(c, &a.inner, next, true);
	protected_answer_clear(&a);
	return ok;
}

void own_delete_child(struct evidence *e, struct client *c, uint32_t spi_in, uint32_t spi_out)
{
	struct protected_answer a;
	struct inner in;

	inner_init(&in);
	ike_inform_delete_child(&in.in, spi_in);
	if (protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a) == PROTECTED_ANSWER &&
	    chain_find(&a.inner, PAYLOAD_DELETE))
		own_deletes_child(e, &a, spi_out, "what the answer to its Delete deletes in turn");
	protected_answer_clear(&a);
}
