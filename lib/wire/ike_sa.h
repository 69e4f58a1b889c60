/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Security Association payload, RFC 7296 section 3.3. */
#ifndef IKESYNC_WIRE_IKE_SA_H
#define IKESYNC_WIRE_IKE_SA_H

#include "wire/chain.h"
#include "wire/iana.h"

#define IKE_SA_PROPOSALS_MAX 255 /* Proposal Num is one octet, from 1 */
#define IKE_SA_TRANSFORMS_MAX 2048
#define IKE_SA_SPI_MAX 8

struct ike_transform {
	uint8_t type;
	bool unknown_attribute; /* has an attribute other than Key Length: never chosen (3.3.6) */
	uint16_t id;
	uint16_t key_bits; /* Key Length attribute; 0 = none */
};

struct ike_proposal {
	uint8_t number; /* from 1 */
	uint8_t protocol;
	uint8_t spi_size; /* 0, 4 or 8 */
	uint8_t spi[IKE_SA_SPI_MAX];
	unsigned first; /* of its transforms in ike_sa.transforms */
	unsigned count;
};

struct ike_sa {
	unsigned n_proposals;
	unsigned n_transforms;
	struct ike_proposal proposals[IKE_SA_PROPOSALS_MAX];
	struct ike_transform transforms[IKE_SA_TRANSFORMS_MAX];
};

/* Empty, to be filled; the tables are left as they are: they are long. */
static inline void ike_sa_init(struct ike_sa *sa)
{
	sa->n_proposals = sa->n_transforms = 0;
}
/* ERR_TRUNCATED, ERR_LENGTH, ERR_VALUE, ERR_TOO_MANY, ERR_TRAILING. */
IKESYNC_MUST_USE enum err ike_sa_parse(const struct chain_payload *p, struct ike_sa *out,
				       struct fault *fault);
void ike_sa_write(struct chain_writer *w, const struct ike_sa *sa);

/* Start a proposal (number is assigned). false when the table is full. */
bool ike_sa_add_proposal(struct ike_sa *sa, uint8_t protocol, struct span spi);
/* Add a transform to the last proposal; key_bits 0 = no attribute. */
bool ike_sa_add_transform(struct ike_sa *sa, uint8_t type, uint16_t id, uint16_t key_bits);

/* "AES-CBC-128 PRF-HMAC-SHA2-256 x25519, ...", proposal by proposal, as far as `cap` goes; for logs. */
const char *ike_sa_text(const struct ike_sa *sa, char *out, size_t cap);

#endif
