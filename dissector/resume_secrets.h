/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of IKE SAs that may be resumed: SK_d and algorithms by index, and the pool's seal
 * keys. From preferences' tables, a key file, the capture's own secrets block, stubs that the
 * capture shows, and sessions that were resumed and decrypted. File scope, first pass only.
 */
#ifndef IKESYNC_RESUME_SECRETS_H
#define IKESYNC_RESUME_SECRETS_H

#include "index_body.h"
#include "resume_keys.h"
#include "seal_open.h"

enum resume_source {
	RESUME_SOURCE_TABLE,
	RESUME_SOURCE_FILE,
	RESUME_SOURCE_BLOCK,
	RESUME_SOURCE_STUB,
	RESUME_SOURCE_SESSION,
};

struct resume_secret {
	struct resume_secret *next; /* of the same SPI */
	struct index_body idx;      /* address_size 0: at any address */
	struct resume_suite suite;
	struct resume_key sk_d;
	bool has_pair;
	uint8_t spii[8], spir[8];          /* of the old SA; for the diagnosis alone */
	struct octets g_ir;                /* the same */
	const struct resume_secret *older; /* of the SA before, the same */
	enum resume_source source;
	uint32_t frame; /* stub and session: where it was */
};

/* A key of the pool; `id` as rule 35 has it. */
struct seal_key {
	struct seal_key *next;
	uint32_t id;
	uint8_t key[SEAL_KEY_SIZE];
};

/* Once, in the registration of `ikesync`; adds the preferences to its module. */
void resume_secrets_register(module_t *module);

/* Is there anything at all? Nothing need be kept for decryption else. */
bool resume_secrets_any(void);

/*
 * Copy `s` (all but next) into file scope unless it is there. `scope`d parts of `s` are copied too.
 * Returns the one kept.
 */
struct resume_secret *resume_secrets_add(const struct resume_secret *s);

/* The first that fits `idx`; go on with `after`. */
const struct resume_secret *resume_secrets_find(const struct index_body *idx,
						const struct resume_secret *after);

/* Is there any seal key? */
bool resume_seal_keys_any(void);

/* The first key with this ID; go on with `after`. */
const struct seal_key *resume_seal_key(uint32_t id, const struct seal_key *after);

extern const value_string resume_source_names[];

#endif
