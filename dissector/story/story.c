/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One resumption through the whole capture: IKE and stub frames put together. */
#include "story/story.h"
#include "base/file_pool.h"
#include "base/item_table.h"
#include "base/payload_walk.h"

#define STORIES_MAX 16  /* of one stub that are looked at for a get */
#define OWNED_MAX 8     /* addresses of one gateway */
#define ASKED_SECONDS 2 /* a get follows its SYN in this time, if there are several it may be for */

/* The addresses that a gateway has in its indexes, by the one that it speaks to the bank from. */
struct owner {
	struct index_body from; /* as a key: SPI 0 */
	struct index_body owned[OWNED_MAX];
	unsigned n;
};

static struct item_table stubs = { .hash = index_body_hash,
				   .equal = index_body_equal }; /* struct story_stub */
static wmem_map_t *owners; /* struct index_body -> struct owner */

static uint32_t stories; /* of this file */

/* File scope forgets; so must this. */
static void forget(void)
{
	stories = 0;
}

void story_init(void)
{
	register_init_routine(forget);
	item_table_init(&stubs);
	owners = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
					index_body_equal);
}

static void mark(struct frame_mark *m, const packet_info *pinfo)
{
	*m = frame_mark_at(pinfo);
}

static void mark_first(struct frame_mark *m, const packet_info *pinfo)
{
	if (!m->frame)
		mark(m, pinfo);
}

static struct story_stub *stub_of(const struct index_body *idx)
{
	struct story_stub *s = item_table_find(&stubs, idx);

	if (!s) {
		s = file_pool_new(sizeof(*s));
		s->idx = *idx;
		item_table_add(&stubs, s);
	}
	return s;
}

/* To write to. */
static struct story_store *store_of(struct story_stub *s)
{
	if (!s->store)
		s->store = file_pool_new(sizeof(*s->store));
	return s->store;
}

static struct story_bank *bank_of(struct story *s)
{
	if (!s->bank)
		s->bank = file_pool_new(sizeof(*s->bank));
	return s->bank;
}

const struct story_store *story_store(const struct story_stub *stub)
{
	static const struct story_store none;

	return stub->store ? stub->store : &none;
}

const struct story_bank *story_bank(const struct story *story)
{
	static const struct story_bank none;

	return story->bank ? story->bank : &none;
}

struct frame_mark story_confirmation(const struct story *story)
{
	return story->winner ? story->winner->confirmation->seen
			     : (struct frame_mark){ .frame = 0 };
}

struct frame_mark story_confirmed(const struct story *story)
{
	return story->winner ? story->winner->confirmation->response
			     : (struct frame_mark){ .frame = 0 };
}

static struct ike_sa *handshake(const struct index_body *idx)
{
	struct ike_sa *sa = ike_sa_find_responder(idx);

	/* A resumed SA has its responder's SPI from `HDR, Nr`: that is no handshake. */
	return sa && memcmp(sa->spir, idx->spi, 8) == 0 ? sa : ike_sa_find(idx->spi);
}

const struct ike_sa *story_handshake(const struct index_body *idx)
{
	return handshake(idx);
}

/* --- IKE --- */

static void add_handshake(const packet_info *pinfo, const struct ike_message *m, struct ike_sa *sa)
{
	bool response = m->flags & IKE_FLAG_RESPONSE;

	if (m->exchange == IKE_EXCHANGE_AUTH && m->mid == 1) {
		/* Of several IKE_AUTH exchanges (EAP) the first is enough to find them. */
		mark_first(response ? &sa->authed : &sa->auth, pinfo);
		return;
	}
	if (m->exchange != IKE_EXCHANGE_SA_INIT || spi_is_zero(m->spii))
		return;
	if (!response) {
		mark_first(&sa->request, pinfo);
	} else if (!spi_is_zero(m->spir) && memcmp(sa->spir, m->spir, 8) != 0) {
		/* The last one counts: cookies and forgeries come before it. */
		memcpy(sa->spir, m->spir, 8);
		mark(&sa->response, pinfo);
		ike_sa_add_responder(sa, m->spir, &pinfo->src);
	}
}

