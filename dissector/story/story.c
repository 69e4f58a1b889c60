/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One resumption through the whole capture: IKE and stub frames put together. */
#include "story/story.h"
#include "base/keyed_hash.h"

static wmem_map_t *stubs; /* struct index_body -> struct story_stub */

static unsigned index_hash(gconstpointer p)
{
	/* Not the SPI alone: one SPI at many addresses must not fill one bucket. */
	return keyed_hash(p, offsetof(struct index_body, address_size) / 8);
}

static gboolean index_equal(gconstpointer a, gconstpointer b)
{
	const struct index_body *x = a, *y = b;

	return memcmp(x->spi, y->spi, 8) == 0 && x->address_size == y->address_size &&
	       memcmp(x->address, y->address, x->address_size) == 0;
}

void story_init(void)
{
	stubs =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), index_hash, index_equal);
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

static bool spi_zero(const uint8_t *spi)
{
	static const uint8_t none[8];

	return memcmp(spi, none, 8) == 0;
}

static void add_handshake(const packet_info *pinfo, const struct ike_message *m, struct ike_sa *sa)
{
	bool response = m->flags & IKE_FLAG_RESPONSE;

	if (m->exchange == IKE_EXCHANGE_AUTH && m->mid == 1) {
		/* Of several IKE_AUTH exchanges (EAP) the first is enough to find them. */
		mark_first(response ? &sa->authed : &sa->auth, pinfo);
		return;
	}
	if (m->exchange != IKE_EXCHANGE_SA_INIT || spi_zero(m->spii))
		return;
	if (!response) {
		mark_first(&sa->request, pinfo);
	} else if (!spi_zero(m->spir) && memcmp(sa->spir, m->spir, 8) != 0) {
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

/* One payload after the other of a message, as far as it is sound. */
struct walk {
	tvbuff_t *tvb;
	unsigned at, end;
	uint8_t next, type;
	unsigned body, length;
};

static bool walk_next(struct walk *w)
{
	unsigned length;

	if (!w->next || w->end - w->at < 4)
		return false;
	length = tvb_get_ntohs(w->tvb, (int)w->at + 2);
	if (length < 4 || length > w->end - w->at)
		return false;
	w->type = w->next;
	w->next = ws_get_u8(w->tvb, (int)w->at);
	w->body = w->at + 4;
	w->length = length - 4;
	w->at += length;
	return true;
}

/* The index of payload 200, or the one that stands first in payload 201. */
static bool walk_index(const struct walk *w, struct index_body *out)
{
	unsigned offset = w->body, length = w->length;

	if (w->type == PL_STUB) {
		if (length < 8 || ws_get_u8(w->tvb, (int)offset) != PL_INDEX)
			return false;
		length = tvb_get_ntohs(w->tvb, (int)offset + 6);
		if (length < 4 || length > w->length - 4)
			return false;
		offset += 8;
		length -= 4;
	} else if (w->type != PL_INDEX) {
		return false;
	}
	index_body_read(w->tvb, offset, length, out);
	return out->address_size && !(out->faults & INDEX_ZERO_SPI);
}

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
	struct walk w = { .tvb = tvb, .at = 4, .end = tvb_captured_length(tvb) };
	struct stub_exchange *x = link ? link->exchange : NULL;
	struct index_body idx, from = { .address_size = 0 };

	if (!x || w.end < 4)
		return;
	if (s->reply && s->ok && x->stub && (x->type == STUB_INIT || x->type == STUB_UPDATE)) {
		mark_first(&x->stub->stored_ok, pinfo);
		if (x->story && x->type == STUB_UPDATE)
			mark_first(&x->story->moved, pinfo);
	}
	w.next = ws_get_u8(tvb, 0);
	while (walk_next(&w)) {
		struct story_stub *stub;
		struct story *story = NULL;

		if (!walk_index(&w, &idx))
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
