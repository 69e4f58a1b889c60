/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overwriting secrets in copies of messages, for who did not ask to see them. */
#ifndef IKESYNC_IKESTUB_MASK_H
#define IKESYNC_IKESTUB_MASK_H

#include "ws_compat.h"

#define STUB_MASK '*'

/*
 * Overwrite the bodies of SK_d, shared secret and unknown payloads in the message of `n` octets,
 * and all that cannot be taken apart. Returns whether there was anything to overwrite.
 */
bool stub_mask_message(uint8_t *octets, unsigned n);
/* The same in the body of a stub: first payload, three reserved octets, payloads. */
bool stub_mask_container(uint8_t *octets, unsigned n);

#endif
