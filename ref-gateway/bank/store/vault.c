/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between a record's octets and what may be known of it: checks, encryption at rest, the lifetime left. */
#include "vault.h"

#include "keys/secret.h"
#include "tool/log.h"

void vault_init(struct vault *v, const char *name, const uint8_t *key)
{
	*v = (struct vault){ .name = name, .has_key = key != NULL };
	if (key)
		memcpy(v->key, key, sizeof(v->key));
}

void vault_clear(struct vault *v)
{
	secret_wipe(v->key, sizeof(v->key));
}

void vault_view(const struct vault *v, const struct index *ix, struct span value,
		struct rules_view *view)
{
	struct fault fault = { 0 };
	char text[INDEX_TEXT_MAX];

	view->known = true;
	view->damaged = record_parse(value, &view->record, &fault) != ERR_OK;
	if (view->damaged)
		log_error("store %s: record of %s is damaged: %s: %s", v->name,
			  index_text(ix, text), fault.field, err_text(fault.err));
}

GBytes *vault_open(const struct vault *v, const struct record *rec, const struct index *ix,
		   uint64_t now)
{
	struct record_key key = record_key(ix);
	struct stub_container container;
	struct chain_payload payload = { .type = STUB_PAYLOAD_STUB };
	struct fault fault = { 0 };
	struct wcursor w;
	size_t n = rec->container.n;
	uint8_t *octets = g_malloc(n ? n : 1);
	enum err err = ERR_OK;

	if (!rec->encrypted)
		memcpy(octets, rec->container.p ? rec->container.p : (const uint8_t *)"", n);
	else if (!v->has_key)
		err = ERR_KEY;
	else
		err =
		    atrest_decrypt(v->key, span_of(key.octets, key.n), rec->container, octets, &n);
	payload.body = span_of(octets, n);
	if (err == ERR_OK)
		err = stub_container_parse(&payload, &container, &fault);
	if (err == ERR_OK && !index_equal(&container.index, ix))
		err = ERR_VALUE;
	if (err != ERR_OK) {
		char text[INDEX_TEXT_MAX];

		log_error("store %s: stub of %s cannot be returned: %s", v->name,
			  index_text(ix, text), err_text(err));
		secret_wipe(octets, rec->container.n);
		g_free(octets);
		return NULL;
	}
	w = wcursor_init(octets, n);
	(void)wcursor_reserve(&w, n);
	wcursor_patch(&w, container.lifetime_offset, 4, MIN(rec->expiry - now, STUB_LIFETIME_MAX));
	return g_bytes_new_take(octets, n);
}

void vault_get(const struct vault *v, struct store_op *op, const struct rules_view *view,
	       uint64_t now)
{
	if (!rules_get(op, view, now))
		return;
	op->found = vault_open(v, &view->record, &op->index, now);
	if (!op->found) {
		op->status = STUB_NOT_FOUND;
		op->why = "the stored stub is damaged";
	}
}

size_t vault_room(const struct record *r, bool encrypt)
{
	return RECORD_OVERHEAD + r->pool.n + r->container.n + (encrypt ? ATREST_OVERHEAD : 0);
}

struct span vault_write(const struct vault *v, const struct index *ix, const struct record *record,
			bool encrypt, uint8_t *out, size_t room)
{
	struct record r = *record;
	struct record_key key = record_key(ix);
	struct wcursor c = wcursor_init(out, room);
	uint8_t *sealed = NULL;
	enum err err = ERR_OK;

	if (encrypt && r.state == RECORD_LIVE) {
		if (!v->has_key)
			return SPAN_NONE;
		sealed = g_malloc(r.container.n + ATREST_OVERHEAD);
		err = atrest_encrypt(v->key, span_of(key.octets, key.n), r.container, sealed);
		r.container = span_of(sealed, r.container.n + ATREST_OVERHEAD);
		r.encrypted = true;
	}
	if (err == ERR_OK)
		record_write(&c, &r);
	g_free(sealed);
	return err == ERR_OK && c.err == ERR_OK ? span_of(c.base, wcursor_size(&c)) : SPAN_NONE;
}
