/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Redis's refusals mean to a store. */
#ifndef IKESYNC_BANK_STORE_REDIS_TROUBLE_H
#define IKESYNC_BANK_STORE_REDIS_TROUBLE_H

#include "engine.h"
#include "redis_reply.h"

/* Of a reply that is not what was asked for; NULL: the connection was lost. What cannot be explained is logged with `name`. */
enum engine_result redis_trouble(const struct redis_reply *reply, const char *name);

#endif
