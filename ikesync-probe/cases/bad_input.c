/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N05, N08 to N13: requests that must not count as SYN, or not at all. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/reshape.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "cases/volley.h"
#include "wire/ike_syn.h"

#define CRITICAL_TYPE 242   /* private use, and nobody's */
#define UNCRITICAL_TYPE 243 /* the same */

/* The bank behind the gateway must tell them apart, too: a gateway may rely on it. */
static void ask_bank(struct probe *p, struct evidence *e, const struct index *ix, const char *what)
{
	struct bank_connection *b = bank_connection_open(p, e, BANK_OWNER);
	struct bank_answer *a = bank_answer_to_get(b, ix);
	const struct bank_item *item = bank_answer_item(a, 0);
	char *text = bank_answer_text(a, 0);

	if (a->came && item)
		evidence_clause(e, "30.13", item->code != STUB_OK, what,
				"not-found, without a stub", "%s", text);
	else
		evidence_note(e, "the bank was not heard: %s", text);
	g_free(text);
	bank_answer_free(a);
	bank_connection_close(b);
}

static void n05(struct steps *s)
{
	/* of SPI and address: the first and the last bit that a neighbour's index differs in */
	static const struct {
		const char *what;
		uint64_t spi;
		int octet; /* of the address, from its end; -1: none */
		uint8_t bits;
	} kinds[] = {
		{ "SYN for the live stub's SPI at the neighbour's address", 0, 1, 2 },
		{ "SYN for the live stub's SPI at an address that differs in its first octet", 0, 0,
		  0x40 },
		{ "SYN for the live stub's address with the lowest bit of the SPI flipped", 1, -1,
		  0 },
		{ "SYN for the live stub's address with the highest bit of the SPI flipped",
		  1ULL << 63, -1, 0 },
	};

	if (!aftermath_demand_ground(s))
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct index other = s->old->index;
		struct init_request r;
		char text[INDEX_TEXT_MAX];

		other.spi ^= kinds[i].spi;
		if (kinds[i].octet >= 0)
			other.address
			    .octets[kinds[i].octet ? address_size(&other.address) - 1 : 0] ^=
			    kinds[i].bits;
		evidence_note(s->e, "%s: %s", kinds[i].what, index_text(&other, text));
		r = init_request_of(&s->old->suite, &other);
		aftermath_ordinary(s, "8.1", NULL, &r, kinds[i].what);
		if (s->p->target->bank.given)
			ask_bank(s->p, s->e, &other, "the bank's answer to a get of that index");
	}
	aftermath_resumes(
	    s, true, "8.1",
	    "after a miss for its SPI at another address the right index still resumes");
}

const struct probe_case case_n05 = {
	.id = "N05",
	.title = "Right SPI, other address, and the reverse: a miss",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "sections 3.1 and 3.4; wire profile rules 5, 8 and 30",
	.required = "SPI and address together are the index: the same SPI at another address, or "
		    "another SPI at the same address, is another index, and a miss.",
	.causes =
	    "gateway or bank look a stub up by SPI alone, or by a part of it\nthe whole index "
	    "is not compared with the one that the bank returned",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "8.1 30.13",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n05,
};

/* SYN last, with these octets and this Payload Length, whatever the octets are. */
static struct init_request with_length(const struct steps *s, const uint8_t *body, uint16_t length,
				       size_t octets)
{
	struct init_request r = init_request_of(&s->old->suite, NULL);

	r.syn = INIT_SYN_RAW;
	r.syn_body = span_of(body, octets);
	r.lie_length = length != octets + CHAIN_PAYLOAD_HEADER_SIZE;
	r.length = length;
	r.position = INIT_LAST;
	return r;
}

