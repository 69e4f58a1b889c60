/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank's configuration file. */
#ifndef IKESYNC_BANK_CONFIG_H
#define IKESYNC_BANK_CONFIG_H

#include "audit.h"
#include "store/atrest.h"
#include "store/engine_redis.h"
#include "store/engine_rocksdb.h"
#include "keys/key_file.h"
#include "net/channel.h"
#include "net/channel_tls.h"
#include "tool/config.h"

struct bank_settings {
	struct endpoint listen;
	bool has_plain;
	struct endpoint plain_listen;
	struct channel_identity plain_identity; /* given to whoever comes by plain TCP */
	struct channel_tls_files tls;
	bool on_redis; /* else RocksDB */
	struct engine_rocksdb_settings rocksdb;
	struct engine_redis_settings redis; /* access.tls is made by redis_config_tls() */
	bool redis_has_tls;
	struct channel_tls_files redis_tls;
	struct key_file redis_password;
	const char *user;
	const char *control;       /* path of a socket; NULL: none */
	const char *control_group; /* who may use it; NULL: ours */
	struct audit_settings audit;
	bool allow_unsealed;
	bool move_notices; /* tell the old owner of a move */
	bool has_rest_key;
	uint8_t rest_key[ATREST_KEY_SIZE];
	uint64_t max_stubs;
	uint64_t max_stub_size;
	uint64_t max_connections;
	uint64_t max_connections_per_gateway; /* of one certificate */
	uint64_t memory;                      /* octets, of all connections together */
	uint64_t stall_timeout_ms;
	uint64_t idle_timeout_ms;
	uint64_t max_tombstones;
	uint64_t lifetime_cap; /* seconds */
	uint64_t compact_interval_ms;
	uint64_t clock_settle_ms;
	uint64_t gets_per_second;
	uint64_t moves_per_second;
	uint64_t inits_per_second;
	uint64_t deletes_per_second;
	size_t n_prefetch_allow;
	struct address prefetch_allow[CHANNEL_ADDRESSES_MAX];
};

/* Defaults, for tests that need no file. */
void bank_config_defaults(struct bank_settings *out);
/* Strings in `out` live as long as `c`. false and a GError with file, line, group and key. */
bool bank_config_read(struct config *c, struct bank_settings *out, GError **error);
/* Wipe the keys. */
void bank_config_clear(struct bank_settings *s);

#endif