struct ike_sa *story_old(const struct story_stub *stub)
{
	struct ike_sa *sa = handshake(&stub->idx);

	return sa || !stub->store || !stub->store->has_previous ? sa
								: handshake(&stub->store->previous);
}

/* The attempt that led to the SA with this index. */
static struct story *story_of(const struct index_body *idx)
{
	const struct ike_resumed *r = ike_state_resumed(ike_sa_find_responder(idx), idx->spi);

	return r ? r->attempt->story : NULL;
}

/* The same request on the other side of a NAT, when both sides are captured: one resumption. */
static struct story *twin(const struct ike_sa *sa, const struct ike_attempt *attempt)
{
	const struct ike_attempt *first = ike_sa_attempt(sa);

	return first != attempt && first->has_nonce && attempt->has_nonce &&
		       first->nonce == attempt->nonce
		   ? first->story
		   : NULL;
}

/* The answer that was captured before this request. */
static void add_early(const packet_info *pinfo, struct ike_sa *sa,
		      const struct ike_attempt *attempt, struct story *story)
{
	const struct ike_early *e = ike_sa_early(sa);

	if (!e || e->link->attempt != attempt || story->resumed.frame)
		return;
	story->resumed = e->seen;
	ike_sa_add_responder(sa, e->spir, &pinfo->dst);
}

static struct index_body gateway_at(const address *from)
{
	static const uint8_t no_spi[INDEX_SPI_SIZE];

	return index_body_at(no_spi, from);
}

static const struct index_body *gateway_of(const struct story *story, unsigned i)
{
	return i == 0 ? &story->gateway : &story->further[i - 1];
}

static void add_gateway(struct story *story, const address *gateway)
{
	struct index_body at = gateway_at(gateway);

	for (unsigned i = 0; i < story->n_gateways; i++)
		if (index_body_same_address(gateway_of(story, i), &at))
			return;
	if (story->n_gateways == STORY_GATEWAYS_MAX)
		return;
	if (story->n_gateways == 0) {
		story->gateway = at;
	} else {
		if (!story->further)
			story->further =
			    file_pool_new((STORY_GATEWAYS_MAX - 1) * sizeof(*story->further));
		story->further[story->n_gateways - 1] = at;
	}
	story->n_gateways++;
}

/* How far a candidate came: what verified is before what anybody can send. */
static unsigned rank_of(const struct ike_resumed *r)
{
	const struct ike_request *c = r->confirmation;

	if (!c)
		return 0;
	if (c->response_verified)
		return 4;
	return c->verified ? 3 : c->response.frame ? 2 : 1;
}

/* The client follows every candidate, and one of them leads on: the story is that one's. */
static void prefer(struct ike_attempt *attempt, struct story *story, const struct ike_resumed *r)
{
	const struct ike_request *c = r->confirmation;
	unsigned rank = rank_of(r);

	if (!c || (r != story->winner && rank <= story->rank))
		return;
	story->winner = r;
	story->rank = (uint8_t)rank;
	story->resumed = attempt->resumed = r->seen;
	story->committed = r->answered == IKE_KIND_CONFIRMED;
}

void story_add_ike(packet_info *pinfo, const struct ike_message *m, struct ike_sa *sa,
		   struct ike_link *link)
{
	struct ike_attempt *attempt = link ? link->attempt : NULL;
	struct story *story;

