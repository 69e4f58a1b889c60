/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KE payloads, and the group that INVALID_KE_PAYLOAD asks for. */
#include "wire/ike_ke.h"

enum err ike_ke_parse(const struct chain_payload *p, struct ike_ke *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);

	out->group = rcursor_u16(&c, "KE: D-H group number");
	(void)rcursor_u16(&c, "KE: RESERVED");
	out->data = rcursor_rest(&c);
	return rcursor_finish(&c, "KE", fault);
}

void ike_ke_write(struct chain_writer *w, uint16_t group, struct span data)
{
	chain_writer_begin(w, PAYLOAD_KE, 0);
	wcursor_u16(w->c, group);
	wcursor_u16(w->c, 0);
	wcursor_bytes(w->c, data);
	chain_writer_end(w);
}

struct ike_ke_wanted ike_ke_wanted(uint16_t group)
{
	return (struct ike_ke_wanted){ { (uint8_t)(group >> 8), (uint8_t)group } };
}

enum err ike_ke_wanted_parse(struct span data, uint16_t *group)
{
	struct rcursor c = rcursor_init(data, NULL);

	*group = rcursor_u16(&c, "INVALID_KE_PAYLOAD: D-H group number");
	return data.n == 2 ? c.fault.err : ERR_LENGTH;
}
