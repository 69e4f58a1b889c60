/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to IKE_SA_INIT: in full, and what all of them share. */
#ifndef IKESYNC_GATEWAY_INIT_ANSWER_H
#define IKESYNC_GATEWAY_INIT_ANSWER_H

#include "core/response_cache.h"
#include "exchange/init_request.h"

/*
 * Answer in full, now or when its turn comes (turn.h); `entry` is pending and becomes answered, or is dropped. `q` is copied
 * where it has to wait.
 */
void init_answer_full(struct gateway *g, const struct init_request *q,
		      struct response_entry *entry);
/* Before the end: those whose turn will not come. */
void init_answer_forget_waiting(struct gateway *g);
/* Answer with an error, no larger than the request, which strangers can ask for: RFC 7296 section 2.21.1. */
void init_answer_refuse(struct gateway *g, const struct init_request *q, uint16_t notify,
			struct span data);
/* The answer of `sa`, whose setup has Nr and, where it is no hit, the key pair. ERR_CRYPTO, ERR_NO_SPACE. */
IKESYNC_MUST_USE enum err init_answer_write(const struct init_request *q, const struct sa *sa,
					    uint8_t number, struct wcursor *c);
/* Remember what both kinds of answer need later. */
struct sa_setup *init_answer_setup(const struct init_request *q, struct response_entry *entry);

#endif
