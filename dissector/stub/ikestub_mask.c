/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which octets of stub messages are or may be secrets, and masking them. */
#include "stub/ikestub_mask.h"

#include "stub/ikestub_fields.h"
#include "base/index_body.h"

#define PAYLOAD_HEADER 4
#define SEALED_MIN 65 /* header, the plaintext's first four octets, tag */

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
		return n >= SEALED_MIN;
	case PL_SA:
		return true;
	case PL_ATTRIBUTE:
		return n >= 2 && body[0] == 0 && body[1] >= ATTR_ROLE &&
		       body[1] <= ATTR_PEER_FEATURES;
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

static bool mask_chain(const uint8_t *octets, unsigned n, uint8_t next, bool message, uint8_t *copy)
{
	bool masked = false;

	while (next != 0 && n >= PAYLOAD_HEADER) {
		unsigned length = (unsigned)octets[2] << 8 | octets[3];

		if (length < PAYLOAD_HEADER || length > n)
			break; /* whatever it was, it is in what is left */
		masked |= stub_mask_payload(next, octets + PAYLOAD_HEADER, length - PAYLOAD_HEADER,
					    message, copy ? copy + PAYLOAD_HEADER : NULL);
		next = octets[0];
		octets += length;
		copy = copy ? copy + length : NULL;
		n -= length;
	}
	return mask(n, copy) || masked;
}

bool stub_mask_container(const uint8_t *octets, unsigned n, uint8_t *copy)
{
	if (n < PAYLOAD_HEADER)
		return mask(n, copy);
	return mask_chain(octets + PAYLOAD_HEADER, n - PAYLOAD_HEADER, octets[0], false,
			  copy ? copy + PAYLOAD_HEADER : NULL);
}

bool stub_mask_message(const uint8_t *octets, unsigned n, uint8_t *copy)
{
	if (n < PAYLOAD_HEADER)
		return mask(n, copy);
	return mask_chain(octets + PAYLOAD_HEADER, n - PAYLOAD_HEADER, octets[0], true,
			  copy ? copy + PAYLOAD_HEADER : NULL);
}
