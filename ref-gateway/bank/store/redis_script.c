/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lua that runs inside a Redis, and its hashes. */
#include "redis_script.h"

#include <glib.h>

static const char *const texts[REDIS_SCRIPTS] = {
	[REDIS_SWAP] =
	    "for i = 1, #KEYS / 2 do "
	    "if (redis.call('GET', KEYS[2 * i - 1]) or '') ~= ARGV[3 * i - 1] then return 0 end "
	    "end "
	    "for i = 1, #KEYS / 2 do "
	    "redis.call('SET', KEYS[2 * i - 1], ARGV[3 * i]) "
	    "if ARGV[3 * i - 1] == '' then redis.call('ZADD', KEYS[2 * i], 0, ARGV[3 * i - 2]) end "
	    "end "
	    "return 1",
	[REDIS_DECIDE] = "if redis.call('EXISTS', KEYS[3]) == 1 then return 2 end "
			 "local v = redis.call('GET', KEYS[1]) or '' "
			 "if v ~= ARGV[2] then return string.byte(v, 1) == 255 and 10 or 0 end "
			 "redis.call('SET', KEYS[1], ARGV[3]) "
			 "redis.call('SET', KEYS[3], 'c') "
			 "return 1",
	/* Two days: longer than any command is under way, and than any stub lives. */
	[REDIS_ABORT] = "local d = redis.call('GET', KEYS[1]) "
			"if not d then d = 'a' redis.call('SET', KEYS[1], d, 'EX', 172800) end "
			"return d",
	[REDIS_PAGE] =
	    "local m = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], '+', 'LIMIT', 0, ARGV[3]) "
	    "local out = {} "
	    "for i = 1, #m do "
	    "out[2 * i - 1] = m[i] "
	    "out[2 * i] = redis.call('GET', ARGV[1] .. m[i]) "
	    "end "
	    "return out",
	[REDIS_DROP] = "if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end "
		       "redis.call('DEL', KEYS[1]) "
		       "redis.call('ZREM', KEYS[2], ARGV[1]) "
		       "return 1",
};

const char *redis_script_text(enum redis_script script)
{
	return texts[script];
}

const char *redis_script_sha(enum redis_script script)
{
	static char *shas[REDIS_SCRIPTS];
	static gsize once;

	if (g_once_init_enter(&once)) {
		for (unsigned i = 0; i < REDIS_SCRIPTS; i++)
			shas[i] = g_compute_checksum_for_string(G_CHECKSUM_SHA1, texts[i], -1);
		g_once_init_leave(&once, 1);
	}
	return shas[script];
}
