/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading an IKE_SA_INIT request (RFC 7296 section 1.2, draft section 3.1): pure, refusing is another step. */
#include "exchange/init_request.h"

#include <glib.h>

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

static void look_for_notifies(struct init_request *q, const struct chain *c)
{
	struct ike_notify n;

	q->fragmentation = ike_notify_find(c, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, &n);
	q->nat_detection = ike_notify_find(c, NOTIFY_NAT_DETECTION_SOURCE_IP, &n);
	q->has_hashes = ike_notify_find(c, NOTIFY_SIGNATURE_HASH_ALGORITHMS, &n);
	if (q->has_hashes)
		q->hashes = signature_hashes_parse(n.data);
	if (ike_notify_find(c, NOTIFY_COOKIE, &n))
		q->cookie = n.data;
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

struct init_request *init_request_keep(const struct init_request *q, struct span octets)
{
	size_t used = q->offer.n_transforms * sizeof(q->offer.transforms[0]);
	struct init_request *kept = g_memdup2(q, offsetof(struct init_request, offer) +
						     offsetof(struct ike_sa, transforms) + used);

	kept->octets = octets;
	kept->ke.data = span_in_copy(q->ke.data, q->octets, octets);
	kept->ni = span_in_copy(q->ni, q->octets, octets);
	kept->cookie = q->cookie.n ? span_in_copy(q->cookie, q->octets, octets) : SPAN_NONE;
	kept->syn_body = SPAN_NONE; /* judged before */
	return kept;
}