/* Silence, INVALID_SYNTAX and an ordinary answer all conform. */
static void break_chain(struct steps *s, const uint8_t *body, uint16_t length)
{
	const size_t n = 4 + address_size(&s->old->index.address) + 4;
	struct init_request r = with_length(s, body, length, n);
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct init_answer a;
	char text[200], what[80];

	if (!c)
		return;
	r.stop_at_error = r.once = true;
	init_exchange(c, &r, &a);
	g_snprintf(what, sizeof(what), "SYN with Payload Length %u over %zu octets", length, n);
	evidence_clause(
	    s->e, "41.1",
	    a.said.kind == IKE_ANSWER_NONE || a.said.kind == IKE_ANSWER_ORDINARY ||
		(a.said.kind == IKE_ANSWER_ERROR && a.said.notify.type == NOTIFY_INVALID_SYNTAX),
	    what, "silence, N(INVALID_SYNTAX) or an ordinary response", "%s",
	    init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	client_vanish(c);
}

static void n08(struct steps *s)
{
	static const uint16_t skipped[] = { 4, 12, 15, 17, 24, 27, 29, 68 };
	static const uint16_t lies[] = { 0, 1, 3, 255, 65535 };
	const bool ground = aftermath_ground(s);
	uint8_t body[64] = { 0 };
	struct wcursor c = wcursor_init(body, sizeof(body));

	index_write(&c, &s->old->index);
	for (unsigned i = 0; i < G_N_ELEMENTS(skipped); i++) {
		const struct init_request r = with_length(
		    s, body, skipped[i], (size_t)skipped[i] - CHAIN_PAYLOAD_HEADER_SIZE);
		char what[80];

		g_snprintf(what, sizeof(what), "SYN with Payload Length %u", skipped[i]);
		aftermath_ordinary(s, "4.1", "4.5", &r, what);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(lies); i++)
		break_chain(s, body, lies[i]);
	if (ground)
		aftermath_resumes(s, ground, "41.2", "the stub was not touched");
	else
		evidence_note(s->e, "without a hit (see C01) no more can be said");
}

const struct probe_case case_n08 = {
	.id = "N08",
	.title = "SYN of a wrong length: as if it had none, and nothing is lost",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 4 and 41",
	.required =
	    "A SYN whose Payload Length is neither 16 nor 28 is ignored, and the "
	    "request goes on as if it had none. Where the length breaks the chain, silence, "
	    "N(INVALID_SYNTAX) and an ordinary answer conform. The stub is not touched.",
	.causes = "INVALID_SYNTAX is answered outside a protected message (RFC 7296 section "
		  "3.10.1)\nthe whole request is dropped\nlonger ones are cut, shorter ones padded",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "4.1 4.5 41.1 41.2",
	.any_gateway = true,
	.run = stage_resumption,
	.resuming = n08,
};

/* RESERVED is ignored: a hit as without it. */
static void reserved_bits(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a;
	char text[200];

	r.syn_flags = 0x7f;
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_exchange(s->c, &r, &a);
	evidence_check_as(
	    s->e, PROVENANCE_BASE, "RFC 7296 section 3.2", a.said.kind == IKE_ANSWER_RESUMED,
	    "SYN for a live stub with C=0 and RESERVED 127", init_kind_text(IKE_ANSWER_RESUMED),
	    "%s", init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
}

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
			  "N(UNSUPPORTED_CRITICAL_PAYLOAD), or an ordinary response", "%s",
			  init_answer_text(&s->a, text, sizeof(text)));
}

static void n09(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	const bool ground = aftermath_ground(s);

	r.syn_flags = CHAIN_CRITICAL;
	if (!ground) {
		critical_to_a_stranger(s, &r);
		return;
	}
	aftermath_ordinary(s, "4.2", "4.5", &r, "SYN for a live stub with C=1");
	r.syn_flags = 0xff;
	aftermath_ordinary(s, "4.2", "4.5", &r, "SYN for a live stub with C=1 and RESERVED 127");
	reserved_bits(s);
	aftermath_resumes(s, ground, "4.2", "the stub was not touched");
}

const struct probe_case case_n09 = {
	.id = "N09",
	.title = "C=1 in a request: as if it had no SYN",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 3 and 4",
	.required = "C=1 is gateway to client. A request with it is answered as if it had no SYN; "
		    "the RESERVED bits beside it are ignored.",
	.causes = "the C bit is read as RFC 7296's critical bit\nthe C bit is not looked at\nthe "
		  "whole octet is compared with zero",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "4.2 4.5",
	.any_gateway = true,
	.run = stage_resumption,
	.resuming = n09,
};

