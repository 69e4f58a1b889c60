/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of IKE SAs that may be resumed: SK_d and algorithms by index, and the pool's seal
 * keys. From preferences' tables, a key file, the capture's own secrets block, stubs that the
 * capture shows, and sessions that were resumed and decrypted. File scope, first pass only.
 *
 * Whoever made the capture may put in as many as fit. So an index has at most RESUME_SECRETS_MAX
 * from the capture (one or two are what happens), and nothing here takes longer the more there are.
 */
#ifndef IKESYNC_RESUME_SECRETS_H
#define IKESYNC_RESUME_SECRETS_H

#include "base/index_body.h"
#include "crypto/resume_keys.h"
#include "crypto/seal_open.h"

#define RESUME_SECRETS_MAX 64
#define RESUME_G_IR_MAX 1024 /* of the largest group, 8192 bits */
#define SEAL_KEYS_MAX 16     /* with one key ID */

enum resume_source {
	RESUME_SOURCE_TABLE,
	RESUME_SOURCE_FILE,
	RESUME_SOURCE_BLOCK,
	RESUME_SOURCE_STUB,
	RESUME_SOURCE_SESSION,
};

struct resume_secret {
	struct resume_secret *next; /* of the same SPI and address */
	unsigned order;             /* which was told first */
	struct index_body idx;      /* address_size 0: at any address */
	struct resume_suite suite;
	struct resume_key sk_d;
	bool has_pair;
	uint8_t spii[8], spir[8];          /* of the old SA; for the diagnosis alone */
	struct octets g_ir;                /* the same; longer than RESUME_G_IR_MAX is left out */
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

/* Once. */
void resume_secrets_init(void);

/* Is there anything at all? Nothing need be kept for decryption else. */
bool resume_secrets_any(void);

/*
 * Copy `s` (all but next and order) into file scope unless it is there, or its index has had its
 * fill from the capture. Borrowed parts of `s` are copied too.
 */
void resume_secrets_add(const struct resume_secret *s);

/* The first that fits `idx`; go on with `after`. In the order in which they were told. */
const struct resume_secret *resume_secrets_find(const struct index_body *idx,
						const struct resume_secret *after);

/* Has the capture told more for this index than was kept? */
bool resume_secrets_dropped(const struct index_body *idx);

/* Is there any seal key? */
bool resume_seal_keys_any(void);

/* Unless it is there, or SEAL_KEYS_MAX others of its ID are, which is said once a file. */
void resume_seal_key_add(uint32_t id, const uint8_t key[SEAL_KEY_SIZE]);

/* The first key with this ID; go on with `after`. Later ones come last. */
const struct seal_key *resume_seal_key(uint32_t id, const struct seal_key *after);

extern const value_string resume_source_names[];

#endif
