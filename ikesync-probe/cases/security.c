/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N01-N25: replays, forgeries and bad input against a gateway. */
#include "gateway/bank_connection.h"
#include "client/steps.h"

#define DRAFT "draft-xu-ike-sa-sync-01 "
#define CRITICAL_TYPE 242 /* private use, and nobody's */

/* Another host's address where the target file has one. */
static const struct address *other_source(const struct probe *p)
{
	return p->target->client.second_source.family ? &p->target->client.second_source : NULL;
}

/* A client that sends what `seen` sent, octet for octet, from a socket of its own. */
static struct client *replayer(struct steps *s, const struct client *seen,
			       const struct address *source)
{
	struct client *c = client_new(s->p, s->e, seen->gateway, source);

	if (!c)
		return NULL;
	c->spi_i = seen->spi_i;
	memcpy(c->ni, seen->ni, seen->ni_n);
	c->ni_n = seen->ni_n;
	g_byte_array_append(c->request, seen->request->data, seen->request->len);
	return c;
}

static void replay(struct steps *s, const struct address *source, const char *from)
{
	struct client *attacker = replayer(s, s->c, source);
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a;
	char text[200];

	if (!attacker)
		return;
	steps_repeat_init(attacker, &a);
	evidence_note(s->e, "the same octets from %s: %s", from,
		      init_answer_text(&a, text, sizeof(text)));
	if (a.kind == INIT_COOKIE) { /* who replays from where he can listen comes back with the
					cookie as well */
		init_answer_clear(&a);
		init_exchange(attacker, &r, &a);
		evidence_note(s->e, "and with the cookie: %s",
			      init_answer_text(&a, text, sizeof(text)));
	}
	init_answer_clear(&a);
	client_free(attacker);
}

static void n01(struct probe *p, struct evidence *e)
{
	struct init_answer again;
	char text[200];
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit(&s)) {
		steps_repeat_init(s.c, &again);
		evidence_note(e, "the same octets from the same source: %s",
			      init_answer_text(&again, text, sizeof(text)));
		init_answer_clear(&again);
		replay(&s, NULL, "another port of the same source");
		if (other_source(p))
			replay(&s, other_source(p), "another source");
		else
			evidence_note(
			    e, "no [client] second-source: not replayed from another address");
		steps_check_still_resumes(&s, "after the replays the real client still resumes");
	}
	steps_end(&s);
}

static void n04(struct probe *p, struct evidence *e)
{
	struct old_sa stranger;
	struct client *attacker;
	struct steps s;

	if (!steps_begin(&s, p, e, NULL, NULL)) {
		steps_end(&s);
		return;
	}
	/* He saw the index on the wire; the key he can only guess. */
	stranger = *s.old;
	stranger.client = NULL;
	rng_fill(&rng_system, stranger.sk_d.octets, stranger.sk_d.n);
	attacker = client_new(p, e, &p->target->gateway, other_source(p));
	if (attacker) {
		struct resume_result r;

		evidence_note(e, "somebody who knows the index, but not SK_d, tries to resume");
		resume_whole(attacker, &stranger, NULL, &r);
		evidence_note(e, "he gets: %s", r.text);
		evidence_check(e,
			       r.outcome == RESUME_SILENCE || r.outcome == RESUME_CLEAR ||
				   r.outcome == RESUME_NO_HIT,
			       "message ID 1 under keys of another SK_d", "not answered", "%s",
			       r.text);
		resume_result_clear(&r);
		client_vanish(attacker);
		steps_check_still_resumes(&s, "afterwards the real client still resumes");
	}
	old_sa_clear(&stranger);
	steps_end(&s);
}

/* The bank behind the gateway must tell them apart, too: a gateway may rely on it. */
static void ask_bank(struct probe *p, struct evidence *e, const struct index *ix)
{
	struct bank *b = bank_connect(p, e, BANK_OWNER);
	struct bank_answer *a = bank_await(b, bank_post_get(b, ix, 1));
	const struct bank_item *item = bank_answer_item(a, 0);
	char *text = bank_answer_text(a, 0);

	if (a->came && item)
		evidence_check(e, item->code != STUB_OK, "the bank's answer to a get of that index",
			       "not-found", "%s", text);
	else
		evidence_note(e, "the bank was not heard: %s", text);
	g_free(text);
	bank_answer_free(a);
	bank_close(b);
}

