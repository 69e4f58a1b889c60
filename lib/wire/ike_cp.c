/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration payloads. */
#include "wire/ike_cp.h"

#define ATTRIBUTE_TYPE_MASK 0x7fff /* the top bit is RESERVED */

/* RFC 7296 3.15.1: those with a fixed size may also be empty, in a request. */
static bool length_fits(uint16_t type, size_t n)
{
	switch (type) {
	case IKE_CP_INTERNAL_IP4_ADDRESS:
	case IKE_CP_INTERNAL_IP4_NETMASK:
	case IKE_CP_INTERNAL_IP4_DNS:
		return n == 0 || n == 4;
	case IKE_CP_INTERNAL_IP6_ADDRESS:
		return n == 0 || n == 17;
	default:
		return true;
	}
}

static void parse_attribute(struct rcursor *c, struct ike_cp_attribute *a)
{
	uint16_t n;
	size_t at;

	a->type = rcursor_u16(c, "CP: attribute type") & ATTRIBUTE_TYPE_MASK;
	at = rcursor_offset(c);
	n = rcursor_u16(c, "CP: attribute length");
	if (rcursor_ok(c) && !length_fits(a->type, n))
		rcursor_fail_at(c, ERR_LENGTH, "CP: attribute length does not fit the type", at);
	a->value = rcursor_bytes(c, n, "CP: attribute value");
}

enum err ike_cp_parse(const struct chain_payload *p, struct ike_cp *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);

	out->n = 0;
	out->type = rcursor_u8(&c, "CP: CFG Type");
	(void)rcursor_bytes(&c, 3, "CP: RESERVED");
	while (rcursor_left(&c) != 0) {
		if (out->n == IKE_CP_MAX) {
			rcursor_fail(&c, ERR_TOO_MANY, "CP: more than 32 attributes");
			break;
		}
		parse_attribute(&c, &out->at[out->n]);
		if (rcursor_ok(&c))
			out->n++;
	}
	return rcursor_finish(&c, "CP", fault);
}

void ike_cp_write(struct chain_writer *w, const struct ike_cp *cp)
{
	if (cp->n > IKE_CP_MAX) {
		wcursor_fail(w->c, ERR_TOO_MANY);
		return;
	}
	chain_writer_begin(w, PAYLOAD_CP, 0);
	wcursor_u8(w->c, cp->type);
	wcursor_uint(w->c, 3, 0);
	for (unsigned i = 0; i < cp->n; i++) {
		const struct ike_cp_attribute *a = &cp->at[i];

		if (a->value.n > UINT16_MAX)
			wcursor_fail(w->c, ERR_LENGTH);
		wcursor_u16(w->c, a->type & ATTRIBUTE_TYPE_MASK);
		wcursor_u16(w->c, (uint16_t)a->value.n);
		wcursor_bytes(w->c, a->value);
	}
	chain_writer_end(w);
}
