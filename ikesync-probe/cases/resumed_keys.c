/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C03-C05, C08, C45: the keys of a resumed SA, and that it is established with them. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/rekey.h"
#include "client/stub_watch.h"
#include "ike/ike_child.h"
#include "ike/ike_inform.h"
#include "ike/ike_told.h"

#define IVS 3

/* The IV of a message that is one SK payload. */
static struct span iv_of(const GByteArray *m, size_t n)
{
	const size_t at = IKE_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE;

	return m && m->len > at + n && m->data[16] == PAYLOAD_SK ? span_of(&m->data[at], n)
								 : SPAN_NONE;
}

/* An IV that comes twice under one key gives the messages away: always with an AEAD, often with CBC. */
static void ivs_differ(struct steps *s)
{
	const size_t n = s->c->sa.keys.sizes.iv;
	struct protected_answer a[IVS] = { 0 };
	struct span iv[IVS + 1] = { iv_of(s->r.octets, n) };
	unsigned same = 0;

	for (unsigned i = 0; i < IVS; i++) {
		struct inner in;

		inner_init(&in);
		if (protected_exchange(s->c, EXCHANGE_INFORMATIONAL, &in, &a[i]) ==
		    PROTECTED_ANSWER)
			iv[i + 1] = iv_of(a[i].octets, n);
		for (unsigned k = 0; k <= i; k++)
			same += iv[k].n && span_equal(iv[k], iv[i + 1]);
	}
	evidence_check_as(s->e, PROVENANCE_BASE,
			  s->c->sa.keys.sizes.aead ? "RFC 5282 section 3.1"
						   : "RFC 7296 section 3.14",
			  same == 0, "IVs of the answers to message IDs 1 to 4",
			  "another one in each", "%u pairs are the same", same);
	for (unsigned i = 0; i < IVS; i++)
		protected_answer_clear(&a[i]);
}

/* The sender may pad as it likes. */
static void padded(struct steps *s)
{
	struct client *c = s->c;
	const uint32_t id = ike_window_ask(&c->sa.window);
	const struct ike_header h = { .spi_i = c->sa.spi_i,
				      .spi_r = c->sa.spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = EXCHANGE_INFORMATIONAL,
				      .flags = IKE_FLAG_INITIATOR,
				      .message_id = id };
	uint8_t octets[512];
	struct wcursor cursor = wcursor_init(octets, sizeof(octets));
	GByteArray *m = g_byte_array_new();
	struct protected_answer a;
	struct chain_writer w;
	char text[200];

	chain_writer_message(&w, &cursor, &h);
	if (sk_seal_padded(&w, &c->sa.keys, SK_FROM_INITIATOR, &c->sa.iv, c->rng, PAYLOAD_NONE,
			   SPAN_NONE) == ERR_OK) {
		g_byte_array_append(m, octets, (guint)wcursor_size(&cursor));
		protected_send(c, m, EXCHANGE_INFORMATIONAL, id, 0, false, &a);
		evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 3.14",
				  a.kind == PROTECTED_ANSWER,
				  "a request with as much padding as there can be",
				  "any length that aligns is accepted: a verified answer", "%s",
				  protected_answer_text(&a, text, sizeof(text)));
		/* not served: the ID is free */
		if (a.kind != PROTECTED_ANSWER)
			c->sa.window.next = id;
		protected_answer_clear(&a);
	}
	ike_window_done(&c->sa.window);
	g_byte_array_unref(m);
}

static void protected_both_ways(struct steps *s)
{
	const char *what = "a protected INFORMATIONAL is understood and answered with the draft's "
			   "keys";
	enum resume_outcome o;

	if (!steps_hit_and_derive(s))
		return;
	o = steps_confirm(s, NULL);
	/* A refusal that verifies proves the keys as well; whether it is right is C36's matter. */
	if (o == RESUME_NOT_COMMITTED || o == RESUME_REFUSED)
		evidence_clause(s->e, "9.1", true, what, "a verified answer", "%s", s->r.text);
	else if (shown_committed(s, "9.1", what) &&
		 shown_alive(s->e, s->c, "9.2", "request and response of message ID 2")) {
		ivs_differ(s);
		padded(s);
	}
}

