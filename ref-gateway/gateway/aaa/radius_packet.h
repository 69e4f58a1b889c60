/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RADIUS packets that carry EAP (RFC 2865, RFC 3579, RFC 2548): written and read, no sockets. */
#ifndef IKESYNC_GATEWAY_RADIUS_PACKET_H
#define IKESYNC_GATEWAY_RADIUS_PACKET_H

#include "aaa/aaa_service.h"
#include "wire/cursor.h"

#define RADIUS_PACKET_MAX 4096
#define RADIUS_AUTHENTICATOR_SIZE 16

/* What an answer must fit. */
struct radius_asked {
	uint8_t id;
	uint8_t authenticator[RADIUS_AUTHENTICATOR_SIZE]; /* random */
	struct span secret;                               /* shared with the server */
	const char *nas;                                  /* NAS-Identifier, 1 to 253 octets */
};

/* An Access-Request, as the cursor's first octets. ERR_NO_SPACE, ERR_CRYPTO. */
IKESYNC_MUST_USE enum err radius_packet_write(struct wcursor *c, const struct radius_asked *asked,
					      const struct aaa_question *q);

/* What was read, and where it lies; wipe with secret_wipe(). */
struct radius_read {
	struct aaa_answer answer;
	uint8_t eap[AAA_EAP_MAX];
	uint8_t class[AAA_CLASS_MAX];
};

/*
 * Read an answer. Nothing is believed before Response Authenticator and Message-Authenticator (which RFC 3579 section 3.2 asks for with
 * EAP, and without which answers can be forged: CVE-2024-3596) are right. ERR_TRUNCATED, ERR_LENGTH, ERR_VALUE: broken;
 * ERR_NO_MATCH: to another request; ERR_MISSING: no Message-Authenticator; ERR_AUTH: not from who has the secret.
 */
IKESYNC_MUST_USE enum err radius_packet_read(struct span octets, const struct radius_asked *asked,
					     struct radius_read *out);

#endif
