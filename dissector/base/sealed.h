/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes and places in a sealed stub, the body of payload 208 (rule 35), in octets. */
#ifndef IKESYNC_SEALED_H
#define IKESYNC_SEALED_H

#define SEAL_VERSION 1
#define SEAL_KEY_ID_AT 1
#define SEAL_SALT_AT 5
#define SEAL_SALT_SIZE 32
#define SEAL_EXPIRY_AT 37
#define SEAL_EXPIRY_SIZE 8
#define SEAL_CLEAR_SIZE 45 /* version, key ID, salt, expiry */
#define SEAL_TAG_SIZE 16
#define SEAL_PLAIN_MIN 4 /* First Payload, RESERVED */
#define SEAL_MIN_SIZE (SEAL_CLEAR_SIZE + SEAL_PLAIN_MIN + SEAL_TAG_SIZE)

#endif
