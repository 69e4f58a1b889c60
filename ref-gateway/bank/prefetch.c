/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of a prefetch: read, and made into messages. */
#include "prefetch.h"

#include "wire/stub_message.h"

/* What stands before the stubs: header, transaction, one status. */
#define PREFETCH_HEAD (STUB_HEADER_SIZE + 2 * (CHAIN_PAYLOAD_HEADER_SIZE + 4))

struct prefetch *prefetch_new(const struct address *gateway, uint64_t cursor, const char *pool,
			      bool owner, uint32_t transaction)
{
	struct prefetch *p = g_new0(struct prefetch, 1);

	p->link.data = p;
	p->transaction = transaction;
	p->pool = g_strdup(pool);
	p->stubs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	p->scan.gateway = *gateway;
	p->scan.after = cursor;
	p->scan.pool = p->pool;
	p->scan.owner = owner;
	return p;
}

void prefetch_free(struct prefetch *p)
{
	g_ptr_array_unref(p->stubs);
	g_free(p->pool);
	g_free(p);
}

static bool collect(struct ledger_scan *scan, const struct index *ix, struct span container)
{
	struct prefetch *p = scan->user;
	size_t size = p->size + CHAIN_PAYLOAD_HEADER_SIZE + container.n;

	(void)ix;
	if (size > STUB_MESSAGE_MAX)
		return false;
	p->size = size;
	g_ptr_array_add(p->stubs, g_bytes_new(container.p, container.n));
	return true;
}

static void scanned(struct ledger_scan *scan)
{
	struct prefetch *p = scan->user;

	p->reading = false;
	p->page = true;
	if (!p->inside)
		p->paged(p);
}

bool prefetch_read(struct prefetch *p, struct store *store)
{
	p->size = PREFETCH_HEAD;
	p->reading = p->inside = true;
	p->scan.each = collect;
	p->scan.done = scanned;
	p->scan.user = p;
	store_scan(store, &p->scan);
	p->inside = false;
	return p->page;
}

size_t prefetch_write(struct prefetch *p, uint8_t *out, size_t cap, bool *more)
{
	struct stub_status status = { .code = STUB_OK, .item = STUB_ITEM_ALL };
	struct stub_writer w;
	size_t n;

	p->page = false;
	*more = !p->scan.end;
	if (*more && p->stubs->len == 0) /* looked at enough for now, and found nothing */
		return 0;
	status.flags = *more ? STUB_STATUS_MORE : 0;
	if (p->scan.failed) {
		status.code = STUB_BUSY;
		status.text = span_text("the storage failed: go on from the last stub");
	}
	stub_writer_init(&w, out, cap, STUB_DOWNLOAD, p->transaction);
	stub_writer_status(&w, &status);
	for (guint i = 0; i < p->stubs->len; i++) {
		gsize size;
		const void *octets = g_bytes_get_data(g_ptr_array_index(p->stubs, i), &size);

		stub_writer_stub(&w, span_of(octets, size));
	}
	p->sent += p->stubs->len;
	g_ptr_array_set_size(p->stubs, 0);
	return stub_writer_finish(&w, &n) == ERR_OK ? n : 0;
}
