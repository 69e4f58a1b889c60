/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike_state.h"
#include "resume_secrets.h"

/* A client's new SPI between two addresses: every retry keeps it (rule 10). */
struct attempt_key {
	uint8_t spii[8];
	address client;
	address gateway;
};

struct sa_key {
	uint8_t spii[8];
	uint8_t spir[8];
};

static wmem_map_t *attempts; /* struct attempt_key -> struct ike_attempt */
static wmem_map_t *resumed;  /* struct sa_key -> struct ike_resumed */

static unsigned attempt_hash(gconstpointer p)
{
	const struct attempt_key *k = p;

	return add_address_to_hash(add_address_to_hash(wmem_strong_hash(k->spii, 8), &k->client),
				   &k->gateway);
}

static gboolean attempt_equal(gconstpointer a, gconstpointer b)
{
	const struct attempt_key *x = a, *y = b;

	return memcmp(x->spii, y->spii, 8) == 0 && addresses_equal(&x->client, &y->client) &&
	       addresses_equal(&x->gateway, &y->gateway);
}

static unsigned sa_hash(gconstpointer p)
{
	return wmem_strong_hash(p, sizeof(struct sa_key));
}

static gboolean sa_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct sa_key)) == 0;
}

void ike_state_init(void)
{
	attempts = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), attempt_hash,
					  attempt_equal);
	resumed = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), sa_hash, sa_equal);
}

struct ike_resumed *ike_state_resumed(const uint8_t spii[8], const uint8_t spir[8])
{
	struct sa_key k;

	memcpy(k.spii, spii, 8);
	memcpy(k.spir, spir, 8);
	return wmem_map_lookup(resumed, &k);
}

static void contents_syn(const struct ike_message *m, const struct ike_payload *p,
			 struct ike_contents *out)
{
	if (out->syns++) {
		out->syn_faults |= IKE_SYN_SECOND;
		return;
	}
	out->syn = p;
	if (p->length < IKE_PAYLOAD_HEADER_SIZE || p->over) {
		out->syn_faults |= IKE_SYN_LENGTH;
		out->index.faults = INDEX_BAD_LENGTH;
		return;
	}
	index_body_read(m->tvb, p->offset + IKE_PAYLOAD_HEADER_SIZE,
			p->length - IKE_PAYLOAD_HEADER_SIZE, &out->index);
	if (out->index.faults & INDEX_BAD_LENGTH)
		out->syn_faults |= IKE_SYN_LENGTH;
	if (out->index.faults & INDEX_ZERO_SPI)
		out->syn_faults |= IKE_SYN_ZERO_SPI;
	if (out->index.faults & INDEX_BAD_ADDRESS)
		out->syn_faults |= IKE_SYN_ADDRESS;
	if (p->flags & 0x80)
		out->syn_faults |= IKE_SYN_C_BIT;
}

static void contents_notify(tvbuff_t *tvb, const struct ike_payload *p, struct ike_contents *out)
{
	struct ike_notify n;

	if (!ike_notify_read(tvb, p, &n))
		return;
	if (n.type == IKE_NOTIFY_COOKIE)
		out->cookie = n.type;
	if (n.type == IKE_NOTIFY_INVALID_KE)
		out->invalid_ke = true;
	if (n.type == IKE_NOTIFY_REDIRECT)
		out->redirect = true;
	if (n.type == IKE_NOTIFY_SYN_BIND)
		out->bind = true;
	if (n.type == IKE_NOTIFY_SYN_NOT_COMMITTED)
		out->not_committed = true;
	if (n.type < IKE_NOTIFY_FIRST_STATUS && !out->error)
		out->error = n.type;
}

