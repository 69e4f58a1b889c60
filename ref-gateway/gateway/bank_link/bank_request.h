/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that wait for the answer of the bank, by transaction. */
#ifndef IKESYNC_GATEWAY_BANK_REQUEST_H
#define IKESYNC_GATEWAY_BANK_REQUEST_H

#include "bank_link/bank_client_state.h"

enum bank_request_kind { BANK_GET, BANK_MOVE, BANK_BUNDLE };

struct bank_request {
	struct wheel_timer timer;
	struct bank_client *b;
	enum bank_request_kind kind;
	uint8_t type;
	uint32_t transaction;
	/* get and move */
	struct index index;
	stub_service_get_fn *got;
	stub_service_done_fn *done;
	void *user;
	uint8_t *container; /* move: kept, because it is sent again after a reconnection */
	size_t container_n;
	/* bundle */
	unsigned n_ops;
	struct bank_op **ops;
	int *codes;
};

struct bank_request *bank_request_new(struct bank_client *b, enum bank_request_kind kind,
				      uint8_t type);
/* A GDestroyNotify: wipes and frees; it is in no table any more. */
void bank_request_free(gpointer p);
/* Take it out of the table, before its callback runs: that one may ask again. */
void bank_request_steal(struct bank_request *r);

#endif
