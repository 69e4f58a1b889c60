/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What SK and SKF payloads hold before they are opened. */
#include "wire/ike_sk.h"

enum err ike_skf_parse(const struct chain_payload *p, struct ike_skf *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);

	out->number = rcursor_u16(&c, "SKF: Fragment Number");
	out->total = rcursor_u16(&c, "SKF: Total Fragments");
	if (rcursor_ok(&c) && (out->number == 0 || out->number > out->total))
		rcursor_fail_at(&c, ERR_VALUE, "SKF: Fragment Number is not within 1 and the total",
				p->offset + CHAIN_PAYLOAD_HEADER_SIZE);
	out->rest = rcursor_rest(&c);
	return rcursor_finish(&c, "SKF", fault);
}
