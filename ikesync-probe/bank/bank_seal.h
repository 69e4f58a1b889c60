/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing of any octets as a stub (wire profile rule 35), right or with one thing wrong. */
#ifndef IKESYNC_PROBE_BANK_BANK_SEAL_H
#define IKESYNC_PROBE_BANK_BANK_SEAL_H

#include <glib.h>

#include "keys/seal_keys.h"
#include "wire/stub_container.h"

/*
 * The body of payload 208 that holds `plaintext`, sealed with keys[0] for `index`, `expiry` in clear.
 * NULL: the cipher refuses. To be unreferenced.
 */
GBytes *bank_seal(const struct seal_keys *keys, const struct index *index, uint64_t expiry,
		  struct span plaintext);

#endif
