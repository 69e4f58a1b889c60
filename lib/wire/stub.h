/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of a stub: draft-xu-ike-sa-sync-01 section 3.2 and wire profile rule 29.
 * The same chain of payloads stands in clear in a container, or sealed inside payload 208;
 * there it has the 4-octet head of a container: First Payload (1) | RESERVED (3).
 */
#ifndef IKESYNC_WIRE_STUB_H
#define IKESYNC_WIRE_STUB_H

#include "wire/ike_id.h"
#include "wire/ike_sa.h"
#include "wire/stub_container.h"

/* Seconds that clocks of a pool may differ (rule 35). */
#define STUB_CLOCK_SKEW 30
#define STUB_UNKNOWN_MAX 32
#define STUB_AUTHORITY_MAX 255
#define STUB_ROLE_INITIATOR 1
#define STUB_ROLE_RESPONDER 2
/* Attribute 12, bits. */
#define STUB_PEER_PROFILE_1 0x0001 /* the client announced profile 1 */
#define STUB_PEER_MOBIKE 0x0002    /* MOBIKE was negotiated */

/* Attribute 9: moves to another address. */
struct stub_moves {
	uint64_t window_start; /* UTC seconds */
	uint64_t last_commit;  /* UTC seconds of the last commit of this lineage; 0 = never */
	uint32_t count;        /* committed moves to another address since window_start */
};

struct stub_attribute {
	uint16_t type;
	struct span value;
};

/* All spans are borrowed from the parsed octets, or from the maker. */
struct stub {
	/* the accepted proposal of the IKE SA (payload 33, one proposal, SPI size 0) */
	uint16_t encr;
	uint16_t encr_key_bits; /* 0 = the transform has no Key Length */
	uint16_t prf;
	uint16_t integ;    /* INTEG_NONE with an AEAD */
	uint16_t dh;       /* 0 = none given */
	struct ike_id idi; /* of the old SA's original initiator */
	struct ike_id idr;
	uint64_t spi_i; /* payload 202 */
	uint64_t spi_r;
	struct span sk_d;
	struct span shared_secret; /* empty: absent (rule 29) */
	/* attributes; presence flags where zero is a value */
	uint8_t role;          /* the gateway's in the old SA: STUB_ROLE_*; 0 = absent */
	uint8_t auth_method_i; /* enum iana_auth_method */
	uint8_t auth_method_r;
	struct span eap_identity;
	bool has_inner_ip4;
	uint8_t inner_ip4[4];
	bool has_inner_ip6;
	uint8_t inner_ip6[16];
	uint8_t inner_ip6_prefix;
	uint64_t session_limit;   /* UTC seconds; 0 = none */
	uint64_t expiry;          /* UTC seconds; 0 = absent */
	uint64_t reauth_deadline; /* UTC seconds; 0 = none */
	bool has_moves;
	struct stub_moves moves;
	uint16_t resumptions;  /* since the last KE */
	struct span authority; /* UTF-8 "host:port"; empty = none */
	uint16_t peer_features;
	unsigned n_unknown; /* attributes kept and passed on (rule 27) */
	struct stub_attribute unknown[STUB_UNKNOWN_MAX];
};

/*
 * Parse the chain of a clear or opened stub. Payloads 33, 35, 36, 202 and 203 once each; 204 at most once;
 * 200 and 205 are skipped (they belong to the container); unknown payload types are skipped.
 * ERR_MISSING, ERR_DUPLICATE, ERR_LENGTH, ERR_VALUE, ERR_TOO_MANY and those of the inner parsers.
 */
IKESYNC_MUST_USE enum err stub_parse(uint8_t first, struct span chain, const uint8_t *base,
				     struct stub *out, struct fault *fault);

/* The same, for an opened 208: `plaintext` begins with the 4-octet head. */
IKESYNC_MUST_USE enum err stub_parse_plaintext(struct span plaintext, struct stub *out,
					       struct fault *fault);

/* Write the plaintext of a sealed stub: head and chain. */
void stub_write_plaintext(struct wcursor *c, const struct stub *s);

/* Write the body of a container that holds `s` in clear. Only for TLS (rule 35). */
void stub_write_container(struct wcursor *c, const struct index *ix, uint32_t lifetime,
			  const struct stub *s);

#endif
