/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between a record's octets and what may be known of it: checks, encryption at rest, the lifetime left. */
#ifndef IKESYNC_BANK_STORE_VAULT_H
#define IKESYNC_BANK_STORE_VAULT_H

#include "atrest.h"
#include "rules.h"

struct vault {
	const char *name; /* of the store, for the log; borrowed */
	bool has_key;
	uint8_t key[ATREST_KEY_SIZE];
};

/* `key` NULL: there are no clear stubs. It is copied. */
void vault_init(struct vault *v, const char *name, const uint8_t *key);
/* Wipe the key. */
void vault_clear(struct vault *v);

/* What a record that was found says; a damaged one is logged. Borrows from `value`. */
void vault_view(const struct vault *v, const struct index *ix, struct span value,
		struct rules_view *view);

/*
 * The container of a live record as it is to be returned: decrypted, with the remaining lifetime in
 * it. NULL (and a log line) when what is stored is not sound.
 */
GBytes *vault_open(const struct vault *v, const struct record *rec, const struct index *ix,
		   uint64_t now);

/* Answer a get from what is held under its index. */
void vault_get(const struct vault *v, struct store_op *op, const struct rules_view *view,
	       uint64_t now);

/* Octets that vault_write() needs at most. */
size_t vault_room(const struct record *r, bool encrypt);
/* Write a record, the container of a live one encrypted where `encrypt`. Empty: it cannot be. */
struct span vault_write(const struct vault *v, const struct index *ix, const struct record *record,
			bool encrypt, uint8_t *out, size_t room);

#endif
