/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stub index: gateway SPI and gateway IP address (draft-xu-ike-sa-sync-01 section 3.4).
 * Its body is the same in IKE_SA_SYN, in N(IKESYNC_INDEX) and in stub payload 200.
 */
#ifndef IKESYNC_WIRE_INDEX_H
#define IKESYNC_WIRE_INDEX_H

#include "wire/cursor.h"

#define INDEX_BODY_IPV4 12
#define INDEX_BODY_IPV6 24
#define INDEX_BODY_MAX INDEX_BODY_IPV6

/* An IPv4 or IPv6 address as octets; usable as a key with address_equal(). */
struct address {
	uint8_t family;     /* 4 or 6; 0 = none */
	uint8_t octets[16]; /* IPv4: the first 4, the rest zero */
};

struct index {
	uint64_t spi; /* the gateway's own SPI in the old IKE SA */
	struct address address;
};

/* Long enough for any address as text with NUL. */
#define ADDRESS_TEXT_MAX 46
/* "0123456789abcdef@[2001:db8::1]" with NUL. */
#define INDEX_TEXT_MAX (16 + 3 + ADDRESS_TEXT_MAX)

bool address_equal(const struct address *a, const struct address *b);
/* Octets on the wire: 4 or 16; 0 for family 0. */
size_t address_size(const struct address *a);
const char *address_text(const struct address *a, char out[static ADDRESS_TEXT_MAX]);
/* Read "192.0.2.1" or "2001:db8::1". ERR_VALUE. */
IKESYNC_MUST_USE enum err address_from_text(const char *text, struct address *out);
/* Wire profile rule 4: not unspecified, multicast, broadcast or v4-mapped. */
bool address_is_unicast(const struct address *a);
/* The four octets of an IPv4 address as a number, so that ranges can be counted; and back. */
uint32_t address_ip4(const uint8_t octets[static 4]);
void address_ip4_write(uint8_t octets[static 4], uint32_t a);

bool index_equal(const struct index *a, const struct index *b);
/*
 * Hash and equality of `struct index` in the form that hash tables take (GHashFunc, GEqualFunc). Not keyed:
 * not for indexes that strangers choose.
 */
unsigned index_key_hash(const void *index);
int index_key_equal(const void *a, const void *b);
const char *index_text(const struct index *ix, char out[static INDEX_TEXT_MAX]);
/* Write the 12 or 24 octets. */
void index_write(struct wcursor *c, const struct index *ix);
/*
 * Read an index body. ERR_LENGTH (not 12 or 24), ERR_VALUE (SPI zero unless `prefetch`,
 * address not unicast). `offset` is reported in the fault.
 */
IKESYNC_MUST_USE enum err index_parse(struct span body, bool prefetch, size_t offset,
				      struct index *out, struct fault *fault);

#endif
