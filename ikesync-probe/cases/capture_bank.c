/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P14 to P16: what a capture shows between gateways and their bank. */
#include "cases/capture.h"
#include "cases/cases.h"
#include "cases/sources.h"
#include "wire/iana.h"
#include "wire/ike_delete.h"
#include "wire/ike_notify.h"

#define SECOND 1000000000u
/* How long after a Delete the stub's end is waited for; the queue to a bank may hold it longer. */
#define DELETE_S 10
/* [5] moves within [300 s], rule 18. */
#define MOVES_MAX 5
#define WINDOW_S 300

/* SAs by index. */
static GHashTable *by_index(const struct story *s)
{
	GHashTable *all = g_hash_table_new(index_key_hash, index_key_equal);

	for (unsigned i = s->sas->len; i-- > 0;) {
		struct sa *sa = g_ptr_array_index(s->sas, i);

		g_hash_table_replace(all, &sa->index, sa);
	}
	return all;
}

/* The last new IKE_AUTH request of the client; NULL: none. */
static const struct opened *last_auth(const struct sa *sa)
{
	const struct opened *last = NULL;

	for (unsigned i = 0; i < sa->messages->len; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);

		if (o->m->header.exchange == EXCHANGE_IKE_AUTH && o->from_initiator &&
		    !(o->m->header.flags & IKE_FLAG_RESPONSE) &&
		    (!last || o->m->header.message_id > last->m->header.message_id))
			last = o;
	}
	return last;
}

struct p14 {
	const struct story *s;
	GHashTable *sas;
	GHashTable *lives; /* struct life by index */
	struct tally init, gone, found;
	unsigned unknown, late;
};

static void p14_init(struct p14 *t, const struct stub_op *op)
{
	const struct sa *sa = g_hash_table_lookup(t->sas, &op->after);
	const struct opened *auth;

	if (!sa || sa->resumed) {
		t->unknown++;
		return;
	}
	auth = last_auth(sa);
	/* no IKE_AUTH at all: the capture may have missed it */
	if (!auth && op->request->frame > sa->response->frame) {
		t->unknown++;
		return;
	}
	tally_add(&t->init, op->request->frame, auth && auth->m->frame < op->request->frame,
		  "init, before the last IKE_AUTH request in frame %u",
		  auth ? auth->m->frame : sa->response->frame);
}

/* The client's Delete of the SA itself; NULL: none that could be read. */
static const struct opened *deleted(const struct sa *sa)
{
	for (unsigned i = 0; i < sa->messages->len; i++) {
		const struct opened *o = g_ptr_array_index(sa->messages, i);
		const struct chain_payload *p;
		struct ike_notify redirect;
		struct ike_delete d;
		struct fault fault;

		/* who was sent elsewhere deletes the SA and keeps the stub (19.2) */
		if (o->inner && !o->from_initiator &&
		    ike_notify_find(&o->inner->inner, NOTIFY_REDIRECT, &redirect))
			return NULL;
		if (!o->inner || !o->from_initiator ||
		    o->m->header.exchange != EXCHANGE_INFORMATIONAL)
			continue;
		p = chain_find(&o->inner->inner, PAYLOAD_DELETE);
		if (p && ike_delete_parse(p, &d, &fault) == ERR_OK && d.protocol == PROTOCOL_IKE)
			return o;
	}
	return NULL;
}

/* Frames in which a bank took a stub, and in which it was ended or moved on; 0: not. */
struct life {
	unsigned stored, ended;
};

static struct life *life_at(GHashTable *lives, struct index *ix)
{
	struct life *l = g_hash_table_lookup(lives, ix);

	if (!l) {
		l = g_new0(struct life, 1);
		g_hash_table_insert(lives, ix, l);
	}
	return l;
}

static GHashTable *lives_of(const struct story *s)
{
	GHashTable *lives = g_hash_table_new_full(index_key_hash, index_key_equal, NULL, g_free);

	for (unsigned i = 0; i < s->ops->len; i++) {
		struct stub_op *op = &g_array_index(s->ops, struct stub_op, i);

		if (op->type == STUB_DELETE || op->type == STUB_UPDATE)
			life_at(lives, &op->index)->ended = op->request->frame;
		if ((op->type == STUB_INIT || op->type == STUB_UPDATE) && op->has_after &&
		    op->status == STUB_OK)
			life_at(lives, &op->after)->stored = op->request->frame;
	}
	return lives;
}

