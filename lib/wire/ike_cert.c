/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CERT and CERTREQ payloads. */
#include "wire/ike_cert.h"

enum err ike_cert_parse(const struct chain_payload *p, struct ike_cert *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);

	out->encoding = rcursor_u8(&c, "CERT: encoding");
	out->data = rcursor_rest(&c);
	return rcursor_finish(&c, "CERT", fault);
}

void ike_cert_write(struct chain_writer *w, uint8_t payload_type, const struct ike_cert *cert)
{
	chain_writer_begin(w, payload_type, 0);
	wcursor_u8(w->c, cert->encoding);
	wcursor_bytes(w->c, cert->data);
	chain_writer_end(w);
}
