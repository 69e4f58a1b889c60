/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Token buckets, found by the hash of a prefix. */
#include "core/ration.h"

#include "core/services.h"
#include "core/source.h"

bool ration_take(struct gateway *g, const struct address *source, uint32_t per_second)
{
	const struct source_key k = source_prefix(source);
	uint64_t hash = table_hash(&g->hash_key, SPAN_OF(k.octets));

	return services_bucket_take(g, &g->rations[hash % RATIONS], per_second);
}
