/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites as text, in the notation of strongSwan's proposals; comes with suite.h. */
#ifndef IKESYNC_KEYS_SUITE_TEXT_H
#define IKESYNC_KEYS_SUITE_TEXT_H

#include <stddef.h>

#include "wire/err.h"

struct suite;
struct suite_esp;

/* Read "aes128-sha256-x25519", "aes256gcm16-prfsha384-ecp256", "chacha20poly1305-prfsha256-modp2048". ERR_VALUE. */
IKESYNC_MUST_USE enum err suite_from_text(const char *text, struct suite *out);
/* Write the same notation. */
const char *suite_text(const struct suite *s, char *out, size_t cap);
/* The words of that notation, by kind; NULL: no such one. Static. */
enum suite_word { SUITE_WORD_ENCRYPTION, SUITE_WORD_HASH, SUITE_WORD_GROUP };
const char *suite_word(enum suite_word kind, size_t i);
IKESYNC_MUST_USE enum err suite_esp_from_text(const char *text, struct suite_esp *out);
const char *suite_esp_text(const struct suite_esp *s, char *out, size_t cap);

#endif
