/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bank that costs next to nothing: it keeps one stub and answers when told to. */
#ifndef IKESYNC_BENCH_HANDSHAKE_BANK_H
#define IKESYNC_BENCH_HANDSHAKE_BANK_H

#include "bank_link/stub_service.h"

struct handshake_bank {
	size_t n;
	uint8_t container[8192];
	stub_service_get_fn *got;
	stub_service_done_fn *moved;
	void *user;
};

struct stub_service handshake_bank_service(struct handshake_bank *b);
/* Answer the get or the move that waits; false: none does. */
bool handshake_bank_answer(struct handshake_bank *b);

#endif
