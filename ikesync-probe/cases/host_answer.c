/* SPDX-License-Identifier: GPL-2.0-or-later */
/* K02, K03, K04: what a client makes of the answers to its SYN. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "wire/ike_cp.h"

/* Answer the request with HDR, Nr; false: stated. */
static bool hit(struct host_sa *sa, const struct host_sa *old)
{
	return host_sa_hit(sa, &old->keys.suite, &old->keys.sk_d);
}

static bool alive(struct roaming *r, struct host_sa *sa)
{
	return host_sa_answered(sa, host_sa_check(sa), r->p->target->timers.answer);
}

/* Does the client use the SA? */
static bool check_alive(struct roaming *r, struct host_sa *sa, const char *clause, const char *what)
{
	const bool ok = alive(r, sa);

	return evidence_clause(r->e, clause, ok, what,
			       "the client answers a liveness check on the new SA", "%s",
			       ok ? "it does" : "silence");
}

/* ---- K02 */

static void check_address(struct roaming *r, const struct host_opened *first)
{
	const struct chain_payload *p = chain_find(&first->p.inner, PAYLOAD_CP);
	struct address got = { .family = 4 };
	char wanted[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX];
	struct fault fault;
	struct ike_cp cp;
	bool ok = false;

	if (!chain_find(&first->p.inner, PAYLOAD_TSI) || !r->inner.family) {
		evidence_note(r->e, "no child SA, or no inner address before: rule 17.4 is not "
				    "asked");
		return;
	}
	if (p && ike_cp_parse(p, &cp, &fault) == ERR_OK && cp.type == IKE_CP_REQUEST)
		for (unsigned i = 0; i < cp.n; i++)
			if (cp.at[i].type == IKE_CP_INTERNAL_IP4_ADDRESS && cp.at[i].value.n == 4) {
				memcpy(got.octets, cp.at[i].value.p, 4);
				ok = address_equal(&got, &r->inner);
			}
	evidence_clause(r->e, "17.4", ok, "CFG_REQUEST with the first child SA",
			address_text(&r->inner, wanted), "%s",
			p ? address_text(&got, text) : "no CP");
}

static bool check_first(struct roaming *r, struct host_sa *sa, struct host_opened *first)
{
	static const char *const words[] = {
		[IKE_BIND_RIGHT] = "right", [IKE_BIND_WRONG] = "wrong", [IKE_BIND_ABSENT] = "absent"
	};
	const bool came = roaming_first(r, sa, first);
	enum ike_bind bind;

	if (!evidence_clause(r->e, "11.3", came, "message ID 1 after HDR, Nr",
			     "a request under the keys of this resumption, at once", "%s",
			     came ? "it came" : "none that verifies"))
		return false;
	evidence_clause(r->e, "16.1", first->p.header.message_id == 1,
			"the message ID of the first protected request", "1", "%u",
			first->p.header.message_id);
	bind = roaming_bind(sa, first);
	evidence_clause(r->e, "12.1", bind != IKE_BIND_ABSENT, "BIND in message ID 1", "there",
			"%s", words[bind]);
	if (bind != IKE_BIND_ABSENT)
		evidence_clause(r->e, "12.3", bind == IKE_BIND_RIGHT,
				"BIND over both IKE_SA_INIT messages, with SK_pi", "right", "%s",
				words[bind]);
	return bind == IKE_BIND_RIGHT;
}

