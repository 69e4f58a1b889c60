/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of records in a Redis, made and read. */
#include "redis_key.h"

#include <stdio.h>

/* CRC-16/XMODEM, as the cluster specification has it. */
unsigned redis_key_slot(struct span tag)
{
	unsigned crc = 0;

	for (size_t i = 0; i < tag.n; i++) {
		crc ^= (unsigned)tag.p[i] << 8;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
	}
	return crc % REDIS_SLOTS;
}

static bool name(const char *prefix, const struct address *a, struct redis_key *out)
{
	char text[ADDRESS_TEXT_MAX];
	int n =
	    snprintf(out->index, sizeof(out->index), "%s:{%s}:all", prefix, address_text(a, text));

	out->index_n = (size_t)n;
	out->record_n = out->index_n - 3;
	memcpy(out->record, out->index, out->record_n);
	out->record[out->record_n] = '\0';
	out->slot = redis_key_slot(span_text(text));
	return n > 0 && out->index_n < sizeof(out->index);
}

bool redis_key_of_gateway(const char *prefix, const struct record_key *gateway,
			  struct redis_key *out)
{
	struct address a = { .family = gateway->octets[0] };

	if (gateway->n == 0 || (a.family != 4 && a.family != 6) ||
	    gateway->n < 1 + address_size(&a))
		return false;
	memcpy(a.octets, &gateway->octets[1], address_size(&a));
	return name(prefix, &a, out);
}

bool redis_key_of(const char *prefix, const struct record_key *key, struct redis_key *out)
{
	struct index ix;

	if (record_key_parse(span_of(key->octets, key->n), &ix) != ERR_OK ||
	    !name(prefix, &ix.address, out))
		return false;
	out->record_n +=
	    (size_t)snprintf(out->record + out->record_n, sizeof(out->record) - out->record_n,
			     "%016llx", (unsigned long long)ix.spi);
	return true;
}

struct span redis_key_member(const struct redis_key *k)
{
	return span_of(&k->record[k->record_n - REDIS_MEMBER], REDIS_MEMBER);
}

bool redis_key_gateway(const char *prefix, struct span index, struct record_key *out)
{
	size_t before = strlen(prefix) + 2;
	static const char after[] = "}:all";
	char text[ADDRESS_TEXT_MAX];
	struct address a;
	size_t n = index.n - before - (sizeof(after) - 1);

	if (index.n < before + sizeof(after) || n >= sizeof(text) ||
	    memcmp(index.p, prefix, before - 2) != 0 ||
	    memcmp(index.p + before - 2, ":{", 2) != 0 ||
	    memcmp(index.p + before + n, after, sizeof(after) - 1) != 0)
		return false;
	memcpy(text, index.p + before, n);
	text[n] = '\0';
	if (address_from_text(text, &a) != ERR_OK)
		return false;
	*out = record_key_prefix(&a);
	return true;
}

bool redis_key_join(const struct record_key *gateway, struct span member, struct record_key *out)
{
	uint64_t spi = 0;

	if (member.n != REDIS_MEMBER || gateway->n + 8 > sizeof(out->octets))
		return false;
	for (size_t i = 0; i < member.n; i++) {
		uint8_t c = member.p[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
		spi = spi << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*out = *gateway;
	for (unsigned i = 0; i < 8; i++)
		out->octets[out->n++] = (uint8_t)(spi >> (56 - 8 * i));
	return true;
}