static void n05(struct probe *p, struct evidence *e)
{
	char text[INDEX_TEXT_MAX];
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		struct index other = s.old->index;
		struct init_request r;

		/* The neighbour's address: it differs in the last octet alone. */
		other.address.octets[address_size(&other.address) - 1] ^= 2;
		evidence_note(e, "SYN for the live stub's SPI at another address: %s",
			      index_text(&other, text));
		r = init_request_of(&s.old->suite, &other);
		steps_check_ordinary(p, e, &p->target->gateway, &r, "right SPI, other address");
		if (p->target->bank.given)
			ask_bank(p, e, &other);
		if (!evidence_failed(e))
			steps_check_still_resumes(&s, "the right index still resumes");
	}
	steps_end(&s);
}

static void n08(struct probe *p, struct evidence *e)
{
	/* Payload Length: 15 and 17 with as many octets; 0, 3 and 65535 are lies that break the
	 * chain, so SYN stands last. */
	static const uint16_t lengths[] = { 0, 3, 15, 17, 65535 };
	uint8_t body[INDEX_BODY_MAX + 1] = { 0 };
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		index_write(&c, &s.old->index);
		for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
			const bool lie = lengths[i] < 4 || lengths[i] == 65535;
			struct init_request r = init_request_of(&s.old->suite, NULL);
			char what[80];

			r.syn = INIT_SYN_RAW;
			r.syn_body =
			    span_of(body, lie ? INDEX_BODY_IPV4
					      : (size_t)lengths[i] - CHAIN_PAYLOAD_HEADER_SIZE);
			r.lie_length = lie;
			r.length = lengths[i];
			r.position = INIT_LAST;
			g_snprintf(what, sizeof(what), "SYN with Payload Length %u", lengths[i]);
			steps_check_ordinary(p, e, &p->target->gateway, &r, what);
		}
		if (!evidence_failed(e))
			steps_check_still_resumes(&s, "the stub was not touched");
	}
	steps_end(&s);
}

static void n09(struct probe *p, struct evidence *e)
{
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		struct init_request r = init_request_of(&s.old->suite, &s.old->index);

		r.syn_flags = CHAIN_CRITICAL;
		steps_check_ordinary(p, e, &p->target->gateway, &r, "SYN for a live stub with C=1");
		if (!evidence_failed(e))
			steps_check_still_resumes(&s, "the stub was not touched");
	}
	steps_end(&s);
}

static void n13(struct probe *p, struct evidence *e)
{
	static const uint8_t body[4];
	char text[200];
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		struct init_request r = init_request_of(&s.old->suite, &s.old->index);

		r.extra[r.n_extra++] = (struct init_extra){ .type = CRITICAL_TYPE,
							    .flags = CHAIN_CRITICAL,
							    .body = SPAN_OF(body) };
		r.stop_at_error = true;
		evidence_note(
		    e,
		    "SYN for a live stub beside an unknown payload (type %u) with the critical bit",
		    CRITICAL_TYPE);
		init_exchange(s.c, &r, &s.a);
		if (evidence_check(e,
				   s.a.kind == INIT_ERROR &&
				       s.a.notify.type == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
				   "the answer", "N(UNSUPPORTED_CRITICAL_PAYLOAD)", "%s",
				   init_answer_text(&s.a, text, sizeof(text)))) {
			const uint8_t type = CRITICAL_TYPE;

			evidence_check(e, span_equal(s.a.notify.data, span_of(&type, 1)),
				       "its notification data", "one octet, the payload type",
				       "%zu octets%s", s.a.notify.data.n,
				       s.a.notify.data.n == 1 && s.a.notify.data.p[0] != type
					   ? ", another type"
					   : "");
			steps_check_still_resumes(
			    &s, "the stub is untouched: without that payload the client resumes");
		}
	}
	steps_end(&s);
}

static void n17(struct probe *p, struct evidence *e)
{
	const struct resume_knobs broken = { .break_icv = true,
					     .once = true,
					     .answer_ms = p->target->timers.answer / 2 };
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit_and_derive(&s)) {
		steps_confirm(&s, &broken);
		evidence_check(e, s.r.outcome == RESUME_SILENCE, "message ID 1 with a wrong ICV",
			       "no answer", "%s", s.r.text);
		steps_confirm(&s, NULL);
		evidence_check(e, s.r.outcome == RESUME_COMMITTED,
			       "the right message ID 1 after it, on the same SA",
			       "a verified answer without an error notify", "%s", s.r.text);
	}
	steps_end(&s);
}

static const char *win_text(bool committed, const char *otherwise)
{
	return committed ? "committed" : otherwise;
}

/* Two clients with the same index and SK_d, at the same time: the first through s->c, the second at
 * `gateway`. */
