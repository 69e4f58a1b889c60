/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vendor IDs, and that of profile 1. */
#include "wire/ike_vendor.h"

bool ike_vendor_is_profile_1(const struct chain_payload *p)
{
	return p->type == PAYLOAD_VENDOR && span_equal(p->body, span_text(IKE_VENDOR_PROFILE_1));
}

bool ike_vendor_find_profile_1(const struct chain *chain)
{
	for (unsigned i = 0; i < chain->n; i++)
		if (ike_vendor_is_profile_1(&chain->at[i]))
			return true;
	return false;
}

void ike_vendor_write(struct chain_writer *w, struct span id)
{
	chain_writer_payload(w, PAYLOAD_VENDOR, 0, id);
}

void ike_vendor_write_profile_1(struct chain_writer *w)
{
	ike_vendor_write(w, span_text(IKE_VENDOR_PROFILE_1));
}
