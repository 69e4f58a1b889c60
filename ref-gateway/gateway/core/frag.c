/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reassembly of SKF fragments (RFC 7383). */
#include "core/frag.h"

#include <glib.h>

#include "core/sa.h"
#include "core/services.h"

struct sa_fragments {
	uint32_t message_id;
	uint16_t total, have;
	uint8_t first;
	uint8_t hash[SA_HASH_SIZE];
	size_t size;
	GBytes *parts[FRAG_MAX];
};

static void forget(struct sa_fragments **slot)
{
	struct sa_fragments *f = *slot;

	if (!f)
		return;
	for (unsigned i = 0; i < FRAG_MAX; i++)
		g_clear_pointer(&f->parts[i], g_bytes_unref);
	g_clear_pointer(slot, g_free);
}

void frag_forget(struct sa *sa)
{
	forget(&sa->fragments[0]);
	forget(&sa->fragments[1]);
}

/*
 * RFC 7383 section 2.6: a larger total means that the peer found a smaller path MTU and began anew.
 */
static struct sa_fragments *start(struct sa_fragments **slot, const struct gateway_message *m,
				  uint16_t total)
{
	struct sa_fragments *f = *slot;

	if (f && f->message_id == m->header.message_id && f->total == total)
		return f;
	if (f && f->message_id == m->header.message_id && f->total > total)
		return NULL;
	forget(slot);
	f = *slot = g_new0(struct sa_fragments, 1);
	f->message_id = m->header.message_id;
	f->total = total;
	return f;
}

bool frag_add(struct sa *sa, const struct gateway_message *m, const struct ike_skf *skf,
	      uint8_t first, struct span plain, uint8_t *out, size_t *n, uint8_t *whole_first,
	      uint8_t hash[static SA_HASH_SIZE])
{
	struct wcursor c = wcursor_init(out, IKE_MESSAGE_MAX);
	struct sa_fragments **slot = &sa->fragments[(m->header.flags & IKE_FLAG_RESPONSE) != 0], *f;

	if (skf->total > FRAG_MAX)
		return false;
	f = start(slot, m, skf->total);
	if (!f || f->parts[skf->number - 1] || f->size + plain.n > FRAG_MESSAGE_MAX)
		return false;
	f->parts[skf->number - 1] = g_bytes_new(plain.p, plain.n);
	f->size += plain.n;
	f->have++;
	if (skf->number == 1) {
		f->first = first;
		services_hash(m->octets, f->hash);
	}
	if (f->have != f->total)
		return false;
	for (unsigned i = 0; i < f->total; i++) {
		gsize size;
		const void *data = g_bytes_get_data(f->parts[i], &size);

		wcursor_bytes(&c, span_of(data, size));
	}
	*n = wcursor_size(&c);
	*whole_first = f->first;
	memcpy(hash, f->hash, SA_HASH_SIZE);
	forget(slot);
	return c.err == ERR_OK;
}