static void race(struct steps *s, const struct target_gateway *gateway, const char *where)
{
	static const struct resume_knobs right;
	struct client *second = client_new(s->p, s->e, gateway, other_source(s->p));
	struct init_answer a = { 0 };
	struct protected_answer answer = { 0 };
	GByteArray *confirmation = NULL;
	char text[200] = "";
	bool one, two, lost;

	if (!second || resume_syn(second, s->old, &a) != INIT_RESUMED ||
	    !resume_derive(second, s->old)) {
		if (second)
			evidence_inconclusive(s->e, "the second client %s got no HDR, Nr: %s",
					      where, init_answer_text(&a, text, sizeof(text)));
		goto out;
	}
	confirmation = resume_confirmation(second, &right, NULL);
	if (!confirmation)
		goto out;
	evidence_note(
	    s->e, "a second client with the same index (%s) has HDR, Nr, too; both confirm at once",
	    where);
	transport_send(second->transport, span_of(confirmation->data, confirmation->len));
	one = steps_confirm(s, NULL) == RESUME_COMMITTED;
	protected_send(second, confirmation, EXCHANGE_INFORMATIONAL, 1, 0, false, &answer);
	two = answer.kind == PROTECTED_ANSWER && protected_error(&answer) == 0;
	second->live = two;
	second->next_id = 2;
	s->old->moved |= two;
	protected_answer_text(&answer, text, sizeof(text));
	evidence_note(s->e, "answer to the second client: %s", text);
	evidence_check(s->e, one != two, "two clients, one index", "exactly one is committed",
		       "the first: %s; the second: %s", win_text(one, s->r.text),
		       win_text(two, text));
	lost = one ? protected_error(&answer) == NOTIFY_IKESYNC_NOT_COMMITTED
		   : s->r.outcome == RESUME_NOT_COMMITTED;
	if (one != two)
		evidence_check_as(s->e, PROVENANCE_RULE, "wire profile rule 13", lost,
				  "the other one is told", "N(IKESYNC_NOT_COMMITTED), protected",
				  "%s", one ? text : s->r.text);
out:
	protected_answer_clear(&answer);
	init_answer_clear(&a);
	if (confirmation)
		g_byte_array_unref(confirmation);
	client_free(second);
}

static void n18(struct probe *p, struct evidence *e)
{
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit_and_derive(&s))
		race(&s, &p->target->gateway, "at the same gateway");
	steps_end(&s);
	if (evidence_failed(e))
		return;
	if (!p->target->old_gateway.given) {
		evidence_note(e, "no [old-gateway]: the race between two gateways is left out");
		return;
	}
	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit_and_derive(&s))
		race(&s, &p->target->old_gateway, "at the old gateway");
	steps_end(&s);
}

static void n25(struct probe *p, struct evidence *e)
{
	static const struct resume_knobs right;
	struct protected_answer first = { 0 }, second = { 0 };
	struct init_answer again;
	GByteArray *confirmation;
	char text[200];
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit_and_derive(&s)) {
		confirmation = resume_confirmation(s.c, &right, NULL);
		protected_send(s.c, confirmation, EXCHANGE_INFORMATIONAL, 1, 0, false, &first);
		if (first.kind != PROTECTED_ANSWER || protected_error(&first)) {
			evidence_inconclusive(e, "message ID 1 was not accepted: %s",
					      protected_answer_text(&first, text, sizeof(text)));
		} else {
			s.old->moved = s.c->live = true;
			s.c->next_id = 2;
			evidence_note(e, "confirmed; now the IKE_SA_INIT request of this SA comes "
					 "again, octet for octet");
			steps_repeat_init(s.c, &again);
			evidence_check(e,
				       again.kind == INIT_SILENCE || again.kind == INIT_COOKIE ||
					   again.header.spi_r != s.c->spi_r,
				       "the replayed SYN does not bring this SA's response again",
				       "dropped", "%s%s",
				       init_answer_text(&again, text, sizeof(text)),
				       again.kind == INIT_RESUMED ? ", with the same SPIr" : "");
			init_answer_clear(&again);
			evidence_note(e, "and message ID 1 comes again, octet for octet");
			protected_send(s.c, confirmation, EXCHANGE_INFORMATIONAL, 1,
				       s.p->target->timers.answer / 2, true, &second);
			evidence_check(e,
				       second.kind != PROTECTED_ANSWER ||
					   (second.octets->len == first.octets->len &&
					    memcmp(second.octets->data, first.octets->data,
						   first.octets->len) == 0),
				       "the replayed message ID 1 is not processed a second time",
				       "the first response repeated, or nothing", "%s",
				       second.kind == PROTECTED_ANSWER
					   ? "a verified answer"
					   : protected_kind_text(second.kind));
		}
		if (confirmation)
			g_byte_array_unref(confirmation);
	}
	protected_answer_clear(&first);
	protected_answer_clear(&second);
	steps_end(&s);
}

