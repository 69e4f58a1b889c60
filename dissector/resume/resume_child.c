/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CREATE_CHILD_SA of a resumed IKE SA: both halves of it, and the keys of what it made. */
#include "resume/resume_child.h"

#include "base/wipe.h"
#include "ike/ike_message.h"

#define PROPOSAL_HEADER 8
#define TRANSFORM_HEADER 8
#define PROTO_ESP 3
#define ATTRIBUTE_KEY_LENGTH 0x800e /* RFC 7296 section 3.3.5: the only one there is */
#define REQUESTS_MAX 16             /* of one IKE SA at a time: wider windows are of no use */
#define PROPOSALS_MAX 16

enum { TRANSFORM_ENCR = 1, TRANSFORM_INTEG = 3 };

/* One proposal for ESP. */
struct proposal {
	uint8_t number;
	uint32_t spi;
	struct resume_suite suite;
};

/* What a message tells of a child SA. */
struct half {
	struct proposal proposals[PROPOSALS_MAX];
	unsigned n;
	uint8_t nonce[CHILD_NONCE_MAX];
	unsigned nonce_n;
	bool ke;
};

struct child_request {
	struct child_request *next;
	uint32_t mid;
	bool by_initiator; /* of the IKE SA */
	struct half half;
};

/* The transforms of one proposal, which fill `o`. */
static void read_transforms(struct octets o, struct resume_suite *suite)
{
	while (o.n >= TRANSFORM_HEADER) {
		unsigned length = get16(o.p + 2), id = get16(o.p + 6);

		if (length < TRANSFORM_HEADER || length > o.n)
			return;
		if (o.p[4] == TRANSFORM_ENCR) {
			suite->encr = (uint16_t)id;
			if (length >= TRANSFORM_HEADER + 4 &&
			    get16(o.p + 8) == ATTRIBUTE_KEY_LENGTH)
				suite->encr_bits = (uint16_t)get16(o.p + 10);
		} else if (o.p[4] == TRANSFORM_INTEG) {
			suite->integ = (uint16_t)id;
		}
		o.p += length;
		o.n -= length;
	}
}

/* The body of an SA payload. An offer of several transforms of a type keeps the last: only the
 * answer, which has one of each, is asked for its algorithms. */
static void read_proposals(struct octets o, struct half *out)
{
	while (o.n >= PROPOSAL_HEADER && out->n < PROPOSALS_MAX) {
		unsigned length = get16(o.p + 2), spi_n = o.p[6];
		struct proposal *p = &out->proposals[out->n];

		if (length < PROPOSAL_HEADER + spi_n || length > o.n)
			return;
		if (o.p[5] == PROTO_ESP && spi_n == 4) {
			*p = (struct proposal){ .number = o.p[4],
						.spi = get32(o.p + PROPOSAL_HEADER) };
			read_transforms((struct octets){ o.p + PROPOSAL_HEADER + spi_n,
							 length - PROPOSAL_HEADER - spi_n },
					&p->suite);
			out->n++;
		}
		o.p += length;
		o.n -= length;
	}
}

/* False: it is not about ESP. */
static bool read_half(tvbuff_t *clear, struct half *out)
{
	unsigned n = tvb_captured_length(clear);
	struct payload_walk w;

	memset(out, 0, sizeof(*out));
	if (n <= IKE_HEADER_SIZE)
		return false;
	w = payload_walk(tvb_get_ptr(clear, IKE_HEADER_SIZE, (int)(n - IKE_HEADER_SIZE)),
			 n - IKE_HEADER_SIZE, ws_get_u8(clear, 16));
	while (payload_next(&w)) {
		struct octets body = { w.p + payload_body(&w), payload_body_length(&w) };

		if (w.type == IKE_PAYLOAD_SA)
			read_proposals(body, out);
		else if (w.type == IKE_PAYLOAD_KE)
			out->ke = true;
		else if (w.type == IKE_PAYLOAD_NONCE && body.n <= sizeof(out->nonce)) {
			memcpy(out->nonce, body.p, body.n);
			out->nonce_n = body.n;
		}
	}
	return w.fault == PAYLOAD_OK && out->n && out->nonce_n;
}

