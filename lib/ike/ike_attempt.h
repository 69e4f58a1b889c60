/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both ends of an IKE_SA_INIT exchange have in common until AUTH or BIND has verified. */
#ifndef IKESYNC_IKE_ATTEMPT_H
#define IKESYNC_IKE_ATTEMPT_H

#include "ike/ike_answer.h"
#include "keys/schedule.h"

/* All borrowed: the owner of the buffers keeps them until the SA stands. Messages are without the
 * non-ESP marker, as sent and received last. */
struct ike_attempt {
	uint64_t spi_i, spi_r;
	struct span ni, nr;
	struct span request, response;
};

/* Go on with an answer: SPIr, Nr and the response, borrowed from it. */
void ike_attempt_take(struct ike_attempt *t, const struct ike_answer *a);
/* As the key schedules want it. */
struct ike_seed ike_attempt_seed(const struct ike_attempt *t);

#endif
