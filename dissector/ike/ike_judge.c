/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that a message breaks by itself, or by what it answers: judged where they are shown. */
#include "ike/ike_judge.h"

#include "ike/ike_locate.h"
#include "ike/ikesync_fields.h"

#define REQUESTS_MAX 8 /* of one attempt that an answer is compared with */

static expert_field ei_spii_zero = EI_INIT;
static expert_field ei_hit_extra = EI_INIT;
static expert_field ei_cookie_form = EI_INIT;
static expert_field ei_syn_error = EI_INIT;
static expert_field ei_larger = EI_INIT;
static expert_field ei_unserved = EI_INIT;
static expert_field ei_to_critical = EI_INIT;
static expert_field ei_to_no_nonce = EI_INIT;

static ei_register_info experts[] = {
	{ &ei_spii_zero,
	  { "ikesync.syn.initiator_spi", PI_PROTOCOL, PI_ERROR,
	    "initiator SPI of the request is zero (wire profile 2.2)", EXPFILL } },
	{ &ei_hit_extra,
	  { "ikesync.response.extra", PI_PROTOCOL, PI_WARN,
	    "a hit has other payloads than Nr, notifies and Vendor IDs (wire profile 7.8)",
	    EXPFILL } },
	{ &ei_cookie_form,
	  { "ikesync.cookie.response", PI_PROTOCOL, PI_WARN,
	    "a cookie is demanded by N(COOKIE) alone, with a responder SPI of zero (wire profile "
	    "15.3)",
	    EXPFILL } },
	{ &ei_syn_error,
	  { "ikesync.response.error_for_syn", PI_PROTOCOL, PI_WARN,
	    "INVALID_SYNTAX in answer to a malformed IKE_SA_SYN that can be skipped: it is "
	    "ignored, and no error is sent because of it (wire profile 4.5)",
	    EXPFILL } },
	{ &ei_larger,
	  { "ikesync.response.larger", PI_PROTOCOL, PI_WARN,
	    "the answer to a hit is larger than its request (wire profile 59.4)", EXPFILL } },
	{ &ei_to_critical,
	  { "ikesync.response.to_critical", PI_PROTOCOL, PI_WARN,
	    "served, though the request has a critical payload of a type that IKEv2 does not have; "
	    "it "
	    "is refused, unless the gateway knows that type (wire profile 59.1)",
	    EXPFILL } },
	{ &ei_to_no_nonce,
	  { "ikesync.response.to_no_nonce", PI_PROTOCOL, PI_ERROR,
	    "served, though the request has no nonce of 16 to 256 octets (wire profile 59.2)",
	    EXPFILL } },
	{ &ei_unserved,
	  { "ikesync.response.to_unserved", PI_PROTOCOL, PI_ERROR,
	    "served, though the request's Message ID or responder SPI is not 0, or its initiator "
	    "SPI is (wire profile 59.3)",
	    EXPFILL } },
};

/* What the header and the company of a SYN must be; says nothing of payloads that were not
 * captured. */
static void judge_request(struct ike_view *v)
{
	const struct ike_message *m = v->m;
	const struct ike_contents *c = v->c;
	proto_tree *tree = ike_view_tree(v);
	/* A cut capture hides payloads; a message of impossible structure is isakmp's to report. */
	bool whole = !m->chain.broken;

	if (m->exchange != IKE_EXCHANGE_SA_INIT) {
		expert_add_info(v->pinfo, tree, &ei_syn_exchange);
		return;
	}
	if (m->flags & IKE_FLAG_RESPONSE) {
		expert_add_info(v->pinfo, tree, &ei_syn_response);
		return;
	}
	if (spi_is_zero(m->spii))
		expert_add_info(v->pinfo, tree, &ei_spii_zero);
	if (!spi_is_zero(m->spir))
		expert_add_info(v->pinfo, tree, &ei_syn_spir);
	if (m->mid != 0)
		expert_add_info(v->pinfo, tree, &ei_syn_message_id);
	if (!(m->flags & IKE_FLAG_INITIATOR))
		expert_add_info(v->pinfo, tree, &ei_syn_initiator);
	if (whole && (!c->sa || !c->ke || !c->nonce))
		expert_add_info_format(
		    v->pinfo, tree, &ei_syn_incomplete,
		    "a request with IKE_SA_SYN carries SA, KE and Ni; here%s%s%s "
		    "missing (wire profile 2.1)",
		    c->sa ? "" : " SA", c->ke ? "" : " KE", c->nonce ? "" : " Ni");
	if (c->syn_faults & IKE_SYN_CHAIN)
		expert_add_info(v->pinfo, tree, &ei_syn_chain);
	if (c->syn_faults && !(c->syn_faults & (IKE_SYN_CHAIN | IKE_SYN_BREAKS)))
		expert_add_info(v->pinfo, tree, &ei_syn_ignored);
	if (ike_message_exceeds_ip(v->pinfo, m))
		expert_add_info(v->pinfo, tree, &ei_message_size);
}

