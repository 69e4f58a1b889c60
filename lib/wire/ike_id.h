/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identification payloads, RFC 7296 section 3.5. */
#ifndef IKESYNC_WIRE_IKE_ID_H
#define IKESYNC_WIRE_IKE_ID_H

#include "wire/chain.h"
#include "wire/iana.h"

#define IKE_ID_MAX 1024

struct ike_id {
	uint8_t type;     /* enum iana_id_type */
	struct span data; /* borrowed */
};

/* ERR_TRUNCATED; ERR_LENGTH for an address ID of the wrong size or data above IKE_ID_MAX. */
IKESYNC_MUST_USE enum err ike_id_parse(const struct chain_payload *p, struct ike_id *out,
				       struct fault *fault);
/* `payload_type` is PAYLOAD_IDI or PAYLOAD_IDR. */
void ike_id_write(struct chain_writer *w, uint8_t payload_type, const struct ike_id *id);
/* Write type, 3 zero octets and data: the "rest of the ID payload" that AUTH covers (2.15). */
void ike_id_body_write(struct wcursor *c, const struct ike_id *id);
bool ike_id_equal(const struct ike_id *a, const struct ike_id *b);
/* Printable form, never longer than `cap` with NUL; other octets are escaped as \\xNN. */
const char *ike_id_text(const struct ike_id *id, char *out, size_t cap);

/* Longest text of ike_id_from_text() with its prefixes and NUL. */
#define IKE_ID_TEXT_MAX (2 * IKE_ID_MAX + 10)
/* For complaints about a text that is none of them. */
#define IKE_ID_FORMS "fqdn:NAME, email:NAME, ip:ADDRESS, keyid:HEX or dn:HEX"
/*
 * The one grammar of identities in configuration files, target files and command lines:
 *   fqdn:NAME  email:NAME   the rest of the text as it stands, at least one octet
 *   ip:ADDRESS              192.0.2.1 or 2001:db8::1, and the type with it
 *   dn:HEX  keyid:HEX       pairs of hexadecimal digits, after an optional 0x; dn is DER
 * The form's name is in lower case. The octets go to `buf`, which `out` borrows.
 * ERR_VALUE; ERR_NO_SPACE: more than `cap` or IKE_ID_MAX octets.
 */
IKESYNC_MUST_USE enum err ike_id_from_text(const char *text, uint8_t *buf, size_t cap,
					   struct ike_id *out);

#endif
