/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads stub messages, finds replies to requests, opens stubs where a key fits. */
#include "reader/story_stub.h"

#include "keys/seal.h"
#include "wire/stub.h"

#define OPS_MAX 200000

/* A request under way: its transaction on its connection. */
struct open_request {
	struct endpoint client, server;
	uint32_t transaction;
	unsigned first, n; /* in ops */
};

static guint open_hash(gconstpointer key)
{
	const struct open_request *o = key;

	return o->transaction * 2654435761u ^ o->client.port;
}

static gboolean open_same(gconstpointer a, gconstpointer b)
{
	const struct open_request *x = a, *y = b;

	return x->transaction == y->transaction && endpoint_equal(&x->client, &y->client) &&
	       endpoint_equal(&x->server, &y->server);
}

static void fault_of(struct story *s, const struct seen_stub *m, const struct fault *f)
{
	if (s->stub_faults++)
		return;
	s->first_stub_fault = m->frame;
	s->stub_fault = g_strdup_printf("%s: %s at octet %zu", f->field ? f->field : "message",
					err_text(f->err), f->offset);
}

static void learn(struct reading *r, const struct seen_stub *m, const struct index *ix,
		  const struct stub *stub)
{
	struct ring_sa sa = { .index = *ix,
			      .suite = { .encr = stub->encr,
					 .encr_key_bits = stub->encr_key_bits,
					 .prf = stub->prf,
					 .integ = stub->integ,
					 .dh = stub->dh },
			      .features = stub->peer_features,
			      .has_features = true,
			      .frame = m->frame };

	if (secret_set(&sa.sk_d, stub->sk_d) == ERR_OK)
		key_ring_add_sa(r->keys, &sa);
	secret_clear(&sa.sk_d);
}

/* A container: its index, and its SK_d if it can be had. */
static bool take_container(struct reading *r, const struct seen_stub *m,
			   const struct chain_payload *p, struct index *index, bool *clear)
{
	struct stub_container c;
	struct fault fault;
	struct stub *stub;
	uint8_t *plain;

	if (stub_container_parse(p, &c, &fault) != ERR_OK)
		return false;
	*index = c.index;
	*clear = !c.is_sealed;
	stub = g_new0(struct stub, 1);
	plain = g_malloc0(p->body.n + 1);
	/* opened as of its own day: a capture may be old */
	if (c.is_sealed
		? seal_open(&r->keys->seal, &c.index, &c.sealed, 0, plain, stub, &fault) == ERR_OK
		: stub_parse(c.first, c.chain, NULL, stub, &fault) == ERR_OK)
		learn(r, m, &c.index, stub);
	secret_wipe(plain, p->body.n + 1);
	g_free(plain);
	g_free(stub);
	return true;
}

static void take_request(struct story *s, struct reading *r, const struct seen_stub *m,
			 const struct stub_message *message, GHashTable *open)
{
	struct open_request *o = g_new0(struct open_request, 1);
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };

	o->client = m->client;
	o->server = m->server;
	o->transaction = message->transaction;
	o->first = s->ops->len;
	stub_items_init(&it, message);
	while (s->ops->len < OPS_MAX && stub_items_next(&it, &item, &fault)) {
		struct stub_op op = { .request = m,
				      .type = message->header.type,
				      .status = STATUS_NONE };
		struct fault ignored;

		if (item.has_index &&
		    index_parse(item.index.body, true, 0, &op.index, &ignored) != ERR_OK)
			op.index = (struct index){ 0 };
		if (item.has_stub)
			op.has_after = take_container(r, m, &item.stub, &op.after, &op.clear_stub);
		if (!item.has_index)
			op.index = op.after;
		g_array_append_val(s->ops, op);
		o->n++;
	}
	if (fault.err != ERR_OK)
		fault_of(s, m, &fault);
	g_hash_table_replace(open, o, o);
}

static void take_reply(struct story *s, struct reading *r, const struct seen_stub *m,
		       const struct stub_message *message, GHashTable *open)
{
	const struct open_request key = { .client = m->client,
					  .server = m->server,
					  .transaction = message->transaction };
	const struct open_request *o = g_hash_table_lookup(open, &key);
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };

	stub_items_init(&it, message);
	while (stub_items_next(&it, &item, &fault)) {
		struct index index;
		bool clear = false,
		     has = item.has_stub && take_container(r, m, &item.stub, &index, &clear);

		if (!o || !item.has_status)
			continue;
		for (unsigned i = 0; i < o->n; i++) {
			struct stub_op *op = &g_array_index(s->ops, struct stub_op, o->first + i);

			if (item.status.item != i && item.status.item != STUB_ITEM_ALL)
				continue;
			op->reply = m;
			op->status = item.status.code;
			op->clear_stub |= clear;
			if (has && op->type == STUB_GET) {
				op->after = index;
				op->has_after = true;
			}
			/* one of many: what is left of them is all the same */
			if (item.status.item == i)
				break;
		}
	}
	if (fault.err != ERR_OK)
		fault_of(s, m, &fault);
}

void story_stubs(struct story *s, struct reading *r)
{
	GHashTable *open = g_hash_table_new_full(open_hash, open_same, NULL, g_free);

	for (unsigned i = 0; i < r->stubs->len; i++) {
		const struct seen_stub *m = g_ptr_array_index(r->stubs, i);
		struct stub_message message;
		struct fault fault;
		bool pushed;

		if (stub_message_parse(span_of(m->octets, m->n), &message, &fault) != ERR_OK) {
			fault_of(s, m, &fault);
			continue;
		}
		/* pushes and notices come from the server, their acknowledgements from the client */
		pushed = message.transaction & STUB_TRANSACTION_PUSH;
		if (m->from_client == pushed)
			take_reply(s, r, m, &message, open);
		else if (!pushed)
			take_request(s, r, m, &message, open);
		else
			take_reply(s, r, m, &message, open);
	}
	g_hash_table_unref(open);
}
