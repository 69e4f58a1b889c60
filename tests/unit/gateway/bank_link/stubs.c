/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a stub or an index out of a number. */
#include "unit/gateway/bank_link/stubs.h"

#include <stdlib.h>

#define SEALED_SIZE (STUB_SEALED_CLEAR + 64 + STUB_SEALED_TAG)

struct index stubs_index(uint64_t number)
{
	struct index ix = { .spi = number };

	if (address_from_text("192.0.2.1", &ix.address) != ERR_OK)
		abort();
	return ix;
}

struct span stubs_sealed(uint64_t number, uint8_t version, uint32_t lifetime,
			 uint8_t buf[static STUBS_CONTAINER_MAX])
{
	struct wcursor c = wcursor_init(buf, STUBS_CONTAINER_MAX);
	struct index ix = stubs_index(number);
	uint8_t sealed[SEALED_SIZE];

	memset(sealed, version, sizeof(sealed));
	sealed[0] = STUB_SEALED_VERSION;
	stub_container_write_sealed(&c, &ix, lifetime, SPAN_OF(sealed));
	if (c.err != ERR_OK)
		abort();
	return span_of(buf, wcursor_size(&c));
}

struct span stubs_clear(uint64_t number, uint8_t buf[static STUBS_CONTAINER_MAX])
{
	struct wcursor c = wcursor_init(buf, STUBS_CONTAINER_MAX);
	struct index ix = stubs_index(number);
	uint8_t body[INDEX_BODY_MAX], lifetime[4] = { 0, 0, 14, 16 };
	struct wcursor b = wcursor_init(body, sizeof(body));
	struct chain_writer w;

	wcursor_u32(&c, 0);
	chain_writer_init(&w, &c, 0);
	index_write(&b, &ix);
	chain_writer_payload(&w, STUB_PAYLOAD_INDEX, 0, span_of(body, wcursor_size(&b)));
	chain_writer_payload(&w, STUB_PAYLOAD_LIFETIME, 0, SPAN_OF(lifetime));
	chain_writer_payload(&w, STUB_PAYLOAD_SK_D, 0, span_text("CLEAR-KEY-MATERIAL"));
	if (c.err != ERR_OK)
		abort();
	return span_of(buf, wcursor_size(&c));
}

bool stubs_read(struct span container, uint64_t *number, uint8_t *version, uint32_t *lifetime)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = container };
	struct stub_container s;
	struct fault fault;

	if (stub_container_parse(&p, &s, &fault) != ERR_OK)
		return false;
	*number = s.index.spi;
	*lifetime = s.lifetime;
	*version = s.is_sealed ? s.sealed.salt.p[0] : 0;
	return true;
}
