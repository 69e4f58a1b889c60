/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N01, N02, N16, N25, N30: what was said before is said again, from here and from elsewhere. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"

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
	c->sa.spi_i = seen->sa.spi_i;
	memcpy(c->ni, seen->ni, seen->ni_n);
	c->ni_n = seen->ni_n;
	g_byte_array_append(c->request, seen->request->data, seen->request->len);
	return c;
}

static bool same(const GByteArray *a, const GByteArray *b)
{
	return a && b && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/*
 * The SYN of s->c from another socket, and with the cookie where one is asked for: whoever replays
 * from where he can listen has it. Before the commit a hit is right, after it (`late`) a miss.
 */
static void replay(struct steps *s, const struct address *source, bool late, const char *from)
{
	struct client *attacker = replayer(s, s->c, source);
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a;
	char text[200], what[120];

	if (!attacker)
		return;
	g_snprintf(what, sizeof(what), "the same SYN from %s", from);
	steps_repeat_init(attacker, &a);
	if (a.said.kind == IKE_ANSWER_COOKIE) {
		init_answer_clear(&a);
		init_exchange(attacker, &r, &a);
		evidence_note(s->e, "%s: a cookie is asked for and returned", what);
	}
	init_answer_text(&a, text, sizeof(text));
	if (late)
		evidence_clause(s->e, "13.9", a.said.kind != IKE_ANSWER_RESUMED, what,
				"no hit: the stub has moved", "%s", text);
	else
		evidence_note(s->e, "%s: %s", what, text);
	evidence_clause(s->e, "14.4",
			a.said.kind != IKE_ANSWER_RESUMED || a.said.header.spi_r != s->c->sa.spi_r,
			what, "not the response that another address got", "%s", text);
	init_answer_clear(&a);
	client_vanish(attacker);
}

static void replay_from_everywhere(struct steps *s, bool late)
{
	replay(s, NULL, late, "another port of the same source");
	if (other_source(s->p))
		replay(s, other_source(s->p), late, "another source");
	else
		evidence_note(s->e, "no [client] second-source: not replayed from another address");
}

static void n01(struct steps *s)
{
	struct init_answer again;
	char text[200];

	if (!steps_hit(s))
		return;
	steps_repeat_init(s->c, &again);
	evidence_clause(s->e, "14.1", same(again.octets, s->a.octets),
			"the same octets from the same source", "the identical octets", "%s",
			init_answer_text(&again, text, sizeof(text)));
	init_answer_clear(&again);
	replay_from_everywhere(s, false);
	aftermath_resumes(s, true, "13.1", "after the replays the real client still resumes");
}

const struct probe_case case_n01 = {
	.id = "N01",
	.title = "A replayed SYN consumes nothing",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 5 (1); wire profile rules 13 to 15",
	.required = "SYN can be replayed by anyone who saw it, from anywhere. The stub is not "
		    "consumed by it: the real client still resumes. To its sender the response is "
		    "repeated as it was, to nobody else.",
	.causes = "the stub is taken out of the bank by the get\na provisional SA of a "
		  "stranger blocks the index\nthe response cache is keyed without the source",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "13.1 14.1 14.4",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n01,
};

/* Message ID 1 under way, kept so that it can be sent again. */
struct first {
	GByteArray *request;
	struct protected_answer answer;
};

static void first_clear(struct first *f)
{
	if (f->request)
		g_byte_array_unref(f->request);
	protected_answer_clear(&f->answer);
}

/* SYN and message ID 1. false: inconclusive, and said. */
static bool resume_by_hand(struct steps *s, struct first *f)
{
	static const struct resume_knobs right;
	char text[200];

	if (!steps_hit_and_derive(s))
		return false;
	f->request = resume_confirmation(s->c, &right, NULL);
	if (!f->request)
		return false;
	protected_send(s->c, f->request, EXCHANGE_INFORMATIONAL, 1, 0, false, &f->answer);
	if (f->answer.kind == PROTECTED_ANSWER && protected_error(&f->answer) == 0) {
		s->old->moved = s->c->live = true;
		s->c->sa.window.next = 2;
		return true;
	}
	evidence_inconclusive(s->e, "message ID 1 was not accepted: %s; see C03 and C34",
			      protected_answer_text(&f->answer, text, sizeof(text)));
	return false;
}

/* The live SA's index, as told, resumes. */
static void new_index_resumes(struct steps *s, const struct first *f)
{
	struct old_sa next;
	struct resume_result r = { 0 };
	struct client *c;

	if (!auth_read_index(s->c, &f->answer.inner)) {
		evidence_note(s->e, "no INDEX was told (C35 is about that)");
		return;
	}
	old_sa_of_client(&next, s->c, s->old);
	c = client_new(s->p, s->e, s->c->gateway, NULL);
	if (c) {
		resume_whole(c, &next, NULL, &r);
		evidence_clause(s->e, "13.9", r.outcome == RESUME_COMMITTED,
				"the index of the live SA resumes", "a verified answer", "%s",
				r.text);
		s->c->live &= !next.moved; /* ended by what came of it */
	}
	resume_result_clear(&r);
	client_free(c);
	old_sa_clear(&next);
}

static void n02(struct steps *s)
{
	struct first f = { 0 };
	struct client *elsewhere;

	if (resume_by_hand(s, &f)) {
		replay_from_everywhere(s, true);
		aftermath_lives(s->c, "14.4", "the live SA after its SYN was replayed");
		elsewhere = replayer(s, s->c, other_source(s->p));
		if (elsewhere) {
			evidence_note(s->e, "message ID 1 is replayed from another source");
			transport_send(elsewhere->transport,
				       span_of(f.request->data, f.request->len));
			client_vanish(elsewhere);
		}
		aftermath_lives(s->c, "16.2", "the live SA after its message ID 1 was replayed");
		new_index_resumes(s, &f);
	}
	first_clear(&f);
}

const struct probe_case case_n02 = {
	.id = "N02",
	.title = "A replay after success leaves the live SA alone",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 5 (1); wire profile rules 13, 14 and 16",
	.required =
	    "Once a resumption is committed, copies of its messages are misses or nothing at "
	    "all, and the SA goes on: it answers its client, and its new index resumes.",
	.causes = "the replayed SYN starts the SA's state again\nanswers go where the replay came "
		  "from\nthe old index still finds the stub",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "13.9 14.4 16.2",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n02,
};

/* What comes after an answer, in the time in which any responder that retransmits does so. */
static unsigned unasked(struct steps *s)
{
	const uint64_t deadline = probe_now() + MIN(s->p->target->timers.provisional, 2200);
	struct span message;
	unsigned n = 0;

	while (transport_receive(s->c->transport, deadline, &message))
		n++;
	return n;
}

/* Networks double datagrams, too, but not those of every answer. */
#define ROUNDS 6

static void answers_once(struct steps *s)
{
	unsigned n = 0, rounds = 0;

	do {
		if (rounds && !steps_hit(s))
			return;
		n = unasked(s);
		if (n)
			evidence_note(s->e,
				      "%u datagrams came that nobody asked for; once more: is "
				      "it the network?",
				      n);
	} while (n && ++rounds < ROUNDS && !probe_interrupted());
	evidence_clause(s->e, "59.4", n == 0, "after HDR, Nr, while nobody asks",
			"no further datagram", "%u of them, after each of %u answers", n, rounds);
}

static void n16(struct steps *s)
{
	struct init_request r;
	struct init_answer a;
	char text[200];

	if (!steps_hit(s))
		return;
	evidence_clause(s->e, "59.4", s->a.octets->len <= s->c->request->len, "the size of HDR, Nr",
			"no more octets than the request had", "%u octets to a request of %u",
			s->a.octets->len, s->c->request->len);
	answers_once(s);
	/* the index has a provisional SA: now a cookie is asked for */
	r = init_request_of(&s->old->suite, &s->old->index);
	r.stop_at_cookie = true;
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_exchange(s->c, &r, &a);
	if (a.octets)
		evidence_clause(
		    s->e, "59.4",
		    a.said.kind == IKE_ANSWER_ORDINARY || a.octets->len <= s->c->request->len,
		    "the size of the answer to a second SYN", "no more octets than the request had",
		    "%s: %u octets to a request of %u", init_answer_text(&a, text, sizeof(text)),
		    a.octets->len, s->c->request->len);
	init_answer_clear(&a);
}

const struct probe_case case_n16 = {
	.id = "N16",
	.lasts = 2,
	.title = "No amplification: an answer is no larger than its request, and comes once",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.1; wire profile rule 59",
	.required =
	    "The answer to a hit, and a cookie, are no larger than the request; a responder "
	    "repeats nothing that it was not asked for again.",
	.causes =
	    "the response is padded, or carries what nobody asked for\nthe gateway retransmits "
	    "its responses\nan answer is sent from two sockets",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "59.4",
	.needs = "C01",
	.run = stage_resumption,
	.resuming = n16,
};

static void syn_again(struct steps *s)
{
	struct init_answer again;
	char text[200];

	evidence_note(s->e, "confirmed; now the IKE_SA_INIT request of this SA comes again, octet "
			    "for octet");
	protected_quiet(s->c);
	steps_repeat_init(s->c, &again);
	init_answer_text(&again, text, sizeof(text));
	evidence_clause(s->e, "14.3", again.said.kind == IKE_ANSWER_NONE, "the replayed SYN",
			"dropped", "%s", text);
	evidence_clause(
	    s->e, "14.4",
	    again.said.kind != IKE_ANSWER_RESUMED || again.said.header.spi_r != s->c->sa.spi_r,
	    "the replayed SYN does not bring this SA's response again", "dropped", "%s%s", text,
	    again.said.kind == IKE_ANSWER_RESUMED ? ", with the same SPIr" : "");
	init_answer_clear(&again);
}

static void confirmation_again(struct steps *s, const struct first *f)
{
	struct protected_answer second;

	evidence_note(s->e, "and message ID 1 comes again, octet for octet");
	protected_send(s->c, f->request, EXCHANGE_INFORMATIONAL, 1, s->p->target->timers.answer / 2,
		       false, &second);
	evidence_clause(s->e, "16.3", same(second.octets, f->answer.octets),
			"the replayed message ID 1", "the identical response", "%s",
			second.kind == PROTECTED_ANSWER ? "another verified answer"
							: protected_kind_text(second.kind));
	protected_answer_clear(&second);
}

static void n25(struct steps *s)
{
	struct first f = { 0 };

	if (resume_by_hand(s, &f)) {
		syn_again(s);
		confirmation_again(s, &f);
		aftermath_lives(s->c, "14.4", "the SA after them");
	}
	first_clear(&f);
}

const struct probe_case case_n25 = {
	.id = "N25",
	.lasts = 3,
	.title = "No second SA out of a cached response",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 14 and 16",
	.required = "After confirmation, copies of the SYN request are dropped. An SA is never "
		    "built again from a cached response, since that would repeat keys and IVs. A "
		    "repeated message ID 1 gets the identical response.",
	.causes = "the cache outlives the SA's confirmation and starts its state "
		  "again\nmessage ID 1 is processed twice",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "14.3 14.4 16.3",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n25,
};

/* From now on answers count from the other port alone. */
static void to_nat_port(struct client *c)
{
	transport_set_remote(c->transport, &c->gateway->nat, true);
	transport_set_remote(c->transport, &c->gateway->nat, true);
}

/* At once: the answer to a retransmission would hide by which path the first one went. */
static void answered_at_once(struct steps *s)
{
	const uint32_t id = ike_window_ask(&s->c->sa.window);
	struct protected_answer a = { 0 };
	struct inner in;
	GByteArray *m;

	inner_init(&in);
	m = protected_seal(s->c, EXCHANGE_INFORMATIONAL, 0, id, &in);
	if (!m)
		return;
	protected_send(s->c, m, EXCHANGE_INFORMATIONAL, id, 0, true, &a);
	evidence_clause(s->e, "23.1", a.kind == PROTECTED_ANSWER, "a new request to the NAT port",
			"a verified answer, from there", "%s", protected_kind_text(a.kind));
	if (a.kind == PROTECTED_ANSWER)
		ike_window_done(&s->c->sa.window);
	protected_answer_clear(&a);
	g_byte_array_unref(m);
}

static void n30(struct steps *s)
{
	struct first f = { 0 };
	struct protected_answer again;

	if (resume_by_hand(s, &f)) {
		to_nat_port(s->c);
		evidence_note(s->e, "message ID 1 again, to the NAT port with the non-ESP marker");
		protected_send(s->c, f.request, EXCHANGE_INFORMATIONAL, 1, 0, false, &again);
		evidence_clause(s->e, "23.1", same(again.octets, f.answer.octets),
				"a retransmission to the other port",
				"the identical response, from the port that was asked", "%s",
				protected_kind_text(again.kind));
		protected_answer_clear(&again);
		answered_at_once(s);
	}
	first_clear(&f);
}

const struct probe_case case_n30 = {
	.id = "N30",
	.title = "A retransmission to the other port is answered from there",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.11 and 2.23; wire profile rule 23",
	.required = "A request is answered from the address and port to which it was sent, a "
		    "repeated one too, whatever port the first copy went to.",
	.causes =
	    "the response goes out by the socket of the first copy\nthe marker is counted into "
	    "the hash by which retransmissions are known",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_NAT,
	.clauses = "23.1",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n30,
};
