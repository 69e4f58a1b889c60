/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A UDP or TCP endpoint: address and port. */
#ifndef IKESYNC_NET_ENDPOINT_H
#define IKESYNC_NET_ENDPOINT_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "wire/index.h"

struct endpoint {
	struct address address;
	uint16_t port; /* host order */
};

/* "192.0.2.1:500", "[2001:db8::1]:500"; without a port `default_port`. ERR_VALUE. */
IKESYNC_MUST_USE enum err endpoint_from_text(const char *text, uint16_t default_port,
					     struct endpoint *out);
#define ENDPOINT_TEXT_MAX (ADDRESS_TEXT_MAX + 8)
const char *endpoint_text(const struct endpoint *e, char out[static ENDPOINT_TEXT_MAX]);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out);
/* v4-mapped addresses become IPv4. false for another family. */
bool endpoint_from_sockaddr(const struct sockaddr_storage *sa, struct endpoint *out);

#endif