	if (!link || link->kind != IKE_KIND_RESUMED)
		add_handshake(pinfo, m, sa);
	if (!attempt || !attempt->idx.address_size || link->kind == IKE_KIND_IGNORED)
		return;
	story = attempt->story;
	if (!story) {
		if (link->kind != IKE_KIND_REQUEST)
			return;
		story = attempt->story = twin(sa, attempt);
	}
	if (!story) {
		story = attempt->story = file_pool_new(sizeof(*story));
		story->number = stories++;
		story->stub = stub_of(&attempt->idx);
		story->before = story->stub->last;
		story->stub->last = story;
		if (story_store(story->stub)->brought.frame)
			bank_of(story)->brought = story->stub->store->brought;
		story->old = story_old(story->stub);
		mark(&story->syn, pinfo);
		if (story->old)
			mark(&ike_sa_more(story->old)->syn, pinfo);
	}
	if (link->kind == IKE_KIND_REQUEST) {
		add_early(pinfo, sa, attempt, story);
		add_gateway(story, &pinfo->dst);
		mark(&story->asked, pinfo);
	}
	if (link->kind == IKE_KIND_RESUMED) {
		mark_first(&story->resumed, pinfo);
		ike_sa_add_responder(sa, m->spir, &pinfo->src);
	}
	if (link->candidate)
		prefer(attempt, story, link->candidate);
}

const struct story *story_shown(const struct story *story, const struct story_stub *stub)
{
	return story || !stub ? story : stub->last;
}

bool story_hasty(const struct story *story)
{
	const struct story_bank *bank = story_bank(story);

	return story->committed && bank->move.frame &&
	       (!bank->moved.frame || bank->moved.frame > story_confirmed(story).frame);
}

/* --- stub messages --- */

/* An init, or the new half of an update, comes from whoever owns the address in it (rule 34). */
static void note_owner(const packet_info *pinfo, const struct index_body *idx)
{
	struct index_body from = gateway_at(&pinfo->src);
	struct owner *o;

	if (!from.address_size || index_body_same_address(&from, idx))
		return;
	o = wmem_map_lookup(owners, &from);
	if (!o) {
		o = wmem_new0(wmem_file_scope(), struct owner);
		o->from = from;
		wmem_map_insert(owners, &o->from, o);
	}
	for (unsigned i = 0; i < o->n; i++)
		if (index_body_same_address(&o->owned[i], idx))
			return;
	if (o->n < OWNED_MAX)
		o->owned[o->n++] = *idx;
}

/* Was the SYN sent to whoever speaks to the bank from `from`? */
static bool went_to(const struct story *s, const struct index_body *from, const struct owner *o)
{
	for (unsigned i = 0; i < s->n_gateways; i++) {
		if (index_body_same_address(gateway_of(s, i), from))
			return true;
		for (unsigned j = 0; o && j < o->n; j++)
			if (index_body_same_address(gateway_of(s, i), &o->owned[j]))
				return true;
	}
	return false;
}

static bool asked_now(const packet_info *pinfo, const struct story *s)
{
	nstime_t t = frame_mark_since(&s->asked, pinfo);

	return t.secs >= 0 && t.secs < ASKED_SECONDS;
}

/* The attempts that a get from this gateway may be for. */
enum open { OPEN_ANYWHERE, OPEN_THERE, OPEN_NOW };

static bool is_open(const packet_info *pinfo, const struct story *s, const struct index_body *from,
		    const struct owner *o, enum open how)
{
	return !story_bank(s)->get.frame && !story_confirmed(s).frame &&
	       (how == OPEN_ANYWHERE || went_to(s, from, o)) &&
	       (how != OPEN_NOW || asked_now(pinfo, s));
}

/*
 * The attempt that a get is for: the one that the get's sender was sent. A gateway that the SYN
 * reached at an address of which the stub messages tell nothing can only be the one there is. NULL:
 * none, or there are several and nothing tells them apart.
 */
static struct story *story_asking(const packet_info *pinfo, const struct story_stub *stub)
{
	struct index_body from = gateway_at(&pinfo->src);
	const struct owner *o = wmem_map_lookup(owners, &from);
	static const enum open ways[] = { OPEN_THERE, OPEN_NOW, OPEN_ANYWHERE };
	bool there = false;

	for (unsigned i = 0; i < array_length(ways); i++) {
		struct story *found = NULL;
		unsigned open = 0, n = 0;

		/* Somebody whose address is known is asked for nobody else. */
		if (ways[i] == OPEN_ANYWHERE && there)
			return NULL;
		for (struct story *s = stub->last; s && n < STORIES_MAX; s = s->before, n++) {
			if (went_to(s, &from, o))
				there = true;
			if (!is_open(pinfo, s, &from, o, ways[i]))
				continue;
			found = s;
			open++;
		}
		if (open == 1)
			return found;
	}
	return NULL;
}