static void p14_gone(struct p14 *t, const struct sa *sa)
{
	const struct reading *r = t->s->reading;
	const struct opened *end = deleted(sa);
	const struct life *life = g_hash_table_lookup(t->lives, &sa->index);

	if (!end || !life || !life->stored)
		return;
	if (life->ended)
		tally_kept(&t->gone, life->ended);
	else if (!r->tail_lost && !r->stubs_unread && r->last_ns > end->m->ns &&
		 r->last_ns - end->m->ns > (uint64_t)DELETE_S * SECOND)
		tally_broken(&t->gone, end->m->frame,
			     "Delete of the SA, and its stub of frame %u stays in the bank",
			     life->stored);
	else
		t->late++;
}

static void p14_found(struct p14 *t, const struct stub_op *op)
{
	char asked[INDEX_TEXT_MAX], came[INDEX_TEXT_MAX];

	/* SPI 0 is a prefetch: any stub of the address */
	if (op->index.spi && op->status == STUB_OK && op->has_after)
		tally_add(&t->found, op->reply->frame, index_equal(&op->index, &op->after),
			  "%s was asked for, %s came", index_text(&op->index, asked),
			  index_text(&op->after, came));
}

static void p14(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct p14 t = {
		.s = s,
		.sas = by_index(s),
		.lives = lives_of(s),
		.init = tally_new("36.7", "init of a stub", "after the SA is authenticated"),
		.gone = tally_new("36.1", "a session that the client ends", "its stub is deleted"),
		.found =
		    tally_new("30.13", "the stub that a get brings", "the one that was asked for"),
	};
	unsigned n;

	for (unsigned i = 0; i < s->ops->len; i++) {
		const struct stub_op *op = &g_array_index(s->ops, struct stub_op, i);

		if (op->type == STUB_INIT && op->has_after)
			p14_init(&t, op);
		else if (op->type == STUB_GET)
			p14_found(&t, op);
	}
	for (unsigned i = 0; i < s->sas->len && s->ops->len; i++)
		p14_gone(&t, g_ptr_array_index(s->sas, i));
	g_hash_table_unref(t.sas);
	g_hash_table_unref(t.lives);
	n = tally_state(&t.init, e);
	n += tally_state(&t.gone, e);
	n += tally_state(&t.found, e);
	if (t.unknown)
		evidence_info(e, "%u inits of SAs whose handshake is not in the capture",
			      t.unknown);
	if (t.late)
		evidence_info(e, "%u sessions ended so late that their stubs' end is not seen",
			      t.late);
	capture_nothing(s, e, n, NOT_THERE_STUBS);
}

const struct probe_case case_p14 = {
	.id = "P14",
	.title = "Stubs are made after authentication and end with the session",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4; wire profile rules 30 and 36",
	.required =
	    "The init comes after IKE_AUTH, never before; when the client ends the session the "
	    "stub is deleted. What a get brings is what was asked for.",
	.causes = "the stub is made from IKE_SA_INIT\nonly the SA is dropped at a Delete\nthe bank "
		  "answers by SPI alone",
	.asks = ASKS_CAPTURE,
	.clauses = "36.7 36.1 30.13",
	.run = p14,
};

static void p15(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct tally t =
	    tally_new(NULL, "keys of stubs", "under TLS, or sealed: not to be read on the wire");
	unsigned plain = 0;

	for (unsigned i = 0; i < s->ops->len; i++) {
		const struct stub_op *op = &g_array_index(s->ops, struct stub_op, i);

		if (!op->has_after)
			continue;
		plain += op->request->clear;
		tally_add(&t, op->clear_stub && op->reply ? op->reply->frame : op->request->frame,
			  !(op->request->clear && op->clear_stub), "SK_d in clear, over plain TCP");
	}
	if (!t.kept && !t.broken && s->reading->tls_frame)
		tally_kept(&t, s->reading->tls_frame);
	if (plain)
		evidence_info(
		    e, "%u stubs travel over plain TCP, which is for a laboratory only (25.6)",
		    plain);
	capture_nothing(s, e, tally_state(&t, e), "the capture has no traffic of a stub bank");
}

