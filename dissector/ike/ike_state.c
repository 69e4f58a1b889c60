/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests, responses and confirmations: which message belongs to which attempt. */
#include "ike/ike_state.h"

#include "base/file_pool.h"

#define REQUESTS_MAX 8 /* of one attempt that are compared with a new message */

/*
 * The first attempt and the first candidate under an SPIi hang at its ike_sa. More of them are rare
 * (a client behind two addresses, a forger) and are found here.
 */
static wmem_map_t *other_attempts; /* struct ike_attempt_key -> struct ike_attempt */
static wmem_map_t *other_resumed;  /* SPIi, SPIr -> struct ike_resumed */

static unsigned attempt_hash(gconstpointer p)
{
	return wmem_strong_hash(p, sizeof(struct ike_attempt_key));
}

static gboolean attempt_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct ike_attempt_key)) == 0;
}

static unsigned sa_hash(gconstpointer p)
{
	return wmem_strong_hash(p, sizeof(struct ike_spis));
}

static gboolean sa_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct ike_spis)) == 0;
}

void ike_state_init(void)
{
	other_attempts = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), attempt_hash,
						attempt_equal);
	other_resumed =
	    wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), sa_hash, sa_equal);
}

struct ike_resumed *ike_state_resumed(const struct ike_sa *sa, const uint8_t spir[8])
{
	struct ike_resumed *first = ike_sa_resumed(sa);
	struct ike_spis k;

	if (!first)
		return NULL;
	if (memcmp(first->key.spir, spir, 8) == 0)
		return first;
	memcpy(k.spii, sa->spii, 8);
	memcpy(k.spir, spir, 8);
	return wmem_map_lookup(other_resumed, &k);
}

static void end_fill(struct ike_end *out, const address *a)
{
	out->type = (uint8_t)a->type;
	out->size = (uint16_t)CLAMP(a->len, 0, UINT16_MAX);
	if (a->len > 0)
		memcpy(out->octets, a->data, MIN((size_t)a->len, sizeof(out->octets)));
}

/* Compared and hashed as octets: no padding is left as it was. */
static void key_fill(struct ike_attempt_key *k, const struct ike_message *m, const address *client,
		     const address *gateway)
{
	memset(k, 0, sizeof(*k));
	memcpy(k->spii, m->spii, 8);
	end_fill(&k->client, client);
	end_fill(&k->gateway, gateway);
}

static struct ike_attempt *attempt_find(const struct ike_sa *sa, const struct ike_attempt_key *k)
{
	struct ike_attempt *first = ike_sa_attempt(sa);

	if (!first)
		return NULL;
	return attempt_equal(&first->key, k) ? first : wmem_map_lookup(other_attempts, k);
}

static struct ike_attempt *attempt_new(packet_info *pinfo, struct ike_sa *sa,
				       const struct ike_attempt_key *k)
{
	struct ike_attempt *a = file_pool_new(sizeof(*a));

	a->key = *k;
	a->first = frame_mark_at(pinfo);
	if (ike_sa_attempt(sa))
		wmem_map_insert(other_attempts, &a->key, a);
	else
		ike_sa_more(sa)->attempt = a;
	return a;
}

/*
 * Both messages are needed as they were for keys and binding (rules 9 and 12), whenever a secret
 * may come: a stub that the gateway fetches for this very request is captured after it.
 */
static struct ike_octets *keep_octets(const struct ike_message *m, const struct ike_contents *c)
{
	struct ike_octets *o;

	if (!c->nonce || m->chain.broken || m->length > UINT16_MAX ||
	    !tvb_bytes_exist(m->tvb, (int)m->offset, (int)m->length))
		return NULL;
	o = file_pool_new(sizeof(*o));
	o->p = wmem_alloc(wmem_file_scope(), m->length);
	o->n = m->length;
	o->nonce = (uint16_t)(c->nonce_offset - m->offset);
	o->nonce_n = (uint16_t)c->nonce_length;
	tvb_memcpy(m->tvb, o->p, (int)m->offset, m->length);
	return o;
}

