/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL: ending an SA, and what the gateway asks of its own accord (RFC 7296 section 1.4). */
#ifndef IKESYNC_IKE_INFORM_H
#define IKESYNC_IKE_INFORM_H

#include "ike/ike_inner.h"
#include "wire/ike_delete.h"

/* Delete this IKE SA. (Without anything in it an INFORMATIONAL asks "are you alive?".) */
void ike_inform_delete(struct ike_inner *in);
/* Delete a child SA by our own SPI. */
void ike_inform_delete_child(struct ike_inner *in, uint32_t spi_in);

enum ike_inform {
	IKE_INFORM_ALIVE,         /* a liveness check, or notifies */
	IKE_INFORM_DELETED,       /* the gateway deletes this IKE SA */
	IKE_INFORM_CHILD_DELETED, /* it deletes child SAs: `deleted` has its SPIs */
	IKE_INFORM_DECLINED,      /* another exchange: a client offers no service of its own */
};
/*
 * Read `inner` of a verified request of the gateway and add to `in` what belongs into the response: nothing, or
 * N(NO_ADDITIONAL_SAS) for what is declined. After CHILD_DELETED the caller adds the Delete of its
 * own SPIs. `deleted` (may be NULL) is filled with CHILD_DELETED alone.
 */
enum ike_inform ike_inform_answer(uint8_t exchange, const struct chain *inner, struct ike_inner *in,
				  struct ike_delete *deleted);

#endif