/* An index that no gateway can have. */
static void no_index(struct steps *s, const struct index *ix, const char *what)
{
	const struct init_request r = init_request_of(&s->old->suite, ix);
	char text[INDEX_TEXT_MAX], whole[120];

	g_snprintf(whole, sizeof(whole), "SYN for %s (%s)", what, index_text(ix, text));
	aftermath_ordinary(s, "4.3", "4.5", &r, whole);
}

static void n10(struct steps *s)
{
	static const struct {
		const char *address, *what;
	} kinds[] = {
		{ "0.0.0.0", "the unspecified address" },
		{ "224.0.0.1", "a multicast address" },
		{ "255.255.255.255", "the broadcast address" },
		{ "::", "the unspecified IPv6 address" },
		{ "ff02::1", "an IPv6 multicast address" },
	};
	struct index ix = s->old->index;
	uint8_t body[INDEX_BODY_MAX] = { 0 };

	if (!aftermath_demand_ground(s))
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (address_from_text(kinds[i].address, &ix.address) == ERR_OK)
			no_index(s, &ix, kinds[i].what);
	if (s->old->index.address.family == 4) {
		ix.address = (struct address){ .family = 6 };
		memset(&ix.address.octets[10], 0xff, 2);
		memcpy(&ix.address.octets[12], s->old->index.address.octets, 4);
		no_index(s, &ix, "the live stub's own address, IPv4-mapped");
	}
	ix = (struct index){ 0, s->old->index.address };
	no_index(s, &ix, "SPI zero");
	/* 24 octets of index under a Payload Length of 16: what follows is no payload */
	memcpy(body, &s->old->index.spi, 8);
	break_chain(s, body, 16);
	aftermath_resumes(s, true, "41.2", "the stub was not touched");
}

const struct probe_case case_n10 = {
	.id = "N10",
	.title = "An index that nobody can have: as if there were no SYN",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 4 and 41",
	.required =
	    "SPI zero, and an address that is unspecified, multicast, broadcast or "
	    "IPv4-mapped, make a SYN that is ignored without an error; IPv6 octets under an "
	    "IPv4 length break the chain, and nothing is lost by it.",
	.causes =
	    "an error is answered\nan IPv4-mapped address is taken for the IPv4 one\nthe bank "
	    "is asked with SPI zero, which is a prefetch",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "4.3 4.5 41.1 41.2",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n10,
};

static void two_syn(struct steps *s, const struct index *first, struct span second,
		    const char *what)
{
	struct init_request r = init_request_of(&s->old->suite, first);

	r.extra[r.n_extra++] =
	    (struct init_extra){ .type = s->p->target->syn_payload_type, .body = second };
	aftermath_ordinary(s, "4.4", "4.5", &r, what);
}

