/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A protected request: verified, decrypted, put together from fragments, split. */
#include "exchange/exchange_request.h"

#include "core/frag.h"
#include "core/sa.h"
#include "core/sa_due.h"
#include "core/services.h"
#include "wire/ike_sk.h"

/* Authentic: answers go where it came from (RFC 7296 section 2.23). */
static void heard(struct sa *sa, const struct gateway_message *m)
{
	sa_path_heard(sa, m->path);
	sa_due_heard(sa);
}

static bool open_fragment(struct sa *sa, const struct gateway_message *m,
			  const struct chain_payload *p, uint8_t *out, struct exchange_request *req)
{
	struct fault fault;
	struct ike_skf skf;
	size_t n;

	if (!sa->fragmentation || ike_skf_parse(p, &skf, &fault))
		return false;
	if (sk_open(m->octets, p, &sa->keys, sa_hears_as(sa), out, &n)) {
		sa->gateway->counters.bad_icv++;
		return false;
	}
	heard(sa, m);
	if (!frag_add(sa, m, &skf, p->next, span_of(out, n), out, &n, &req->first, req->hash))
		return false;
	req->inner = span_of(out, n);
	return true;
}

bool exchange_request_open(struct sa *sa, const struct gateway_message *m, uint8_t *out,
			   struct exchange_request *req)
{
	const struct chain_payload *p = m->chain.n ? &m->chain.at[m->chain.n - 1] : NULL;
	size_t n;

	req->chain.n = 0;
	if (!p || (p->type != PAYLOAD_SK && p->type != PAYLOAD_SKF))
		return false;
	req->exchange = m->header.exchange;
	req->path = m->path;
	if (p->type == PAYLOAD_SKF)
		return open_fragment(sa, m, p, out, req);
	if (sk_open(m->octets, p, &sa->keys, sa_hears_as(sa), out, &n)) {
		sa->gateway->counters.bad_icv++;
		log_debug("SA %016" PRIx64 ": message %u does not verify", sa->spi_r,
			  m->header.message_id);
		return false;
	}
	heard(sa, m);
	req->first = p->next;
	req->inner = span_of(out, n);
	services_hash(m->octets, req->hash);
	return true;
}

bool exchange_request_parse(struct exchange_request *req, uint16_t *notify, uint8_t *data)
{
	struct fault fault = { 0 };

	*data = 0;
	if (chain_parse(req->inner, req->first, NULL, &req->chain, &fault)) {
		log_debug("inner payloads: %s at %zu", fault.field, fault.offset);
		*notify = NOTIFY_INVALID_SYNTAX;
		return false;
	}
	if (chain_check_critical(&req->chain, 0, data)) {
		*notify = NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
		return false;
	}
	return true;
}