/* The nonce stays: keys can be derived later, too. */
static void forget_message(struct ike_octets *o)
{
	uint8_t *nonce;

	if (!o || !o->n || !o->nonce_n)
		return;
	nonce = file_pool_new(o->nonce_n);
	memcpy(nonce, o->p + o->nonce, o->nonce_n);
	wmem_free(wmem_file_scope(), o->p);
	*o = (struct ike_octets){ .p = nonce, .nonce_n = o->nonce_n };
}

/*
 * BIND is over whole messages and stands in message ID 1 and its answer. A client that asks
 * something else has that answer (RFC 7296 section 2.3, the window), so neither comes again.
 */
static void forget_messages(const struct ike_resumed *r)
{
	unsigned n = 0;

	for (struct ike_request *q = r->attempt->last; q && n < REQUESTS_MAX; q = q->older, n++)
		forget_message(q->octets);
	forget_message(r->request);
	for (unsigned i = 0; i < ike_state_variants(r); i++)
		forget_message(ike_state_variant(r, i));
}

static struct ike_request *request_new(packet_info *pinfo, uint64_t hash)
{
	struct ike_request *r = file_pool_new(sizeof(*r));

	r->seen = frame_mark_at(pinfo);
	r->hash = hash;
	return r;
}

/* Of the last few: a client repeats itself for a cookie and for another group, and no more. */
static struct ike_request *request_find(const struct ike_attempt *a, uint64_t hash)
{
	struct ike_request *r = a->last;

	for (unsigned i = 0; r && i < REQUESTS_MAX; i++, r = r->older)
		if (r->hash == hash)
			return r;
	return NULL;
}

unsigned ike_state_variants(const struct ike_resumed *r)
{
	return r->variants ? r->variants->n : r->response ? 1 : 0;
}

struct ike_octets *ike_state_variant(const struct ike_resumed *r, unsigned i)
{
	return r->variants ? r->variants->of[i] : r->response;
}

static void add_variant(struct ike_resumed *r, struct ike_octets *response)
{
	unsigned n = ike_state_variants(r);

	if (!response || n == IKE_VARIANTS_MAX)
		return;
	for (unsigned i = 0; i < n; i++) {
		const struct ike_octets *o = ike_state_variant(r, i);

		if (o->n == response->n && memcmp(o->p, response->p, response->n) == 0)
			return;
	}
	if (!r->variants) {
		r->variants = file_pool_new(sizeof(*r->variants));
		r->variants->of[0] = r->response;
		r->variants->n = n;
	}
	r->variants->of[r->variants->n++] = response;
}

static void add_candidate(struct ike_sa *sa, struct ike_attempt *attempt,
			  struct ike_octets *request, struct ike_octets *response,
			  const uint8_t spir[8], bool announced, struct frame_mark seen)
{
	struct ike_resumed *r;

	if (!attempt->resumed.frame)
		attempt->resumed = seen;
	r = ike_state_resumed(sa, spir);
	if (r) {
		add_variant(r, response);
		return;
	}
	r = file_pool_new(sizeof(*r));
	r->attempt = attempt;
	r->announced = announced;
	r->request = request;
	r->response = response;
	r->seen = seen;
	memcpy(r->key.spii, sa->spii, 8);
	memcpy(r->key.spir, spir, 8);
	if (ike_sa_resumed(sa))
		wmem_map_insert(other_resumed, &r->key, r);
	else
		ike_sa_more(sa)->resumed = r;
}

