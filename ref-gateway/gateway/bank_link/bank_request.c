/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that wait for the answer of the bank, by transaction. */
#include "bank_link/bank_request.h"

#include "keys/secret.h"

struct bank_request *bank_request_new(struct bank_client *b, enum bank_request_kind kind,
				      uint8_t type)
{
	struct bank_request *r = g_new0(struct bank_request, 1);

	r->b = b;
	r->kind = kind;
	r->type = type;
	do
		r->transaction = b->next_transaction++ & ~STUB_TRANSACTION_PUSH;
	while (g_hash_table_contains(b->requests, GUINT_TO_POINTER(r->transaction)));
	g_hash_table_insert(b->requests, GUINT_TO_POINTER(r->transaction), r);
	return r;
}

void bank_request_free(gpointer p)
{
	struct bank_request *r = p;

	wheel_cancel(r->b->config.wheel, &r->timer);
	if (r->container_n)
		secret_wipe(r->container, r->container_n);
	g_free(r->container);
	g_free(r->ops);
	g_free(r->codes);
	g_free(r);
}

/* Take it out of the table before its callback runs: that one may ask again. */
void bank_request_steal(struct bank_request *r)
{
	g_hash_table_steal(r->b->requests, GUINT_TO_POINTER(r->transaction));
	wheel_cancel(r->b->config.wheel, &r->timer);
}
