/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ikestub_mask.h"

#include "ikestub_fields.h"

#define PAYLOAD_HEADER 4

static bool mask(uint8_t *octets, unsigned n)
{
	memset(octets, STUB_MASK, n);
	return n != 0;
}

/* Types that are known, and known not to be secret. */
static bool harmless(uint8_t type)
{
	return type != PL_SK_D && type != PL_SHARED_SECRET &&
	       try_val_to_str(type, stub_payload_names);
}

static bool mask_chain(uint8_t *octets, unsigned n, uint8_t next, bool message)
{
	bool masked = false;

	while (next != 0) {
		unsigned length = n < PAYLOAD_HEADER ? 0 : (unsigned)octets[2] << 8 | octets[3];
		uint8_t type = next;

		if (length < PAYLOAD_HEADER || length > n)
			break; /* whatever it was, it is in what is left */
		next = octets[0];
		if (type == PL_STUB && message)
			masked |=
			    stub_mask_container(octets + PAYLOAD_HEADER, length - PAYLOAD_HEADER);
		else if (!harmless(type) || type == PL_STUB)
			masked |= mask(octets + PAYLOAD_HEADER, length - PAYLOAD_HEADER);
		octets += length;
		n -= length;
	}
	return mask(octets, n) || masked;
}

bool stub_mask_container(uint8_t *octets, unsigned n)
{
	if (n < PAYLOAD_HEADER)
		return mask(octets, n);
	return mask_chain(octets + PAYLOAD_HEADER, n - PAYLOAD_HEADER, octets[0], false);
}

bool stub_mask_message(uint8_t *octets, unsigned n)
{
	if (n < PAYLOAD_HEADER)
		return mask(octets, n);
	return mask_chain(octets + PAYLOAD_HEADER, n - PAYLOAD_HEADER, octets[0], true);
}
