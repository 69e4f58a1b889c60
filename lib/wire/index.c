/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and indexes: text, comparison, octets. */
#include "wire/index.h"

#include <arpa/inet.h>
#include <stdio.h>

#define SPI_SIZE 8

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, address_size(a)) == 0;
}

size_t address_size(const struct address *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

const char *address_text(const struct address *a, char out[static ADDRESS_TEXT_MAX])
{
	if (address_size(a) == 0 ||
	    !inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->octets, out, ADDRESS_TEXT_MAX))
		snprintf(out, ADDRESS_TEXT_MAX, "none");
	return out;
}

enum err address_from_text(const char *text, struct address *out)
{
	*out = (struct address){ .family = 4 };
	if (inet_pton(AF_INET, text, out->octets) == 1)
		return ERR_OK;
	*out = (struct address){ .family = 6 };
	if (inet_pton(AF_INET6, text, out->octets) == 1)
		return ERR_OK;
	*out = (struct address){ .family = 0 };
	return ERR_VALUE;
}

static bool is_unicast4(const uint8_t a[static 4])
{
	static const uint8_t unspecified[4], broadcast[4] = { 255, 255, 255, 255 };

	return memcmp(a, unspecified, 4) != 0 && memcmp(a, broadcast, 4) != 0 && a[0] >> 4 != 0xe;
}

static bool is_unicast6(const uint8_t a[static 16])
{
	static const uint8_t unspecified[16];
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(a, unspecified, 16) != 0 && memcmp(a, mapped, 12) != 0 && a[0] != 0xff;
}

bool address_is_unicast(const struct address *a)
{
	return (a->family == 4 && is_unicast4(a->octets)) ||
	       (a->family == 6 && is_unicast6(a->octets));
}

uint32_t address_ip4(const uint8_t octets[static 4])
{
	struct rcursor c = rcursor_init(span_of(octets, 4), NULL);

	return rcursor_u32(&c, "IPv4 address");
}

void address_ip4_write(uint8_t octets[static 4], uint32_t a)
{
	struct wcursor c = wcursor_init(octets, 4);

	wcursor_u32(&c, a);
}

bool index_equal(const struct index *a, const struct index *b)
{
	return a->spi == b->spi && address_equal(&a->address, &b->address);
}

unsigned index_key_hash(const void *index)
{
	const struct index *ix = index;
	uint64_t h = ix->spi, word;

	for (unsigned i = 0; i < sizeof(ix->address.octets); i += sizeof(word)) {
		memcpy(&word, &ix->address.octets[i], sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (unsigned)h;
}

int index_key_equal(const void *a, const void *b)
{
	return index_equal(a, b);
}

const char *index_text(const struct index *ix, char out[static INDEX_TEXT_MAX])
{
	char address[ADDRESS_TEXT_MAX];

	snprintf(out, INDEX_TEXT_MAX, ix->address.family == 6 ? "%016llx@[%s]" : "%016llx@%s",
		 (unsigned long long)ix->spi, address_text(&ix->address, address));
	return out;
}

void index_write(struct wcursor *c, const struct index *ix)
{
	if (address_size(&ix->address) == 0)
		wcursor_fail(c, ERR_VALUE);
	wcursor_u64(c, ix->spi);
	wcursor_bytes(c, span_of(ix->address.octets, address_size(&ix->address)));
}

enum err index_parse(struct span body, bool prefetch, size_t offset, struct index *out,
		     struct fault *fault)
{
	struct rcursor c = rcursor_init_at(body, offset);
	struct span octets;

	*out = (struct index){ .spi = 0 };
	if (body.n != INDEX_BODY_IPV4 && body.n != INDEX_BODY_IPV6)
		rcursor_fail(&c, ERR_LENGTH, "index: neither 12 nor 24 octets");
	out->spi = rcursor_u64(&c, "index: gateway SPI");
	octets = rcursor_rest(&c);
	if (rcursor_ok(&c)) {
		out->address.family = octets.n == 4 ? 4 : 6;
		memcpy(out->address.octets, octets.p, octets.n);
	}
	if (rcursor_ok(&c) && out->spi == 0 && !prefetch)
		rcursor_fail_at(&c, ERR_VALUE, "index: gateway SPI is zero", offset);
	if (rcursor_ok(&c) && !address_is_unicast(&out->address))
		rcursor_fail_at(&c, ERR_VALUE,
				"index: address is unspecified, multicast, broadcast or v4-mapped",
				offset + SPI_SIZE);
	return rcursor_finish(&c, "index", fault);
}
