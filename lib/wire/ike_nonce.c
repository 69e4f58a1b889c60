/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nonce payloads. */
#include "wire/ike_nonce.h"

enum err ike_nonce_parse(const struct chain_payload *p, struct span *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);

	if (p->body.n < IKE_NONCE_MIN)
		rcursor_fail(&c, ERR_LENGTH, "Nonce: shorter than 16 octets");
	else if (p->body.n > IKE_NONCE_MAX)
		rcursor_fail(&c, ERR_LENGTH, "Nonce: longer than 256 octets");
	*out = rcursor_rest(&c);
	return rcursor_finish(&c, "Nonce", fault);
}

void ike_nonce_write(struct chain_writer *w, struct span nonce)
{
	chain_writer_payload(w, PAYLOAD_NONCE, 0, nonce);
}