/* Captures that were merged, or made on two machines, have an answer before its question. */
static void attach_early(struct ike_sa *sa, struct ike_attempt *attempt)
{
	struct ike_early *e = ike_sa_early(sa);
	struct ike_request *r = attempt->last;

	if (!e || e->link->attempt || memcmp(&e->key, &attempt->key, sizeof(e->key)) != 0)
		return;
	e->link->attempt = attempt;
	e->link->request = r;
	e->link->first_answer = true;
	r->response = e->seen;
	r->response_hash = e->hash;
	r->response_kind = IKE_KIND_RESUMED;
	add_candidate(sa, attempt, r->octets, e->octets, e->spir, e->announced, e->seen);
}

static struct ike_request *add_first_seen(packet_info *pinfo, const struct ike_message *m,
					  const struct ike_contents *c, struct ike_attempt *attempt)
{
	struct ike_request *last = attempt->last, *r = request_new(pinfo, c->hash);

	r->octets = keep_octets(m, c);
	r->cookie = c->cookie;
	attempt->announced = attempt->announced || c->vendor;
	r->faulty = c->syn_faults != 0;
	r->syn_faults = c->syn_faults;
	r->length = m->length;
	r->unserved = m->mid != 0 || !spi_is_zero(m->spir) || spi_is_zero(m->spii);
	r->critical = c->critical;
	r->no_nonce = !m->chain.broken && (!c->nonce || c->nonce_length < IKE_NONCE_MIN ||
					   c->nonce_length > IKE_NONCE_MAX);
	r->older = last;
	if (!last || (attempt->faulty && !r->faulty)) {
		attempt->idx = c->idx;
		attempt->faulty = r->faulty;
	}
	attempt->last = r;
	return r;
}

/* What a SYN has in the Info column beside its index. */
static enum ike_info syn_info(const struct ike_contents *c, const struct ike_attempt *a)
{
	const struct index_body *idx = &c->idx;

	if (!c->syns)
		return IKE_INFO_KIND;
	if (idx->faults & INDEX_CUT && !(idx->faults & INDEX_BAD_LENGTH))
		return IKE_INFO_CUT;
	if (!idx->address_size)
		return IKE_INFO_MALFORMED;
	return a && memcmp(&a->idx, idx, sizeof(*idx)) == 0 ? IKE_INFO_INDEX : IKE_INFO_OTHER;
}

static struct ike_link *link_new(const struct ike_contents *c, struct ike_attempt *a)
{
	enum ike_info info = syn_info(c, a);
	struct ike_link_other *other;
	struct ike_link *link;

	if (info == IKE_INFO_OTHER) {
		other = file_pool_new(sizeof(*other));
		other->idx = c->idx;
		link = &other->link;
	} else {
		link = file_pool_new(sizeof(*link));
	}
	link->info = info;
	link->syn_faults = c->syn_faults;
	link->attempt = a;
	return link;
}

static struct ike_link *add_request(packet_info *pinfo, const struct ike_message *m,
				    const struct ike_contents *c, struct ike_sa *sa)
{
	struct ike_attempt *attempt;
	struct ike_request *r, *last;
	struct ike_attempt_key k;
	struct ike_link *link;

	key_fill(&k, m, &pinfo->src, &pinfo->dst);
	attempt = attempt_find(sa, &k);
	if (!attempt)
		attempt = attempt_new(pinfo, sa, &k);
	last = attempt->last;
	r = request_find(attempt, c->hash);
	if (r) {
		link = link_new(c, attempt);
		link->retransmission_of = r->seen.frame;
	} else {
		r = add_first_seen(pinfo, m, c, attempt);
		link = link_new(c, attempt);
	}
	link->kind = c->syn_faults ? IKE_KIND_IGNORED : IKE_KIND_REQUEST;
	link->request = r;
	if (!last)
		attach_early(sa, attempt);
	return link;
}

