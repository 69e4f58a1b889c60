/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a peer is: an address or a host name, and a port. */
#ifndef IKESYNC_PROBE_TARGET_PEER_ADDRESS_H
#define IKESYNC_PROBE_TARGET_PEER_ADDRESS_H

#include "tool/config.h"

/*
 * As config_endpoint(), but strict about what cannot be meant: port 0, and IPv6 without brackets, whose
 * last group might be the port. A host name is looked up, once, now.
 */
bool peer_address_read(struct config *c, const char *group, const char *key, uint16_t default_port,
		       struct endpoint *out, GError **error);

#endif
