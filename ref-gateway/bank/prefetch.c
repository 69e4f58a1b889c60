/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The next message of a prefetch. */
#include "prefetch.h"

/* What stands before the stubs: header, transaction, one status. */
#define PREFETCH_HEAD (STUB_HEADER_SIZE + 2 * (CHAIN_PAYLOAD_HEADER_SIZE + 4))

struct collected {
	GPtrArray *stubs; /* of GBytes */
	size_t size;
};

static bool collect(const struct index *ix, struct span container, void *user)
{
	struct collected *c = user;
	size_t size = c->size + CHAIN_PAYLOAD_HEADER_SIZE + container.n;

	(void)ix;
	if (size > STUB_MESSAGE_MAX)
		return false;
	c->size = size;
	g_ptr_array_add(c->stubs, g_bytes_new(container.p, container.n));
	return true;
}

size_t prefetch_write(struct prefetch *p, struct store *store, const char *pool, uint64_t now,
		      uint8_t *out, size_t cap, bool *more)
{
	struct collected c = { .stubs =
				   g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref),
			       .size = PREFETCH_HEAD };
	struct stub_status status = { .code = STUB_OK, .item = STUB_ITEM_ALL };
	struct stub_writer w;
	size_t n;
	enum err err;

	*more =
	    !store->scan_gateway(store, &p->gateway, &p->after, pool, p->owner, now, collect, &c);
	if (*more && c.stubs->len == 0) { /* looked at enough for now, and found nothing */
		g_ptr_array_unref(c.stubs);
		return 0;
	}
	status.flags = *more ? STUB_STATUS_MORE : 0;
	stub_writer_init(&w, out, cap, STUB_DOWNLOAD, p->transaction);
	stub_writer_status(&w, &status);
	for (guint i = 0; i < c.stubs->len; i++) {
		gsize size;
		const void *octets = g_bytes_get_data(g_ptr_array_index(c.stubs, i), &size);

		stub_writer_stub(&w, span_of(octets, size));
	}
	p->sent += c.stubs->len;
	g_ptr_array_unref(c.stubs);
	err = stub_writer_finish(&w, &n);
	return err == ERR_OK ? n : 0;
}
