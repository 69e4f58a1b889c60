/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which octets of stub messages are or may be secrets, and masking them. */
#include "stub/ikestub_mask.h"

#include "stub/ikestub_fields.h"
#include "base/index_body.h"
#include "base/payload_walk.h"
#include "base/sealed.h"

ws_bool stub_show_secrets = FALSE;

static bool mask(unsigned n, uint8_t *copy)
{
	if (copy)
		memset(copy, STUB_MASK, n);
	return n != 0;
}

/* What the details pane takes apart, and finds no secret in. */
static bool harmless(uint8_t type, const uint8_t *body, unsigned n)
{
	switch (type) {
	case PL_INDEX:
		return n == INDEX_IP4_SIZE || n == INDEX_IP6_SIZE;
	case PL_LIFETIME:
	case PL_TRANSACTION:
		return n == 4;
	case PL_SPI_PAIR:
		return n == 16;
	case PL_STATUS:
	case PL_IDI:
	case PL_IDR:
		return n >= 4;
	case PL_SEALED:
		return n >= SEAL_MIN_SIZE;
	case PL_SA:
		return true;
	case PL_ATTRIBUTE:
		return n >= 2 && body[0] == 0 && body[1] >= ATTR_ROLE && body[1] <= ATTR_AAA_CLASS;
	default:
		return false;
	}
}

bool stub_mask_payload(uint8_t type, const uint8_t *body, unsigned n, bool message, uint8_t *copy)
{
	if (type == PL_STUB && message)
		return stub_mask_container(body, n, copy);
	return !harmless(type, body, n) && mask(n, copy);
}

static bool mask_chain(const uint8_t *octets, unsigned n, bool message, uint8_t *copy)
{
	struct payload_walk w = payload_walk_in(octets, 0, n);
	bool masked = false;

	if (n < PAYLOAD_FIRST_SIZE)
		return mask(n, copy);
	while (payload_next(&w))
		masked |=
		    stub_mask_payload(w.type, octets + payload_body(&w), payload_body_length(&w),
				      message, copy ? copy + payload_body(&w) : NULL);
	/* Whatever was meant to follow, it is in what is left. */
	return mask(n - w.at, copy ? copy + w.at : NULL) || masked;
}

bool stub_mask_container(const uint8_t *octets, unsigned n, uint8_t *copy)
{
	return mask_chain(octets, n, false, copy);
}

bool stub_mask_message(const uint8_t *octets, unsigned n, uint8_t *copy)
{
	return mask_chain(octets, n, true, copy);
}
