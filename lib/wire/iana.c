/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the numbers in iana.h. */
#include "wire/iana.h"

#include <stddef.h>

#define UNKNOWN "unknown"
#define IANA_CASE(name, value, text) \
	case value:                  \
		return text;

/* One function per list of the header. */
#define IANA_NAME(function, LIST)        \
	const char *function(unsigned v) \
	{                                \
		switch (v) {             \
			LIST(IANA_CASE)  \
		default:                 \
			return UNKNOWN;  \
		}                        \
	}

IANA_NAME(iana_exchange_name, IANA_EXCHANGES)
IANA_NAME(iana_payload_name, IANA_PAYLOADS)
IANA_NAME(iana_protocol_name, IANA_PROTOCOLS)
IANA_NAME(iana_transform_type_name, IANA_TRANSFORM_TYPES)
IANA_NAME(iana_id_type_name, IANA_ID_TYPES)
IANA_NAME(iana_auth_method_name, IANA_AUTH_METHODS)
IANA_NAME(iana_notify_name, IANA_NOTIFIES)
IANA_NAME(iana_stub_message_name, IANA_STUB_MESSAGES)
IANA_NAME(iana_stub_status_name, IANA_STUB_STATUSES)
IANA_NAME(iana_stub_attribute_name, IANA_STUB_ATTRIBUTES)

static IANA_NAME(encr_name, IANA_ENCR)
static IANA_NAME(prf_name, IANA_PRF)
static IANA_NAME(integ_name, IANA_INTEG)
static IANA_NAME(dh_name, IANA_DH)
static IANA_NAME(esn_name, IANA_ESN)

const char *iana_transform_name(unsigned type, unsigned id)
{
	switch (type) {
	case TRANSFORM_ENCR:
		return encr_name(id);
	case TRANSFORM_PRF:
		return prf_name(id);
	case TRANSFORM_INTEG:
		return integ_name(id);
	case TRANSFORM_DH:
		return dh_name(id);
	case TRANSFORM_ESN:
		return esn_name(id);
	default:
		return UNKNOWN;
	}
}

const char *iana_stub_payload_name(unsigned v)
{
	switch (v) {
		IANA_STUB_PAYLOADS(IANA_CASE)
	case PAYLOAD_SA:
	case PAYLOAD_IDI:
	case PAYLOAD_IDR:
		return iana_payload_name(
		    v); /* a stub keeps these IKEv2 payloads and their numbers */
	default:
		return UNKNOWN;
	}
}
