/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of the wire profile that IKE messages break, and how each is worded. */
#include "ike/ike_rules.h"

#include "base/file_pool.h"
#include "base/item_table.h"
#include "base/keyed_hash.h"
#include "base/octets_hash.h"
#include "ike/ikesync_fields.h"

#define PROVISIONAL_SECONDS 30 /* section 10 of the profile */

enum broken {
	BROKEN_AUTH,
	BROKEN_VENDOR,
	BROKEN_CANDIDATE,
	BROKEN_RETRY,
	BROKEN_NONCE,
	BROKEN_LATE,
	BROKEN_COOKIE_LENGTH,
	BROKEN_COOKIE_PLACE,
	BROKEN_MESSAGE_ID,
	BROKEN_FIRST_ID,
	BROKEN_SIZE,
	BROKEN_STUB,
	BROKEN_MALFORMED,
	BROKEN_GATEWAY_ID,
	BROKEN_INDEX_PLACE,
	BROKEN_INDEX_MISSING,
	BROKEN_REFUSAL_PLACE,
	BROKEN_STUB_SENDER,
	BROKEN_BIND_MISSING,
	BROKEN_BIND_UNANNOUNCED,
	BROKEN_BIND_REFUSED,
	BROKEN_BIND_REFUSED_RIGHT,
	BROKEN_ENDED,
	BROKEN_INDEX_OTHER,
	BROKEN_NONCE_SAME,
	BROKEN_SPIR_TAKEN,
	BROKEN_COOKIE_OTHER,
	BROKEN_ANSWER_OTHER,
	BROKEN_SPII_TAKEN,
	BROKEN_FIRST_SKIPPED,
	BROKEN_COUNT,
};

static expert_field ei_vendor = EI_INIT;
static expert_field ei_candidate = EI_INIT;
static expert_field ei_retry = EI_INIT;
static expert_field ei_nonce = EI_INIT;
static expert_field ei_late = EI_INIT;
static expert_field ei_cookie_length = EI_INIT;
static expert_field ei_cookie_place = EI_INIT;
static expert_field ei_message_id = EI_INIT;
static expert_field ei_first_id = EI_INIT;
static expert_field ei_size = EI_INIT;
static expert_field ei_stub = EI_INIT;
static expert_field ei_malformed = EI_INIT;
static expert_field ei_gateway_id = EI_INIT;
static expert_field ei_index_place = EI_INIT;
static expert_field ei_index_missing = EI_INIT;
static expert_field ei_refusal_place = EI_INIT;
static expert_field ei_stub_sender = EI_INIT;
static expert_field ei_bind_missing = EI_INIT;
static expert_field ei_bind_unannounced = EI_INIT;
static expert_field ei_bind_refused = EI_INIT;
static expert_field ei_bind_refused_right = EI_INIT;
static expert_field ei_ended = EI_INIT;
static expert_field ei_index_other = EI_INIT;
static expert_field ei_nonce_same = EI_INIT;
static expert_field ei_spir_taken = EI_INIT;
static expert_field ei_cookie_other = EI_INIT;
static expert_field ei_answer_other = EI_INIT;
static expert_field ei_spii_taken = EI_INIT;
static expert_field ei_first_skipped = EI_INIT;

