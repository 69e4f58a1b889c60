/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/delete.h"

#define GOODBYE_MS 300

static void write_delete(struct inner *in)
{
	const struct ike_delete d = { .protocol = PROTOCOL_IKE };

	inner_init(in);
	ike_delete_write(&in->w, &d);
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
	struct protected_answer a = { 0 };
	struct inner in;
	GByteArray *request;

	write_delete(&in);
	request = protected_seal(c, EXCHANGE_INFORMATIONAL, 0, c->next_id, &in);
	c->live = false;
	if (!request)
		return;
	protected_send(c, request, EXCHANGE_INFORMATIONAL, c->next_id++, GOODBYE_MS, true, &a);
	protected_answer_clear(&a);
	g_byte_array_unref(request);
}
