/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to IKE_SA_INIT: in full, and what all of them share. */
#ifndef IKESYNC_GATEWAY_INIT_ANSWER_H
#define IKESYNC_GATEWAY_INIT_ANSWER_H

#include "core/response_cache.h"
#include "exchange/init_request.h"

/* Answer in full; `entry` is pending and becomes answered, or is dropped. */
void init_answer_full(struct gateway *g, const struct init_request *q,
		      struct response_entry *entry);
/* Answer with an error, no larger than the request, which strangers can ask for: RFC 7296 section 2.21.1. */
void init_answer_refuse(struct gateway *g, const struct init_request *q, uint16_t notify,
			struct span data);
/* Start the answer to a request under the SPIs of `sa`. */
void init_answer_begin(const struct sa *sa, struct chain_writer *w, struct wcursor *c);
/* Notifies and Vendor ID that every positive answer ends with. `full`: CHILDLESS_IKEV2_SUPPORTED
 * too. */
void init_answer_write_tail(const struct gateway *g, const struct init_request *q, uint64_t spi_r,
			    bool full, struct chain_writer *w);
/* Remember what both kinds of answer need later. */
struct sa_setup *init_answer_setup(const struct init_request *q, struct response_entry *entry);

#endif
