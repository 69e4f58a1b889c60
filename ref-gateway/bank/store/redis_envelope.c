/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Envelopes: 255 | move (16) | key length (1) | key | length of `before` (4) | before | after. */
#include "redis_envelope.h"

#include <stdio.h>

#include "wire/cursor.h"

#define MARK 0xff

bool redis_envelope_is(struct span octets)
{
	return octets.n > 0 && octets.p[0] == MARK;
}

GByteArray *redis_envelope_write(const struct redis_envelope *e)
{
	size_t size = 1 + REDIS_MOVE_ID + 1 + e->old.n + 4 + e->before.n + e->after.n;
	GByteArray *out = g_byte_array_sized_new((guint)size);
	struct wcursor c;

	g_byte_array_set_size(out, (guint)size);
	c = wcursor_init(out->data, size);
	wcursor_u8(&c, MARK);
	wcursor_bytes(&c, SPAN_OF(e->id));
	wcursor_u8(&c, (uint8_t)e->old.n);
	wcursor_bytes(&c, span_of(e->old.octets, e->old.n));
	wcursor_u32(&c, (uint32_t)e->before.n);
	wcursor_bytes(&c, e->before);
	wcursor_bytes(&c, e->after);
	g_assert(c.err == ERR_OK && wcursor_size(&c) == size);
	return out;
}

bool redis_envelope_parse(struct span octets, struct redis_envelope *out)
{
	struct rcursor c = rcursor_init(octets, NULL);
	struct span id, key;
	bool marked = rcursor_u8(&c, "mark") == MARK;

	*out = (struct redis_envelope){ 0 };
	id = rcursor_bytes(&c, REDIS_MOVE_ID, "move");
	key = rcursor_bytes(&c, rcursor_u8(&c, "key length"), "key");
	out->before = rcursor_bytes(&c, rcursor_u32(&c, "length before"), "before");
	out->after = rcursor_rest(&c);
	if (!marked || !rcursor_ok(&c) || key.n == 0 || key.n > RECORD_KEY_MAX || out->after.n == 0)
		return false;
	memcpy(out->id, id.p, id.n);
	memcpy(out->old.octets, key.p, key.n);
	out->old.n = key.n;
	return true;
}

bool redis_envelope_decision(const char *prefix, const struct redis_envelope *e,
			     struct redis_decision *out)
{
	struct redis_key key;

	if (!redis_key_of(prefix, &e->old, &key))
		return false;
	out->slot = key.slot;
	out->n = (size_t)snprintf(out->text, sizeof(out->text),
				  "%.*sd:", (int)(key.record_n - REDIS_MEMBER), key.record);
	for (unsigned i = 0; i < REDIS_MOVE_ID; i++)
		out->n += (size_t)snprintf(out->text + out->n, sizeof(out->text) - out->n, "%02x",
					   e->id[i]);
	return out->n < sizeof(out->text);
}
