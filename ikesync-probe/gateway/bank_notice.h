/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bank sends unasked to the old owner of a stub that has moved (wire profile rule 33). */
#ifndef IKESYNC_PROBE_GATEWAY_BANK_NOTICE_H
#define IKESYNC_PROBE_GATEWAY_BANK_NOTICE_H

#include "gateway/bank_connection.h"

struct bank_notice {
	bool came;
	uint8_t type;
	uint32_t transaction;
	unsigned n;         /* indexes that it names */
	struct index first; /* of them */
	char text
	    [200]; /* what came instead, or what is wrong with it; "" for one that can be read */
};

/* The next message of the bank's own transactions; waits for three times [timers] answer. */
void bank_notice_await(struct bank_connection *b, struct bank_notice *out);
/* Acknowledge each of its items with `code`. */
void bank_notice_acknowledge(struct bank_connection *b, const struct bank_notice *n, uint8_t code);

#endif