static struct story *note_get(const packet_info *pinfo, struct story_stub *stub)
{
	struct story *story = story_asking(pinfo, stub);

	if (story)
		mark_first(&bank_of(story)->get, pinfo);
	return story;
}

static struct story *note_download(const packet_info *pinfo, struct story_stub *stub,
				   const struct stub_exchange *x)
{
	struct story *story = stub->last;

	mark(&store_of(stub)->brought, pinfo);
	if (x->type != STUB_GET || x->prefetch)
		return NULL;
	for (unsigned n = 0;
	     story && n < STORIES_MAX && story_bank(story)->get.frame != x->seen.frame; n++)
		story = story->before;
	if (!story || story_bank(story)->get.frame != x->seen.frame)
		return NULL;
	mark_first(&bank_of(story)->download, pinfo);
	return story;
}

static struct story *note_update(const packet_info *pinfo, const struct index_body *from,
				 struct story_stub *to)
{
	struct story *story = story_of(&to->idx);
	struct story_stub *before = from->address_size ? item_table_find(&stubs, from) : NULL;

	mark_first(&store_of(to)->stored, pinfo);
	if (from->address_size) {
		to->store->has_previous = true;
		/* Back to the SPI of the handshake that a chain of rekeys began with. */
		to->store->previous =
		    before && story_store(before)->has_previous ? before->store->previous : *from;
	}
	if (story)
		mark_first(&bank_of(story)->move, pinfo);
	return story;
}

/* The bank's "no" to a get or a move. */
static void note_refusal(const packet_info *pinfo, const struct stub_summary *s,
			 struct story *story)
{
	struct story_bank *bank = bank_of(story);

	if (!bank->refused.frame)
		bank->no = s->first_bad;
	mark_first(&bank->refused, pinfo);
}

void story_add_stub(packet_info *pinfo, tvbuff_t *tvb, const struct stub_summary *s,
		    struct stub_link *link)
{
	struct payload_walk w = payload_walk_tvb(tvb);
	struct stub_exchange *x = link ? link->exchange : NULL;
	struct index_body idx, from = { .address_size = 0 };

	if (!x || w.end < 4)
		return;
	if (s->reply && s->ok && x->stub && (x->type == STUB_INIT || x->type == STUB_UPDATE)) {
		mark_first(&store_of(x->stub)->stored_ok, pinfo);
		if (x->story && x->type == STUB_UPDATE)
			mark_first(&bank_of(x->story)->moved, pinfo);
	}
	if (s->reply && x->story && s->ok < s->statuses &&
	    (x->type == STUB_GET || x->type == STUB_UPDATE))
		note_refusal(pinfo, s, x->story);
	while (payload_next(&w)) {
		struct story_stub *stub;
		struct story *story = NULL;

		if (!stub_index_of(tvb, &w, &idx) || idx.faults & INDEX_ZERO_SPI)
			continue;
		if (s->type == STUB_UPDATE && w.type == PL_INDEX) {
			from = idx;
			continue;
		}
		/* A delete or a get of what nothing else is known of needs no record. */
		stub = w.type == PL_STUB ? stub_of(&idx) : item_table_find(&stubs, &idx);
		if (!stub)
			continue;
		if (s->type == STUB_GET && !s->reply)
			story = note_get(pinfo, stub);
		else if (s->type == STUB_DOWNLOAD && w.type == PL_STUB)
			story = note_download(pinfo, stub, x);
		else if (s->type == STUB_UPDATE)
			story = note_update(pinfo, &from, stub);
		else if (s->type == STUB_INIT)
			mark_first(&store_of(stub)->stored, pinfo);
		if (!s->reply && w.type == PL_STUB &&
		    (s->type == STUB_INIT || s->type == STUB_UPDATE))
			note_owner(pinfo, &idx);
		if (!x->stub)
			x->stub = stub;
		if (!x->story)
			x->story = story;
	}
}
