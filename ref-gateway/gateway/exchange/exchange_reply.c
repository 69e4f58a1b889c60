/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A response under construction, and its way out. */
#include "exchange/exchange_reply.h"

#include "core/sa.h"
#include "core/services.h"
#include "core/window_theirs.h"
#include "exchange/seal.h"
#include "stub/stub_out.h"
#include "wire/ike_ke.h"
#include "wire/ike_notify.h"

void exchange_reply_init(struct exchange_reply *r)
{
	r->close = false;
	r->to = NULL;
	r->c = wcursor_init(r->buffer, sizeof(r->buffer));
	wcursor_u8(&r->c, PAYLOAD_NONE);
	chain_writer_init(&r->w, &r->c, 0);
}

void exchange_reply_error(struct exchange_reply *r, uint16_t notify, struct span data)
{
	const struct gateway_path *to = r->to;

	exchange_reply_init(r);
	r->to = to;
	ike_notify_write_simple(&r->w, notify, data);
}

void exchange_reply_invalid_ke(struct exchange_reply *r, uint16_t group)
{
	struct ike_ke_wanted wanted = ike_ke_wanted(group);

	ike_notify_write_simple(&r->w, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(wanted.octets));
}

void exchange_reply_write_index(struct sa *sa, struct exchange_reply *r)
{
	if (services_bank_durable(sa->gateway))
		exchange_reply_write_banked_index(sa, r);
}

void exchange_reply_write_banked_index(struct sa *sa, struct exchange_reply *r)
{
	struct index ix = sa_index(sa);
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));

	if (!sa->has_stub && !stub_out_wanted(sa))
		return;
	index_write(&c, &ix);
	ike_notify_write_simple(&r->w, NOTIFY_IKESYNC_INDEX, span_of(body, wcursor_size(&c)));
}

void exchange_reply_send(struct sa *sa, uint8_t exchange, const uint8_t hash[static SA_HASH_SIZE],
			 struct exchange_reply *r)
{
	uint8_t buffer[2 * GATEWAY_MESSAGE_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct span inner = span_of(&r->buffer[1], wcursor_size(&r->c) - 1);
	struct ike_header h = { .exchange = exchange,
				.flags = IKE_FLAG_RESPONSE,
				.message_id = sa->expected };
	enum err err = r->c.err;

	if (!err)
		err = seal_message(sa, &h, r->buffer[0], inner, &c);
	if (err) {
		char spis[IKE_SPIS_TEXT_MAX];

		log_error("SA %s: no response: %s", sa_text(sa, spis), err_text(err));
		/* Not left half-way: nothing would end it. */
		if (r->close)
			sa_close(sa);
		return;
	}
	window_theirs_answer(sa, r->to ? r->to : &sa->path, hash,
			     span_of(buffer, wcursor_size(&c)));
	if (r->close)
		sa_close(sa);
}
