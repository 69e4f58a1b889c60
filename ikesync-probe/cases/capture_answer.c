/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P07 to P11: indexes, answers, and what must differ or be the same from message to message. */
#include "cases/capture.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "keys/suite.h"
#include "wire/iana.h"
#include "wire/ike_notify.h"

/* Messages of one exchange that are compared: an honest one has a handful. */
#define COMPARED_MAX 1024
#define ANSWERS_MAX 64

/* SAs by one of their SPIs: the first with it. */
struct by_spi {
	GHashTable *responder, *initiator;
	GHashTable *stored; /* frames by index */
};

/* Where a bank was first given a stub, by its index. */
static GHashTable *stored(const struct story *s)
{
	GHashTable *all = g_hash_table_new(index_key_hash, index_key_equal);

	for (unsigned i = 0; i < s->ops->len; i++) {
		struct stub_op *op = &g_array_index(s->ops, struct stub_op, i);

		if ((op->type == STUB_INIT || op->type == STUB_UPDATE) && op->has_after &&
		    !g_hash_table_contains(all, &op->after))
			g_hash_table_insert(all, &op->after, GUINT_TO_POINTER(op->request->frame));
	}
	return all;
}

static struct by_spi by_spi_new(const struct story *s)
{
	struct by_spi b = { g_hash_table_new(g_int64_hash, g_int64_equal),
			    g_hash_table_new(g_int64_hash, g_int64_equal), stored(s) };

	for (unsigned i = s->sas->len; i-- > 0;) {
		struct sa *sa = g_ptr_array_index(s->sas, i);

		g_hash_table_replace(b.responder, &sa->ike.spi_r, sa);
		g_hash_table_replace(b.initiator, &sa->ike.spi_i, sa);
	}
	return b;
}

static void by_spi_free(struct by_spi *b)
{
	g_hash_table_unref(b->responder);
	g_hash_table_unref(b->initiator);
	g_hash_table_unref(b->stored);
}

static const struct seen_message *first_request(const struct attempt *a)
{
	return g_ptr_array_index(a->requests, 0);
}

/* Has a bank been given a stub under `ix` before `frame`? */
static bool stored_before(const struct by_spi *known, const struct index *ix, unsigned frame)
{
	unsigned at = GPOINTER_TO_UINT(g_hash_table_lookup(known->stored, ix));

	return at && at <= frame;
}

/* One index: kept, broken, or (false) not known. */
static bool p07_judge(const struct by_spi *known, const struct attempt *a, struct tally *t)
{
	unsigned frame = first_request(a)->frame;
	const struct sa *own = g_hash_table_lookup(known->responder, &a->index.spi);
	const struct sa *other = g_hash_table_lookup(known->initiator, &a->index.spi);
	char told[INDEX_TEXT_MAX], asked[INDEX_TEXT_MAX];

	if (own && own->response->frame < frame) {
		if (index_equal(&own->index, &a->index)) {
			tally_kept(t, frame);
			return true;
		}
		if (own->index_told) {
			tally_broken(t, frame, "%s, and frame %u began the SA whose index is %s",
				     index_text(&a->index, asked), own->response->frame,
				     index_text(&own->index, told));
			return true;
		}
	}
	if (stored_before(known, &a->index, frame)) {
		tally_kept(t, frame);
		return true;
	}
	if (other && other->response->frame < frame &&
	    address_equal(&other->attempt->client, &a->client)) {
		tally_broken(t, frame, "the SPI is the client's own, of the SA that frame %u began",
			     other->response->frame);
		return true;
	}
	return false;
}

static void p07(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct tally t = tally_new("5.5", "the index that SYN names",
				   "one that the capture shows before: told, or stored at a bank");
	struct by_spi known = by_spi_new(s);
	unsigned asked = 0, unknown = 0, first = 0;

	for (unsigned i = 0; i < s->attempts->len; i++) {
		const struct attempt *a = g_ptr_array_index(s->attempts, i);

		if (!a->asks)
			continue;
		asked++;
		if (!p07_judge(&known, a, &t) && !unknown++)
			first = first_request(a)->frame;
	}
	by_spi_free(&known);
	tally_state(&t, e);
	if (unknown)
		evidence_inconclusive(
		    e,
		    "%u of %u indexes are not seen before, the first in frame %u: the SA may be "
		    "older than the capture, or its INDEX could not be read",
		    unknown, asked, first);
	capture_nothing(s, e, asked, NOT_THERE_SYN);
}

