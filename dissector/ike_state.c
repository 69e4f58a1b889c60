/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike_state.h"
#include "resume_secrets.h"

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
				       const struct ike_attempt_key *k,
				       const struct index_body *idx)
{
	struct ike_attempt *a = wmem_new0(wmem_file_scope(), struct ike_attempt);

	a->key = *k;
	a->first_frame = pinfo->num;
	a->first_time = pinfo->abs_ts;
	a->idx = *idx;
	if (sa->attempt)
		wmem_map_insert(other_attempts, &a->key, a);
	else
		sa->attempt = a;
	return a;
}

/* Both messages are needed as they were for keys and binding (rules 9 and 12). */
static struct ike_octets *keep_octets(const struct ike_message *m, const struct ike_contents *c)
{
	struct ike_octets *o;

	if (!resume_secrets_any() || !c->nonce || m->chain.broken ||
	    !tvb_bytes_exist(m->tvb, (int)m->offset, (int)m->length))
		return NULL;
	o = wmem_alloc(wmem_file_scope(), sizeof(*o) + m->length);
	o->n = m->length;
	o->nonce = c->nonce_offset - m->offset;
	o->nonce_n = c->nonce_length;
	tvb_memcpy(m->tvb, o->p, (int)m->offset, m->length);
	return o;
}

static struct ike_request *request_new(packet_info *pinfo, const struct ike_contents *c)
{
	struct ike_request *r = wmem_new0(wmem_file_scope(), struct ike_request);

	r->frame = pinfo->num;
	r->time = pinfo->abs_ts;
	r->hash = c->hash;
	return r;
}

static struct ike_link *add_request(packet_info *pinfo, const struct ike_message *m,
				    const struct ike_contents *c, struct ike_sa *sa)
{
	struct ike_link *link = wmem_new0(wmem_file_scope(), struct ike_link);
	struct ike_attempt *attempt;
	struct ike_attempt_key k;

	link->kind = c->syn_faults ? IKE_KIND_IGNORED : IKE_KIND_REQUEST;
	key_fill(&k, m, &pinfo->src, &pinfo->dst);
	attempt = attempt_find(sa, &k);
	if (!attempt) {
		attempt = attempt_new(pinfo, sa, &k, &c->idx);
	} else if (attempt->last->hash == c->hash) {
		link->retransmission_of = attempt->last->frame;
		link->attempt = attempt;
		link->request = attempt->last;
		return link;
	}
	attempt->last = request_new(pinfo, c);
	attempt->last->octets = keep_octets(m, c);
	link->attempt = attempt;
	link->request = attempt->last;
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

static void add_resumed(packet_info *pinfo, const struct ike_message *m,
			const struct ike_contents *c, struct ike_sa *sa,
			struct ike_attempt *attempt)
{
	struct ike_resumed *r;

	if (ike_state_resumed(sa, m->spir))
		return;
	r = wmem_new0(wmem_file_scope(), struct ike_resumed);
	r->attempt = attempt;
	r->request = attempt->last->octets;
	r->response = r->request ? keep_octets(m, c) : NULL;
	memcpy(r->key.spii, m->spii, 8);
	memcpy(r->key.spir, m->spir, 8);
	if (sa->resumed)
		wmem_map_insert(other_resumed, &r->key, r);
	else
		sa->resumed = r;
	if (attempt->resumed_frame)
		return;
	memcpy(attempt->spir, m->spir, 8);
	attempt->resumed_frame = pinfo->num;
	attempt->resumed_time = pinfo->abs_ts;
}

static struct ike_link *add_response(packet_info *pinfo, const struct ike_message *m,
				     const struct ike_contents *c, struct ike_sa *sa)
{
	enum ike_kind kind = response_kind(c);
	struct ike_attempt *attempt;
	struct ike_request *request;
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
	if (!attempt)
		return link;
	request = attempt->last;
	link->request = request;
	if (!request->response_frame) {
		request->response_frame = pinfo->num;
		request->response_time = pinfo->abs_ts;
		request->response_hash = c->hash;
	} else if (request->response_hash == c->hash) {
		link->retransmission_of = request->response_frame;
	}
	if (kind == IKE_KIND_RESUMED)
		add_resumed(pinfo, m, c, sa, attempt);
	return link;
}

/* The second of several frames of one message (RFC 7383) is no retransmission of the first. */
static bool later_fragment(const struct ike_message *m)
{
	const struct ike_payload *p = m->chain.n ? &m->chain.at[m->chain.n - 1] : NULL;

	return p && p->type == IKE_PAYLOAD_SKF && !p->cut && !p->over && p->length >= 8 &&
	       tvb_get_ntohs(m->tvb, (int)p->offset + IKE_PAYLOAD_HEADER_SIZE) > 1;
}

/* Message ID 1 of the initiator and its answer: the confirmation (rules 11 to 13). */
static struct ike_link *add_protected(packet_info *pinfo, const struct ike_message *m,
				      const struct ike_contents *c, struct ike_sa *sa)
{
	struct ike_attempt *attempt;
	struct ike_resumed *r;
	struct ike_link *link;
	bool response = m->flags & IKE_FLAG_RESPONSE;
	bool again = !later_fragment(m);

	if (m->mid != 1 || !!(m->flags & IKE_FLAG_INITIATOR) == response)
		return NULL;
	r = ike_state_resumed(sa, m->spir);
	attempt = r ? r->attempt : NULL;
	if (!attempt || (response && !attempt->confirmation))
		return NULL;
	link = wmem_new0(wmem_file_scope(), struct ike_link);
	link->kind = !response          ? IKE_KIND_CONFIRMATION
		     : c->not_committed ? IKE_KIND_NOT_COMMITTED
		     : c->bind          ? IKE_KIND_CONFIRMED
					: IKE_KIND_ANSWER;
	link->attempt = attempt;
	if (!response && !attempt->confirmation)
		attempt->confirmation = request_new(pinfo, c);
	else if (!response && again)
		link->retransmission_of = attempt->confirmation->frame;
	else if (response && again && attempt->confirmation->response_frame)
		link->retransmission_of = attempt->confirmation->response_frame;
	link->request = attempt->confirmation;
	if (response && !link->request->response_frame) {
		link->request->response_frame = pinfo->num;
		link->request->response_time = pinfo->abs_ts;
	}
	return link;
}

static const char *kind_info(enum ike_kind kind)
{
	switch (kind) {
	case IKE_KIND_RESUMED:
		return "[resumed]";
	case IKE_KIND_FALLBACK:
		return "[fallback]";
	case IKE_KIND_CONFIRMATION:
		return "[resumption confirmation]";
	case IKE_KIND_ANSWER:
		return "[answer to the confirmation]";
	case IKE_KIND_NOT_COMMITTED:
		return "[resumption not committed]";
	case IKE_KIND_CONFIRMED:
		return "[resumption confirmed]";
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

void ike_link_info(packet_info *pinfo, const struct ike_link *link)
{
	if (!link || !col_get_writable(pinfo->cinfo, COL_INFO))
		return;
	if (link->idx)
		col_append_fstr(pinfo->cinfo, COL_INFO, " [IKE_SA_SYN %s]",
				index_body_text(pinfo->pool, link->idx));
	else if (link->info)
		col_append_fstr(pinfo->cinfo, COL_INFO, " %s", link->info);
}
