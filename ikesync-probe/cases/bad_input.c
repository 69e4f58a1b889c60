/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N05, N08, N09, N13: requests that must not count as SYN, or not at all. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

#define CRITICAL_TYPE 242 /* private use, and nobody's */

/* The bank behind the gateway must tell them apart, too: a gateway may rely on it. */
static void ask_bank(struct probe *p, struct evidence *e, const struct index *ix)
{
	struct bank_connection *b = bank_connection_open(p, e, BANK_OWNER);
	struct bank_answer *a = bank_answer_to_get(b, ix);
	const struct bank_item *item = bank_answer_item(a, 0);
	char *text = bank_answer_text(a, 0);

	if (a->came && item)
		evidence_check(e, item->code != STUB_OK, "the bank's answer to a get of that index",
			       "not-found", "%s", text);
	else
		evidence_note(e, "the bank was not heard: %s", text);
	g_free(text);
	bank_answer_free(a);
	bank_connection_close(b);
}

static void n05(struct steps *s)
{
	char text[INDEX_TEXT_MAX];

	struct index other = s->old->index;
	struct init_request r;

	/* The neighbour's address: it differs in the last octet alone. */
	other.address.octets[address_size(&other.address) - 1] ^= 2;
	evidence_note(s->e, "SYN for the live stub's SPI at another address: %s",
		      index_text(&other, text));
	r = init_request_of(&s->old->suite, &other);
	steps_check_ordinary(s->p, s->e, &s->p->target->gateway, &r, "right SPI, other address");
	if (s->p->target->bank.given)
		ask_bank(s->p, s->e, &other);
	if (!evidence_failed(s->e))
		steps_check_still_resumes(s, "the right index still resumes");
}

const struct probe_case case_n05 = {
	.id = "N05",
	.title = "Right SPI, other address: a miss",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "sections 3.1 and 3.4; wire profile rule 5",
	.required = "SPI and address together are the index: the same SPI at another address "
		    "is another index.",
	.causes = "gateway or bank look a stub up by SPI alone",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.run = stage_resumption,
	.resuming = n05,
};

static void n08(struct steps *s)
{
	/* Payload Length: 15 and 17 with as many octets; 0, 3 and 65535 are lies that break the
	 * chain, so SYN stands last. */
	static const uint16_t lengths[] = { 0, 3, 15, 17, 65535 };
	uint8_t body[INDEX_BODY_MAX + 1] = { 0 };
	struct wcursor c = wcursor_init(body, sizeof(body));

	index_write(&c, &s->old->index);
	for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
		const bool lie = lengths[i] < 4 || lengths[i] == 65535;
		struct init_request r = init_request_of(&s->old->suite, NULL);
		char what[80];

		r.syn = INIT_SYN_RAW;
		r.syn_body = span_of(body, lie ? INDEX_BODY_IPV4
					       : (size_t)lengths[i] - CHAIN_PAYLOAD_HEADER_SIZE);
		r.lie_length = lie;
		r.length = lengths[i];
		r.position = INIT_LAST;
		g_snprintf(what, sizeof(what), "SYN with Payload Length %u", lengths[i]);
		steps_check_ordinary(s->p, s->e, &s->p->target->gateway, &r, what);
	}
	if (!evidence_failed(s->e))
		steps_check_still_resumes(s, "the stub was not touched");
}

const struct probe_case case_n08 = {
	.id = "N08",
	.title = "SYN of length 0, 3, 15, 17, 65535: as if it had none",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(4),
	.required = "A SYN whose Payload Length is neither 16 nor 28 is ignored, and the "
		    "request goes on as if it had none.",
	.causes = "INVALID_SYNTAX is answered outside a protected message (RFC 7296 section "
		  "3.10.1)\nthe whole request is dropped\nlonger ones are cut, shorter ones padded",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.any_gateway = true,
	.run = stage_resumption,
	.resuming = n08,
};

/* A gateway without SYN takes it for an unknown payload with the critical bit; what it makes of one
 * is for N13 to ask. */
static void critical_to_a_stranger(struct steps *s, const struct init_request *r)
{
	struct init_request once = *r;
	char text[200];

	once.stop_at_error = true;
	init_exchange(s->c, &once, &s->a);
	evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 2.5",
			  s->a.said.kind == IKE_ANSWER_ORDINARY ||
			      (s->a.said.kind == IKE_ANSWER_ERROR &&
			       s->a.said.notify.type == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD),
			  "SYN with C=1, which is the critical bit to a gateway without SYN",
			  "N(UNSUPPORTED_CRITICAL_PAYLOAD), or an ordinary response (N13 is about "
			  "that)",
			  "%s", init_answer_text(&s->a, text, sizeof(text)));
}

static void n09(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);

	r.syn_flags = CHAIN_CRITICAL;
	if (s->p->syn_unknown) {
		critical_to_a_stranger(s, &r);
		return;
	}
	steps_check_ordinary(s->p, s->e, &s->p->target->gateway, &r,
			     "SYN for a live stub with C=1");
	if (!evidence_failed(s->e))
		steps_check_still_resumes(s, "the stub was not touched");
}

const struct probe_case case_n09 = {
	.id = "N09",
	.title = "C=1 in a request: as if it had no SYN",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 3 and 4",
	.required = "C=1 is gateway to client. A request with it is answered as if it had no SYN.",
	.causes = "the C bit is read as RFC 7296's critical bit\nthe C bit is not looked at",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.any_gateway = true,
	.run = stage_resumption,
	.resuming = n09,
};

static void n13(struct steps *s)
{
	static const uint8_t body[4];
	char text[200];

	struct init_request r = init_request_of(&s->old->suite, &s->old->index);

	r.extra[r.n_extra++] = (struct init_extra){ .type = CRITICAL_TYPE,
						    .flags = CHAIN_CRITICAL,
						    .body = SPAN_OF(body) };
	r.stop_at_error = true;
	evidence_note(
	    s->e, "SYN for a live stub beside an unknown payload (type %u) with the critical bit",
	    CRITICAL_TYPE);
	init_exchange(s->c, &r, &s->a);
	if (evidence_check(s->e,
			   s->a.said.kind == IKE_ANSWER_ERROR &&
			       s->a.said.notify.type == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
			   "the answer", "N(UNSUPPORTED_CRITICAL_PAYLOAD)", "%s",
			   init_answer_text(&s->a, text, sizeof(text)))) {
		const uint8_t type = CRITICAL_TYPE;

		evidence_check(s->e, span_equal(s->a.said.notify.data, span_of(&type, 1)),
			       "its notification data", "one octet, the payload type",
			       "%zu octets%s", s->a.said.notify.data.n,
			       s->a.said.notify.data.n == 1 && s->a.said.notify.data.p[0] != type
				   ? ", another type"
				   : "");
		steps_check_still_resumes(
		    s, "the stub is untouched: without that payload the client resumes");
	}
}

const struct probe_case case_n13 = {
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
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.any_gateway = true,
	.run = stage_resumption,
	.resuming = n13,
};
