/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A protected request: verified, decrypted, split. */
#ifndef IKESYNC_GATEWAY_EXCHANGE_REQUEST_H
#define IKESYNC_GATEWAY_EXCHANGE_REQUEST_H

#include "core/gateway_state.h"

/* The plaintext chain of a request. */
struct exchange_request {
	const struct gateway_path *path; /* it came along; borrowed */
	uint8_t exchange;
	uint8_t first;
	struct span inner;
	uint8_t hash[SA_HASH_SIZE]; /* of the datagram, or of its first fragment */
	struct chain chain; /* payloads point into `inner`; none before exchange_request_parse() */
};

/*
 * Verify and decrypt; `out` takes m->octets.n octets. false: to be ignored (bad ICV, no SK,
 * fragment not complete). After true the inner chain may still be broken: exchange_request_parse()
 * tells.
 */
bool exchange_request_open(struct sa *sa, const struct gateway_message *m, uint8_t *out,
			   struct exchange_request *req);
/* Split the inner chain. false: *notify and *data say what to answer (RFC 7296 sections 2.5
 * and 2.21.3). */
bool exchange_request_parse(struct exchange_request *req, uint16_t *notify, uint8_t *data);

#endif
