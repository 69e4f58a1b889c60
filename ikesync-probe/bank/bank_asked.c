/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits what a gateway sent into items. */
#include "bank/bank_asked.h"

#include "wire/stub_container.h"

struct bank_asked *bank_asked_ref(struct bank_asked *a)
{
	return g_rc_box_acquire(a);
}

static void clear(void *asked)
{
	struct bank_asked *a = asked;

	if (a->container)
		g_bytes_unref(a->container);
	if (a->octets)
		g_bytes_unref(a->octets);
}

void bank_asked_unref(void *asked)
{
	g_rc_box_release_full(asked, clear);
}

static struct bank_asked *add(GPtrArray *out, const struct stub_message *m, GBytes *octets,
			      unsigned item)
{
	struct bank_asked *a = g_rc_box_new0(struct bank_asked);

	a->type = m->header.type;
	a->transaction = m->has_transaction ? m->transaction : 0;
	a->item = item;
	a->octets = g_bytes_ref(octets);
	g_ptr_array_add(out, a);
	return a;
}

/* The container's own index, as far as it can be read. */
static void read_container(struct bank_asked *a, const struct chain_payload *stub)
{
	struct stub_container c;
	struct fault fault;

	a->container = g_bytes_new(stub->body.p, stub->body.n);
	if (stub_container_parse(stub, &c, &fault) != ERR_OK)
		return;
	a->own = c.index;
	a->has_own = true;
	if (!a->has_index) {
		a->index = c.index;
		a->has_index = true;
	}
}

void bank_asked_read(struct span message, GPtrArray *out, const char **why)
{
	GBytes *octets = g_bytes_new(message.p, message.n);
	struct stub_message m = { 0 };
	struct fault fault = { 0 };
	struct stub_items it;
	struct stub_item item;
	unsigned n = 0;
	enum err err = stub_message_parse(message, &m, &fault);

	*why = err ? err_text(err) : NULL;
	if (!err)
		stub_items_init(&it, &m);
	while (!err && stub_items_next(&it, &item, &fault)) {
		struct bank_asked *a = add(out, &m, octets, n++);

		a->has_index = item.has_index &&
			       index_parse(item.index.body, true, 0, &a->index, &fault) == ERR_OK;
		a->has_status = item.has_status;
		a->status = item.status.code;
		if (item.has_stub)
			read_container(a, &item.stub);
	}
	if (!err && fault.err)
		*why = err_text(fault.err);
	if (!n)
		add(out, &m, octets, 0);
	g_bytes_unref(octets);
}