static expert_field *const broken_rules[BROKEN_COUNT] = {
	[BROKEN_AUTH] = &ei_auth_after_resumption,
	[BROKEN_VENDOR] = &ei_vendor,
	[BROKEN_CANDIDATE] = &ei_candidate,
	[BROKEN_RETRY] = &ei_retry,
	[BROKEN_NONCE] = &ei_nonce,
	[BROKEN_LATE] = &ei_late,
	[BROKEN_COOKIE_LENGTH] = &ei_cookie_length,
	[BROKEN_COOKIE_PLACE] = &ei_cookie_place,
	[BROKEN_MESSAGE_ID] = &ei_message_id,
	[BROKEN_FIRST_ID] = &ei_first_id,
	[BROKEN_SIZE] = &ei_size,
	[BROKEN_STUB] = &ei_stub,
	[BROKEN_MALFORMED] = &ei_malformed,
	[BROKEN_GATEWAY_ID] = &ei_gateway_id,
	[BROKEN_INDEX_PLACE] = &ei_index_place,
	[BROKEN_INDEX_MISSING] = &ei_index_missing,
	[BROKEN_REFUSAL_PLACE] = &ei_refusal_place,
	[BROKEN_STUB_SENDER] = &ei_stub_sender,
	[BROKEN_BIND_MISSING] = &ei_bind_missing,
	[BROKEN_BIND_UNANNOUNCED] = &ei_bind_unannounced,
	[BROKEN_BIND_REFUSED] = &ei_bind_refused,
	[BROKEN_BIND_REFUSED_RIGHT] = &ei_bind_refused_right,
	[BROKEN_ENDED] = &ei_ended,
	[BROKEN_INDEX_OTHER] = &ei_index_other,
	[BROKEN_NONCE_SAME] = &ei_nonce_same,
	[BROKEN_SPIR_TAKEN] = &ei_spir_taken,
	[BROKEN_COOKIE_OTHER] = &ei_cookie_other,
	[BROKEN_ANSWER_OTHER] = &ei_answer_other,
	[BROKEN_SPII_TAKEN] = &ei_spii_taken,
	[BROKEN_FIRST_SKIPPED] = &ei_first_skipped,
};