/* Once more, to A: by the index that B told, under B's SK_d, and through what looks like a NAT. */
static void chain_on(struct roaming *r, const struct host_sa *before)
{
	const struct index told = roaming_index(r, before);
	char wanted[INDEX_TEXT_MAX], got[INDEX_TEXT_MAX];
	struct host_sa keep = *before;
	struct host_opened first;
	bool came, right;

	host_sa_clear(&r->old);
	r->old = keep;
	memset(&r->asked, 0, sizeof(r->asked));
	if (!roaming_go(r))
		return;
	evidence_clause(
	    r->e, "5.5",
	    r->asked.syn_presence == IKE_SYN_PRESENT && index_equal(&r->asked.syn, &told),
	    "the index in the next SYN", index_text(&told, wanted), "%s",
	    r->asked.syn_presence == IKE_SYN_PRESENT ? index_text(&r->asked.syn, got) : "none");
	r->asked.feign_nat = true;
	if (!hit(&r->asked, &r->old))
		return;
	came = roaming_first(r, &r->asked, &first);
	evidence_clause(r->e, "23.1", came && first.message->nat,
			"message ID 1 after NAT detection that fits nobody",
			"at the NAT port, with the non-ESP marker", "%s",
			!came                ? "none that verifies"
			: first.message->nat ? "there"
					     : "at the IKE port");
	if (!came)
		return;
	right = roaming_bind(&r->asked, &first) == IKE_BIND_RIGHT;
	evidence_clause(r->e, "23.2", right, "BIND through a NAT",
			"over the messages without the marker", "%s", right ? "right" : "wrong");
	roaming_confirm(r, &r->asked, &first);
	check_alive(r, &r->asked, "23.1", "the SA through a NAT");
}

static void resumed(struct roaming *r)
{
	struct host_opened first;

	if (!hit(&r->asked, &r->old) || !check_first(r, &r->asked, &first))
		return;
	check_address(r, &first);
	roaming_confirm(r, &r->asked, &first);
	if (check_alive(r, &r->asked, "12.8", "a confirmation with the right BIND"))
		chain_on(r, &r->asked);
}

static void fell_back(struct roaming *r)
{
	const struct index ix = roaming_index(r, &r->asked);
	const char *why = "";
	bool ok;

	if (!host_sa_ordinary(&r->asked, true))
		return;
	ok = roaming_authenticate(r, &r->asked, &ix, &why);
	if (evidence_clause(r->e, "7.5", ok, "after SA, KE and Nr in answer to SYN",
			    "IKE_AUTH over the request with SYN", "%s", ok ? "done" : why))
		check_alive(r, &r->asked, "7.5", "the SA of the fallback");
}

static void k02(struct probe *p, struct evidence *e)
{
	stage_roaming_with(p, e, NULL, resumed);
	stage_roaming_with(p, e, NULL, fell_back);
}

const struct probe_case case_k02 = {
	.id = "K02",
	.title = "The client goes on as the answer to SYN says: resumed, or fallback",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 4 (2); wire profile rules 7, 11, 12, 16, 17, 23",
	.required =
	    "After HDR, Nr the client derives keys from the old SK_d and sends message ID 1 "
	    "with BIND at once; after SA, KE and Nr it goes on with IKE_AUTH.",
	.causes =
	    "the keys are not those of the draft's section 3.3\nBIND leaves out one of the two "
	    "messages, or includes the marker\nAUTH of the fallback is over the request "
	    "without SYN",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "5.5 7.5 11.3 12.1 12.3 12.8 16.1 17.4 23.1 23.2",
	.needs = "K01",
	.run = k02,
};

/* ---- K03 */

#define FORGED 7

/* Answers of somebody who does not know SK_d: those from `from` to `to`. */
static void forge(struct roaming *r, struct host_sa *forged, unsigned from, unsigned to)
{
	struct secret made_up = r->old.keys.sk_d;

	for (unsigned i = from; i < to; i++) {
		rng_fill(&rng_system, made_up.octets, made_up.n);
		host_sa_again(&forged[i], &r->asked);
		(void)host_sa_hit(&forged[i], &r->old.keys.suite, &made_up);
	}
	secret_clear(&made_up);
}

/* Whoever sees the right answer may copy its SPIr, and be faster. */
static void same_spi(struct roaming *r)
{
	struct secret made_up = r->old.keys.sk_d;
	struct host_sa forged = { 0 };
	struct host_opened first;
	bool came;

	rng_fill(&rng_system, made_up.octets, made_up.n);
	host_sa_again(&forged, &r->asked);
	if (host_sa_hit(&forged, &r->old.keys.suite, &made_up) &&
	    host_sa_hit_as(&r->asked, &r->old.keys.suite, &r->old.keys.sk_d, forged.spi_r)) {
		came = roaming_first(r, &r->asked, &first) &&
		       roaming_bind(&r->asked, &first) == IKE_BIND_RIGHT;
		evidence_clause(r->e, "7.6", came,
				"the right answer behind a forged one with the same SPIr",
				"another candidate: message ID 1 under the right keys", "%s",
				came ? "it came" : "none that verifies");
		if (came)
			roaming_confirm(r, &r->asked, &first);
	}
	host_sa_clear(&forged);
	secret_clear(&made_up);
}