/* Both kinds of protection, as far as the target file has suites for them. */
static void with_each_kind(struct probe *p, struct evidence *e, void (*resuming)(struct steps *s))
{
	for (int aead = 0; aead < 2; aead++) {
		const struct suite *suite = steps_suite(p, aead);
		char name[96];

		if (!suite) {
			evidence_note(e, "the target file has no suite %s: this half is left out",
				      aead ? "with an AEAD" : "of CBC and HMAC");
			continue;
		}
		evidence_note(e, "with %s: %s", aead ? "an AEAD" : "CBC and HMAC",
			      suite_text(suite, name, sizeof(name)));
		stage_resumption_with(p, e, suite, NULL, resuming);
	}
}

static void c03(struct probe *p, struct evidence *e)
{
	with_each_kind(p, e, protected_both_ways);
}

const struct probe_case case_c03 = {
	.id = "C03",
	.title = "SKEYSEED = prf(SK_d_old, Ni | Nr): a protected message goes both ways",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rule 9",
	.required =
	    "SKEYSEED is prf(SK_d_old, Ni | Nr) with nothing else mixed in, the nonces whole.",
	.clauses = "9.1 9.2",
	.causes = "RFC 5723's label \"Resumption\" is mixed in\ng^ir is mixed in, as in an IKE "
		  "rekey\nthe nonces are swapped or cut\n"
		  "the gateway lost SK_d, or its stub holds another one",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = c03,
};

static void resume_twice(struct steps *s)
{
	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, NULL);
	if (!shown_committed(s, "9.2",
			     "request (SK_ai, SK_ei) and response (SK_ar, SK_er) of message ID 1"))
		return;
	/* SK_pr */
	shown_bind(s, "BIND in the answer to message ID 1");
	if (shown_alive(s->e, s->c, "9.2", "request and response of message ID 2"))
		/* SK_d: at the moved index, its keys come from the SK_d of the first resumption */
		shown_resumes_on(s, NULL, "13.9", "the moved index resumes");
}

static void c04(struct probe *p, struct evidence *e)
{
	with_each_kind(p, e, resume_twice);
}

const struct probe_case case_c04 = {
	.id = "C04",
	.title = "prf+ and the order of the keys, each direction; SK_d through a second resumption",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rules 9 and 13",
	.required = "{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, "
		    "Ni | Nr | SPIi | SPIr_new). The moved stub holds the new SK_d.",
	.clauses = "9.1 9.2 12.2 12.3 13.9 5.4",
	.causes = "an old SPI stands in prf+\nthe keys are cut in another order or with other "
		  "lengths\n"
		  "the moved stub was stored with the SK_d of the SA before\nthe moved index "
		  "is not told, or its stub is not in the bank",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c04,
};

/* The first suite of the target file whose prf is another than `prf`; NULL: it has none. */
static const struct suite *other_prf(const struct target_client *t, uint16_t prf)
{
	for (unsigned i = 0; i < t->n_suites; i++)
		if (t->suites[i].prf != prf)
			return &t->suites[i];
	return NULL;
}

static void second_offered(struct steps *s)
{
	const struct suite *mine = &s->p->target->client.suites[0],
			   *other = other_prf(&s->p->target->client, mine->prf);
	struct init_request r = init_request_of(other, &s->old->index);
	char a[96], b[240];

	r.suites[r.n_suites++] = *mine;
	s->syn = &r;
	evidence_note(s->e, "SYN offers %s first, then the stub's %s",
		      suite_text(other, a, sizeof(a)), suite_text(mine, b, sizeof(b)));
	init_exchange(s->c, &r, &s->a);
	if (evidence_clause(s->e, "10.2", s->a.said.kind == IKE_ANSWER_RESUMED,
			    "SYN that offers the stub's suite second",
			    init_kind_text(IKE_ANSWER_RESUMED), "%s",
			    init_answer_text(&s->a, b, sizeof(b))) &&
	    resume_derive(s->c, s->old)) {
		steps_confirm(s, NULL);
		if (shown_committed(s, "9.3", "keys made with the prf of the stub's SA"))
			shown_alive(s->e, s->c, "9.3", "request and response of message ID 2");
	}
	s->syn = NULL;
}