static ei_register_info experts[] = {
	{ &ei_vendor,
	  { "ikesync.vendor.missing", PI_PROTOCOL, PI_NOTE,
	    "no Vendor ID \"ikesync profile 1\": the sender follows the draft alone (wire profile "
	    "6.1, 6.2)",
	    EXPFILL } },
	{ &ei_candidate,
	  { "ikesync.response.another", PI_SECURITY, PI_WARN,
	    "another response to this attempt had other octets: one of the two may be forged, the "
	    "client follows both (wire profile 7.6, 14.1)",
	    EXPFILL } },
	{ &ei_retry,
	  { "ikesync.retry.changed", PI_PROTOCOL, PI_ERROR,
	    "a repetition keeps SPIi, Ni and IKE_SA_SYN; here Ni or IKE_SA_SYN is not that of the "
	    "first request (wire profile 10.4)",
	    EXPFILL } },
	{ &ei_nonce,
	  { "ikesync.nonce_reused", PI_SECURITY, PI_ERROR,
	    "the same nonce was in an exchange with another SPIi; nonces are never used twice "
	    "(wire profile 9.5)",
	    EXPFILL } },
	{ &ei_late,
	  { "ikesync.confirmation.late", PI_SEQUENCE, PI_NOTE,
	    "more than 30 s after the IKE_SA_SYN was accepted; by default the gateway has dropped "
	    "the SA (wire profile 11.1)",
	    EXPFILL } },
	{ &ei_cookie_length,
	  { "ikesync.cookie.length", PI_PROTOCOL, PI_ERROR,
	    "cookie is not 1 to 64 octets (wire profile 15.3)", EXPFILL } },
	{ &ei_cookie_place,
	  { "ikesync.cookie.place", PI_PROTOCOL, PI_ERROR,
	    "a returned cookie is the first payload (wire profile 15.3)", EXPFILL } },
	{ &ei_message_id,
	  { "ikesync.response.message_id", PI_PROTOCOL, PI_ERROR,
	    "Message ID of the IKE_SA_INIT response is not 0 (wire profile 7.1, 16.1)", EXPFILL } },
	{ &ei_first_id,
	  { "ikesync.confirmation.message_id", PI_PROTOCOL, PI_ERROR,
	    "the client's first protected message on a resumed SA has Message ID 1 (wire profile "
	    "16.1)",
	    EXPFILL } },
	{ &ei_size,
	  { "ikesync.response.size", PI_PROTOCOL, PI_WARN,
	    "IKE_SA_INIT response to an IKE_SA_SYN does not fit 1,280 octets of IP (wire profile "
	    "23.3)",
	    EXPFILL } },
	{ &ei_stub,
	  { "ikesync.stub.place", PI_SECURITY, PI_ERROR,
	    "IKESYNC_STUB in clear anywhere but beside IKE_SA_SYN in a request (wire profile 37.4)",
	    EXPFILL } },
	{ &ei_malformed,
	  { "ikesync.response.to_malformed", PI_PROTOCOL, PI_ERROR,
	    "accepted, though the IKE_SA_SYN was malformed and counts as absent (wire profile 4.1 "
	    "to 4.4)",
	    EXPFILL } },
	{ &ei_gateway_id,
	  { "ikesync.gateway_request.message_id", PI_PROTOCOL, PI_WARN,
	    "the gateway's first own request on a resumed SA has Message ID 0; or frames are "
	    "missing (wire profile 16.1)",
	    EXPFILL } },
	{ &ei_index_place,
	  { "ikesync.notify.index.place", PI_PROTOCOL, PI_ERROR,
	    "IKESYNC_INDEX in a request that is no rekey of the gateway's; it is told in responses "
	    "(wire profile 5.2 to 5.4, 5.7)",
	    EXPFILL } },
	{ &ei_index_missing,
	  { "ikesync.notify.index.missing", PI_PROTOCOL, PI_WARN,
	    "the gateway does not tell the index of the SA that results (wire profile 5.3, 5.4, "
	    "5.7)",
	    EXPFILL } },
	{ &ei_refusal_place,
	  { "ikesync.not_committed.place", PI_PROTOCOL, PI_ERROR,
	    "IKESYNC_NOT_COMMITTED in anything but the response to Message ID 1 of a resumed SA "
	    "(wire profile 13.4)",
	    EXPFILL } },
	{ &ei_stub_sender,
	  { "ikesync.stub.sender", PI_PROTOCOL, PI_ERROR,
	    "a protected IKESYNC_STUB comes from the gateway, in an INFORMATIONAL (wire profile "
	    "37.4)",
	    EXPFILL } },
	{ &ei_bind_missing,
	  { "ikesync.bind.missing", PI_SECURITY, PI_ERROR,
	    "no IKESYNC_BIND in the exchange that confirms the resumption, and the sender has "
	    "announced profile 1 (wire profile 12.1, 12.2)",
	    EXPFILL } },
	{ &ei_bind_unannounced,
	  { "ikesync.bind.unannounced", PI_SECURITY, PI_NOTE,
	    "no IKESYNC_BIND in the exchange that confirms the resumption; profile 1 demands it, "
	    "which the sender has not announced in this exchange (wire profile 12.1, 12.2)",
	    EXPFILL } },
	{ &ei_bind_refused,
	  { "ikesync.bind.refused", PI_RESPONSE_CODE, PI_WARN,
	    "AUTHENTICATION_FAILED: the gateway does not take the confirmation's IKESYNC_BIND, and "
	    "this SA is gone (wire profile 12.4, 12.5)",
	    EXPFILL } },
	{ &ei_bind_refused_right,
	  { "ikesync.bind.refused_right", PI_SECURITY, PI_ERROR,
	    "AUTHENTICATION_FAILED, though IKESYNC_BIND of the confirmation is right for the "
	    "messages of this capture: the gateway had others, or calculates it wrongly (wire "
	    "profile 12.3, 12.4)",
	    EXPFILL } },
	{ &ei_ended,
	  { "ikesync.ended.answered", PI_PROTOCOL, PI_ERROR,
	    "the gateway answers on an SA that it has ended with AUTHENTICATION_FAILED or "
	    "IKESYNC_NOT_COMMITTED (wire profile 12.5, 13.5, 47.2)",
	    EXPFILL } },
	{ &ei_index_other,
	  { "ikesync.notify.index.other", PI_PROTOCOL, PI_ERROR,
	    "IKESYNC_INDEX names another SPI than the gateway's own of the SA that this message "
	    "makes or belongs to (wire profile 5.2 to 5.4, 5.7, 46.2)",
	    EXPFILL } },
	{ &ei_nonce_same,
	  { "ikesync.nonce_same", PI_SECURITY, PI_ERROR,
	    "Nr is Ni; a nonce is never used twice (wire profile 7.3, 9.5)", EXPFILL } },
	{ &ei_spir_taken,
	  { "ikesync.response.spir_taken", PI_PROTOCOL, PI_WARN,
	    "this responder SPI is that of another SA of the gateway; it is new at each resumption "
	    "(wire profile 7.2)",
	    EXPFILL } },
	{ &ei_cookie_other,
	  { "ikesync.cookie.other", PI_PROTOCOL, PI_WARN,
	    "returns another cookie than any that was demanded of this attempt in this capture "
	    "(wire profile 7.5, 15.3)",
	    EXPFILL } },
	{ &ei_answer_other,
	  { "ikesync.answer.another", PI_PROTOCOL, PI_ERROR,
	    "another answer to message ID 1, which verified too, had other octets; a repeated "
	    "request gets the identical response (wire profile 16.3, 47.1)",
	    EXPFILL } },
	{ &ei_first_skipped,
	  { "ikesync.confirmation.skipped", PI_SEQUENCE, PI_NOTE,
	    "no message ID 1 of the client before this one: it is not in the capture, or comes "
	    "later, or the client did not begin with it (wire profile 16.1)",
	    EXPFILL } },
	{ &ei_spii_taken,
	  { "ikesync.syn.spii_taken", PI_PROTOCOL, PI_ERROR,
	    "this initiator SPI was that of a full handshake before; an IKE_SA_SYN has a fresh one "
	    "(wire profile 2.2, 13.10)",
	    EXPFILL } },
};