static struct child_request **find(struct child_requests *requests, uint32_t mid, bool by_initiator)
{
	struct child_request **at = &requests->first;

	while (*at && ((*at)->mid != mid || (*at)->by_initiator != by_initiator))
		at = &(*at)->next;
	return at;
}

static void add_request(const struct ike_message *m, const struct half *half,
			struct child_requests *requests)
{
	bool by_initiator = m->flags & IKE_FLAG_INITIATOR;
	struct child_request **at = find(requests, m->mid, by_initiator), *r = *at;
	unsigned waiting = 0;

	for (const struct child_request *q = requests->first; q; q = q->next)
		waiting++;
	if (!r) {
		if (waiting == REQUESTS_MAX)
			return;
		r = *at = wmem_new0(wmem_file_scope(), struct child_request);
		r->mid = m->mid;
		r->by_initiator = by_initiator;
	}
	r->half = *half;
}

/* The keys in RFC 7296 section 2.17's order: of who began, then of who answered. */
static bool derive(struct resume_child *child, const struct resume_keys *keys,
		   const struct half *request, const struct half *response)
{
	struct resume_key *parts[] = { &child->there.encr, &child->there.integ, &child->back.encr,
				       &child->back.integ };
	uint8_t okm[4 * RESUME_KEY_MAX];
	struct resume_suite suite = child->suite;
	struct resume_sizes sizes;
	unsigned total = 0, at = 0;
	bool ok;

	suite.prf = keys->suite.prf;
	if (!resume_suite_sizes(&suite, &sizes))
		return false;
	for (unsigned i = 0; i < array_length(parts); i++) {
		parts[i]->n = i % 2 ? sizes.integ_key : sizes.encr_key;
		total += parts[i]->n;
	}
	ok = total <= sizeof(okm) &&
	     resume_keymat(keys, (struct octets){ request->nonce, request->nonce_n },
			   (struct octets){ response->nonce, response->nonce_n }, okm, total);
	for (unsigned i = 0; ok && i < array_length(parts); at += parts[i++]->n)
		memcpy(parts[i]->octets, okm + at, parts[i]->n);
	wipe(okm, sizeof(okm));
	return ok;
}

static const struct resume_child *complete(packet_info *pinfo, const struct resume_keys *keys,
					   const struct half *request, const struct half *response)
{
	const struct proposal *chosen = &response->proposals[0], *offered = NULL;
	struct resume_child *child;

	for (unsigned i = 0; i < request->n && !offered; i++)
		if (request->proposals[i].number == chosen->number)
			offered = &request->proposals[i];
	if (!offered)
		return NULL;
	child = wiped_new(sizeof(*child));
	copy_address_wmem(wmem_file_scope(), &child->from, &pinfo->dst);
	copy_address_wmem(wmem_file_scope(), &child->to, &pinfo->src);
	child->suite = chosen->suite;
	child->there.spi = chosen->spi;
	child->back.spi = offered->spi;
	child->own_exchange = request->ke && response->ke;
	child->known = !child->own_exchange && derive(child, keys, request, response);
	return child;
}

const struct resume_child *resume_child_add(packet_info *pinfo, const struct ike_message *m,
					    tvbuff_t *clear, const struct resume_keys *keys,
					    struct child_requests *requests)
{
	struct child_request **at, *request;
	struct half half;

	if (m->exchange != IKE_EXCHANGE_CREATE_CHILD || !read_half(clear, &half))
		return NULL;
	if (!(m->flags & IKE_FLAG_RESPONSE)) {
		add_request(m, &half, requests);
		return NULL;
	}
	at = find(requests, m->mid, !(m->flags & IKE_FLAG_INITIATOR));
	request = *at;
	if (!request || requests->n == CHILD_KEYS_MAX)
		return NULL;
	*at = request->next;
	requests->n++;
	return complete(pinfo, keys, &request->half, &half);
}