/* The right gateway has no stub, and a rogue one was faster. */
static void fallback_behind(struct roaming *r)
{
	const struct index ix = roaming_index(r, &r->asked);
	struct host_sa forged[1] = { 0 };
	const char *why = "";
	bool ok;

	forge(r, forged, 0, 1);
	if (host_sa_ordinary(&r->asked, true)) {
		ok = roaming_authenticate(r, &r->asked, &ix, &why);
		evidence_clause(r->e, "7.6", ok, "SA, KE and Nr behind a forged HDR, Nr",
				"another candidate: IKE_AUTH", "%s", ok ? "done" : why);
	}
	host_sa_clear(&forged[0]);
}

static void k03(struct roaming *r)
{
	struct host_sa forged[FORGED] = { 0 };
	struct host_opened first;
	struct host_inner in;

	forge(r, forged, 0, FORGED / 2);
	/* a confirmation that cannot verify */
	host_inner_begin(&in);
	host_sa_send(&forged[0], EXCHANGE_INFORMATIONAL, false, 1, &in);
	if (hit(&r->asked, &r->old)) {
		forge(r, forged, FORGED / 2, FORGED);
		const bool came = roaming_first(r, &r->asked, &first);

		if (evidence_clause(r->e, "7.6",
				    came && roaming_bind(&r->asked, &first) == IKE_BIND_RIGHT,
				    "the right answer among seven forged ones",
				    "message ID 1 under the right keys, with BIND", "%s",
				    came ? "it came" : "none that verifies")) {
			roaming_confirm(r, &r->asked, &first);
			check_alive(r, &r->asked, "7.6",
				    "the first that a protected message verifies wins");
		}
	}
	for (unsigned i = 0; i < FORGED; i++)
		host_sa_clear(&forged[i]);
}

static void k03_all(struct probe *p, struct evidence *e)
{
	stage_roaming_with(p, e, NULL, k03);
	stage_roaming_with(p, e, NULL, same_spi);
	stage_roaming_with(p, e, NULL, fallback_behind);
}

const struct probe_case case_k03 = {
	.id = "K03",
	.title = "A rogue gateway's bare HDR, Nr is never confirmed; the right answer, later, is",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_PROBLEM,
	.source = PROBLEM "section 6; wire profile rule 7",
	.required = "Anybody can answer HDR, Nr. The client goes on with up to eight different "
		    "answers, and the first of which a protected message verifies wins.",
	.causes =
	    "the client goes on with the first answer only\na further answer replaces the one "
	    "before\nthe client gives up when a protected message does not verify",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "7.6",
	.needs = "K01 K02",
	.run = k03_all,
};

/* ---- K04 */

static void send_notify(struct roaming *r, uint64_t spi_r, uint16_t type, struct span data)
{
	struct host_answer a;

	host_answer_begin(&a, r->asked.header.spi_i, spi_r);
	ike_notify_write_simple(&a.w, type, data);
	host_answer_send(&a, &r->asked, false);
}

static void send_errors(struct roaming *r)
{
	static const uint16_t types[] = { NOTIFY_NO_PROPOSAL_CHOSEN, NOTIFY_INVALID_SYNTAX,
					  NOTIFY_AUTHENTICATION_FAILED, NOTIFY_INVALID_IKE_SPI,
					  NOTIFY_IKESYNC_NOT_COMMITTED };

	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		send_notify(r, 0, types[i], SPAN_NONE);
}

#define ODD 5

