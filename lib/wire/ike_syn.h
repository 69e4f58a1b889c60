/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IKE_SA_SYN payload, draft-xu-ike-sa-sync-01 section 3.7 and wire profile rules 1 to 4. */
#ifndef IKESYNC_WIRE_IKE_SYN_H
#define IKESYNC_WIRE_IKE_SYN_H

#include "wire/chain.h"
#include "wire/index.h"

enum ike_syn_presence {
	IKE_SYN_ABSENT,    /* no payload of that type */
	IKE_SYN_MALFORMED, /* there, but to be ignored; `fault` says which rule it breaks */
	IKE_SYN_PRESENT,
};

/*
 * Find the SYN payload in an IKE_SA_INIT request. Wrong length, C=1, bad SPI or address, or a second
 * one is IKE_SYN_MALFORMED: the request goes on as if it had none (rule 4).
 */
enum ike_syn_presence ike_syn_find(const struct chain *chain, uint8_t syn_type, struct index *out,
				   struct fault *fault);

/*
 * chain_parse_message() for an IKE_SA_INIT request: where the chain breaks at or behind a SYN payload, the
 * request is parsed as if it ended there (rule 4: such a SYN is ignored, the request goes on). `out` then
 * ends with that SYN, its body empty, and ike_syn_find() says IKE_SYN_MALFORMED.
 */
IKESYNC_MUST_USE enum err ike_syn_parse_message(struct span message, uint8_t syn_type,
						struct ike_header *header, struct chain *out,
						struct fault *fault);

/* The same for a message whose header has been read. Errors of chain_parse(). */
IKESYNC_MUST_USE enum err ike_syn_parse_chain(struct span message, const struct ike_header *header,
					      uint8_t syn_type, struct chain *out,
					      struct fault *fault);
/* Append the payload, C bit 0. */
void ike_syn_write(struct chain_writer *w, uint8_t syn_type, const struct index *ix);

/* Is `type` allowed for IKE_SA_SYN: 128 to 254, not 128, 130-132, 201-209 (rule 1). */
bool ike_syn_type_allowed(unsigned type);

#endif
