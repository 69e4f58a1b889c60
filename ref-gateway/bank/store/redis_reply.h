/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies of a Redis (RESP2), out of a stream of octets that nobody vouches for: hiredis reads, bounds are ours. */
#ifndef IKESYNC_BANK_STORE_REDIS_REPLY_H
#define IKESYNC_BANK_STORE_REDIS_REPLY_H

#include "wire/span.h"

/* Of one reply: octets, and values in all its arrays together. More is no reply to anything that we ask. */
#define REDIS_REPLY_OCTETS_MAX (64u << 20)
#define REDIS_REPLY_VALUES_MAX 65536u

enum redis_kind { REDIS_NIL, REDIS_STATUS, REDIS_ERROR, REDIS_INTEGER, REDIS_STRING, REDIS_ARRAY };

struct redis_reply {
	enum redis_kind kind;
	int64_t integer;
	struct span text;        /* of a status, an error or a string; a NUL stands behind it */
	size_t n;                /* of an array */
	struct redis_reply **at; /* none is NULL in a whole reply */
};

void redis_reply_free(struct redis_reply *r);
/* Is it a status, an error or a string that begins with `text`? NULL does not. */
bool redis_reply_begins(const struct redis_reply *r, const char *text);
/* The string at `i` of an array; SPAN_NONE when there is none. */
struct span redis_reply_string(const struct redis_reply *r, size_t i);

struct redis_stream;

struct redis_stream *redis_stream_new(void);
void redis_stream_free(struct redis_stream *s);
/* false: no reply begins like this, or it is too large; the stream is of no more use. */
bool redis_stream_feed(struct redis_stream *s, struct span octets);
/* The next whole reply in *out, the caller's; NULL: not yet. false: as redis_stream_feed(). */
bool redis_stream_next(struct redis_stream *s, struct redis_reply **out);

#endif
