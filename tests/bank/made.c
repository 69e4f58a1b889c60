/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes stub messages out of fixed octets. */
#include "made.h"

#include <stdlib.h>

struct index made_index(const char *address, uint64_t spi)
{
	struct index ix = { .spi = spi };

	if (address_from_text(address, &ix.address) != ERR_OK)
		abort();
	return ix;
}

GBytes *made_container(const struct index *ix, uint32_t lifetime, uint64_t expiry, uint32_t content)
{
	uint8_t sealed[STUB_SEALED_CLEAR + 200 + STUB_SEALED_TAG], out[512];
	struct wcursor s = wcursor_init(sealed, sizeof(sealed)), c = wcursor_init(out, sizeof(out));
	uint32_t noise = content * 2654435761u + 12345;

	wcursor_u8(&s, STUB_SEALED_VERSION);
	wcursor_u32(&s, 7);
	for (unsigned i = 0; i < STUB_SEALED_SALT; i++)
		wcursor_u8(&s, (uint8_t)(content >> 8 * (i % 4)));
	wcursor_u64(&s, expiry);
	while (wcursor_size(&s) < sizeof(sealed)) {
		noise = noise * 1664525u + 1013904223u;
		wcursor_u8(&s, (uint8_t)(noise >> 24));
	}
	stub_container_write_sealed(&c, ix, lifetime, span_of(sealed, wcursor_size(&s)));
	if (s.err != ERR_OK || c.err != ERR_OK)
		abort();
	return g_bytes_new(out, wcursor_size(&c));
}

struct made *made_new(uint8_t type, uint32_t transaction)
{
	struct made *m = g_new(struct made, 1);

	stub_writer_init(&m->w, m->octets, sizeof(m->octets), type, transaction);
	return m;
}

void made_index_add(struct made *m, const struct index *ix)
{
	stub_writer_index(&m->w, ix);
}

void made_stub_add(struct made *m, GBytes *container)
{
	gsize n;
	const void *p = g_bytes_get_data(container, &n);

	stub_writer_stub(&m->w, span_of(p, n));
	g_bytes_unref(container);
}

GBytes *made_finish(struct made *m)
{
	size_t n;
	GBytes *b;

	if (stub_writer_finish(&m->w, &n) != ERR_OK)
		abort();
	b = g_bytes_new(m->octets, n);
	g_free(m);
	return b;
}

GBytes *made_init(uint32_t transaction, GBytes *container)
{
	struct made *m = made_new(STUB_INIT, transaction);

	made_stub_add(m, container);
	return made_finish(m);
}

GBytes *made_update(uint32_t transaction, const struct index *old, GBytes *container)
{
	struct made *m = made_new(STUB_UPDATE, transaction);

	made_index_add(m, old);
	made_stub_add(m, container);
	return made_finish(m);
}

GBytes *made_get(uint32_t transaction, const struct index *ix)
{
	struct made *m = made_new(STUB_GET, transaction);

	made_index_add(m, ix);
	return made_finish(m);
}

GBytes *made_delete(uint32_t transaction, const struct index *ix)
{
	struct made *m = made_new(STUB_DELETE, transaction);

	made_index_add(m, ix);
	return made_finish(m);
}

/* Container head, index payload, then the lifetime's header: where its value stands, without the
 * parser under test. */
static size_t lifetime_at(struct span s)
{
	size_t index_length = s.n > 8 ? (size_t)(s.p[6] << 8 | s.p[7]) : 0;

	return STUB_CONTAINER_HEAD + index_length + CHAIN_PAYLOAD_HEADER_SIZE;
}

bool made_same(struct span a, struct span b, uint32_t *lifetime)
{
	size_t at = lifetime_at(a);

	if (a.n != b.n || at + 4 > a.n || lifetime_at(b) != at)
		return false;
	*lifetime = (uint32_t)a.p[at] << 24 | (uint32_t)a.p[at + 1] << 16 |
		    (uint32_t)a.p[at + 2] << 8 | a.p[at + 3];
	for (size_t i = 0; i < a.n; i++) {
		if ((i < at || i >= at + 4) && a.p[i] != b.p[i])
			return false;
	}
	return true;
}
