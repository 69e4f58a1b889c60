/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors of a Redis by their first word. */
#include "redis_trouble.h"

#include <glib.h>

#include "tool/log.h"

static void tell(const struct redis_reply *reply, const char *name)
{
	static gint64 told_second = -1;
	gint64 now = g_get_monotonic_time() / G_USEC_PER_SEC;

	if (now == told_second)
		return;
	told_second = now;
	if (reply->kind == REDIS_ERROR)
		log_error("store %s: %.*s", name, (int)MIN(reply->text.n, 200),
			  (const char *)reply->text.p);
	else
		log_error("store %s: a reply of the wrong kind", name);
}

enum engine_result redis_trouble(const struct redis_reply *reply, const char *name)
{
	/* What ends by itself, or with another server. */
	static const char *const passing[] = {
		"READONLY",   "NOSCRIPT",    "LOADING",  "MASTERDOWN",
		"NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED",
		"BUSY",       "MOVED",       "ASK",      "ERR max number of clients"
	};

	if (!reply)
		return ENGINE_BUSY;
	if (reply->kind != REDIS_ERROR) {
		tell(reply, name);
		return ENGINE_FAILED;
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(passing); i++) {
		if (redis_reply_begins(reply, passing[i]))
			return ENGINE_BUSY;
	}
	tell(reply, name);
	if (redis_reply_begins(reply, "OOM"))
		return ENGINE_FULL;
	if (redis_reply_begins(reply, "MISCONF"))
		return ENGINE_READ_ONLY;
	return ENGINE_FAILED;
}