const struct probe_case cases_security[] = {
	{
	    .id = "N01",
	    .title = "A replayed SYN consumes nothing",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 5 (1); wire profile rules 13 to 15",
	    .required = "SYN can be replayed by anyone who saw it, from anywhere. The stub is not "
			"consumed by it: the real client still resumes.",
	    .causes = "the stub is taken out of the bank by the get\na provisional SA of a "
		      "stranger blocks the index\nthe response cache is keyed without the source",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:replay-consumes",
	    .run = n01,
	},
	{
	    .id = "N04",
	    .title = "The right index without SK_d: nothing is lost",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rules 8, 11 and 13; " DRAFT "section 5 (3)",
	    .required = "A message ID 1 that does not verify changes nothing; the real client can "
			"still resume.",
	    .causes = "a failed proof deletes the stub\nthe provisional SA of the stranger stands "
		      "in the real client's way",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:bad-proof-deletes",
	    .run = n04,
	},
	{
	    .id = "N05",
	    .title = "Right SPI, other address: a miss",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "sections 3.1 and 3.4; wire profile rule 5",
	    .required = "SPI and address together are the index: the same SPI at another address "
			"is another index.",
	    .causes = "gateway or bank look a stub up by SPI alone",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "bank:spi-only-index",
	    .run = n05,
	},
	{
	    .id = "N08",
	    .title = "SYN of length 0, 3, 15, 17, 65535: as if it had none",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rule 4",
	    .required = "A SYN whose Payload Length is neither 16 nor 28 is ignored, and the "
			"request goes on as if it had none.",
	    .causes =
		"INVALID_SYNTAX is answered outside a protected message (RFC 7296 section "
		"3.10.1)\nthe whole request is dropped\nlonger ones are cut, shorter ones padded",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:malformed-syn-error",
	    .run = n08,
	},
	{
	    .id = "N09",
	    .title = "C=1 in a request: as if it had no SYN",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rules 3 and 4",
	    .required =
		"C=1 is gateway to client. A request with it is answered as if it had no SYN.",
	    .causes = "the C bit is read as RFC 7296's critical bit\nthe C bit is not looked at",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:c-bit-critical",
	    .run = n09,
	},
	{
	    .id = "N13",
	    .title = "An unknown critical payload beside SYN is refused, the stub untouched",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_BASE,
	    .source = "RFC 7296 section 2.5",
	    .required = "A request with an unknown payload whose critical bit is set is answered "
			"with UNSUPPORTED_CRITICAL_PAYLOAD, whose data is that payload type; SYN "
			"beside it changes nothing.",
	    .causes = "SYN is dealt with before the chain is checked\nthe critical bit of payloads "
		      "after SYN is not looked at",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:critical-ignored",
	    .run = n13,
	},
	{
	    .id = "N17",
	    .title = "A wrong ICV on the first protected message is ignored",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_BASE,
	    .source = "RFC 7296 section 2.4 and 2.21.2; wire profile rule 11",
	    .required =
		"A protected message that does not verify is dropped; the SA it names goes on.",
	    .causes = "the provisional SA is dropped at the first failure\nthe answer to the wrong "
		      "message uses up message ID 1",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:bad-icv-kills",
	    .run = n17,
	},
	{
	    .id = "N18",
	    .title = "Two clients, one index: exactly one winner",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rules 13 and 30",
	    .required = "The move is a compare-and-swap: of two confirmed resumptions of one index "
			"one is committed; the other is answered with NOT_COMMITTED.",
	    .causes = "the gateway does not wait for the move, or takes conflict for ok\nthe bank "
		      "lets two moves of one index through",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:two-winners",
	    .run = n18,
	},
	{
	    .id = "N25",
	    .title = "No second SA out of a cached response",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_RULE,
	    .source = "wire profile rule 14",
	    .required = "After confirmation, copies of the SYN request are dropped. An SA is never "
			"built again from a cached response, since that would repeat keys and IVs.",
	    .causes = "the cache outlives the SA's confirmation and starts its state "
		      "again\nmessage ID 1 is processed twice",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:rebuild-from-cache",
	    .run = n25,
	},
	{ .id = NULL },
};
