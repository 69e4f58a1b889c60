/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP payloads. */
#include "wire/ike_eap.h"

#define EAP_REQUEST 1
#define EAP_RESPONSE 2
#define EAP_FAILURE 4
#define EAP_HEADER 4

static bool has_type(uint8_t code)
{
	return code == EAP_REQUEST || code == EAP_RESPONSE;
}

enum err ike_eap_parse(const struct chain_payload *p, struct ike_eap *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);
	size_t at = rcursor_offset(&c);
	uint16_t length;

	out->code = rcursor_u8(&c, "EAP: code");
	out->identifier = rcursor_u8(&c, "EAP: identifier");
	length = rcursor_u16(&c, "EAP: length");
	if (rcursor_ok(&c) && (out->code < EAP_REQUEST || out->code > EAP_FAILURE))
		rcursor_fail_at(&c, ERR_VALUE, "EAP: code is not 1 to 4", at);
	if (rcursor_ok(&c) && length != p->body.n)
		rcursor_fail_at(&c, ERR_LENGTH, "EAP: length is not that of the payload", at + 2);
	out->type = 0;
	if (has_type(out->code))
		out->type = rcursor_u8(&c, "EAP: type");
	else if (rcursor_ok(&c) && length != EAP_HEADER)
		rcursor_fail_at(&c, ERR_LENGTH, "EAP: success or failure with data", at + 2);
	out->data = rcursor_rest(&c);
	return rcursor_finish(&c, "EAP", fault);
}

void ike_eap_write(struct chain_writer *w, const struct ike_eap *eap)
{
	size_t length = EAP_HEADER + (has_type(eap->code) ? 1 + eap->data.n : 0);

	if (length > UINT16_MAX)
		wcursor_fail(w->c, ERR_NO_SPACE);
	chain_writer_begin(w, PAYLOAD_EAP, 0);
	wcursor_u8(w->c, eap->code);
	wcursor_u8(w->c, eap->identifier);
	wcursor_u16(w->c, (uint16_t)length);
	if (has_type(eap->code)) {
		wcursor_u8(w->c, eap->type);
		wcursor_bytes(w->c, eap->data);
	}
	chain_writer_end(w);
}