/* A suite that is not offered is not used. */
static void not_offered(struct steps *s)
{
	const struct suite *other =
	    other_prf(&s->p->target->client, s->p->target->client.suites[0].prf);
	const struct init_request r = init_request_of(other, &s->old->index);
	char a[96], b[240];

	evidence_note(s->e, "SYN offers %s alone, which is not the stub's",
		      suite_text(other, a, sizeof(a)));
	init_exchange(s->c, &r, &s->a);
	evidence_clause(s->e, "39.5", s->a.said.kind != IKE_ANSWER_RESUMED,
			"SYN that does not offer the stub's suite", "a miss", "%s",
			init_answer_text(&s->a, b, sizeof(b)));
}

static void c05(struct probe *p, struct evidence *e)
{
	const struct suite *mine = &p->target->client.suites[0];

	/* REQUIRES_SECOND_PRF: there is another */
	stage_resumption_with(p, e, mine, NULL, second_offered);
	stage_resumption_with(p, e, mine, NULL, not_offered);
}

const struct probe_case case_c05 = {
	.id = "C05",
	.title = "The prf is that of the stub, not the first one offered",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rules 9 and 10",
	.required = "The prf of the derivation is the one in the stub's SA; the SA payload of "
		    "the request only has to contain that suite.",
	.clauses = "9.3 10.2 39.5",
	.causes = "the gateway chooses from the request's SA payload as in a full "
		  "handshake\nonly the first proposal is looked at",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_SECOND_PRF,
	.needs = "C01 C03",
	.run = c05,
};

static void child_first(struct steps *s)
{
	const struct resume_knobs knobs = { .create_child = true };

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &knobs);
	if (shown_commit(s, "11.4", "CREATE_CHILD_SA as the first message, without IKE_AUTH")) {
		evidence_clause(s->e, "17.3", s->r.has_child, "the answer makes a child SA",
				"SA, Nr, TSi and TSr that fit the request", "%s",
				s->r.has_child ? s->r.text : s->c->why);
		shown_alive(s->e, s->c, "11.4", "INFORMATIONAL after it");
	}
}

#define NOBODYS_CIPHER 65001 /* private use */

/* Another child SA, offered behind a proposal that nobody can take. false: none came of it. */
static bool child_behind(struct steps *s, struct ike_child *child)
{
	const struct target_client *t = &s->p->target->client;
	const struct suite_esp suites[] = { { .encr = NOBODYS_CIPHER }, t->esp[0] };
	const struct ike_child_offer offer = { .n_suites = 2, .suites = suites, .nonce = true };
	struct protected_answer a;
	struct ike_broken broken;
	struct fault fault;
	struct ike_sa sa;
	struct inner in;
	char text[200];
	bool ok;

	inner_init(&in);
	ike_child_write(&in.in, &offer, s->c->rng, child);
	protected_exchange(s->c, EXCHANGE_CREATE_CHILD_SA, &in, &a);
	ok = a.kind == PROTECTED_ANSWER && !protected_error(&a) &&
	     ike_child_read(&a.inner, &offer, child, &broken) &&
	     ike_sa_parse(chain_find(&a.inner, PAYLOAD_SA), &sa, &fault) == ERR_OK;
	evidence_note(s->e, "a second child SA, whose second proposal is the right one: %s",
		      protected_answer_text(&a, text, sizeof(text)));
	if (ok)
		evidence_check_as(
		    s->e, PROVENANCE_BASE, "RFC 7296 section 3.3.1", sa.proposals[0].number == 2,
		    "Proposal Num of the accepted child proposal",
		    "2, that of the proposal which was accepted", "%u", sa.proposals[0].number);
	protected_answer_clear(&a);
	return ok;
}

