/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index of a stub read from the wire, and as text. */
#include "base/index_body.h"
#include "base/keyed_hash.h"

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static const char *ip4_fault(const uint8_t *a)
{
	if (all_zero(a, 4))
		return "unspecified";
	if ((a[0] & 0xf0) == 0xe0)
		return "multicast";
	if (a[0] == 255 && a[1] == 255 && a[2] == 255 && a[3] == 255)
		return "broadcast";
	return NULL;
}

static const char *ip6_fault(const uint8_t *a)
{
	if (all_zero(a, 16))
		return "unspecified";
	if (a[0] == 0xff)
		return "multicast";
	if (all_zero(a, 10) && a[10] == 0xff && a[11] == 0xff)
		return "IPv4-mapped";
	return NULL;
}

void index_body_read(tvbuff_t *tvb, unsigned offset, unsigned length, struct index_body *out)
{
	unsigned seen = tvb_captured_length(tvb);

	memset(out, 0, sizeof(*out));
	if (length != INDEX_IP4_SIZE && length != INDEX_IP6_SIZE)
		out->faults |= INDEX_BAD_LENGTH;
	if (offset > seen || seen - offset < length) {
		out->faults |= INDEX_CUT;
		length = offset > seen ? 0 : seen - offset;
	}
	if (length >= INDEX_SPI_SIZE) {
		tvb_memcpy(tvb, out->spi, (int)offset, INDEX_SPI_SIZE);
		if (all_zero(out->spi, INDEX_SPI_SIZE))
			out->faults |= INDEX_ZERO_SPI;
	}
	if (out->faults & (INDEX_BAD_LENGTH | INDEX_CUT))
		return;
	out->address_size = (uint8_t)(length - INDEX_SPI_SIZE);
	tvb_memcpy(tvb, out->address, (int)(offset + INDEX_SPI_SIZE), out->address_size);
	if (index_body_address_fault(out))
		out->faults |= INDEX_BAD_ADDRESS;
}

const char *index_body_address_fault(const struct index_body *idx)
{
	return idx->address_size == 4 ? ip4_fault(idx->address) : ip6_fault(idx->address);
}

struct index_body index_body_at(const uint8_t spi[INDEX_SPI_SIZE], const address *from)
{
	struct index_body idx = { .address_size = 0 };

	memcpy(idx.spi, spi, INDEX_SPI_SIZE);
	if ((from->type == AT_IPv4 && from->len == 4) ||
	    (from->type == AT_IPv6 && from->len == 16)) {
		idx.address_size = (uint8_t)from->len;
		memcpy(idx.address, from->data, idx.address_size);
	}
	return idx;
}

struct octets index_body_octets(const struct index_body *idx, uint8_t out[INDEX_IP6_SIZE])
{
	memcpy(out, idx->spi, INDEX_SPI_SIZE);
	memcpy(out + INDEX_SPI_SIZE, idx->address, idx->address_size);
	return (struct octets){ out, INDEX_SPI_SIZE + idx->address_size };
}

/* Not the SPI alone: one SPI at many addresses must not fill one bucket. */
unsigned index_body_hash(gconstpointer idx)
{
	return keyed_hash(idx, offsetof(struct index_body, address_size) / 8);
}

bool index_body_same_address(const struct index_body *a, const struct index_body *b)
{
	return a->address_size == b->address_size &&
	       memcmp(a->address, b->address, a->address_size) == 0;
}

gboolean index_body_equal(gconstpointer a, gconstpointer b)
{
	const struct index_body *x = a, *y = b;

	return memcmp(x->spi, y->spi, INDEX_SPI_SIZE) == 0 && index_body_same_address(x, y);
}

bool spi_is_zero(const uint8_t spi[INDEX_SPI_SIZE])
{
	return all_zero(spi, INDEX_SPI_SIZE);
}

char *index_body_text(wmem_allocator_t *scope, const struct index_body *idx)
{
	char text[INDEX_TEXT_SIZE];

	index_body_write(idx, text);
	return wmem_strdup(scope, text);
}

size_t index_body_write(const struct index_body *idx, char text[INDEX_TEXT_SIZE])
{
	char *end = bytes_to_hexstr(text, idx->spi, INDEX_SPI_SIZE);
	address a;

	*end = '\0';
	if (!idx->address_size)
		return (size_t)(end - text);
	*end++ = '@';
	set_address(&a, idx->address_size == 4 ? AT_IPv4 : AT_IPv6, (int)idx->address_size,
		    idx->address);
	address_to_str_buf(&a, end, (int)(text + INDEX_TEXT_SIZE - end));
	return strlen(text);
}