/* Nr, notifies, Vendor IDs: one Nr, and nothing else. */
static bool has_extra(const struct ike_chain *chain)
{
	unsigned nonces = 0;

	for (unsigned i = 0; i < chain->n; i++) {
		uint8_t type = chain->at[i].type;

		if (type == IKE_PAYLOAD_NONCE)
			nonces++;
		else if (type != IKE_PAYLOAD_NOTIFY && type != IKE_PAYLOAD_VENDOR)
			return true;
	}
	return nonces > 1;
}

/* Than every request that it may be the answer to. */
static bool is_larger(const struct ike_message *m, const struct ike_attempt *a)
{
	const struct ike_request *r = a->last;

	for (unsigned i = 0; r && i < REQUESTS_MAX; i++, r = r->older)
		if (m->length <= r->length)
			return false;
	return a->last && !r && !m->overlong;
}

/* A response against the request that it answers. */
static void judge_against(struct ike_view *v, const struct ike_request *r)
{
	enum ike_kind kind = v->link->kind;
	proto_tree *tree = ike_view_tree(v);

	bool served = kind == IKE_KIND_RESUMED || kind == IKE_KIND_FALLBACK;

	if (r->unserved && served)
		expert_add_info(v->pinfo, tree, &ei_unserved);
	if (r->critical && served)
		expert_add_info(v->pinfo, tree, &ei_to_critical);
	if (r->no_nonce && served)
		expert_add_info(v->pinfo, tree, &ei_to_no_nonce);
	if (kind == IKE_KIND_REFUSED && v->c->error == IKE_NOTIFY_INVALID_SYNTAX && r->faulty &&
	    !(r->syn_faults & (IKE_SYN_CHAIN | IKE_SYN_BREAKS)))
		expert_add_info(v->pinfo, tree, &ei_syn_error);
}

static void judge_response(struct ike_view *v)
{
	const struct ike_attempt *a = v->link->attempt;
	bool resumed = v->link->kind == IKE_KIND_RESUMED;
	proto_tree *tree = ike_view_tree(v);

	if (resumed && spi_is_zero(v->m->spir))
		expert_add_info(v->pinfo, tree, &ei_response_spir_zero);
	else if (resumed && a && memcmp(a->idx.spi, v->m->spir, 8) == 0)
		expert_add_info(v->pinfo, tree, &ei_response_spir_old);
	if (v->c->redirect)
		expert_add_info(v->pinfo, tree, &ei_response_redirect);
	if (resumed && has_extra(&v->m->chain))
		expert_add_info(v->pinfo, tree, &ei_hit_extra);
	if (resumed && a && is_larger(v->m, a))
		expert_add_info(v->pinfo, tree, &ei_larger);
	if (v->link->kind == IKE_KIND_COOKIE &&
	    (!spi_is_zero(v->m->spir) || (!v->m->chain.broken && v->m->chain.n > 1)))
		expert_add_info(v->pinfo, tree, &ei_cookie_form);
	if (v->link->request)
		judge_against(v, v->link->request);
}

/* What any message of a resumption must be (RFC 7296). */
static void judge_shape(struct ike_view *v)
{
	const struct ike_chain *chain = &v->m->chain;
	unsigned datagram = ike_locate_datagram(v->pinfo, v->place), n = v->c->nonce_length;

	if (!chain->broken && chain->end < v->m->end)
		expert_add_info_format(
		    v->pinfo, ike_view_tree(v), &ei_trailing,
		    "%u octets left over after the last payload (RFC 7296 section "
		    "3.2)",
		    v->m->end - chain->end);
	if (datagram && datagram != v->m->length)
		expert_add_info_format(v->pinfo, ike_view_tree(v), &ei_length,
				       "Length is %u, and the datagram has %u octets for it (RFC "
				       "7296 section 3.1)",
				       v->m->length, datagram);
	if (v->c->nonce && (n < IKE_NONCE_MIN || n > IKE_NONCE_MAX))
		expert_add_info_format(v->pinfo, ike_view_tree(v), &ei_nonce_size,
				       "nonce is %u octets, not 16 to 256 (wire profile 9.5)", n);
}

void ike_judge(struct ike_view *v)
{
	if (v->c->syns)
		judge_request(v);
	else if (v->link && (v->link->kind == IKE_KIND_RESUMED ||
			     (v->link->request && v->m->flags & IKE_FLAG_RESPONSE &&
			      v->m->exchange == IKE_EXCHANGE_SA_INIT)))
		judge_response(v);
	if (v->link || v->c->syns) /* not only its SA */
		judge_shape(v);
}

void ike_judge_register(int proto)
{
	expert_register_field_array(expert_register_protocol(proto), experts,
				    array_length(experts));
}
