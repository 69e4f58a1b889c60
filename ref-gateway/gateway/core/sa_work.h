/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rekey of ours that is not answered yet, and whether the peer began one of the same SA meanwhile: then the exchange with the
 * lowest of the four nonces has lost (RFC 7296 sections 2.8.1 and 2.8.2).
 */
#ifndef IKESYNC_GATEWAY_SA_WORK_H
#define IKESYNC_GATEWAY_SA_WORK_H

#include "core/gateway_types.h"
#include "keys/dh.h"

struct sa;

#define SA_WORK_NONCE 32

struct sa_work {
	bool of_ike;
	uint8_t ni[SA_WORK_NONCE];
	struct dh *dh;  /* of `group`; NULL: no KE was sent */
	uint16_t group; /* 0: none */
	/* of a child: its spi_in, and that of the one to come */
	uint32_t old_in, new_in;
	unsigned n; /* suites that were offered */
	union {
		struct suite ike[GATEWAY_SUITES_MAX + 1];
		struct suite_esp esp[GATEWAY_SUITES_MAX + 1];
	};
	uint64_t new_spi; /* of an IKE SA: ours of the one to come */
	/* the peer's rekey of the same, which we have answered */
	bool crossed;
	uint64_t their_spi; /* of an IKE SA: our SPI of what it made */
	uint16_t lowest_n;
	uint8_t lowest[256];
};

/* The work of an SA that has none, with a nonce. */
struct sa_work *sa_work_new(struct sa *sa);
/* A key pair of `group` for it. ERR_CRYPTO, ERR_UNSUPPORTED. */
IKESYNC_MUST_USE enum err sa_work_make_dh(struct sa_work *k, uint16_t group);
/* Its end; harmless where there is none. */
void sa_work_forget(struct sa *sa);
/* The peer's request for the same came with this nonce and was answered with that one. */
void sa_work_crossed(struct sa_work *k, struct span ni, struct span nr);
/* Our request was answered with this nonce: is what it made the redundant one? */
bool sa_work_has_lost(const struct sa_work *k, struct span nr);

#endif
