/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests, responses and confirmations: which message belongs to which attempt. */
#include "ike/ike_state.h"

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
	struct ike_spis k;

	if (!sa || !sa->resumed)
		return NULL;
	if (memcmp(sa->resumed->key.spir, spir, 8) == 0)
		return sa->resumed;
	memcpy(k.spii, sa->spii, 8);
	memcpy(k.spir, spir, 8);
	return wmem_map_lookup(other_resumed, &k);
}

static void end_fill(struct ike_end *out, const address *a)
{
	out->type = a->type;
	out->size = a->len;
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
	if (!sa || !sa->attempt)
		return NULL;
	return attempt_equal(&sa->attempt->key, k) ? sa->attempt
						   : wmem_map_lookup(other_attempts, k);
}

static struct ike_attempt *attempt_new(packet_info *pinfo, struct ike_sa *sa,
				       const struct ike_attempt_key *k)
{
	struct ike_attempt *a = wmem_new0(wmem_file_scope(), struct ike_attempt);

	a->key = *k;
	a->first_frame = pinfo->num;
	a->first_time = pinfo->abs_ts;
	if (sa->attempt)
		wmem_map_insert(other_attempts, &a->key, a);
	else
		sa->attempt = a;
	return a;
}

/*
 * Both messages are needed as they were for keys and binding (rules 9 and 12), whenever a secret
 * may come: a stub that the gateway fetches for this very request is captured after it.
 */
static struct ike_octets *keep_octets(const struct ike_message *m, const struct ike_contents *c)
{
	struct ike_octets *o;

	if (!c->nonce || m->chain.broken ||
	    !tvb_bytes_exist(m->tvb, (int)m->offset, (int)m->length))
		return NULL;
	o = wmem_alloc(wmem_file_scope(), sizeof(*o) + m->length);
	o->n = m->length;
	o->nonce = c->nonce_offset - m->offset;
	o->nonce_n = c->nonce_length;
	tvb_memcpy(m->tvb, o->p, (int)m->offset, m->length);
	return o;
}

static struct ike_request *request_new(packet_info *pinfo, uint64_t hash)
{
	struct ike_request *r = wmem_new0(wmem_file_scope(), struct ike_request);

