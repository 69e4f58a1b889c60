/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys with which a pool seals its stubs (wire profile rule 35), and the file that holds them. */
#ifndef IKESYNC_KEYS_SEAL_KEYS_H
#define IKESYNC_KEYS_SEAL_KEYS_H

#include "keys/key_file.h"
#include "wire/err.h"
#include "wire/span.h"

#define SEAL_KEY_SIZE 32
#define SEAL_KEYS_MAX 16

/* The pool's keys; `keys[0]` seals, all open (rotation). */
struct seal_keys {
	unsigned n;
	struct {
		uint32_t id;
		uint8_t key[SEAL_KEY_SIZE];
	} keys[SEAL_KEYS_MAX];
};

/*
 * Read a key file: lines "KEYID(hex8) KEY(hex64)", '#' comments. ERR_VALUE with the line in *line.
 * The first key seals.
 */
IKESYNC_MUST_USE enum err seal_keys_parse(struct span text, struct seal_keys *out, unsigned *line);
/*
 * Read the file at `path`, which must keep the rule of keys/key_file.h. false: `why` names file, line where there is one, and
 * reason, and `out` is empty.
 */
bool seal_keys_load(const char *path, struct seal_keys *out, char why[static KEY_FILE_WHY_MAX]);
void seal_keys_clear(struct seal_keys *k);

#endif