const struct probe_case case_p07 = {
	.id = "P07",
	.title = "The index was seen earlier in the capture",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.1; wire profile rule 5",
	.required =
	    "A client names an SA that it had: the gateway's SPI and address, as INDEX told "
	    "them or, without INDEX, as the SA itself shows.",
	.causes = "the client's own SPI is taken for the gateway's\nthe address of the new gateway "
		  "is written instead of the old one's\nan index of two rekeys ago",
	.asks = ASKS_CAPTURE,
	.clauses = "5.5",
	.run = p07,
};

/* Has the exchange another answer than `m` that goes on? Then either may be forged: IKE_SA_INIT proves nothing. */
static bool is_one_of_several(const struct attempt *a, const struct seen_message *m)
{
	bool other = false;

	for (unsigned i = 0; i < a->responses->len && i < ANSWERS_MAX && !other; i++) {
		const struct seen_message *o = g_ptr_array_index(a->responses, i);
		struct ike_answer *answer;

		if (o->fault.err != ERR_OK || span_equal(seen_octets(o), seen_octets(m)))
			continue;
		answer = g_new0(struct ike_answer, 1);
		ike_answer_read(seen_octets(o), a->spi_i, answer);
		other =
		    (answer->kind == IKE_ANSWER_RESUMED || answer->kind == IKE_ANSWER_ORDINARY) &&
		    answer->nr_fits;
		g_free(answer);
	}
	return other;
}

struct p08 {
	struct tally answer, hit, cookie;
	unsigned unanswered, doubtful;
};

/* N(COOKIE) alone, of 1 to 64 octets, from an SPIr of 0. */
static bool cookie_is_right(const struct ike_answer *a)
{
	return a->chain.n == 1 && a->notify.data.n >= 1 && a->notify.data.n <= 64 &&
	       a->header.spi_r == 0;
}

static void p08_answer(struct p08 *t, const struct attempt *a, const struct seen_message *m)
{
	struct ike_answer *answer = g_new0(struct ike_answer, 1);
	struct ike_notify redirect;
	bool known;

	ike_answer_read(seen_octets(m), a->spi_i, answer);
	/* RFC 5685: a gateway may send any client elsewhere */
	known = (answer->kind != IKE_ANSWER_NEITHER && answer->kind != IKE_ANSWER_FOREIGN) ||
		ike_notify_find(&answer->chain, NOTIFY_REDIRECT, &redirect);
	if (!known && is_one_of_several(a, m)) {
		t->doubtful++;
		g_free(answer);
		return;
	}
	tally_add(&t->answer, m->frame, known, "%s", ike_clause_text(answer->broken.clause));
	if (answer->kind == IKE_ANSWER_RESUMED)
		tally_add(&t->hit, m->frame, a->asks && answer->header.spi_r,
			  a->asks ? "SPIr is zero" : "no request had a SYN");
	if (answer->kind == IKE_ANSWER_COOKIE &&
	    (cookie_is_right(answer) || !is_one_of_several(a, m)))
		tally_add(&t->cookie, m->frame, cookie_is_right(answer),
			  "%u payloads, a cookie of %zu octets, SPIr %016" G_GINT64_MODIFIER "x",
			  answer->chain.n, answer->notify.data.n, answer->header.spi_r);
	g_free(answer);
}