const struct probe_case case_p15 = {
	.id = "P15",
	.title = "No keys of stubs can be read on the wire",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_PROBLEM,
	.source = "draft-vidya-ipsec-failover-ps-02 section 7; wire profile rules 25 and 35",
	.required = "Whoever reads SK_d can read the session and take it over.",
	.causes = "the bank is reached over plain TCP, as in a laboratory\nsealing is switched off "
		  "without TLS",
	.asks = ASKS_CAPTURE,
	.run = p15,
};

/* One lineage: the times of its moves to another address. */
struct lineage {
	GArray *moves;  /* uint64_t ns */
	GArray *frames; /* unsigned */
};

static void lineage_free(void *data)
{
	struct lineage *l = data;

	g_array_unref(l->moves);
	g_array_unref(l->frames);
	g_free(l);
}

static struct lineage *lineage_new(GPtrArray *all)
{
	struct lineage *l = g_new0(struct lineage, 1);

	l->moves = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	l->frames = g_array_new(FALSE, FALSE, sizeof(unsigned));
	g_ptr_array_add(all, l);
	return l;
}

static void p16_judge(const struct lineage *l, struct tally *t)
{
	const uint64_t *ns = &g_array_index(l->moves, uint64_t, 0);
	const unsigned *frame = &g_array_index(l->frames, unsigned, 0);

	for (unsigned i = 0; i < l->moves->len; i++) {
		/* the one more than may be, within the window */
		bool over = i >= MOVES_MAX && ns[i] >= ns[i - MOVES_MAX] &&
			    ns[i] - ns[i - MOVES_MAX] < (uint64_t)WINDOW_S * SECOND;

		tally_add(t, frame[i], !over, "move %u of one stub, %.1f s after frame %u", i + 1,
			  over ? (double)(ns[i] - ns[i - MOVES_MAX]) / SECOND : 0,
			  over ? frame[i - MOVES_MAX] : 0);
	}
}

static void p16(struct probe *p, struct evidence *e)
{
	const struct story *s = p->story;
	struct tally t =
	    tally_new("18.1", "moves of one stub between gateways", "at most 5 within 300 s");
	GPtrArray *all = g_ptr_array_new_with_free_func(lineage_free);
	GHashTable *at = g_hash_table_new(index_key_hash, index_key_equal);

	for (unsigned i = 0; i < s->ops->len; i++) {
		struct stub_op *op = &g_array_index(s->ops, struct stub_op, i);
		struct lineage *l;

		if (op->type != STUB_UPDATE || op->status != STUB_OK || !op->has_after)
			continue;
		l = g_hash_table_lookup(at, &op->index);
		/* a repeated move is none */
		if (index_equal(&op->index, &op->after) || g_hash_table_contains(at, &op->after))
			continue;
		if (!l)
			l = lineage_new(all);
		g_hash_table_replace(at, &op->after, l);
		if (address_equal(&op->index.address, &op->after.address))
			continue;
		g_array_append_val(l->moves, op->request->ns);
		g_array_append_val(l->frames, op->request->frame);
	}
	for (unsigned i = 0; i < all->len; i++)
		p16_judge(g_ptr_array_index(all, i), &t);
	g_hash_table_unref(at);
	g_ptr_array_unref(all);
	capture_nothing(s, e, tally_state(&t, e),
			"the capture has no move of a stub that can be read");
}

const struct probe_case case_p16 = {
	.id = "P16",
	.title = "No stub bounces between gateways",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_PROBLEM,
	.source = "draft-vidya-ipsec-failover-ps-02 section 7; wire profile rule 18",
	.required =
	    "When a stub has moved to another address 5 times within 300 s, SYNs of its line "
	    "are misses until that time is over.",
	.causes = "attribute 9 is not counted\nit is not copied when the stub moves\nthe operator "
		  "allowed more",
	.asks = ASKS_CAPTURE,
	.clauses = "18.1",
	.run = p16,
};
