/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH payloads. */
#include "wire/ike_auth.h"

enum err ike_auth_parse(const struct chain_payload *p, struct ike_auth *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);

	out->method = rcursor_u8(&c, "AUTH: method");
	(void)rcursor_bytes(&c, 3, "AUTH: RESERVED");
	out->data = rcursor_rest(&c);
	return rcursor_finish(&c, "AUTH", fault);
}

void ike_auth_write(struct chain_writer *w, const struct ike_auth *auth)
{
	chain_writer_begin(w, PAYLOAD_AUTH, 0);
	wcursor_u8(w->c, auth->method);
	wcursor_uint(w->c, 3, 0);
	wcursor_bytes(w->c, auth->data);
	chain_writer_end(w);
}
