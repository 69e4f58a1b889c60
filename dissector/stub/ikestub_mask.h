/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which octets of stub messages are secrets, or may be: the bodies of SK_d, shared secret, unknown
 * payloads and unknown attributes, payloads that do not have the length of their type, and all that
 * cannot be taken apart. Whatever a field spans is printed by PDML and JSON, whatever its text
 * says.
 */
#ifndef IKESYNC_IKESTUB_MASK_H
#define IKESYNC_IKESTUB_MASK_H

#include "base/ws_compat.h"

/* The preference: whether what is secret is shown all the same. */
extern ws_bool stub_show_secrets;

#define STUB_MASK '*'

/*
 * Each returns whether there are such octets among the `n`, and overwrites them in `copy` (of `n`
 * octets, too; may be NULL).
 */
bool stub_mask_message(const uint8_t *octets, unsigned n, uint8_t *copy);
/* Of the body of a stub: first payload, three reserved octets, payloads. */
bool stub_mask_container(const uint8_t *octets, unsigned n, uint8_t *copy);
/* Of a payload's body; `message`: it stands in a message, where stubs may be. */
bool stub_mask_payload(uint8_t type, const uint8_t *body, unsigned n, bool message, uint8_t *copy);

#endif
