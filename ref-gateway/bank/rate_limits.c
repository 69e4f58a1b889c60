/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Token buckets, one a gateway. */
#include "rate_limits.h"

#include "tool/log.h"

/* Gateways are few; beyond this many names somebody plays games, and all start afresh. */
#define RATE_LIMITS_GATEWAYS_MAX 4096

struct bucket {
	uint64_t milli; /* thousandths of a token */
	uint64_t filled_ms;
	uint64_t logged_ms;
	uint64_t refused;
};

struct rate_limits {
	const char *what;
	uint64_t per_second;
	GHashTable *buckets;
};

struct rate_limits *rate_limits_new(const char *what, uint64_t per_second)
{
	struct rate_limits *r = g_new0(struct rate_limits, 1);

	r->what = what;
	r->per_second = per_second;
	r->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return r;
}

void rate_limits_set(struct rate_limits *r, uint64_t per_second)
{
	r->per_second = per_second;
}

void rate_limits_free(struct rate_limits *r)
{
	if (!r)
		return;
	g_hash_table_unref(r->buckets);
	g_free(r);
}

bool rate_limits_take(struct rate_limits *r, const char *who, uint64_t now_ms)
{
	struct bucket *b;

	if (!r || !r->per_second)
		return true;
	b = g_hash_table_lookup(r->buckets, who);
	if (!b) {
		if (g_hash_table_size(r->buckets) >= RATE_LIMITS_GATEWAYS_MAX)
			g_hash_table_remove_all(r->buckets);
		b = g_new0(struct bucket, 1);
		b->milli = r->per_second * 1000;
		b->filled_ms = now_ms;
		g_hash_table_insert(r->buckets, g_strdup(who), b);
	}
	if (now_ms - b->filled_ms >= 1000)
		b->milli = r->per_second * 1000;
	else
		b->milli =
		    MIN(b->milli + (now_ms - b->filled_ms) * r->per_second, r->per_second * 1000);
	b->filled_ms = now_ms;
	if (b->milli >= 1000) {
		b->milli -= 1000;
		return true;
	}
	b->refused++;
	if (b->refused == 1 || now_ms - b->logged_ms >= 1000) {
		log_warning("%s: more than %" G_GUINT64_FORMAT " %s a second; %" G_GUINT64_FORMAT
			    " refused so far",
			    who, r->per_second, r->what, b->refused);
		b->logged_ms = now_ms;
	}
	return false;
}