void ike_contents_read(const struct ike_message *m, uint8_t syn_type, struct ike_contents *out)
{
	static const char vendor[] = "ikesync profile 1"; /* 17 octets, no NUL (rule 6) */

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < m->chain.n; i++) {
		const struct ike_payload *p = &m->chain.at[i];

		if (p->type == syn_type) {
			contents_syn(m, p, out);
			continue;
		}
		if (p->cut || p->over)
			continue;
		switch (p->type) {
		case IKE_PAYLOAD_SA:
			out->sa = true;
			break;
		case IKE_PAYLOAD_KE:
			out->ke = true;
			break;
		case IKE_PAYLOAD_NONCE:
			out->nonce = true;
			out->nonce_length = p->length - IKE_PAYLOAD_HEADER_SIZE;
			out->nonce_offset = p->offset + IKE_PAYLOAD_HEADER_SIZE;
			break;
		case IKE_PAYLOAD_NOTIFY:
			contents_notify(m->tvb, p, out);
			break;
		case IKE_PAYLOAD_VENDOR:
			if (p->length == IKE_PAYLOAD_HEADER_SIZE + sizeof(vendor) - 1 &&
			    tvb_memeql(m->tvb, (int)p->offset + IKE_PAYLOAD_HEADER_SIZE,
				       (const uint8_t *)vendor, sizeof(vendor) - 1) == 0)
				out->vendor = true;
			break;
		default:
			break;
		}
	}
	/* Where the chain breaks behind a SYN, its length is not to be trusted either. */
	if (out->syns && !(out->syn_faults & IKE_SYN_LENGTH) &&
	    (m->chain.fault || (!m->chain.broken && m->chain.end < m->end)))
		out->syn_faults |= IKE_SYN_CHAIN;
}

