/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a record is called in a Redis: PREFIX:{ADDRESS}:SPI, so that all of a gateway's are in one slot of a cluster; and
 * PREFIX:{ADDRESS}:all, the sorted set of its SPIs. Text, for whoever looks with redis-cli.
 */
#ifndef IKESYNC_BANK_STORE_REDIS_KEY_H
#define IKESYNC_BANK_STORE_REDIS_KEY_H

#include "record.h"

#define REDIS_KEY_MAX 160
#define REDIS_SLOTS 16384
#define REDIS_MEMBER 16

struct redis_key {
	char record[REDIS_KEY_MAX]; /* ends with the SPI */
	char index[REDIS_KEY_MAX];
	size_t record_n, index_n;
	unsigned slot; /* of a cluster */
};

/* Of what stands between the braces. */
unsigned redis_key_slot(struct span tag);

/* false: `key` is none of a record. */
bool redis_key_of(const char *prefix, const struct record_key *key, struct redis_key *out);
/* The same of a gateway's address alone: `record` ends before the SPI. */
bool redis_key_of_gateway(const char *prefix, const struct record_key *gateway,
			  struct redis_key *out);
/* The member of the index: the SPI, 16 hexadecimal digits. */
struct span redis_key_member(const struct redis_key *k);
/* A gateway's record_key_prefix(), out of the name of its index. */
bool redis_key_gateway(const char *prefix, struct span index, struct record_key *out);
/* A record's key, out of its gateway's and the member. */
bool redis_key_join(const struct record_key *gateway, struct span member, struct record_key *out);

#endif