struct nonce {
	uint64_t hash; /* but its last bit, which says whether a response had it */
	uint8_t spii[8];
};

static unsigned nonce_bucket(gconstpointer p)
{
	uint64_t hash = ((const struct nonce *)p)->hash | 1;

	return keyed_hash(&hash, 1);
}

static gboolean nonce_equal(gconstpointer a, gconstpointer b)
{
	return ((const struct nonce *)a)->hash >> 1 == ((const struct nonce *)b)->hash >> 1;
}

static struct item_table nonces = { .hash = nonce_bucket, .equal = nonce_equal };

static uint64_t nonce_hash(const struct ike_message *m, const struct ike_contents *c)
{
	return octets_hash(tvb_get_ptr(m->tvb, (int)c->nonce_offset, (int)c->nonce_length),
			   c->nonce_length);
}

static unsigned check_nonce(const struct ike_message *m, uint64_t hash)
{
	bool response = m->flags & IKE_FLAG_RESPONSE;
	struct nonce this = { .hash = (hash & ~UINT64_C(1)) | response };
	struct nonce *known = item_table_find(&nonces, &this);

	if (known)
		return memcmp(known->spii, m->spii, 8) != 0 ? 1u << BROKEN_NONCE
		       : known->hash != this.hash           ? 1u << BROKEN_NONCE_SAME
							    : 0;
	known = file_pool_new(sizeof(*known));
	*known = this;
	memcpy(known->spii, m->spii, 8);
	item_table_add(&nonces, known);
	return 0;
}

static unsigned check_cookie(const struct ike_contents *c, struct ike_attempt *a, bool response)
{
	struct ike_cookies *known = a->cookies;
	unsigned n = known ? MIN(known->n, IKE_COOKIES_MAX) : 0;

	if (!c->cookie_hash)
		return 0;
	for (unsigned i = 0; i < n; i++)
		if (known->hash[i] == c->cookie_hash)
			return 0;
	if (!response)
		return n && known->n <= IKE_COOKIES_MAX ? 1u << BROKEN_COOKIE_OTHER : 0;
	if (!known)
		known = a->cookies = file_pool_new(sizeof(*known));
	if (n < IKE_COOKIES_MAX)
		known->hash[n] = c->cookie_hash;
	known->n++;
	return 0;
}

static unsigned check_request(const struct ike_message *m, const struct ike_contents *c,
			      struct ike_attempt *a)
{
	bool whole = !m->chain.broken;
	unsigned broken = 0;
	uint64_t nonce;

	broken |= check_cookie(c, a, false);
	if (whole && !c->vendor)
		broken |= 1u << BROKEN_VENDOR;
	if (!whole || !c->nonce)
		return broken;
	nonce = nonce_hash(m, c);
	if (c->nonce_length)
		broken |= check_nonce(m, nonce);
	if (!a->has_nonce)
		a->nonce = nonce;
	else if (a->nonce != nonce || !index_body_equal(&c->idx, &a->idx))
		broken |= 1u << BROKEN_RETRY;
	a->has_nonce = true;
	return broken;
}

