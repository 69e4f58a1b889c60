/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deleting an IKE SA, in earnest or in passing. */
#include "client/delete.h"

#include "ike/ike_inform.h"

/* How long an answer to a Delete in passing is worth waiting for: three sent in all, where the network
 * loses them. */
#define GOODBYE_RETRANSMITS 7

static void write_delete(struct inner *in)
{
	inner_init(in);
	ike_inform_delete(&in->in);
}

bool delete_ike(struct client *c)
{
	struct protected_answer a;
	struct inner in;
	bool ok;

	write_delete(&in);
	protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a);
	ok = protected_accepted(c, &a, "Delete of the IKE SA");
	protected_answer_clear(&a);
	c->live = false;
	return ok;
}

void delete_goodbye(struct client *c)
{
	const struct target_timers *t = &c->probe->target->timers;
	struct protected_answer a = { 0 };
	const uint32_t id = ike_window_ask(&c->sa.window);
	struct inner in;
	GByteArray *request;

	write_delete(&in);
	request = protected_seal(c, EXCHANGE_INFORMATIONAL, 0, id, &in);
	c->live = false;
	if (!request)
		return;
	protected_send(c, request, EXCHANGE_INFORMATIONAL, id,
		       MIN(GOODBYE_RETRANSMITS * t->retransmit, t->answer), false, &a);
	protected_answer_clear(&a);
	g_byte_array_unref(request);
}