static void n11(struct steps *s)
{
	const struct index unknown = steps_unknown_index(s->p);
	uint8_t live[INDEX_BODY_MAX], other[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(live, sizeof(live)), d = wcursor_init(other, sizeof(other));
	size_t n;

	if (!aftermath_demand_ground(s))
		return;
	index_write(&c, &s->old->index);
	index_write(&d, &unknown);
	n = wcursor_size(&c);
	two_syn(s, &s->old->index, span_of(live, n), "the live stub's SYN twice");
	two_syn(s, &s->old->index, span_of(other, wcursor_size(&d)),
		"the live stub's SYN, then one for another index");
	two_syn(s, &unknown, span_of(live, n), "SYN for another index, then the live stub's");
	two_syn(s, &s->old->index, span_of(live, n - 1),
		"the live stub's SYN, then one that is an octet short");
	aftermath_resumes(s, true, "4.4", "the stub was not touched");
}

const struct probe_case case_n11 = {
	.id = "N11",
	.title = "Two SYN payloads: as if there were none",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(4),
	.required = "With two or more SYN payloads all of them are ignored, without an error.",
	.causes = "the first one counts\nthe last one counts\nINVALID_SYNTAX is answered",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "4.4 4.5",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n11,
};

/* A SYN request under the exchange type of another exchange, unprotected. */
static void unprotected(struct steps *s)
{
	static const struct {
		uint8_t exchange;
		const char *what;
	} kinds[] = { { EXCHANGE_IKE_AUTH, "the SYN request as IKE_AUTH" },
		      { EXCHANGE_CREATE_CHILD_SA, "the SYN request as CREATE_CHILD_SA" },
		      { EXCHANGE_INFORMATIONAL, "the SYN request as INFORMATIONAL" } };
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct volley v = { 0 };
	char text[200];

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct ike_header h;

		client_fresh(s->c, CLIENT_NONCE_DEFAULT);
		if (!init_build(s->c, &r))
			continue;
		h = reshape_read_header(s->c->request);
		h.exchange = kinds[i].exchange;
		volley_add(&v, kinds[i].what, reshape_header(s->c->request, &h));
	}
	volley_send(&v, s->c, probe_moment(s->p));
	for (unsigned i = 0; i < v.n; i++)
		evidence_clause(s->e, "4.6",
				v.shots[i].a.said.kind == IKE_ANSWER_NONE ||
				    v.shots[i].a.said.kind == IKE_ANSWER_ERROR,
				v.shots[i].what, "not served as an IKE_SA_INIT", "%s",
				init_answer_text(&v.shots[i].a, text, sizeof(text)));
	volley_clear(&v);
}