static unsigned check_response(const packet_info *pinfo, const struct ike_message *m,
			       const struct ike_contents *c, const struct ike_sa *sa,
			       const struct ike_link *link)
{
	struct ike_attempt *a = link->attempt;
	unsigned broken = 0;

	if (m->mid != 0)
		broken |= 1u << BROKEN_MESSAGE_ID;
	if (ike_message_exceeds_ip(pinfo, m))
		broken |= 1u << BROKEN_SIZE;
	if (a && link->kind == IKE_KIND_COOKIE)
		broken |= check_cookie(c, a, true);
	if (m->chain.broken || (link->kind != IKE_KIND_RESUMED && link->kind != IKE_KIND_FALLBACK))
		return broken;
	if (link->kind == IKE_KIND_RESUMED && link->request && link->request->faulty)
		broken |= 1u << BROKEN_MALFORMED;
	if (!c->vendor && link->kind == IKE_KIND_RESUMED)
		broken |= 1u << BROKEN_VENDOR;
	if (link->kind == IKE_KIND_RESUMED && ike_sa_responder_taken(sa, m->spir, &pinfo->src))
		broken |= 1u << BROKEN_SPIR_TAKEN;
	if (c->nonce_length)
		broken |= check_nonce(m, nonce_hash(m, c));
	if (!a)
		return broken;
	if (!a->has_candidate)
		a->candidate = c->hash;
	else if (a->candidate != c->hash)
		broken |= 1u << BROKEN_CANDIDATE;
	a->has_candidate = true;
	return broken;
}

/* Of what is not inside SK. */
static unsigned check_notifies(const struct ike_message *m, const struct ike_contents *c,
			       bool of_attempt)
{
	unsigned broken = 0;

	if (c->stub_clear && (m->flags & IKE_FLAG_RESPONSE || !c->syns))
		broken |= 1u << BROKEN_STUB;
	if (of_attempt && c->cookie_length)
		broken |= 1u << BROKEN_COOKIE_LENGTH;
	if (of_attempt && c->cookie_place)
		broken |= 1u << BROKEN_COOKIE_PLACE;
	return broken;
}

/* The gateway's own SPI of the SA that results, or of this one where that is new. */
static bool tells_other_index(const struct ike_message *m, const struct ike_contents *c,
			      const struct ike_link *link)
{
	const uint8_t *right = m->flags & IKE_FLAG_INITIATOR ? m->spii : m->spir;

	if (!c->told_index || c->told.faults || (!(m->flags & IKE_FLAG_RESPONSE) && !c->rekeys))
		return false;
	if (c->rekeys)
		right = c->rekey_spi;
	else if (m->exchange != IKE_EXCHANGE_AUTH && (!link || !ike_kind_answers(link->kind)))
		return false;
	return memcmp(c->told.spi, right, INDEX_SPI_SIZE) != 0;
}

/* What is said inside SK, as far as anybody could read it. */
static unsigned check_inside(const struct ike_message *m, const struct ike_contents *c,
			     const struct ike_link *link, const struct ike_resumed *r)
{
	bool response = m->flags & IKE_FLAG_RESPONSE;
	unsigned broken = 0;

	/* The gateway's own rekey tells it in the request; whoever resumed is the client. */
	if (c->told_index && !response && (!c->rekeys || (r && m->flags & IKE_FLAG_INITIATOR)))
		broken |= 1u << BROKEN_INDEX_PLACE;
	if (r && c->read && c->rekeys && !(m->flags & IKE_FLAG_INITIATOR) && !c->told_index)
		broken |= 1u << BROKEN_INDEX_MISSING;
	if (tells_other_index(m, c, link))
		broken |= 1u << BROKEN_INDEX_OTHER;
	/* Of fragments each has octets of its own. */
	if (link && link->differs && m->chain.n &&
	    m->chain.at[m->chain.n - 1].type == IKE_PAYLOAD_SK)
		broken |= 1u << BROKEN_ANSWER_OTHER;
	if (link && link->kind == IKE_KIND_CONFIRMED && !c->told_index)
		broken |= 1u << BROKEN_INDEX_MISSING;
	if (c->not_committed && (!response || m->mid != 1 || m->flags & IKE_FLAG_INITIATOR))
		broken |= 1u << BROKEN_REFUSAL_PLACE;
	/* Whoever resumed is the client and the initiator; of other SAs that is not known. */
	if (c->stub && !c->stub_clear &&
	    (m->exchange != IKE_EXCHANGE_INFORMATIONAL || (r && m->flags & IKE_FLAG_INITIATOR)))
		broken |= 1u << BROKEN_STUB_SENDER;
	return broken;
}