/* What a Delete in the answer to the Delete of `child` names: the other direction of the pair. */
static void child_deleted(struct steps *s, const struct ike_child *child)
{
	struct protected_answer a;
	struct ike_delete d = { 0 };
	const struct chain_payload *p;
	struct fault fault;
	struct inner in;

	inner_init(&in);
	ike_inform_delete_child(&in.in, child->spi_in);
	protected_exchange(s->c, EXCHANGE_INFORMATIONAL, &in, &a);
	p = a.kind == PROTECTED_ANSWER ? chain_find(&a.inner, PAYLOAD_DELETE) : NULL;
	if (p && ike_delete_parse(p, &d, &fault) == ERR_OK && d.protocol == PROTOCOL_ESP && d.n)
		evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 1.4.1",
				  d.n == 1 && d.spis[0] == child->spi_out,
				  "the SPI in the answer to the Delete of a child SA",
				  "the gateway's, of the other direction", "%08x%s", d.spis[0],
				  d.spis[0] == child->spi_in ? ", the client's own" : "");
	else
		evidence_note(s->e, "the answer to the Delete of a child SA has no Delete");
	protected_answer_clear(&a);
}

static void second_child(struct steps *s, const struct ike_child *first)
{
	struct ike_child second;

	if (!child_behind(s, &second))
		return;
	evidence_check_as(s->e, PROVENANCE_BASE, "RFC 4303 section 2.1",
			  second.spi_out != first->spi_out && first->spi_out > 255 &&
			      second.spi_out > 255,
			  "the gateway's SPIs of two child SAs of one IKE SA",
			  "two, neither reserved", "%08x and %08x", first->spi_out, second.spi_out);
	child_deleted(s, first);
	shown_alive(s->e, s->c, "11.4", "the IKE SA after that");
}

static void informational_first(struct steps *s)
{
	struct ike_child child;
	bool made;

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, NULL);
	if (!shown_commit(s, "11.4", "INFORMATIONAL as the first message, without IKE_AUTH"))
		return;
	made = child_make(s->c, &child);
	evidence_clause(s->e, "11.4", made, "CREATE_CHILD_SA after it", "a child SA", "%s",
			made ? "made" : s->c->why);
	if (made)
		second_child(s, &child);
}

/* An IKE SA rekey as message ID 1 (rule 46). */
struct rekey_first {
	struct rekey_half half;
	bool done;
	unsigned indexes; /* in the answer */
};

static void write_rekey(struct client *c, struct inner *in, void *user)
{
	rekey_begin(c, in, &((struct rekey_first *)user)->half);
}

static void read_rekey(struct client *c, const struct protected_answer *a, void *user)
{
	struct rekey_first *r = user;

	r->indexes = ike_told_index_count(&a->inner);
	r->done = c->live && rekey_end(c, a, &r->half);
}

static void rekey_first(struct steps *s)
{
	struct rekey_first rekey = { 0 };
	const struct resume_ask ask = { .name = "CREATE_CHILD_SA that rekeys the IKE SA",
					.exchange = EXCHANGE_CREATE_CHILD_SA,
					.write = write_rekey,
					.answered = read_rekey,
					.user = &rekey };
	const struct resume_knobs knobs = { .ask = &ask };

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &knobs);
	if (!shown_committed(s, "46.1", "an IKE SA rekey as the first message"))
		return;
	shown_bind(s, "BIND in the answer to it");
	if (!evidence_clause(s->e, "46.1", rekey.done, "the rekey is served as on any SA",
			     "SA, Nr, KEr of a new IKE SA", "%s", rekey.done ? "it is" : s->c->why))
		return;
	shown_index(s->e, "46.2", "N(IKESYNC_INDEX) in the answer", s->c->sa.has_index,
		    &s->c->sa.index, s->c->sa.spi_r, s->c);
	evidence_clause(s->e, "46.2", rekey.indexes == 1, "how many of them", "one", "%u",
			rekey.indexes);
	if (shown_alive(s->e, s->c, "46.1", "the rekeyed SA"))
		shown_resumes_on(s, NULL, "5.6", "the index that was told resumes");
}

/* The session that was resumed ends at once. */
static void write_delete(struct client *c, struct inner *in, void *user)
{
	(void)c;
	(void)user;
	ike_inform_delete(&in->in);
}

