/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N(IKESYNC_BIND) of a resumed SA, calculated and compared (rule 12). */
#include "resume/resume_bind.h"

#include "resume/resume_session.h"

#define BIND_REQUESTS_MAX 8

/* Rule 12: what the client's or the gateway's BIND is over these two messages. */
static void calculate_bind(const struct resume_keys *keys, bool from_initiator,
			   const struct ike_octets *request, const struct ike_octets *response,
			   uint8_t out[RESUME_KEY_MAX])
{
	static const uint8_t label[] = "ikesync bind";
	const struct octets parts[] = { { label, sizeof(label) - 1 },
					{ request->p, request->n },
					{ response->p, response->n } };
	const struct resume_key *k = &keys->key[from_initiator ? RESUME_PI : RESUME_PR];

	resume_prf(keys->sizes.prf_md, (struct octets){ k->octets, k->n }, parts,
		   array_length(parts), out);
}

bool resume_bind_known(const struct ike_resumed *sa)
{
	return sa->request->n && sa->response->n;
}

void resume_bind_calculate(const struct ike_resumed *sa)
{
	struct resume_session *session = sa->session;

	for (unsigned i = 0; i < 2; i++)
		calculate_bind(session->keys, i == 0, sa->request, sa->response, session->bind[i]);
}

/*
 * Captures have requests in another order than they came in, and responses that were forged: BIND
 * is right if there are two messages that it is over.
 */
static bool fits_others(const struct ike_resumed *sa, bool from_initiator, const uint8_t *bind,
			unsigned n)
{
	unsigned requests = 0;

	for (const struct ike_request *q = sa->attempt->last; q && requests < BIND_REQUESTS_MAX;
	     q = q->older, requests++)
		for (unsigned i = 0; q->octets && q->octets->n && i < ike_state_variants(sa); i++) {
			uint8_t other[RESUME_KEY_MAX];

			calculate_bind(sa->session->keys, from_initiator, q->octets,
				       ike_state_variant(sa, i), other);
			if (memcmp(other, bind, n) == 0)
				return true;
		}
	return false;
}

bool resume_bind_correct(const struct ike_resumed *sa, bool from_initiator, tvbuff_t *clear,
			 const struct ike_notify *n)
{
	const struct resume_session *session = sa->session;
	const uint8_t *right = session->bind[from_initiator ? 0 : 1], *bind;

	if (n->data_length != session->keys->sizes.prf)
		return false;
	bind = tvb_get_ptr(clear, (int)n->data, (int)n->data_length);
	return memcmp(bind, right, n->data_length) == 0 ||
	       fits_others(sa, from_initiator, bind, n->data_length);
}

void resume_bind_judge(const struct ike_resumed *sa, bool from_initiator, tvbuff_t *clear,
		       struct ike_contents *c)
{
	struct ike_chain chain;
	struct ike_notify n;

	if (!resume_bind_known(sa))
		return;
	ike_chain_read(clear, IKE_HEADER_SIZE, tvb_captured_length(clear), false,
		       ws_get_u8(clear, 16), &chain);
	for (unsigned i = 0; i < chain.n; i++) {
		if (chain.at[i].type != IKE_PAYLOAD_NOTIFY ||
		    !ike_notify_read(clear, &chain.at[i], &n) || n.type != IKE_NOTIFY_SYN_BIND)
			continue;
		if (resume_bind_correct(sa, from_initiator, clear, &n))
			c->bind_right = true;
		else
			c->bind_wrong = true;
	}
}
