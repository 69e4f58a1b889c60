/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One resumption through the whole capture: IKE and stub frames put together. */
#include "story/story.h"
#include "base/payload_walk.h"

static wmem_map_t *stubs; /* struct index_body -> struct story_stub */

void story_init(void)
{
	stubs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_body_hash,
				       index_body_equal);
}

static void mark(struct frame_mark *m, const packet_info *pinfo)
{
	m->frame = pinfo->num;
	m->time = pinfo->abs_ts;
}

static void mark_first(struct frame_mark *m, const packet_info *pinfo)
{
	if (!m->frame)
		mark(m, pinfo);
}

static struct story_stub *stub_of(const struct index_body *idx)
{
	struct story_stub *s = wmem_map_lookup(stubs, idx);

	if (!s) {
		s = wmem_new0(wmem_file_scope(), struct story_stub);
		s->idx = *idx;
		wmem_map_insert(stubs, &s->idx, s);
	}
	return s;
}

static struct ike_sa *handshake(const uint8_t spi[8])
{
	struct ike_sa *sa = ike_sa_find_responder(spi);

	/* A resumed SA has its responder's SPI from `HDR, Nr`: that is no handshake. */
	return sa && memcmp(sa->spir, spi, 8) == 0 ? sa : ike_sa_find(spi);
}

const struct ike_sa *story_handshake(const uint8_t spi[8])
{
	return handshake(spi);
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
		ike_sa_add_responder(sa, m->spir);
	}
}

struct ike_sa *story_old(const struct story_stub *stub)
{
	struct ike_sa *sa = handshake(stub->idx.spi);

	return sa || !stub->has_previous ? sa : handshake(stub->previous);
}

/* The attempt that led to the SA with this responder's SPI. */
static struct story *story_of(const uint8_t spir[8])
{
	const struct ike_resumed *r = ike_state_resumed(ike_sa_find_responder(spir), spir);

	return r ? r->attempt->story : NULL;
}

/* The same request on the other side of a NAT, when both sides are captured: one resumption. */
static struct story *twin(const struct ike_sa *sa, const struct ike_attempt *attempt)
{
	const struct ike_attempt *first = sa->attempt;

	return first != attempt && first->has_nonce && attempt->has_nonce &&
		       first->nonce == attempt->nonce
		   ? first->story
		   : NULL;
}

/* The answer that was captured before this request. */
static void add_early(struct ike_sa *sa, const struct ike_attempt *attempt, struct story *story)
{
	const struct ike_early *e = sa->early;

	if (!e || e->link->attempt != attempt || story->resumed.frame)
		return;
	story->resumed = (struct frame_mark){ .frame = e->frame, .time = e->time };
	if (!ike_sa_find_responder(e->spir))
		ike_sa_add_responder(sa, e->spir);
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
		story = attempt->story = wmem_new0(wmem_file_scope(), struct story);
		story->stub = stub_of(&attempt->idx);
		story->stub->last = story;
		story->brought = story->stub->brought;
		story->old = story_old(story->stub);
		mark(&story->syn, pinfo);
		if (story->old)
			mark(&story->old->syn, pinfo);
	}
	if (link->kind == IKE_KIND_REQUEST)
		add_early(sa, attempt, story);
	switch (link->kind) {
	case IKE_KIND_RESUMED:
		mark_first(&story->resumed, pinfo);
		if (!ike_sa_find_responder(m->spir))
			ike_sa_add_responder(sa, m->spir);
		break;
	case IKE_KIND_CONFIRMATION:
		mark_first(&story->confirmation, pinfo);
		break;
	case IKE_KIND_CONFIRMED:
		if (!story->confirmed.frame)
			story->committed = true;
		mark_first(&story->confirmed, pinfo);
		break;
	case IKE_KIND_NOT_COMMITTED:
	case IKE_KIND_ANSWER:
		mark_first(&story->confirmed, pinfo);
		break;
	default:
		break;
	}
}

bool story_hasty(const struct story *story)
{
	return story->committed && story->move.frame &&
	       (!story->moved.frame || story->moved.frame > story->confirmed.frame);
}

/* --- stub messages --- */

static struct story *note_get(const packet_info *pinfo, struct story_stub *stub)
{
	if (stub->last && !stub->last->confirmed.frame)
		mark_first(&stub->last->get, pinfo);
	return stub->last;
}

static struct story *note_download(const packet_info *pinfo, struct story_stub *stub)
{
	mark(&stub->brought, pinfo);
	if (stub->last && stub->last->get.frame)
		mark_first(&stub->last->download, pinfo);
	return stub->last;
}

static struct story *note_update(const packet_info *pinfo, const struct index_body *from,
				 struct story_stub *to)
{
	struct story *story = story_of(to->idx.spi);
	struct story_stub *before = from->address_size ? wmem_map_lookup(stubs, from) : NULL;

	mark_first(&to->stored, pinfo);
	if (from->address_size) {
		to->has_previous = true;
		/* Back to the SPI of the handshake that a chain of rekeys began with. */
		memcpy(to->previous, before && before->has_previous ? before->previous : from->spi,
		       8);
	}
	if (story)
		mark_first(&story->move, pinfo);
	return story;
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
		mark_first(&x->stub->stored_ok, pinfo);
		if (x->story && x->type == STUB_UPDATE)
			mark_first(&x->story->moved, pinfo);
	}
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
		stub = w.type == PL_STUB ? stub_of(&idx) : wmem_map_lookup(stubs, &idx);
		if (!stub)
			continue;
		if (s->type == STUB_GET && !s->reply)
			story = note_get(pinfo, stub);
		else if (s->type == STUB_DOWNLOAD && w.type == PL_STUB)
			story = note_download(pinfo, stub);
		else if (s->type == STUB_UPDATE)
			story = note_update(pinfo, &from, stub);
		else if (s->type == STUB_INIT)
			mark_first(&stub->stored, pinfo);
		if (!x->stub)
			x->stub = stub;
		if (!x->story)
			x->story = story;
	}
}