/* Answers that are neither a hit nor a fallback; their SPIr go to `spis`. */
static void send_odd(struct roaming *r, uint64_t spis[static ODD])
{
	static const size_t nonces[ODD] = { 8, 257, 32, 32, 32 };
	uint8_t nonce[257], cookie[65] = { 0 };

	for (unsigned i = 0; i < ODD; i++) {
		struct host_answer a;

		spis[i] = i == 4 ? 0 : rng_spi(&rng_system);
		rng_fill(&rng_system, nonce, sizeof(nonce));
		/* one answers another request */
		host_answer_begin(&a, r->asked.header.spi_i ^ (i == 3), spis[i]);
		if (i == 2)
			chain_writer_payload(&a.w, PAYLOAD_SA, 0,
					     chain_find(&r->asked.asked, PAYLOAD_SA)->body);
		chain_writer_payload(&a.w, PAYLOAD_NONCE, 0, span_of(nonce, nonces[i]));
		host_answer_send(&a, &r->asked, false);
	}
	send_notify(r, 0, NOTIFY_COOKIE, SPAN_OF(cookie));
}

/* Were the odd answers discarded? */
static bool check_odd(struct roaming *r, const uint64_t spis[static ODD])
{
	unsigned odd = 0;

	for (unsigned i = 0; i < ODD; i++)
		odd += host_count(&r->host, r->asked.header.spi_i ^ (i == 3), spis[i],
				  IKE_FLAG_INITIATOR, 1);
	return evidence_clause(
	    r->e, "7.5", odd == 0,
	    "answers with a short or long nonce, SA without KE, another SPIi, no SPIr", "discarded",
	    "%u messages followed them", odd);
}

/* The request that follows keeps SPIi, Ni and SYN. `spis` are of odd answers sent before, or NULL. */
static bool check_repetition(struct roaming *r, const char *after, const uint64_t *spis)
{
	const struct host_message *m = host_next_init(&r->host, r->p->target->timers.answer);
	struct host_sa again;
	bool ok;

	if (spis && !check_odd(r, spis))
		return false;
	if (!evidence_clause(r->e, "7.5", m, after, "the request again, as asked", "%s",
			     m ? "it came" : "nothing"))
		return false;
	if (!host_sa_begin(&again, &r->host, m)) {
		host_sa_clear(&again);
		return false;
	}
	ok = evidence_clause(
	    r->e, "10.4",
	    again.header.spi_i == r->asked.header.spi_i && span_equal(again.ni, r->asked.ni) &&
		again.syn_presence == r->asked.syn_presence &&
		index_equal(&again.syn, &r->asked.syn),
	    after, "the same SPIi, Ni and SYN", "%s SPIi, %s Ni, %s SYN",
	    again.header.spi_i == r->asked.header.spi_i ? "the same" : "another",
	    span_equal(again.ni, r->asked.ni) ? "the same" : "another",
	    again.syn_presence == r->asked.syn_presence && index_equal(&again.syn, &r->asked.syn)
		? "the same"
		: "another");
	host_sa_clear(&r->asked);
	r->asked = again;
	return ok;
}

static bool check_cookie(struct roaming *r)
{
	uint8_t cookie[48];
	struct ike_notify n;
	bool first;

	rng_fill(&rng_system, cookie, sizeof(cookie));
	send_notify(r, 0, NOTIFY_COOKIE, SPAN_OF(cookie));
	if (!check_repetition(r, "after N(COOKIE)", NULL))
		return false;
	first = r->asked.asked.n && r->asked.asked.at[0].type == PAYLOAD_NOTIFY &&
		ike_notify_find(&r->asked.asked, NOTIFY_COOKIE, &n) &&
		span_equal(n.data, SPAN_OF(cookie));
	return evidence_clause(r->e, "7.5", first, "the cookie in the repeated request",
			       "the first payload, unchanged", "%s", first ? "it is" : "it is not");
}

/* A group that is offered, other than the KE's; 0: none. */
static uint16_t other_group(const struct roaming *r)
{
	struct ike_sa offer;
	struct fault fault;

	if (ike_sa_parse(chain_find(&r->asked.asked, PAYLOAD_SA), &offer, &fault) != ERR_OK)
		return 0;
	for (unsigned i = 0; i < offer.n_transforms; i++)
		if (offer.transforms[i].type == TRANSFORM_DH &&
		    offer.transforms[i].id != r->asked.ke.group && offer.transforms[i].id)
			return offer.transforms[i].id;
	return 0;
}

