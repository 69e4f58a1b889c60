/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who counts as one sender: an address, and the prefix around it. */
#ifndef IKESYNC_GATEWAY_SOURCE_H
#define IKESYNC_GATEWAY_SOURCE_H

#include "wire/index.h"

/* Family, how many of the octets count, and these. Two are the same when all octets are. */
#define SOURCE_KEY_SIZE 10
struct source_key {
	uint8_t octets[SOURCE_KEY_SIZE];
};

/* The address; of an IPv6 one the /64, for whoever has one address there has all. */
struct source_key source_address(const struct address *a);
/* The /24 or /56 of it: what one subscriber line or one small site has. */
struct source_key source_prefix(const struct address *a);

#endif
