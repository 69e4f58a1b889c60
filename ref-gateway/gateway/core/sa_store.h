/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where SAs are: a slab and its tables. */
#ifndef IKESYNC_GATEWAY_SA_STORE_H
#define IKESYNC_GATEWAY_SA_STORE_H

#include "core/table.h"

#define SA_HASH_SIZE 32

struct sa;
struct sa_chunk;
struct sa_store {
	struct table by_spi;
	struct table by_identity;
	struct table_key key;
	struct sa_chunk *chunks;
	struct sa *free_list;
};

#endif