void ike_contents_decrypted(tvbuff_t *tvb, uint8_t first, struct ike_contents *out)
{
	struct ike_chain chain;

	ike_chain_read(tvb, 0, tvb_captured_length(tvb), false, first, &chain);
	for (unsigned i = 0; i < chain.n; i++)
		if (chain.at[i].type == IKE_PAYLOAD_NOTIFY)
			contents_notify(tvb, &chain.at[i], out);
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

static struct ike_request *request_new(packet_info *pinfo, const struct ike_message *m)
{
	struct ike_request *r = wmem_new0(wmem_file_scope(), struct ike_request);

	r->frame = pinfo->num;
	r->time = pinfo->abs_ts;
	r->hash = ike_message_hash(m);
	return r;
}

static void key_fill(struct attempt_key *k, const struct ike_message *m, const address *client,
		     const address *gateway)
{
	memcpy(k->spii, m->spii, 8);
	copy_address_shallow(&k->client, client);
	copy_address_shallow(&k->gateway, gateway);
}

static struct ike_link *add_request(packet_info *pinfo, const struct ike_message *m,
				    const struct ike_contents *c)
{
	struct ike_link *link = wmem_new0(wmem_file_scope(), struct ike_link);
	struct ike_attempt *attempt;
	struct attempt_key k;

	link->kind = c->syn_faults ? IKE_KIND_IGNORED : IKE_KIND_REQUEST;
	key_fill(&k, m, &pinfo->src, &pinfo->dst);
	attempt = wmem_map_lookup(attempts, &k);
	if (!attempt) {
		struct attempt_key *kept = wmem_new(wmem_file_scope(), struct attempt_key);

		memcpy(kept->spii, k.spii, 8);
		copy_address_wmem(wmem_file_scope(), &kept->client, &pinfo->src);
		copy_address_wmem(wmem_file_scope(), &kept->gateway, &pinfo->dst);
		attempt = wmem_new0(wmem_file_scope(), struct ike_attempt);
		attempt->first_frame = pinfo->num;
		attempt->first_time = pinfo->abs_ts;
		attempt->index = c->index;
		wmem_map_insert(attempts, kept, attempt);
	} else if (attempt->last->hash == ike_message_hash(m)) {
		link->retransmission_of = attempt->last->frame;
		link->attempt = attempt;
		link->request = attempt->last;
		return link;
	}
	attempt->last = request_new(pinfo, m);
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
			const struct ike_contents *c, struct ike_attempt *attempt)
{
	struct ike_resumed *r;
	struct sa_key *sa;

	if (ike_state_resumed(m->spii, m->spir))
		return;
	r = wmem_new0(wmem_file_scope(), struct ike_resumed);
	r->attempt = attempt;
	r->request = attempt->last->octets;
	r->response = r->request ? keep_octets(m, c) : NULL;
	memcpy(r->spii, m->spii, 8);
	memcpy(r->spir, m->spir, 8);
	sa = wmem_new(wmem_file_scope(), struct sa_key);
	memcpy(sa->spii, m->spii, 8);
	memcpy(sa->spir, m->spir, 8);
	wmem_map_insert(resumed, sa, r);
	if (attempt->resumed_frame)
		return;
	memcpy(attempt->spir, m->spir, 8);
	attempt->resumed_frame = pinfo->num;
	attempt->resumed_time = pinfo->abs_ts;
}

static struct ike_link *add_response(packet_info *pinfo, const struct ike_message *m,
				     const struct ike_contents *c)
{
	enum ike_kind kind = response_kind(c);
	struct ike_attempt *attempt;
	struct ike_request *request;
	struct ike_link *link;
	struct attempt_key k;

	key_fill(&k, m, &pinfo->dst, &pinfo->src);
	attempt = wmem_map_lookup(attempts, &k);
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
		request->response_hash = ike_message_hash(m);
	} else if (request->response_hash == ike_message_hash(m)) {
		link->retransmission_of = request->response_frame;
	}
	if (kind == IKE_KIND_RESUMED)
		add_resumed(pinfo, m, c, attempt);
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
				      const struct ike_contents *c)
{
	struct ike_attempt *attempt;
	struct ike_resumed *r;
	struct ike_link *link;
	bool response = m->flags & IKE_FLAG_RESPONSE;
	bool again = !later_fragment(m);

	if (m->mid != 1 || !!(m->flags & IKE_FLAG_INITIATOR) == response)
		return NULL;
	r = ike_state_resumed(m->spii, m->spir);
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
		attempt->confirmation = request_new(pinfo, m);
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

struct ike_link *ike_state_add(packet_info *pinfo, const struct ike_message *m,
			       const struct ike_contents *c)
{
	struct ike_link *link;

	if (m->exchange != IKE_EXCHANGE_SA_INIT)
		link = add_protected(pinfo, m, c);
	else if (m->flags & IKE_FLAG_RESPONSE)
		link = add_response(pinfo, m, c);
	else
		link = c->syns ? add_request(pinfo, m, c) : NULL;
	if (!link && !c->syns)
		return NULL;
	if (!link)
		link = wmem_new0(wmem_file_scope(), struct ike_link);
	link->syn_faults = c->syn_faults;
	if (c->syns) {
		const char *text = index_body_text(pinfo->pool, &c->index);

		if (c->index.faults & INDEX_CUT && !(c->index.faults & INDEX_BAD_LENGTH))
			text = "(not captured)";
		else if (!c->index.address_size)
			text = "malformed";
		link->info = wmem_strdup_printf(wmem_file_scope(), "[IKE_SA_SYN %s]", text);
	} else if (link->kind == IKE_KIND_RESUMED) {
		link->info = wmem_strdup(wmem_file_scope(), "[resumed]");
	} else if (link->kind == IKE_KIND_FALLBACK) {
		link->info = wmem_strdup(wmem_file_scope(), "[fallback]");
	} else if (link->kind == IKE_KIND_CONFIRMATION) {
		link->info = wmem_strdup(wmem_file_scope(), "[resumption confirmation]");
	} else if (link->kind == IKE_KIND_ANSWER) {
		link->info = wmem_strdup(wmem_file_scope(), "[answer to the confirmation]");
	} else if (link->kind == IKE_KIND_NOT_COMMITTED) {
		link->info = wmem_strdup(wmem_file_scope(), "[resumption not committed]");
	} else if (link->kind == IKE_KIND_CONFIRMED) {
		link->info = wmem_strdup(wmem_file_scope(), "[resumption confirmed]");
	}
	return link;
}
