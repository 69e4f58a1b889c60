/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N28: what ends a session after IKE_AUTH, and what is no more than an error of the moment. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"
#include "client/child.h"
#include "client/rekey.h"
#include "client/stub_watch.h"

#define NOBODYS_STATUS 40967 /* a status notify of the private range */
#define BAD_TS_LENGTH 200

/* An INFORMATIONAL of the client: one notify. */
struct said {
	uint16_t type;
	bool with_type; /* UNSUPPORTED_CRITICAL_PAYLOAD: its data name the payload */
	bool ends;
	const char *what;
};

/* A live SA with its stub at the bank; NULL: stated. */
static struct old_sa *live(struct probe *p, struct evidence *e)
{
	return old_sa_at(p, e, &p->target->gateway, NULL, true);
}

/* Its stub is deleted: gone at the bank where it can be asked, and a miss. */
static void stub_gone(struct probe *p, struct evidence *e, struct old_sa *old, const char *clause,
		      const char *what)
{
	struct steps s = { .p = p, .e = e, .old = old };
	const enum old_sa_stub seen = old_sa_wait_bank(p, e, &old->index, false);

	if (seen == OLD_SA_STUB_UNKNOWN) {
		probe_pass_time(p, 500);
		shown_miss(&s, &old->index, clause, what);
		return;
	}
	evidence_clause(e, clause, seen == OLD_SA_STUB_GONE, what, "deleted at the bank", "%s",
			seen == OLD_SA_STUB_GONE ? "deleted" : "still there");
}

/* The SA of `old` is over, and its stub with it. */
static void is_over(struct probe *p, struct evidence *e, struct old_sa *old, const char *clause,
		    const char *what)
{
	char *text = g_strdup_printf("the IKE SA after %s", what);

	if (shown_gone(e, old->client, clause, text)) {
		old->client->live = false;
		g_free(text);
		text = g_strdup_printf("the stub of the IKE SA that ended by %s", what);
		stub_gone(p, e, old, clause, text);
	}
	g_free(text);
}

/* It goes on, and so does its stub. */
static void goes_on(struct probe *p, struct evidence *e, struct old_sa *old, const char *clause,
		    const char *what)
{
	char *text = g_strdup_printf("the IKE SA after %s", what);

	if (shown_alive(e, old->client, clause, text) &&
	    old_sa_wait_bank(p, e, &old->index, true) == OLD_SA_STUB_GONE)
		evidence_clause(e, clause, false, "its stub", "still at the bank", "deleted");
	g_free(text);
}

