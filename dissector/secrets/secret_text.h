/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets as users write them, in tables and in key files alike. */
#ifndef IKESYNC_SECRET_TEXT_H
#define IKESYNC_SECRET_TEXT_H

#include "secrets/resume_secrets.h"

/* Exactly `n` octets of hex. */
bool secret_text_hex(const char *text, uint8_t *out, size_t n);

/*
 * The gateway's SPI, its address ("" and "*": any) and SK_d. NULL, or what is wrong; `out` must be
 * wiped in either case.
 */
const char *secret_text_sa(const char *spi, const char *at, const struct resume_suite *suite,
			   const char *sk_d, struct resume_secret *out);

/* A key ID and a seal key; the same. */
const char *secret_text_seal(const char *id, const char *key, uint32_t *out_id,
			     uint8_t out[SEAL_KEY_SIZE]);

#endif