static enum ike_kind response_kind(const struct ike_contents *c)
{
	if (c->sa && c->ke && c->nonce)
		return IKE_KIND_FALLBACK;
	if (!c->sa && !c->ke && c->nonce)
		return IKE_KIND_RESUMED;
	if (c->cookie && !c->sa)
		return IKE_KIND_COOKIE;
	if (c->invalid_ke)
		return IKE_KIND_OTHER_GROUP;
	if (c->error)
		return IKE_KIND_REFUSED;
	return IKE_KIND_NEITHER;
}

/* A cookie is asked for by who has none: a late second demand is not for the request that has. */
static struct ike_request *answered(const struct ike_attempt *a, enum ike_kind kind)
{
	struct ike_request *r = a->last;

	if (kind != IKE_KIND_COOKIE)
		return r;
	for (unsigned i = 0; r && i < REQUESTS_MAX; i++, r = r->older)
		if (!r->cookie)
			return r;
	return a->last;
}

static bool settles(enum ike_kind kind)
{
	return kind == IKE_KIND_RESUMED || kind == IKE_KIND_FALLBACK;
}

static void add_answer(packet_info *pinfo, uint64_t hash, struct ike_link *link)
{
	struct ike_request *r = link->request;

	link->first_answer = !r->response.frame;
	if (r->response.frame && r->response_hash == hash) {
		link->retransmission_of = r->response.frame;
		return;
	}
	/* What settles the attempt is the answer, whatever came before it. */
	if (r->response.frame && (!settles(link->kind) || settles(r->response_kind)))
		return;
	link->replaces = r->response_kind;
	r->response = frame_mark_at(pinfo);
	r->response_hash = hash;
	r->response_kind = link->kind;
}

static void add_early(packet_info *pinfo, const struct ike_message *m, const struct ike_contents *c,
		      const struct ike_attempt_key *k, struct ike_link *link)
{
	struct ike_sa_more *more = ike_sa_more(ike_sa_get(m->spii));
	struct ike_early *e;

	if (more->early)
		return;
	e = more->early = file_pool_new(sizeof(*e));
	e->key = *k;
	e->link = link;
	e->octets = keep_octets(m, c);
	e->hash = ike_message_hash(m);
	e->announced = c->vendor;
	memcpy(e->spir, m->spir, 8);
	e->seen = frame_mark_at(pinfo);
}

static struct ike_link *add_response(packet_info *pinfo, const struct ike_message *m,
				     const struct ike_contents *c, struct ike_sa *sa)
{
	enum ike_kind kind = response_kind(c);
	struct ike_attempt *attempt;
	struct ike_attempt_key k;
	struct ike_link *link;

	key_fill(&k, m, &pinfo->dst, &pinfo->src);
	attempt = attempt_find(sa, &k);
	/* Without its request only `HDR, Nr` can be told from an ordinary response. */
	if (!attempt && (kind != IKE_KIND_RESUMED || m->chain.broken))
		return NULL;
	link = link_new(c, attempt);
	link->kind = kind;
	if (!attempt) {
		add_early(pinfo, m, c, &k, link);
		return link;
	}
	link->request = answered(attempt, kind);
	add_answer(pinfo, c->hash, link);
	if (kind == IKE_KIND_RESUMED)
		add_candidate(sa, attempt, link->request->octets, keep_octets(m, c), m->spir,
			      c->vendor, frame_mark_at(pinfo));
	return link;
}

static enum ike_bind bind_of(const struct ike_contents *c)
{
	if (c->bind_wrong)
		return IKE_BIND_WRONG;
	if (c->bind)
		return c->bind_right ? IKE_BIND_RIGHT : IKE_BIND_PRESENT;
	return c->read ? IKE_BIND_MISSING : IKE_BIND_UNREAD;
}

bool ike_kind_answers(enum ike_kind kind)
{
	return kind == IKE_KIND_CONFIRMED || kind == IKE_KIND_ANSWER ||
	       (kind >= IKE_KIND_NOT_COMMITTED && kind <= IKE_KIND_UNVERIFIED);
}