/* Inside SK on the live SA of `c`. */
static void protected_syn(struct steps *s, struct client *c, uint8_t exchange, const char *what)
{
	struct protected_answer a;
	struct ike_child child;
	struct inner in;
	char text[200];

	inner_init(&in);
	if (exchange == EXCHANGE_CREATE_CHILD_SA)
		child_write_request(c, &in, &child, true);
	ike_syn_write(&in.in.w, s->p->target->syn_payload_type, &s->old->index);
	protected_exchange(c, exchange, &in, &a);
	evidence_clause(s->e, "4.6",
			a.kind == PROTECTED_ANSWER && protected_error(&a) == 0 &&
			    (exchange != EXCHANGE_CREATE_CHILD_SA ||
			     child_read_answer(c, &a.inner, &child, true)),
			what, "the exchange goes on as if it had none", "%s",
			protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
}

static void n12(struct steps *s)
{
	struct old_sa *other;

	unprotected(s); /* first: a SYN that hits makes the next one be asked for a cookie */
	if (!aftermath_demand_ground(s))
		return;
	/* on an SA that has nothing to do with the stub */
	other = old_sa_at(s->p, s->e, &s->p->target->gateway, NULL, false);
	if (!other)
		return;
	protected_syn(s, other->client, EXCHANGE_INFORMATIONAL, "SYN inside INFORMATIONAL");
	protected_syn(s, other->client, EXCHANGE_CREATE_CHILD_SA, "SYN inside CREATE_CHILD_SA");
	aftermath_lives(other->client, "4.6", "that SA afterwards");
	old_sa_free(other);
	aftermath_resumes(s, true, "4.6", "the stub was not touched");
}

const struct probe_case case_n12 = {
	.id = "N12",
	.title = "SYN in another exchange is ignored",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(4),
	.required = "A SYN in another exchange than IKE_SA_INIT is ignored: that exchange goes on "
		    "as if it had none, and no request of another exchange is answered as a SYN.",
	.causes = "the exchange type of a request with SPIr 0 is not looked at\nSYN inside SK is "
		  "refused as an unknown payload",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "4.6",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n12,
};

static bool refused_as_critical(const struct init_answer *a, uint8_t type)
{
	return a->said.kind == IKE_ANSWER_ERROR &&
	       a->said.notify.type == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD &&
	       span_equal(a->said.notify.data, span_of(&type, 1));
}

/* An unknown payload beside SYN for `ix`, or beside none (NULL). */
static struct init_request with_unknown(const struct suite *suite, const struct index *ix,
					bool critical)
{
	static const uint8_t body[4];
	struct init_request r = init_request_of(suite, ix);

	r.extra[r.n_extra++] =
	    (struct init_extra){ .type = critical ? CRITICAL_TYPE : UNCRITICAL_TYPE,
				 .flags = critical ? CHAIN_CRITICAL : 0,
				 .body = SPAN_OF(body) };
	r.stop_at_error = true;
	return r;
}

static void check_critical(struct steps *s, const struct init_request *r, const char *what)
{
	struct init_answer a;
	char text[200];

	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_exchange(s->c, r, &a);
	evidence_clause(s->e, "59.1", refused_as_critical(&a, CRITICAL_TYPE), what,
			"N(UNSUPPORTED_CRITICAL_PAYLOAD), whose data is the one octet 242", "%s%s",
			init_answer_text(&a, text, sizeof(text)),
			a.said.kind == IKE_ANSWER_ERROR &&
				a.said.notify.type == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD &&
				!refused_as_critical(&a, CRITICAL_TYPE)
			    ? ", whose data is not that octet"
			    : "");
	init_answer_clear(&a);
}

/* Status notifies that are not known are ignored (RFC 7296 section 3.10.1). */
static void unknown_notify(struct steps *s, const char *what, uint16_t type)
{
	const uint8_t body[] = { 0, 0, (uint8_t)(type >> 8), (uint8_t)type, 1, 2, 3 };
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a;
	char text[200];

	r.extra[r.n_extra++] = (struct init_extra){ .type = PAYLOAD_NOTIFY, .body = SPAN_OF(body) };
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_exchange(s->c, &r, &a);
	evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 3.10.1",
			  a.said.kind == IKE_ANSWER_RESUMED, what,
			  init_kind_text(IKE_ANSWER_RESUMED), "%s",
			  init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
}

static void n13(struct steps *s)
{
	struct init_request r = with_unknown(&s->old->suite, NULL, true);
	struct init_answer a;
	char text[200];

	check_critical(s, &r, "an unknown critical payload in an ordinary request");
	r = with_unknown(&s->old->suite, NULL, false);
	aftermath_ordinary(s, "59.6", NULL, &r,
			   "an unknown payload without the critical bit in an ordinary request");
	/* the rest needs a gateway that knows SYN, which is C01's matter */
	if (!aftermath_ground(s)) {
		evidence_note(s->e, "what stands beside SYN is not asked, see C01");
		return;
	}
	r = with_unknown(&s->old->suite, &s->old->index, true);
	check_critical(s, &r, "an unknown critical payload behind SYN for a live stub");
	r.position = INIT_LAST;
	check_critical(s, &r, "an unknown critical payload before SYN for a live stub");
	r = with_unknown(&s->old->suite, &s->old->index, false);
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_exchange(s->c, &r, &a);
	evidence_clause(s->e, "59.6", a.said.kind == IKE_ANSWER_RESUMED,
			"an unknown payload without the critical bit beside SYN for a live stub",
			init_kind_text(IKE_ANSWER_RESUMED), "%s",
			init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	unknown_notify(s, "a status notify that nobody knows, beside SYN for a live stub", 45678);
	unknown_notify(s, "a second one", 16399);
	aftermath_resumes(s, true, "59.1",
			  "the stub is untouched: without that payload the client resumes");
}

const struct probe_case case_n13 = {
	.id = "N13",
	.title = "An unknown critical payload is refused, beside SYN too, and the stub untouched",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.5; wire profile rule 59",
	.required = "A request with an unknown payload whose critical bit is set is answered "
		    "with UNSUPPORTED_CRITICAL_PAYLOAD, whose data is that payload type; SYN "
		    "beside it changes nothing. Without the critical bit it is skipped.",
	.causes = "SYN is dealt with before the chain is checked\nthe critical bit of payloads "
		  "after SYN is not looked at",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "59.1 59.6",
	.any_gateway = true,
	.run = stage_resumption,
	.resuming = n13,
};
