/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks over a capture's messages that several cases take. */
#include "cases/capture.h"

#include "wire/iana.h"

bool capture_is_request(const struct seen_message *m)
{
	return m->header.exchange == EXCHANGE_IKE_SA_INIT && !(m->header.flags & IKE_FLAG_RESPONSE);
}

void capture_each_syn(const struct story *s,
		      void (*each)(void *user, const struct seen_message *m,
				   const struct chain_payload *syn, unsigned count),
		      void *user)
{
	const struct reading *r = s->reading;

	/* a private type may be anybody's */
	if (!s->speaks)
		return;
	for (unsigned i = 0; i < r->messages->len; i++) {
		const struct seen_message *m = g_ptr_array_index(r->messages, i);
		const struct chain_payload *syn;
		struct chain chain;

		(void)seen_chain(r, m, &chain);
		syn = chain_find(&chain, r->syn_type);
		if (syn)
			each(user, m, syn, chain_count(&chain, r->syn_type));
	}
}

void capture_nothing(const struct story *s, struct evidence *e, unsigned checked, const char *why)
{
	const GPtrArray *unread = s->reading->unread;

	if (checked)
		return;
	evidence_inconclusive(e, "%s%s", why, unread->len ? "; not everything could be read" : "");
	for (unsigned i = 0; i < unread->len; i++)
		evidence_note(e, "not read: %s", (const char *)g_ptr_array_index(unread, i));
}