static void says(struct probe *p, struct evidence *e, struct old_sa *old, const struct said *s)
{
	static const uint8_t type = 242;
	struct protected_answer a;
	struct inner in;
	char text[200];

	inner_init(&in);
	ike_notify_write_simple(&in.in.w, s->type, span_of(&type, s->with_type ? 1 : 0));
	protected_exchange(old->client, EXCHANGE_INFORMATIONAL, &in, &a);
	evidence_note(e, "the client says %s: %s", s->what,
		      protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	if (s->ends)
		is_over(p, e, old, "56.1", s->what);
	else
		goes_on(p, e, old, "56.1", s->what);
}

static void each_notify(struct probe *p, struct evidence *e)
{
	static const struct said of[] = {
		{ NOTIFY_AUTHENTICATION_FAILED, false, true, "N(AUTHENTICATION_FAILED)" },
		{ NOTIFY_INVALID_SYNTAX, false, true, "N(INVALID_SYNTAX)" },
		{ NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, true, true,
		  "N(UNSUPPORTED_CRITICAL_PAYLOAD)" },
		{ NOBODYS_STATUS, false, false, "a status notify that nobody knows" },
		{ NOTIFY_INVALID_SELECTORS, false, false, "N(INVALID_SELECTORS)" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(of); i++) {
		struct old_sa *old = live(p, e);

		if (old)
			says(p, e, old, &of[i]);
		old_sa_free(old);
	}
}

/* On an SA that was resumed it is the same: the moved stub goes. */
static void after_resumption(struct steps *s)
{
	static const struct said failed = { NOTIFY_AUTHENTICATION_FAILED, false, true,
					    "N(AUTHENTICATION_FAILED) on a resumed SA" };
	struct old_sa *now;

	resume_whole(s->c, s->old, NULL, &s->r);
	if (s->r.outcome != RESUME_COMMITTED) {
		evidence_inconclusive(s->e, "no resumed SA to ask on: %s; see C01 and C03",
				      s->r.text);
		return;
	}
	now = g_new0(struct old_sa, 1);
	old_sa_of_client(now, s->c, s->old);
	now->client = s->c;
	s->c = NULL;
	(void)old_sa_wait_bank(s->p, s->e, &now->index, true);
	says(s->p, s->e, now, &failed);
	old_sa_free(now);
}

/* A Delete of a child SA, one that there is, or one that nobody has. */
static void child_delete(struct probe *p, struct evidence *e, bool there)
{
	struct old_sa *old = live(p, e);
	struct ike_delete d = { .protocol = PROTOCOL_ESP, .n = 1, .spis = { 0x01020304 } };
	struct protected_answer a;
	struct ike_child child;
	struct inner in;
	const char *what = there ? "the Delete of its child SA" : "the Delete of no child SA";

	if (!old)
		return;
	if (there && !child_make(old->client, &child)) {
		evidence_note(e, "no child SA to delete: %s", old->client->why);
		old_sa_free(old);
		return;
	}
	if (there)
		d.spis[0] = child.spi_in;
	inner_init(&in);
	ike_delete_write(&in.in.w, &d);
	protected_exchange(old->client, EXCHANGE_INFORMATIONAL, &in, &a);
	evidence_clause(e, "36.1", a.kind == PROTECTED_ANSWER && protected_error(&a) == 0, what,
			"an answer without an error notify", "%s", protected_kind_text(a.kind));
	protected_answer_clear(&a);
	goes_on(p, e, old, "36.1", what);
	old_sa_free(old);
}

/* Messages that verify and cannot be read. */
enum unreadable { DELETE_WITHOUT_SPIS, CHAIN_PAST_END, UNREADABLE_KINDS };

static void write_unreadable(struct inner *in, enum unreadable kind)
{
	static const uint8_t no_spis[] = { PROTOCOL_ESP, 4, 0, 9 };
	static const uint8_t body[8];
	size_t at;

	inner_init(in);
	at = wcursor_size(&in->in.c);
	if (kind == DELETE_WITHOUT_SPIS) {
		chain_writer_payload(&in->in.w, PAYLOAD_DELETE, 0, SPAN_OF(no_spis));
	} else {
		chain_writer_payload(&in->in.w, PAYLOAD_NOTIFY, 0, SPAN_OF(body));
		/* Payload Length: past the end of the chain */
		wcursor_patch(&in->in.c, at + 2, 2, 400);
	}
}

static void unreadable(struct probe *p, struct evidence *e, enum unreadable kind, const char *what)
{
	struct old_sa *old = live(p, e);
	struct protected_answer a;
	struct inner in;
	char text[200];

	if (!old)
		return;
	write_unreadable(&in, kind);
	protected_exchange(old->client, EXCHANGE_INFORMATIONAL, &in, &a);
	protected_answer_text(&a, text, sizeof(text));
	if (a.kind == PROTECTED_ANSWER && protected_error(&a) == NOTIFY_INVALID_SYNTAX) {
		char *said = g_strdup_printf("N(INVALID_SYNTAX) in answer to %s", what);

		is_over(p, e, old, "56.2", said);
		g_free(said);
	} else {
		evidence_note(e, "%s is not answered with INVALID_SYNTAX: %s", what, text);
		/* what ends the SA says so */
		if (a.kind == PROTECTED_ANSWER && !protected_error(&a))
			shown_alive(e, old->client, "56.2", "the IKE SA after no word of an error");
	}
	protected_answer_clear(&a);
	old_sa_free(old);
}

/* --- bad contents of a child part --- */

enum bad_child { BAD_TS, BAD_PROPOSAL, BAD_KE, NO_TS_I, NO_TS_R, NO_SA, NO_NI, BAD_CHILDREN };

static const char *const bad_children[BAD_CHILDREN] = {
	[BAD_TS] = "a traffic selector that is longer than its payload",
	[BAD_PROPOSAL] = "a proposal that is longer than its payload",
	[BAD_KE] = "a KE payload of three octets",
	[NO_TS_I] = "no TSi",
	[NO_TS_R] = "no TSr",
	[NO_SA] = "no SA",
	[NO_NI] = "no Ni",
};

static bool is_left_out(enum bad_child kind, uint8_t type)
{
	return (kind == NO_TS_I && type == PAYLOAD_TSI) ||
	       (kind == NO_TS_R && type == PAYLOAD_TSR) || (kind == NO_SA && type == PAYLOAD_SA) ||
	       (kind == NO_NI && type == PAYLOAD_NONCE);
}

/* The right request, payload by payload, with one of them spoiled. */
static void write_bad(struct client *c, struct inner *in, enum bad_child kind, bool nonce)
{
	static const uint8_t ts[] = { 1, 0, 0, 0, 7, 0, 0, BAD_TS_LENGTH, 0, 0, 0xff, 0xff };
	static const uint8_t sa[] = { 0, 0, 0, BAD_TS_LENGTH, 1, PROTOCOL_ESP, 4, 1, 0, 0, 0, 9 };
	static const uint8_t ke[] = { 0, 31, 0 };
	struct ike_child child;
	struct inner right;
	struct chain_iter it;
	struct chain_payload p;

	inner_init(&right);
	child_write_request(c, &right, &child, nonce);
	chain_iter_init(&it, ike_inner_chain(&right.in), ike_inner_first(&right.in), NULL);
	while (chain_iter_next(&it, &p)) {
		struct span body = p.body;

		if (is_left_out(kind, p.type))
			continue;
		if (kind == BAD_TS && p.type == PAYLOAD_TSI)
			body = SPAN_OF(ts);
		if (kind == BAD_PROPOSAL && p.type == PAYLOAD_SA)
			body = SPAN_OF(sa);
		if (kind == BAD_KE && p.type == PAYLOAD_TSI)
			chain_writer_payload(&in->in.w, PAYLOAD_KE, 0, SPAN_OF(ke));
		chain_writer_payload(&in->in.w, p.type, p.flags, body);
	}
}

static void bad_child(struct probe *p, struct evidence *e)
{
	struct old_sa *old = live(p, e);

	for (int kind = 0; old && kind < BAD_CHILDREN; kind++) {
		char *what = g_strdup_printf("CREATE_CHILD_SA with %s", bad_children[kind]);
		struct protected_answer a;
		struct inner in;
		char text[200];
		uint16_t error;
		bool lives;

		inner_init(&in);
		write_bad(old->client, &in, (enum bad_child)kind, true);
		protected_exchange(old->client, EXCHANGE_CREATE_CHILD_SA, &in, &a);
		error = protected_error(&a);
		evidence_clause(
		    e, "56.3",
		    a.kind == PROTECTED_ANSWER && error && error != NOTIFY_INVALID_SYNTAX, what,
		    "an error of the child, as NO_PROPOSAL_CHOSEN or TS_UNACCEPTABLE", "%s",
		    protected_answer_text(&a, text, sizeof(text)));
		protected_answer_clear(&a);
		lives = shown_alive(e, old->client, "56.3", "the IKE SA after it");
		g_free(what);
		if (!lives)
			break;
	}
	old_sa_free(old);
}

/* A rekey of the IKE SA whose proposal has an SPI of `octets`, and not of eight (RFC 7296 section 3.3.1). */
static void write_bad_rekey(struct inner *in, const struct inner *right, uint8_t octets)
{
	struct chain_iter it;
	struct chain_payload p;

	chain_iter_init(&it, ike_inner_chain(&right->in), ike_inner_first(&right->in), NULL);
	while (chain_iter_next(&it, &p)) {
		uint8_t body[512];
		size_t n = p.body.n;

		if (n > sizeof(body))
			return;
		memcpy(body, p.body.p, n);
		if (p.type == PAYLOAD_SA && n > 16) {
			memmove(&body[8 + octets], &body[16], n - 16);
			n -= 8u - octets;
			body[2] = (uint8_t)(n >> 8); /* one proposal: as long as the payload */
			body[3] = (uint8_t)n;
			body[6] = octets;
		}
		chain_writer_payload(&in->in.w, p.type, p.flags, span_of(body, n));
	}
}

static void bad_rekey(struct probe *p, struct evidence *e, uint8_t octets)
{
	struct old_sa *old = live(p, e);
	struct protected_answer a;
	struct rekey_half half;
	struct inner right, in;
	char text[200], what[80];

	if (!old)
		return;
	g_snprintf(what, sizeof(what), "a rekey of the IKE SA with an SPI of %u octets", octets);
	inner_init(&right);
	inner_init(&in);
	if (rekey_begin(old->client, &right, &half)) {
		write_bad_rekey(&in, &right, octets);
		protected_exchange(old->client, EXCHANGE_CREATE_CHILD_SA, &in, &a);
		evidence_check(e, a.kind == PROTECTED_ANSWER && protected_error(&a), what,
			       "an error", "%s", protected_answer_text(&a, text, sizeof(text)));
		protected_answer_clear(&a);
	}
	old_sa_free(old);
}

/* A rekey of a child SA that there is not (RFC 7296 section 2.25). */
static void rekey_no_child(struct probe *p, struct evidence *e)
{
	static const uint8_t spi[] = { 0xde, 0xad, 0xbe, 0xef };
	const struct ike_notify rekeyed = { .type = NOTIFY_REKEY_SA,
					    .protocol = PROTOCOL_ESP,
					    .spi = SPAN_OF(spi) };
	struct old_sa *old = live(p, e);
	struct protected_answer a;
	struct ike_child child;
	struct inner in;
	char text[200];

	if (!old)
		return;
	inner_init(&in);
	ike_notify_write(&in.in.w, &rekeyed);
	child_write_request(old->client, &in, &child, true);
	protected_exchange(old->client, EXCHANGE_CREATE_CHILD_SA, &in, &a);
	/* CHILD_SA_NOT_FOUND is a "should": another error does as well, and so does a new child SA */
	evidence_check(
	    e,
	    a.kind == PROTECTED_ANSWER &&
		(protected_error(&a) || child_read_answer(old->client, &a.inner, &child, true)),
	    "a rekey of a child SA that there is not", "an error, N(CHILD_SA_NOT_FOUND) at best",
	    "%s", protected_answer_text(&a, text, sizeof(text)));
	if (a.kind == PROTECTED_ANSWER && protected_error(&a) != NOTIFY_CHILD_SA_NOT_FOUND)
		evidence_info(e, "RFC 7296 section 2.25.1 would have N(CHILD_SA_NOT_FOUND)");
	protected_answer_clear(&a);
	shown_alive(e, old->client, "56.3", "the IKE SA after it");
	old_sa_free(old);
}

static void add_bad_child(struct client *c, struct inner *in)
{
	write_bad(c, in, BAD_TS, false);
}

/* The same in IKE_AUTH: the IKE SA comes about without the child. */
static void bad_first_child(struct probe *p, struct evidence *e)
{
	struct client *c = client_new(p, e, &p->target->gateway, NULL);
	bool ok;

	if (!c)
		return;
	c->auth_more = add_bad_child;
	c->auth_childless = true;
	ok = auth_full_handshake(c, &p->target->client.suites[0]);
	evidence_clause(e, "56.3", ok,
			"IKE_AUTH whose first child SA has a traffic selector that is longer than "
			"its payload",
			"AUTH, and an error of the child", "%s",
			!ok                ? c->why
			: c->child_refused ? iana_notify_name(c->child_refused)
					   : "AUTH alone");
	if (ok)
		shown_alive(e, c, "56.3", "the IKE SA of that IKE_AUTH");
	client_free(c);
}

static void n28(struct probe *p, struct evidence *e)
{
	each_notify(p, e);
	stage_resumption_with(p, e, NULL, NULL, after_resumption);
	child_delete(p, e, false);
	child_delete(p, e, true);
	unreadable(p, e, DELETE_WITHOUT_SPIS, "a Delete that says more SPIs than it has");
	unreadable(p, e, CHAIN_PAST_END, "a payload inside SK that is longer than the message");
	bad_child(p, e);
	rekey_no_child(p, e);
	bad_rekey(p, e, 4);
	bad_rekey(p, e, 0);
	bad_first_child(p, e);
}

const struct probe_case case_n28 = {
	.id = "N28",
	.lasts = 5,
	.title = "Errors after IKE_AUTH end the session and its stub; those of a child do not",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 1.4 and 2.21; wire profile rules 36 and 56",
	.required =
	    "AUTHENTICATION_FAILED, INVALID_SYNTAX and UNSUPPORTED_CRITICAL_PAYLOAD in the "
	    "client's INFORMATIONAL end the IKE SA, and its stub is deleted; so does an "
	    "INVALID_SYNTAX that the gateway sends. Other notifies, the end of a child SA, and bad "
	    "contents of a child part do not.",
	.causes =
	    "the notifies are acknowledged and not looked at\nthe SA is dropped, and the bank "
	    "not told\na child part that cannot be read is INVALID_SYNTAX, which ends the IKE "
	    "SA\nany Delete, or any error notify, is taken for the end of the session",
	.clauses = "36.1 56.1 56.2 56.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = n28,
};
