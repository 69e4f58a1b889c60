/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway that a client is sent to: data of N(REDIRECT), RFC 5685 section 8. */
#ifndef IKESYNC_WIRE_IKE_REDIRECT_H
#define IKESYNC_WIRE_IKE_REDIRECT_H

#include "wire/index.h"

enum ike_redirect_type {
	IKE_REDIRECT_IPV4 = 1,
	IKE_REDIRECT_IPV6 = 2,
	IKE_REDIRECT_FQDN = 3,
};

#define IKE_REDIRECT_NAME_MAX 255

/* All zero: to nobody. */
struct ike_redirect {
	uint8_t type; /* enum ike_redirect_type */
	uint8_t n;
	uint8_t name[IKE_REDIRECT_NAME_MAX]; /* an address, or a name of printable ASCII; no NUL */
};

/*
 * What follows, the nonce of IKE_SA_INIT, is left alone. ERR_TRUNCATED, ERR_LENGTH (of an address, or an empty name), ERR_VALUE: an
 * unknown type, or octets that no name has.
 */
IKESYNC_MUST_USE enum err ike_redirect_parse(struct span data, struct ike_redirect *out,
					     struct fault *fault);
void ike_redirect_write(struct wcursor *c, const struct ike_redirect *r);
/* An address, or else a name. ERR_VALUE. */
IKESYNC_MUST_USE enum err ike_redirect_from_text(const char *text, struct ike_redirect *out);
#define IKE_REDIRECT_TEXT_MAX (IKE_REDIRECT_NAME_MAX + 1)
const char *ike_redirect_text(const struct ike_redirect *r, char out[static IKE_REDIRECT_TEXT_MAX]);
/* The address in it; family 0: it is a name. */
struct address ike_redirect_address(const struct ike_redirect *r);

#endif