	r->frame = pinfo->num;
	r->time = pinfo->abs_ts;
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

static void add_variant(struct ike_resumed *r, struct ike_octets *response)
{
	if (!response || r->n_variants == IKE_VARIANTS_MAX)
		return;
	for (unsigned i = 0; i < r->n_variants; i++)
		if (r->variants[i]->n == response->n &&
		    memcmp(r->variants[i]->p, response->p, response->n) == 0)
			return;
	r->variants[r->n_variants++] = response;
}

static void add_candidate(struct ike_sa *sa, struct ike_attempt *attempt,
			  struct ike_octets *request, struct ike_octets *response,
			  const uint8_t spir[8], bool announced, uint32_t frame,
			  const nstime_t *time)
{
	struct ike_resumed *r;

	if (!attempt->resumed_frame) {
		attempt->resumed_frame = frame;
		attempt->resumed_time = *time;
	}
	r = ike_state_resumed(sa, spir);
	if (r) {
		add_variant(r, response);
		return;
	}
	r = wmem_new0(wmem_file_scope(), struct ike_resumed);
	r->attempt = attempt;
	r->announced = announced;
	add_variant(r, response);
	r->request = request;
	r->response = response;
	r->frame = frame;
	r->time = *time;
	memcpy(r->key.spii, sa->spii, 8);
	memcpy(r->key.spir, spir, 8);
	if (sa->resumed)
		wmem_map_insert(other_resumed, &r->key, r);
	else
		sa->resumed = r;
}

/* Captures that were merged, or made on two machines, have an answer before its question. */
static void attach_early(struct ike_sa *sa, struct ike_attempt *attempt)
{
	struct ike_early *e = sa->early;
	struct ike_request *r = attempt->last;

	if (!e || e->link->attempt || memcmp(&e->key, &attempt->key, sizeof(e->key)) != 0)
		return;
	e->link->attempt = attempt;
	e->link->request = r;
	e->link->first_answer = true;
	r->response_frame = e->frame;
	r->response_time = e->time;
	r->response_hash = e->hash;
	r->response_kind = IKE_KIND_RESUMED;
	add_candidate(sa, attempt, r->octets, e->octets, e->spir, e->announced, e->frame, &e->time);
}

static struct ike_link *add_request(packet_info *pinfo, const struct ike_message *m,
				    const struct ike_contents *c, struct ike_sa *sa)
{
	struct ike_link *link = wmem_new0(wmem_file_scope(), struct ike_link);
	struct ike_attempt *attempt;
	struct ike_request *r, *last;
	struct ike_attempt_key k;

	link->kind = c->syn_faults ? IKE_KIND_IGNORED : IKE_KIND_REQUEST;
	key_fill(&k, m, &pinfo->src, &pinfo->dst);
	attempt = attempt_find(sa, &k);
	if (!attempt)
		attempt = attempt_new(pinfo, sa, &k);
	link->attempt = attempt;
	r = request_find(attempt, c->hash);
	if (r) {
		link->retransmission_of = r->frame;
		link->request = r;
		return link;
	}
	last = attempt->last;
	r = request_new(pinfo, c->hash);
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

	link->first_answer = !r->response_frame;
	if (r->response_frame && r->response_hash == hash) {
		link->retransmission_of = r->response_frame;
		return;
	}
	/* What settles the attempt is the answer, whatever came before it. */
	if (r->response_frame && (!settles(link->kind) || settles(r->response_kind)))
		return;
	link->replaces = r->response_kind;
	r->response_frame = pinfo->num;
	r->response_time = pinfo->abs_ts;
	r->response_hash = hash;
	r->response_kind = link->kind;
}

static void add_early(packet_info *pinfo, const struct ike_message *m, const struct ike_contents *c,
		      const struct ike_attempt_key *k, struct ike_link *link)
{
	struct ike_sa *sa = ike_sa_get(m->spii);

	if (sa->early)
		return;
	sa->early = wmem_new0(wmem_file_scope(), struct ike_early);
	sa->early->key = *k;
	sa->early->link = link;
	sa->early->octets = keep_octets(m, c);
	sa->early->hash = ike_message_hash(m);
	sa->early->announced = c->vendor;
	memcpy(sa->early->spir, m->spir, 8);
	sa->early->frame = pinfo->num;
	sa->early->time = pinfo->abs_ts;
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
	link = wmem_new0(wmem_file_scope(), struct ike_link);
	link->kind = kind;
	link->attempt = attempt;
	if (!attempt) {
		add_early(pinfo, m, c, &k, link);
		return link;
	}
	link->request = answered(attempt, kind);
	add_answer(pinfo, c->hash, link);
	if (kind == IKE_KIND_RESUMED)
		add_candidate(sa, attempt, link->request->octets, keep_octets(m, c), m->spir,
			      c->vendor, pinfo->num, &pinfo->abs_ts);
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
		link->retransmission_of = r->confirmation->frame;
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
	if (q->response_frame && q->response_hash == hash) {
		link->retransmission_of = q->response_frame;
	} else if (!q->response_frame || (c->verified && !q->response_verified)) {
		link->first_answer = !r->answered;
		link->replaces = r->answered;
		r->answered = link->kind;
		q->response_frame = pinfo->num;
		q->response_time = pinfo->abs_ts;
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

	if (m->mid != 1 || !!(m->flags & IKE_FLAG_INITIATOR) == response)
		return NULL;
	r = ike_state_resumed(sa, m->spir);
	if (!r || (response && !r->confirmation))
		return NULL;
	link = wmem_new0(wmem_file_scope(), struct ike_link);
	link->confirms = !response;
	link->kind = c->unverified && !c->read ? IKE_KIND_UNVERIFIED
		     : response                ? answer_kind(c)
					       : IKE_KIND_CONFIRMATION;
	link->attempt = r->attempt;
	link->candidate = r;
	hash = ike_message_hash(m);
	if (response)
		add_confirmed(pinfo, c, hash, r, link);
	else
		add_confirmation(pinfo, c, hash, r, link);
	return link;
}

static const char *kind_info(enum ike_kind kind)
{
	switch (kind) {
	case IKE_KIND_RESUMED:
		return "[resumed]";
	case IKE_KIND_FALLBACK:
		return "[fallback]";
	case IKE_KIND_COOKIE:
		return "[cookie demanded]";
	case IKE_KIND_OTHER_GROUP:
		return "[other group demanded]";
	case IKE_KIND_REFUSED:
		return "[resumption refused]";
	case IKE_KIND_NEITHER:
		return "[neither resumed nor refused]";
	case IKE_KIND_CONFIRMATION:
		return "[resumption confirmation]";
	case IKE_KIND_ANSWER:
		return "[answer to the confirmation]";
	case IKE_KIND_NOT_COMMITTED:
		return "[resumption not committed]";
	case IKE_KIND_CONFIRMED:
		return "[resumption confirmed]";
	case IKE_KIND_BIND_REFUSED:
		return "[confirmation refused: AUTHENTICATION_FAILED]";
	case IKE_KIND_UNBOUND:
		return "[answer to the confirmation without BIND]";
	case IKE_KIND_MISBOUND:
		return "[answer to the confirmation with a wrong BIND]";
	case IKE_KIND_UNVERIFIED:
		return "[does not verify]";
	default:
		return NULL;
	}
}

static void syn_info(struct ike_link *link, const struct index_body *idx)
{
	if (idx->faults & INDEX_CUT && !(idx->faults & INDEX_BAD_LENGTH))
		link->info = "[IKE_SA_SYN (not captured)]";
	else if (!idx->address_size)
		link->info = "[IKE_SA_SYN malformed]";
	else if (link->attempt && memcmp(&link->attempt->idx, idx, sizeof(*idx)) == 0)
		link->idx = &link->attempt->idx;
	else
		link->idx = wmem_memdup(wmem_file_scope(), idx, sizeof(*idx));
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
	if (!link && !c->syns)
		return NULL;
	if (!link)
		link = wmem_new0(wmem_file_scope(), struct ike_link);
	link->syn_faults = c->syn_faults;
	if (c->syns)
		syn_info(link, &c->idx);
	else
		link->info = kind_info(link->kind);
	return link;
}