static void delete_first(struct steps *s)
{
	const struct resume_ask ask = { .name = "the Delete of the IKE SA",
					.exchange = EXCHANGE_INFORMATIONAL,
					.write = write_delete };
	const struct resume_knobs knobs = { .ask = &ask };
	enum old_sa_stub seen;
	struct index ix;

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &knobs);
	if (!shown_committed(s, "46.1", "the Delete of the IKE SA as the first message"))
		return;
	if (shown_gone(s->e, s->c, "46.1", "the IKE SA that its first message deleted"))
		s->c->live = false;
	ix = (struct index){ s->c->sa.spi_r,
			     s->r.has_index ? s->r.index.address : s->c->gateway->index_address };
	seen = old_sa_wait_bank(s->p, s->e, &ix, false);
	if (seen != OLD_SA_STUB_UNKNOWN)
		evidence_clause(s->e, "36.1", seen == OLD_SA_STUB_GONE, "its stub",
				"deleted at the bank", "%s",
				seen == OLD_SA_STUB_GONE ? "deleted" : "still there");
	shown_miss(s, &s->old->index, "13.9", "SYN for the index that was resumed and deleted");
}

static void c08(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, delete_first);
	stage_resumption_with(p, e, NULL, NULL, child_first);
	stage_resumption_with(p, e, NULL, NULL, informational_first);
	stage_resumption_with(p, e, NULL, NULL, rekey_first);
}

const struct probe_case case_c08 = {
	.id = "C08",
	.title = "Established without IKE_AUTH: CREATE_CHILD_SA works at once",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 4 (2); wire profile rules 11 and 17",
	.required = "After HDR, Nr the IKE SA is established on both sides. The client's first "
		    "protected message may be CREATE_CHILD_SA.",
	.causes = "the gateway waits for IKE_AUTH\nidentity or policy for child SAs was not "
		  "taken from the stub\nmessage ID 1 is only accepted as INFORMATIONAL",
	.clauses = "11.4 13.9 17.3 36.1 46.1 46.2 5.4 5.6 9.1 12.2 12.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c08,
};

/* Nonces of every length go in whole, the client's as the gateway's. */
static void with_nonce(struct steps *s, size_t n)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	char text[240], what[64];

	evidence_note(s->e, "SYN with Ni of %zu octets", n);
	client_free(s->c);
	s->c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	if (!s->c)
		return;
	client_fresh(s->c, n);
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	g_snprintf(what, sizeof(what), "SYN with Ni of %zu octets", n);
	if (!evidence_clause(s->e, "9.5", s->a.said.kind == IKE_ANSWER_RESUMED, what,
			     init_kind_text(IKE_ANSWER_RESUMED), "%s",
			     init_answer_text(&s->a, text, sizeof(text))) ||
	    !resume_derive(s->c, s->old))
		return;
	steps_confirm(s, NULL);
	g_snprintf(what, sizeof(what), "keys with Ni of %zu octets", n);
	if (shown_committed(s, "9.4", what))
		shown_bind(s, "BIND over that request");
}

static void nonce_16(struct steps *s)
{
	with_nonce(s, 16);
}

static void nonce_64(struct steps *s)
{
	with_nonce(s, 64);
}

static void nonce_65(struct steps *s)
{
	with_nonce(s, 65);
}

static void nonce_256(struct steps *s)
{
	with_nonce(s, 256);
}

static void c45(struct probe *p, struct evidence *e)
{
	static void (*const lengths[])(struct steps * s) = { nonce_16, nonce_64, nonce_65,
							     nonce_256 };

	for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++)
		stage_resumption_with(p, e, NULL, NULL, lengths[i]);
}

const struct probe_case case_c45 = {
	.id = "C45",
	.title = "Nonces of 16, 64 and 256 octets enter the keys whole",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.10, 2.14 and 3.9; wire profile rule 9",
	.required = "A nonce has 16 to 256 octets, and all of them take part in the derivation.",
	.causes =
	    "a buffer of 32 or 64 octets for Ni\na nonce that is longer than the prf's block is "
	    "hashed or cut\nthe length is kept in an octet: 256 becomes 0",
	.clauses = "9.4 9.5 12.2 12.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c45,
};
