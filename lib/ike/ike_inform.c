/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deletes of ours, requests of the gateway's. */
#include "ike/ike_inform.h"

#include "wire/ike_notify.h"

void ike_inform_delete(struct ike_inner *in)
{
	const struct ike_delete d = { .protocol = PROTOCOL_IKE };

	ike_delete_write(&in->w, &d);
}

void ike_inform_delete_child(struct ike_inner *in, uint32_t spi_in)
{
	const struct ike_delete d = { .protocol = PROTOCOL_ESP, .n = 1, .spis = { spi_in } };

	ike_delete_write(&in->w, &d);
}

enum ike_inform ike_inform_answer(uint8_t exchange, const struct chain *inner, struct ike_inner *in,
				  struct ike_delete *deleted)
{
	enum ike_inform what = IKE_INFORM_ALIVE;

	if (exchange != EXCHANGE_INFORMATIONAL) {
		ike_notify_write_simple(&in->w, NOTIFY_NO_ADDITIONAL_SAS, SPAN_NONE);
		return IKE_INFORM_DECLINED;
	}
	for (unsigned i = 0; i < inner->n; i++) {
		struct ike_delete d;
		struct fault fault;

		if (inner->at[i].type != PAYLOAD_DELETE ||
		    ike_delete_parse(&inner->at[i], &d, &fault) != ERR_OK)
			continue;
		if (d.protocol == PROTOCOL_IKE)
			return IKE_INFORM_DELETED;
		if (deleted)
			*deleted = d;
		what = IKE_INFORM_CHILD_DELETED;
	}
	return what;
}
