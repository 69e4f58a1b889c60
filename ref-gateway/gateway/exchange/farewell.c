/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of an IKE SA's lifetime: Delete as a request of ours (RFC 7296 section 1.4.1). The stub ends by itself. */
#include "exchange/farewell.h"

#include "core/sa.h"
#include "core/services.h"
#include "core/window_ours.h"
#include "exchange/exchange_reply.h"
#include "exchange/exchange_request.h"
#include "exchange/seal.h"
#include "wire/ike_delete.h"

static bool gone(struct sa *sa, const struct chain *answer)
{
	char spis[IKE_SPIS_TEXT_MAX];

	log_info("SA %s: deleted%s", sa_text(sa, spis), answer ? "" : ", the client is silent");
	sa_drop(sa);
	return false;
}

/* The Delete of this SA, as the next request of ours. false: another one is under way, or it cannot be sealed. */
static bool write_delete(struct sa *sa, struct wcursor *out)
{
	struct ike_delete d = { .protocol = PROTOCOL_IKE };
	struct ike_header h = { .exchange = EXCHANGE_INFORMATIONAL,
				.message_id = window_ours_next(sa) };
	uint8_t inner[64];
	struct wcursor in = wcursor_init(inner, sizeof(inner));
	struct chain_writer w;

	wcursor_u8(&in, PAYLOAD_NONE);
	chain_writer_init(&w, &in, 0);
	ike_delete_write(&w, &d);
	return !in.err && h.message_id != UINT32_MAX &&
	       !seal_message(sa, &h, inner[0], wcursor_written(&in, 1), out);
}

size_t farewell_all(struct gateway *g, size_t n)
{
	struct table_link *link;
	uint8_t buffer[512];

	for (; n && (link = table_any(&g->sas.by_spi)); n--) {
		struct sa *sa = TABLE_ENTRY(link, struct sa, by_spi);
		struct wcursor out = wcursor_init(buffer, sizeof(buffer));

		if (sa->state == SA_ESTABLISHED && !sa->rekeyed && write_delete(sa, &out))
			services_send_all(g, &sa->path, wcursor_written(&out, 0));
		sa_drop(sa);
	}
	return g->sas.by_spi.count;
}

void farewell_begin(struct sa *sa)
{
	uint8_t buffer[512];
	struct wcursor out = wcursor_init(buffer, sizeof(buffer));

	if (!write_delete(sa, &out)) {
		sa_drop(sa);
		return;
	}
	sa_leave(sa);
	window_ours_ask(sa, wcursor_written(&out, 0), gone);
}

static bool deletes_ike(const struct exchange_request *req)
{
	const struct chain_payload *p = chain_find(&req->chain, PAYLOAD_DELETE);
	struct fault fault;
	struct ike_delete d;

	return req->exchange == EXCHANGE_INFORMATIONAL && p && !ike_delete_parse(p, &d, &fault) &&
	       d.protocol == PROTOCOL_IKE;
}

void farewell_request(struct sa *sa, const struct gateway_message *m)
{
	struct exchange_request req;
	struct exchange_reply r;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;

	if (!exchange_request_open(sa, m, plain, &req) ||
	    !exchange_request_parse(&req, &notify, &data) || !deletes_ike(&req))
		return;
	exchange_reply_init(&r);
	r.to = req.path;
	r.close = true;
	exchange_reply_send(sa, req.exchange, req.hash, &r);
}