static void p08(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct p08 t = {
		.answer = tally_new("7.1", "what the answer to a SYN is",
				    "resumed (Nr), fallback (SA, KE, Nr), a cookie or an error"),
		.hit = tally_new("7.1", "the answer that resumes", "to a SYN, with an SPIr"),
		.cookie = tally_new("15.3", "the answer that asks for a cookie",
				    "N(COOKIE) alone, 1 to 64 octets, SPIr 0"),
	};
	unsigned n;

	for (unsigned i = 0; i < s->attempts->len; i++) {
		const struct attempt *a = g_ptr_array_index(s->attempts, i);

		for (unsigned k = 0; a->asks && k < a->responses->len; k++) {
			const struct seen_message *m = g_ptr_array_index(a->responses, k);

			if (m->fault.err == ERR_OK)
				p08_answer(&t, a, m);
		}
		t.unanswered += a->asks && !a->responses->len;
	}
	n = tally_state(&t.answer, e);
	tally_state(&t.hit, e);
	tally_state(&t.cookie, e);
	if (t.doubtful)
		evidence_info(e,
			      "%u answers of another kind beside one that goes on: anybody can "
			      "have sent those",
			      t.doubtful);
	if (t.unanswered)
		evidence_info(e, "%u SYN without any answer in the capture", t.unanswered);
	capture_nothing(s, e, n, "the capture has no answer to a SYN");
}

const struct probe_case case_p08 = {
	.id = "P08",
	.title = "A SYN is answered in one of four ways",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 4; wire profile rules 7 and 15",
	.required =
	    "HDR, Nr resumes; SA, KE and Nr are an ordinary IKE_SA_INIT response; N(COOKIE) "
	    "or an error stand alone.",
	.causes = "a hit carries SA or KE as well\nthe header of the answer is that of a request\n"
		  "a cookie is asked for with an SPIr that is there already",
	.asks = ASKS_CAPTURE,
	.clauses = "7.1 15.3",
	.run = p08,
};

static guint twin_hash(gconstpointer key)
{
	const struct index *ix = key;

	return index_key_hash(ix);
}

static gboolean twin_same(gconstpointer a, gconstpointer b)
{
	return index_key_equal(a, b);
}

static void p09(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct tally t = tally_new("7.2", "SPIr of an answer that resumes",
				   "not that of the old SA, and of no other SA of the gateway");
	GHashTable *used = g_hash_table_new_full(twin_hash, twin_same, g_free, NULL);

	for (unsigned i = 0; i < s->sas->len; i++) {
		struct sa *sa = g_ptr_array_index(s->sas, i);
		struct index key = { sa->ike.spi_r, sa->attempt->gateway };
		const struct sa *other = g_hash_table_lookup(used, &key);

		if (sa->resumed && sa->ike.spi_r == sa->old.spi)
			tally_broken(&t, sa->response->frame,
				     "it is the old SA's, which SYN named");
		else if (sa->resumed)
			tally_add(&t, sa->response->frame, !other || other->attempt == sa->attempt,
				  "it is that of frame %u", other ? other->response->frame : 0);
		if (!other)
			g_hash_table_insert(used, g_memdup2(&key, sizeof(key)), sa);
	}
	g_hash_table_unref(used);
	capture_nothing(s, e, tally_state(&t, e), NOT_THERE_HIT);
}

const struct probe_case case_p09 = {
	.id = "P09",
	.title = "SPIr_new is never used again",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rule 7",
	.required = "The gateway chooses a new SPI for the new SA; it enters the keys.",
	.causes = "the SPI of the old SA goes on\nthe SPI comes from a counter or a seed that "
		  "starts anew",
	.asks = ASKS_CAPTURE,
	.clauses = "7.2",
	.run = p09,
};

static guint nonce_hash(gconstpointer key)
{
	const struct span *s = key;
	guint h = (guint)s->n;

	for (size_t i = 0; i < s->n; i++)
		h = h * 31 + s->p[i];
	return h;
}

static gboolean nonce_same(gconstpointer a, gconstpointer b)
{
	return span_equal(*(const struct span *)a, *(const struct span *)b);
}

