/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The peer's requests, one at a time: each is answered once, and repeated octets get the same answer. */
#include "core/window_theirs.h"

#include <glib.h>

#include "core/sa.h"
#include "core/services.h"

bool window_theirs_accept(struct sa *sa, const struct gateway_message *m)
{
	uint8_t hash[SA_HASH_SIZE];

	if (m->header.message_id == sa->expected)
		return true;
	/*
	 * Only the very same octets get the answer again: nobody but who saw the request can have
	 * it repeated, and that without a MAC computed for it.
	 */
	if (m->header.message_id + 1 != sa->expected || !sa->last_response)
		return false;
	services_hash(m->octets, hash);
	if (memcmp(hash, sa->last_request, SA_HASH_SIZE) != 0)
		return false;
	sa->gateway->counters.retransmissions++;
	services_send_all(sa->gateway, m->path, span_of(sa->last_response, sa->last_response_n));
	return false;
}

void window_theirs_answer(struct sa *sa, const struct gateway_path *to,
			  const uint8_t hash[static SA_HASH_SIZE], struct span messages)
{
	g_free(sa->last_response);
	sa->last_response = g_memdup2(messages.p, messages.n);
	sa->last_response_n = messages.n;
	memcpy(sa->last_request, hash, SA_HASH_SIZE);
	sa->expected++;
	services_send_all(sa->gateway, to, messages);
}
