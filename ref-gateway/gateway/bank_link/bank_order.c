/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which queued requests may go now: in order per index. */
#include "bank_link/bank_order.h"

#include "keys/secret.h"

struct bank_order {
	GQueue ready[3];  /* init, update, delete: bundles have one type */
	GHashTable *keys; /* struct index -> GQueue of struct bank_op, oldest first */
	size_t count;
};

static GQueue *ready_of(const struct bank_order *o, uint8_t type)
{
	unsigned i = type == STUB_INIT ? 0 : type == STUB_UPDATE ? 1 : 2;

	return (GQueue *)(uintptr_t)&o->ready[i]; /* GLib's readers of a queue do not know const */
}

void bank_op_free(struct bank_op *op)
{
	if (op->container_n)
		secret_wipe(op->container, op->container_n);
	g_free(op->container);
	g_free(op);
}

static void add_key(struct bank_op *op, const struct index *ix)
{
	if (op->n_keys && index_equal(&op->keys[0], ix))
		return;
	op->keys[op->n_keys++] = *ix;
}

struct bank_op *bank_op_new(const struct bank_queue_record *r, bool *clear)
{
	struct bank_op *op = g_new0(struct bank_op, 1);

	*clear = false;
	op->number = r->number;
	op->type = r->type;
	op->when = r->when;
	op->has_index = r->has_index;
	op->index = r->index;
	if (r->type != STUB_INIT)
		add_key(op, &r->index);
	if (r->type != STUB_DELETE) {
		struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = r->container };
		struct stub_container parsed;
		struct fault fault;

		if (stub_container_parse(&p, &parsed, &fault) != ERR_OK) {
			bank_op_free(op);
			return NULL;
		}
		*clear = !parsed.is_sealed;
		op->lifetime = parsed.lifetime;
		op->lifetime_offset = parsed.lifetime_offset;
		add_key(op, &parsed.index);
		op->container = g_memdup2(r->container.p, r->container.n);
		op->container_n = r->container.n;
	}
	return op;
}

size_t bank_op_octets(const struct bank_op *op)
{
	return sizeof(*op) + op->container_n;
}

static void queue_free(gpointer q)
{
	g_queue_free(q);
}

struct bank_order *bank_order_new(void)
{
	struct bank_order *o = g_new0(struct bank_order, 1);

	o->keys = g_hash_table_new_full(index_key_hash, index_key_equal, g_free, queue_free);
	return o;
}

void bank_order_free(struct bank_order *o)
{
	GHashTableIter it;
	gpointer key, line;
	struct bank_op *op;

	if (!o)
		return;
	/* An operation stands in one or two lines: whoever sees it last frees it. */
	g_hash_table_iter_init(&it, o->keys);
	while (g_hash_table_iter_next(&it, &key, &line))
		while ((op = g_queue_pop_head(line)) != NULL)
			if (--op->n_keys == 0)
				bank_op_free(op);
	g_hash_table_unref(o->keys);
	g_free(o);
}

static void make_ready(struct bank_order *o, struct bank_op *op, bool first)
{
	op->ready_link.data = op;
	if (first)
		g_queue_push_head_link(ready_of(o, op->type), &op->ready_link);
	else
		g_queue_push_tail_link(ready_of(o, op->type), &op->ready_link);
}

void bank_order_add(struct bank_order *o, struct bank_op *op)
{
	o->count++;
	for (unsigned i = 0; i < op->n_keys; i++) {
		GQueue *line = g_hash_table_lookup(o->keys, &op->keys[i]);

		if (!line) {
			line = g_queue_new();
			g_hash_table_insert(o->keys, g_memdup2(&op->keys[i], sizeof(op->keys[i])),
					    line);
		}
		if (!g_queue_is_empty(line))
			op->waiting++;
		g_queue_push_tail(line, op);
	}
	if (!op->waiting)
		make_ready(o, op, false);
}

struct bank_op *bank_order_peek(const struct bank_order *o, uint8_t type)
{
	return g_queue_peek_head(ready_of(o, type));
}

void bank_order_take(struct bank_order *o, struct bank_op *op)
{
	if (!op->ready_link.data)
		return;
	g_queue_unlink(ready_of(o, op->type), &op->ready_link);
	op->ready_link.data = NULL;
}

void bank_order_put_back(struct bank_order *o, struct bank_op *op)
{
	if (!op->ready_link.data)
		make_ready(o, op, true);
}

void bank_order_finish(struct bank_order *o, struct bank_op *op)
{
	o->count--;
	for (unsigned i = 0; i < op->n_keys; i++) {
		GQueue *line = g_hash_table_lookup(o->keys, &op->keys[i]);
		struct bank_op *next;

		g_queue_pop_head(line); /* only the first of every line is ever under way */
		next = g_queue_peek_head(line);
		if (!next)
			g_hash_table_remove(o->keys, &op->keys[i]);
		else if (--next->waiting == 0)
			make_ready(o, next, false);
	}
	bank_op_free(op);
}

bool bank_order_ready(const struct bank_order *o)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(o->ready); i++)
		if (o->ready[i].length)
			return true;
	return false;
}

size_t bank_order_count(const struct bank_order *o)
{
	return o->count;
}
