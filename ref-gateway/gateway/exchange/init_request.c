/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading an IKE_SA_INIT request (RFC 7296 section 1.2, draft section 3.1): pure, refusing is another step. */
#include "exchange/init_request.h"

#include <glib.h>

#include "core/sa.h"
#include "keys/signature.h"
#include "tool/log.h"

static enum err broken(struct fault *fault, enum err err, const char *field)
{
	*fault = (struct fault){ err, field, 0 };
	return err;
}

/* Exactly one SA, KE and Ni (RFC 7296 section 1.2; rule 2). */
static enum err parse_payloads(struct init_request *q, const struct chain *c, struct fault *fault)
{
	enum err err;

	if (chain_count(c, PAYLOAD_SA) != 1 || chain_count(c, PAYLOAD_KE) != 1 ||
	    chain_count(c, PAYLOAD_NONCE) != 1)
		return broken(fault, ERR_MISSING, "IKE_SA_INIT: exactly one SA, KE and Ni");
	err = ike_sa_parse(chain_find(c, PAYLOAD_SA), &q->offer, fault);
	if (!err)
		err = ike_ke_parse(chain_find(c, PAYLOAD_KE), &q->ke, fault);
	if (!err)
		err = ike_nonce_parse(chain_find(c, PAYLOAD_NONCE), &q->ni, fault);
	return err;
}

static void look_for_syn(struct init_request *q, const struct chain *c, uint8_t syn_type)
{
	const struct chain_payload *p = chain_find(c, syn_type);
	struct fault fault = { 0 };

	q->announced = ike_vendor_find_profile_1(c);
	q->syn = ike_syn_find(c, syn_type, &q->index, &fault);
	if (q->syn == IKE_SYN_MALFORMED)
		log_debug("IKE_SA_SYN ignored: %s at %zu", fault.field, fault.offset);
	if (q->syn == IKE_SYN_PRESENT && p)
		q->syn_body = p->body;
}

static void take_notify(struct init_request *q, const struct ike_notify *n)
{
	switch (n->type) {
	case NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED:
		q->fragmentation = true;
		break;
	case NOTIFY_NAT_DETECTION_SOURCE_IP:
		q->nat_detection = true;
		break;
	case NOTIFY_SIGNATURE_HASH_ALGORITHMS:
		if (!q->has_hashes)
			q->hashes = signature_hashes_parse(n->data);
		q->has_hashes = true;
		break;
	case NOTIFY_REDIRECT_SUPPORTED:
		if (q->redirects == SA_STAYS)
			q->redirects = SA_REDIRECTS;
		break;
	case NOTIFY_REDIRECTED_FROM:
		q->redirects = SA_REDIRECTED_HERE;
		break;
	case NOTIFY_COOKIE:
		if (!q->cookie.p)
			q->cookie = n->data;
		break;
	default:
		break;
	}
}

static void look_for_notifies(struct init_request *q, const struct chain *c)
{
	struct ike_notify n;

	for (unsigned i = 0; i < c->n; i++)
		if (c->at[i].type == PAYLOAD_NOTIFY && !ike_notify_parse(&c->at[i], &n, NULL))
			take_notify(q, &n);
}

enum err init_request_parse(struct init_request *q, struct span octets,
			    const struct ike_header *header, uint8_t syn_type, struct fault *fault)
{
	struct chain chain;
	enum err err;

	memset(q, 0, offsetof(struct init_request, offer));
	q->octets = octets;
	q->header = *header;
	q->syn = IKE_SYN_ABSENT;
	/* Rule 4: a SYN that breaks the chain is ignored, not the request. */
	err = syn_type ? ike_syn_parse_chain(octets, header, syn_type, &chain, fault)
		       : chain_parse_body(octets, header, &chain, fault);
	if (err)
		return err;
	if (header->spi_i == 0 || header->spi_r != 0 || header->message_id != 0 ||
	    (header->flags & (IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE)) != IKE_FLAG_INITIATOR)
		return broken(fault, ERR_VALUE, "IKE_SA_INIT: not a first request");
	if (syn_type)
		look_for_syn(q, &chain, syn_type);
	look_for_notifies(q, &chain);
	if (chain_check_critical(&chain, syn_type, &q->critical))
		return ERR_CRITICAL;
	return parse_payloads(q, &chain, fault);
}

#define HEAD offsetof(struct init_request, offer)

struct init_kept {
	unsigned n_proposals, n_transforms;
	struct span octets;
	uint8_t data[]; /* the request up to its offer, then the proposals and transforms it has */
};

struct init_kept *init_request_keep(const struct init_request *q, struct span octets)
{
	const size_t proposals = q->offer.n_proposals * sizeof(q->offer.proposals[0]),
		     transforms = q->offer.n_transforms * sizeof(q->offer.transforms[0]);
	struct init_kept *kept = g_malloc(sizeof(*kept) + HEAD + proposals + transforms);

	kept->n_proposals = q->offer.n_proposals;
	kept->n_transforms = q->offer.n_transforms;
	kept->octets = octets;
	memcpy(kept->data, q, HEAD);
	memcpy(kept->data + HEAD, q->offer.proposals, proposals);
	memcpy(kept->data + HEAD + proposals, q->offer.transforms, transforms);
	return kept;
}

void init_request_recall(const struct init_kept *kept, struct init_request *out)
{
	const size_t proposals = kept->n_proposals * sizeof(out->offer.proposals[0]),
		     transforms = kept->n_transforms * sizeof(out->offer.transforms[0]);
	const struct span octets = kept->octets;

	memcpy(out, kept->data, HEAD);
	out->offer.n_proposals = kept->n_proposals;
	out->offer.n_transforms = kept->n_transforms;
	memcpy(out->offer.proposals, kept->data + HEAD, proposals);
	memcpy(out->offer.transforms, kept->data + HEAD + proposals, transforms);
	out->ke.data = span_in_copy(out->ke.data, out->octets, octets);
	out->ni = span_in_copy(out->ni, out->octets, octets);
	out->cookie = out->cookie.n ? span_in_copy(out->cookie, out->octets, octets) : SPAN_NONE;
	out->syn_body = SPAN_NONE; /* judged before */
	out->octets = octets;
}
