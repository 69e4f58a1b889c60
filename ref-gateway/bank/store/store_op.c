/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues of operations, linked through the operations themselves. */
#include "store_op.h"

void store_ops_init(struct store_ops *q)
{
	q->first = NULL;
	q->last = &q->first;
}

void store_ops_push(struct store_ops *q, struct store_op *op)
{
	op->next = NULL;
	*q->last = op;
	q->last = &op->next;
}

struct store_op *store_ops_pop(struct store_ops *q)
{
	struct store_op *op = q->first;

	if (!op)
		return NULL;
	q->first = op->next;
	if (!q->first)
		store_ops_init(q);
	return op;
}

void store_ops_append(struct store_ops *to, struct store_ops *from)
{
	if (!from->first)
		return;
	*to->last = from->first;
	to->last = from->last;
	store_ops_init(from);
}

void store_op_busy(struct store_op *op, const char *why)
{
	g_clear_pointer(&op->found, g_bytes_unref);
	op->status = STUB_BUSY;
	op->why = why;
}

bool store_op_writes(const struct store_op *op)
{
	return op->kind == STORE_PUT || op->kind == STORE_UPDATE || op->kind == STORE_DELETE;
}
