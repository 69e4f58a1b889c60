/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NAT detection: the hashes, the two notifies, and what they say. */
#include "keys/nat_detection.h"

#include "keys/algorithms.h"
#include "wire/ike_notify.h"

enum err nat_detection_hash(uint64_t spi_i, uint64_t spi_r, const struct address *address,
			    uint16_t port, uint8_t out[static NAT_DETECTION_SIZE])
{
	uint8_t octets[8 + 8 + 16 + 2];
	struct wcursor c = wcursor_init(octets, sizeof(octets));
	struct span all;

	if (address_size(address) == 0)
		return ERR_VALUE;
	wcursor_u64(&c, spi_i);
	wcursor_u64(&c, spi_r);
	wcursor_bytes(&c, span_of(address->octets, address_size(address)));
	wcursor_u16(&c, port);
	all = wcursor_written(&c, 0);
	return hash_digest(HASH_SHA1, &all, 1, out) ? ERR_OK : ERR_CRYPTO;
}

static void write_one(struct chain_writer *w, uint16_t type, uint64_t spi_i, uint64_t spi_r,
		      const struct address *address, uint16_t port)
{
	uint8_t hash[NAT_DETECTION_SIZE];

	if (nat_detection_hash(spi_i, spi_r, address, port, hash) == ERR_OK)
		ike_notify_write_simple(w, type, SPAN_OF(hash));
}

void nat_detection_write(struct chain_writer *w, uint64_t spi_i, uint64_t spi_r,
			 const struct nat_ends *ends)
{
	write_one(w, NOTIFY_NAT_DETECTION_SOURCE_IP, spi_i, spi_r, &ends->source,
		  ends->source_port);
	write_one(w, NOTIFY_NAT_DETECTION_DESTINATION_IP, spi_i, spi_r, &ends->destination,
		  ends->destination_port);
}

/* There are notifies of `type`, and none of them has this hash. */
static bool none_fits(const struct chain *chain, uint16_t type, struct span hash)
{
	bool any = false;

	for (unsigned i = 0; i < chain->n; i++) {
		struct ike_notify n;
		struct fault fault;

		if (chain->at[i].type != PAYLOAD_NOTIFY ||
		    ike_notify_parse(&chain->at[i], &n, &fault) != ERR_OK || n.type != type)
			continue;
		if (span_equal(n.data, hash))
			return false;
		any = true;
	}
	return any;
}

bool nat_detection_differs(const struct chain *chain, uint64_t spi_i, uint64_t spi_r,
			   const struct nat_ends *ends)
{
	uint8_t source[NAT_DETECTION_SIZE], destination[NAT_DETECTION_SIZE];

	if (nat_detection_hash(spi_i, spi_r, &ends->source, ends->source_port, source) != ERR_OK ||
	    nat_detection_hash(spi_i, spi_r, &ends->destination, ends->destination_port,
			       destination) != ERR_OK)
		return false;
	return none_fits(chain, NOTIFY_NAT_DETECTION_SOURCE_IP, SPAN_OF(source)) ||
	       none_fits(chain, NOTIFY_NAT_DETECTION_DESTINATION_IP, SPAN_OF(destination));
}
