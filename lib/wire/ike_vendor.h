/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vendor ID payload, RFC 7296 section 3.12, and the one of profile 1 (rule 6). */
#ifndef IKESYNC_WIRE_IKE_VENDOR_H
#define IKESYNC_WIRE_IKE_VENDOR_H

#include "wire/chain.h"
#include "wire/iana.h"

#define IKE_VENDOR_PROFILE_1 "ikesync profile 1" /* 17 octets, no NUL on the wire */

bool ike_vendor_is_profile_1(const struct chain_payload *p);
/* Is profile 1 announced anywhere in the chain? */
bool ike_vendor_find_profile_1(const struct chain *chain);
void ike_vendor_write(struct chain_writer *w, struct span id);
void ike_vendor_write_profile_1(struct chain_writer *w);

#endif