static enum ike_kind answer_kind(const struct ike_contents *c)
{
	if (c->not_committed)
		return IKE_KIND_NOT_COMMITTED;
	if (c->auth_failed && !c->bind)
		return IKE_KIND_BIND_REFUSED;
	if (c->bind_wrong)
		return IKE_KIND_MISBOUND;
	if (c->bind)
		return IKE_KIND_CONFIRMED;
	return c->read ? IKE_KIND_UNBOUND : IKE_KIND_ANSWER;
}

/* Of several with one message ID the first counts; but one that verified, before any other. */
static void add_confirmation(packet_info *pinfo, const struct ike_contents *c, uint64_t hash,
			     struct ike_resumed *r, struct ike_link *link)
{
	if (r->confirmation && r->confirmation->hash == hash) {
		link->retransmission_of = r->confirmation->seen.frame;
	} else if (!r->confirmation || (c->verified && !r->confirmation->verified)) {
		link->first_request = !r->confirmation;
		r->confirmation = request_new(pinfo, hash);
		r->confirmation->verified = c->verified;
	}
	if (r->bind == IKE_BIND_UNREAD)
		r->bind = bind_of(c);
	link->request = r->confirmation;
}

static void add_confirmed(packet_info *pinfo, const struct ike_contents *c, uint64_t hash,
			  struct ike_resumed *r, struct ike_link *link)
{
	struct ike_request *q = link->request = r->confirmation;

	if (link->kind == IKE_KIND_NOT_COMMITTED || link->kind == IKE_KIND_BIND_REFUSED)
		r->ended = pinfo->num;
	if (q->response.frame && q->response_hash == hash) {
		link->retransmission_of = q->response.frame;
	} else if (!q->response.frame || (c->verified && !q->response_verified)) {
		link->first_answer = !r->answered;
		link->replaces = r->answered;
		r->answered = link->kind;
		q->response = frame_mark_at(pinfo);
		q->response_hash = hash;
		q->response_kind = link->kind;
		q->response_verified = c->verified;
	} else {
		link->differs = c->verified && q->response_verified;
	}
}

/* Message ID 1 of the initiator and its answer: the confirmation (rules 11 to 13). Of a message in
 * several fragments the first counts, and only the same octets are a retransmission. */
static struct ike_link *add_protected(packet_info *pinfo, const struct ike_message *m,
				      const struct ike_contents *c, struct ike_sa *sa)
{
	bool response = m->flags & IKE_FLAG_RESPONSE;
	struct ike_resumed *r;
	struct ike_link *link;
	uint64_t hash;

	if (!!(m->flags & IKE_FLAG_INITIATOR) == response || !m->mid)
		return NULL;
	r = ike_state_resumed(sa, m->spir);
	if (!r || (response && !r->confirmation))
		return NULL;
	if (m->mid != 1) {
		if (response && r->answered && !r->session)
			forget_messages(r);
		return NULL;
	}
	link = link_new(c, r->attempt);
	link->confirms = !response;
	link->kind = c->unverified && !c->read ? IKE_KIND_UNVERIFIED
		     : response                ? answer_kind(c)
					       : IKE_KIND_CONFIRMATION;
	link->candidate = r;
	hash = ike_message_hash(m);
	if (response)
		add_confirmed(pinfo, c, hash, r, link);
	else
		add_confirmation(pinfo, c, hash, r, link);
	return link;
}

struct ike_link *ike_state_add(packet_info *pinfo, const struct ike_message *m,
			       const struct ike_contents *c, struct ike_sa *sa)
{
	struct ike_link *link;

	if (m->exchange != IKE_EXCHANGE_SA_INIT)
		link = add_protected(pinfo, m, c, sa);
	else if (m->flags & IKE_FLAG_RESPONSE)
		link = add_response(pinfo, m, c, sa);
	else
		link = c->syns ? add_request(pinfo, m, c, sa) : NULL;
	return link || !c->syns ? link : link_new(c, NULL);
}