/* BIND in message ID 1 and its answer, where all that they say could be read. */
static unsigned check_bind(const struct ike_contents *c, const struct ike_link *link,
			   const struct ike_resumed *r)
{
	bool announced = r->attempt->announced;

	if (link->kind == IKE_KIND_BIND_REFUSED)
		return r->bind == IKE_BIND_RIGHT ? 1u << BROKEN_BIND_REFUSED_RIGHT
						 : 1u << BROKEN_BIND_REFUSED;
	if (!c->read || c->bind)
		return 0;
	if (link->kind != IKE_KIND_CONFIRMATION)
		announced = announced && r->announced;
	return announced ? 1u << BROKEN_BIND_MISSING : 1u << BROKEN_BIND_UNANNOUNCED;
}

static bool is_late(const packet_info *pinfo, const struct ike_resumed *r)
{
	nstime_t t = frame_mark_since(&r->seen, pinfo);

	return t.secs > PROVISIONAL_SECONDS || (t.secs == PROVISIONAL_SECONDS && t.nsecs > 0);
}

static unsigned check_protected(const packet_info *pinfo, const struct ike_message *m,
				const struct ike_contents *c, const struct ike_link *link,
				const struct ike_sa *sa)
{
	struct ike_resumed *r = ike_state_resumed(sa, m->spir);
	unsigned broken = sa && sa->ours ? check_inside(m, c, link, r) : 0;

	if (link && r)
		broken |= check_bind(c, link, r);
	if (r && r->ended && m->mid != 1 && (c->verified || c->read) &&
	    m->flags & IKE_FLAG_RESPONSE && !(m->flags & IKE_FLAG_INITIATOR))
		broken |= 1u << BROKEN_ENDED;
	if (!r || m->flags & IKE_FLAG_RESPONSE)
		return broken;
	if (!(m->flags & IKE_FLAG_INITIATOR)) {
		if (!r->asked && m->mid != 0)
			broken |= 1u << BROKEN_GATEWAY_ID;
		r->asked = true;
		return broken;
	}
	if (m->mid != 1)
		return r->confirmation ? broken
		       : m->mid == 0   ? broken | 1u << BROKEN_FIRST_ID
				       : broken | 1u << BROKEN_FIRST_SKIPPED;
	if (link && !link->retransmission_of && is_late(pinfo, r))
		broken |= 1u << BROKEN_LATE;
	return broken;
}

/* Before the story marks this request as one of the SPI's own. */
static unsigned check_spii(const packet_info *pinfo, const struct ike_sa *sa,
			   const struct ike_link *link)
{
	return ike_sa_attempt(sa) == link->attempt && link->attempt->first.frame == pinfo->num &&
		       !link->retransmission_of && sa->request.frame && sa->response.frame
		   ? 1u << BROKEN_SPII_TAKEN
		   : 0;
}

unsigned ike_rules_add(packet_info *pinfo, const struct ike_message *m,
		       const struct ike_contents *c, const struct ike_sa *sa, struct ike_link *link)
{
	unsigned broken = check_notifies(m, c, link != NULL);

	if (link && link->attempt && m->exchange == IKE_EXCHANGE_AUTH)
		broken |= 1u << BROKEN_AUTH;
	if (m->exchange != IKE_EXCHANGE_SA_INIT)
		return broken | check_protected(pinfo, m, c, link, sa);
	if (!link)
		return broken;
	if (!(m->flags & IKE_FLAG_RESPONSE))
		return link->kind == IKE_KIND_REQUEST && link->attempt
			   ? broken | check_spii(pinfo, sa, link) |
				 check_request(m, c, link->attempt)
			   : broken;
	return broken | check_response(pinfo, m, c, sa, link);
}

void ike_rules_show(packet_info *pinfo, proto_item *item, unsigned broken)
{
	for (unsigned i = 0; i < BROKEN_COUNT; i++)
		if (broken & 1u << i)
			expert_add_info(pinfo, item, broken_rules[i]);
}

void ike_rules_register(int proto)
{
	expert_register_field_array(expert_register_protocol(proto), experts,
				    array_length(experts));
	item_table_init(&nonces);
}