/* Half of the longest prf that the SA payload names; 0: none. */
static size_t half_a_prf(const struct chain *chain)
{
	const struct chain_payload *p = chain_find(chain, PAYLOAD_SA);
	struct ike_sa *sa;
	struct fault fault;
	size_t half = 0;

	if (!p)
		return 0;
	sa = g_new0(struct ike_sa, 1);
	if (ike_sa_parse(p, sa, &fault) == ERR_OK)
		for (unsigned i = 0; i < sa->n_transforms; i++)
			if (sa->transforms[i].type == TRANSFORM_PRF)
				half = MAX(half, suite_prf_size(sa->transforms[i].id) / 2);
	g_free(sa);
	return half;
}

struct p10 {
	struct tally size, once;
	GHashTable *seen; /* const struct seen_message * by nonce */
};

static void p10_message(struct p10 *t, const struct reading *r, const struct attempt *a,
			const struct seen_message *m, bool response)
{
	const struct chain_payload *nonce;
	const struct seen_message *other;
	struct chain chain;
	size_t half;
	bool fits;

	if (m->fault.err != ERR_OK || !seen_chain(r, m, &chain))
		return;
	nonce = chain_find(&chain, PAYLOAD_NONCE);
	if (!nonce)
		return;
	half = half_a_prf(&chain);
	fits = nonce->body.n >= 16 && nonce->body.n <= 256 && nonce->body.n >= half;
	if (!fits && response && is_one_of_several(a, m))
		return;
	tally_add(&t->size, m->frame, fits,
		  "%zu octets, where 16 to 256 and at least %zu are wanted", nonce->body.n, half);
	other = g_hash_table_lookup(t->seen, &nonce->body);
	/* retransmissions, and requests with a cookie, keep it; so does whoever forges an answer */
	if (other && (other->header.spi_i != m->header.spi_i ||
		      (other->header.flags ^ m->header.flags) & IKE_FLAG_RESPONSE))
		tally_broken(&t->once, m->frame, "it is that of frame %u", other->frame);
	else
		tally_kept(&t->once, m->frame);
	if (!other)
		g_hash_table_insert(t->seen, g_memdup2(&nonce->body, sizeof(nonce->body)),
				    (gpointer)(uintptr_t)m);
}

static void p10(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct p10 t = {
		.size = tally_new("9.5", "nonces of IKE_SA_INIT",
				  "16 to 256 octets, at least half the size of the prf's output"),
		.once = tally_new("9.5", "nonces of IKE_SA_INIT", "used once"),
		.seen = g_hash_table_new_full(nonce_hash, nonce_same, g_free, NULL),
	};

	for (unsigned i = 0; i < s->attempts->len; i++) {
		const struct attempt *a = g_ptr_array_index(s->attempts, i);

		for (unsigned k = 0; k < a->requests->len; k++)
			p10_message(&t, s->reading, a, g_ptr_array_index(a->requests, k), false);
		for (unsigned k = 0; k < a->responses->len; k++)
			p10_message(&t, s->reading, a, g_ptr_array_index(a->responses, k), true);
	}
	g_hash_table_unref(t.seen);
	capture_nothing(s, e, tally_state(&t.size, e) + tally_state(&t.once, e),
			"the capture has no nonce of IKE_SA_INIT");
}

const struct probe_case case_p10 = {
	.id = "P10",
	.title = "Nonces have the right size and are used once",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.10 and 3.9; wire profile rule 9",
	.required = "The nonces are all that is new in the keys of a resumed SA.",
	.causes = "the nonce is that of the old SA\nthe generator is seeded with the time\n"
		  "the answer sends Ni back",
	.asks = ASKS_CAPTURE,
	.clauses = "9.5",
	.run = p10,
};

/* A cookie in front, or another group: it was asked for, whether or not the capture has that. */
static bool shows_why(const struct reading *r, const struct seen_message *before,
		      const struct seen_message *after)
{
	struct chain x, y;
	struct ike_notify cookie;
	struct ike_ke was, is;
	struct fault fault;

	if (!seen_chain(r, before, &x) || !seen_chain(r, after, &y))
		return false;
	return ike_notify_find(&y, NOTIFY_COOKIE, &cookie) ||
	       (chain_find(&x, PAYLOAD_KE) && chain_find(&y, PAYLOAD_KE) &&
		ike_ke_parse(chain_find(&x, PAYLOAD_KE), &was, &fault) == ERR_OK &&
		ike_ke_parse(chain_find(&y, PAYLOAD_KE), &is, &fault) == ERR_OK &&
		was.group != is.group);
}

