/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index: gateway SPI (8 octets) and gateway address (4 or 16), the body of IKE_SA_SYN, of
 * N(IKESYNC_INDEX) and of the stub messages' payload 200 (wire profile rules 4 and 27).
 */
#ifndef IKESYNC_INDEX_BODY_H
#define IKESYNC_INDEX_BODY_H

#include "base/octets.h"
#include "base/ws_compat.h"

#define INDEX_SPI_SIZE 8
#define INDEX_IP4_SIZE 12
#define INDEX_IP6_SIZE 24

/* What is wrong with an index; 0 is nothing. */
enum {
	INDEX_BAD_LENGTH = 0x01,
	INDEX_ZERO_SPI = 0x02,
	INDEX_BAD_ADDRESS = 0x04,
	INDEX_CUT = 0x08, /* the capture ends inside it: nothing can be said */
};

struct index_body {
	/* One key of hash tables: index_body_hash(). */
	uint8_t spi[INDEX_SPI_SIZE];
	uint8_t address[16];
	uint8_t address_size; /* 0, 4 or 16 */
	uint8_t faults;
};

/* Read the index of `length` octets at `offset`; never throws. */
void index_body_read(tvbuff_t *tvb, unsigned offset, unsigned length, struct index_body *out);

/* What its address is, when INDEX_BAD_ADDRESS says that it cannot be one; static. */
const char *index_body_address_fault(const struct index_body *idx);

/* Of a gateway with this SPI at `from`; no address when that is neither IPv4 nor IPv6. */
struct index_body index_body_at(const uint8_t spi[INDEX_SPI_SIZE], const address *from);

/* As it stands on the wire, 12 or 24 octets in `out`; only with an address. */
struct octets index_body_octets(const struct index_body *idx, uint8_t out[INDEX_IP6_SIZE]);

/* For hash tables; unused octets of `address` must be 0, as index_body_read() leaves them. */
unsigned index_body_hash(gconstpointer idx);
gboolean index_body_equal(gconstpointer a, gconstpointer b);

bool index_body_same_address(const struct index_body *a, const struct index_body *b);

bool spi_is_zero(const uint8_t spi[INDEX_SPI_SIZE]);

/* "0123456789abcdef@192.0.2.1", allocated in `scope`; the address is left out when unreadable. */
char *index_body_text(wmem_allocator_t *scope, const struct index_body *idx);

/* The same into `text`, without allocation: once a frame of a listing. Returns its length. */
#define INDEX_TEXT_SIZE 80
size_t index_body_write(const struct index_body *idx, char text[INDEX_TEXT_SIZE]);

#endif
