/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request of ours under construction, and its way out. */
#include "exchange/own_request.h"

#include "core/sa.h"
#include "core/services.h"
#include "exchange/seal.h"

void own_request_init(struct own_request *q)
{
	q->c = wcursor_init(q->buffer, sizeof(q->buffer));
	wcursor_u8(&q->c, PAYLOAD_NONE);
	chain_writer_init(&q->w, &q->c, 0);
}

bool own_request_send(struct sa *sa, uint8_t exchange, struct own_request *q,
		      window_ours_done_fn *done)
{
	uint8_t buffer[2 * GATEWAY_MESSAGE_MAX];
	struct wcursor out = wcursor_init(buffer, sizeof(buffer));
	struct ike_header h = { .exchange = exchange, .message_id = window_ours_next(sa) };
	char spis[IKE_SPIS_TEXT_MAX];

	if (h.message_id == UINT32_MAX)
		return false;
	if (q->c.err || seal_message(sa, &h, q->buffer[0], wcursor_written(&q->c, 1), &out)) {
		log_error("SA %s: a request of ours cannot be made", sa_text(sa, spis));
		return false;
	}
	window_ours_ask(sa, wcursor_written(&out, 0), done);
	return true;
}

uint16_t own_request_error(const struct chain *answer, struct ike_notify *notify)
{
	struct fault fault;

	if (chain_find(answer, PAYLOAD_SA))
		return 0;
	for (unsigned i = 0; i < answer->n; i++)
		if (answer->at[i].type == PAYLOAD_NOTIFY &&
		    !ike_notify_parse(&answer->at[i], notify, &fault) &&
		    ike_notify_is_error(notify->type))
			return notify->type;
	return 0;
}

bool own_request_ended_sa(uint16_t error)
{
	return error == NOTIFY_INVALID_SYNTAX || error == NOTIFY_AUTHENTICATION_FAILED ||
	       error == NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
}