/* Did the gateway ask for another request between the two? */
static bool asked_anew(const struct attempt *a, unsigned from, unsigned to)
{
	for (unsigned i = 0; i < a->responses->len && i < COMPARED_MAX; i++) {
		const struct seen_message *m = g_ptr_array_index(a->responses, i);
		struct ike_answer *answer;
		bool asks;

		if (m->frame <= from || m->frame >= to)
			continue;
		answer = g_new0(struct ike_answer, 1);
		ike_answer_read(seen_octets(m), a->spi_i, answer);
		asks = answer->kind == IKE_ANSWER_COOKIE || answer->kind == IKE_ANSWER_INVALID_KE ||
		       answer->kind == IKE_ANSWER_ERROR;
		g_free(answer);
		if (asks)
			return true;
	}
	return false;
}

static void p11_init(const struct reading *r, const struct attempt *a, struct tally *t)
{
	const struct seen_message *last = NULL;

	for (unsigned i = 0; i < a->requests->len && i < COMPARED_MAX; i++) {
		const struct seen_message *m = g_ptr_array_index(a->requests, i);

		/* a broken one is P05's */
		if (m->fault.err != ERR_OK)
			continue;
		if (last)
			tally_add(
			    t, m->frame,
			    span_equal(seen_octets(last), seen_octets(m)) ||
				shows_why(r, last, m) || asked_anew(a, last->frame, m->frame),
			    "it differs from frame %u, and neither a cookie nor another group "
			    "was asked for",
			    last->frame);
		last = m;
	}
}

/* Repeated: the same sender, kind and message ID. */
static bool repeats(const struct opened *a, const struct opened *b)
{
	const struct ike_header *x = &a->m->header, *y = &b->m->header;

	/* fragments of one message have the same header, and differ rightly */
	return x->message_id == y->message_id && x->flags == y->flags &&
	       a->from_initiator == b->from_initiator && x->next_payload == y->next_payload &&
	       x->next_payload != PAYLOAD_SKF;
}

/* Only what verified is surely of one hand: anybody can send something else. */
static void p11_protected(const struct sa *sa, struct tally *t)
{
	const struct opened *last[2][2] = { { NULL } };

	for (unsigned i = 0; i < sa->messages->len; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);
		bool response = o->m->header.flags & IKE_FLAG_RESPONSE;
		const struct opened **before = &last[o->from_initiator][response];

		if (!o->verified)
			continue;
		if (*before && repeats(*before, o))
			tally_add(t, o->m->frame,
				  span_equal(seen_octets((*before)->m), seen_octets(o->m)),
				  "it differs from frame %u with the same message ID %u",
				  (*before)->m->frame, o->m->header.message_id);
		*before = o;
	}
}

static void p11(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct tally init =
	    tally_new(NULL, "retransmitted IKE_SA_INIT requests", "octet for octet the same");
	struct tally later =
	    tally_new(NULL, "retransmitted protected messages", "octet for octet the same");

	for (unsigned i = 0; i < s->attempts->len; i++)
		p11_init(s->reading, g_ptr_array_index(s->attempts, i), &init);
	for (unsigned i = 0; i < s->sas->len; i++)
		p11_protected(g_ptr_array_index(s->sas, i), &later);
	capture_nothing(s, e, tally_state(&init, e) + tally_state(&later, e),
			"the capture has no retransmission");
}

const struct probe_case case_p11 = {
	.id = "P11",
	.title = "Retransmissions are identical",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.1; wire profile rules 10 and 14",
	.required =
	    "A message that is sent again is the same, octet for octet; an IKE_SA_INIT request "
	    "changes only when a cookie or another group is asked for.",
	.causes = "the message is made anew from the state, with another nonce, KE or IV\nNAT "
		  "detection or padding is filled in at sending",
	.asks = ASKS_CAPTURE,
	.clauses = NULL,
	.run = p11,
};