static bool check_invalid_ke(struct roaming *r, const uint64_t spis[static ODD])
{
	const uint16_t group = other_group(r);
	const struct ike_ke_wanted wanted = ike_ke_wanted(group);

	if (!group) {
		evidence_note(r->e, "the client offers one group only: INVALID_KE_PAYLOAD is not "
				    "sent");
		return true;
	}
	send_notify(r, 0, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(wanted.octets));
	return check_repetition(r, "after N(INVALID_KE_PAYLOAD)", spis) &&
	       evidence_clause(r->e, "7.5", r->asked.ke.group == group, "the group of KE",
			       "the one that was asked for", "%u, asked for %u", r->asked.ke.group,
			       group);
}

static void send_clear(struct roaming *r, uint16_t type)
{
	const struct ike_header h =
	    ike_header_response(r->asked.header.spi_i, r->asked.spi_r, EXCHANGE_INFORMATIONAL, 1);
	struct host_answer a;

	a.c = wcursor_init(a.octets, sizeof(a.octets));
	chain_writer_message(&a.w, &a.c, &h);
	ike_notify_write_simple(&a.w, type, SPAN_NONE);
	host_answer_send(&a, &r->asked, false);
}

/* A client that one of them has ended asks anew at once; the next repetition comes later. */
static bool check_errors(struct roaming *r)
{
	const unsigned before = r->host.seen->len;
	unsigned others = 0;

	send_errors(r);
	(void)host_at(&r->host, before, r->p->target->timers.retransmit);
	for (unsigned i = before; i < r->host.seen->len; i++) {
		const struct host_message *m = g_ptr_array_index(r->host.seen, i);

		others += m->is_ike && m->header.exchange == EXCHANGE_IKE_SA_INIT &&
			  m->header.spi_i != r->asked.header.spi_i;
	}
	return evidence_clause(r->e, "7.7", others == 0, "five forged errors",
			       "the attempt goes on", "%s",
			       others ? "another one was begun" : "it does");
}

static void k04(struct roaming *r)
{
	uint64_t spis[ODD];
	struct host_opened first;
	bool came, right;

	if (!check_errors(r) || !check_cookie(r))
		return;
	send_odd(r, spis);
	if (!check_invalid_ke(r, spis) || !hit(&r->asked, &r->old))
		return;
	came = roaming_first(r, &r->asked, &first);
	if (!evidence_clause(r->e, "7.7", came, "HDR, Nr after forged errors",
			     "message ID 1: no error has ended the attempt", "%s",
			     came ? "it came" : "none that verifies"))
		return;
	right = roaming_bind(&r->asked, &first) == IKE_BIND_RIGHT;
	if (!evidence_clause(r->e, "12.3", right, "BIND after COOKIE and INVALID_KE_PAYLOAD",
			     "over the request as it was sent last", "%s", right ? "so" : "not so"))
		return;
	if (!check_odd(r, spis) || !check_errors(r))
		return;
	send_clear(r, NOTIFY_INVALID_IKE_SPI);
	send_clear(r, NOTIFY_AUTHENTICATION_FAILED);
	roaming_confirm(r, &r->asked, &first);
	check_alive(r, &r->asked, "13.11", "the confirmation after INVALID_IKE_SPI in clear");
}

const struct probe_case case_k04 = {
	.id = "K04",
	.title = "A forged error does not end the attempt; COOKIE and INVALID_KE are obeyed",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 7, 10, 13",
	.required =
	    "An unprotected error notify counts only when the attempt has run out of time; a "
	    "lone COOKIE or INVALID_KE_PAYLOAD is obeyed with the same SPIi, Ni and SYN; "
	    "anything else is discarded.",
	.causes = "the client stops at the first error notify\nthe repetition draws a new nonce or "
		  "SPIi\nthe client follows an answer that has SA without KE\nINVALID_IKE_SPI in "
		  "clear makes it drop the SA",
	.asks = ASKS_CLIENT,
	.requires = REQUIRES_CLIENT,
	.clauses = "7.5 7.7 10.4 12.3 13.11",
	.needs = "K01 K02",
	.run = stage_roaming,
	.roaming = k04,
};
