/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hiredis's reader with objects of our own: it finds the ends of things, and may not ask for more memory than they have octets. */
#include "redis_reply.h"

#include <glib.h>
#include <hiredis/read.h>
#include <stdlib.h>
#include <string.h>

struct redis_stream {
	redisReader *reader;
	size_t values; /* in arrays of the reply under way */
};

/* ---- the objects ---- */

static struct redis_reply *place(const redisReadTask *task, struct redis_reply *r)
{
	struct redis_reply *array = task->parent ? task->parent->obj : NULL;

	if (array)
		array->at[task->idx] = r;
	return r;
}

static struct redis_reply *new_reply(enum redis_kind kind)
{
	struct redis_reply *r = g_new0(struct redis_reply, 1);

	r->kind = kind;
	return r;
}

static void *create_string(const redisReadTask *task, char *octets, size_t n)
{
	struct redis_reply *r = new_reply(task->type == REDIS_REPLY_STRING  ? REDIS_STRING
					  : task->type == REDIS_REPLY_ERROR ? REDIS_ERROR
									    : REDIS_STATUS);
	char *copy = g_malloc(n + 1);

	if (n)
		memcpy(copy, octets, n);
	copy[n] = '\0';
	r->text = span_of(copy, n);
	return place(task, r);
}

static void *create_array(const redisReadTask *task, int n)
{
	struct redis_stream *s = task->privdata;
	struct redis_reply *r;

	if (n < 0 || (size_t)n > REDIS_REPLY_VALUES_MAX - s->values)
		return NULL; /* the reader calls that out of memory */
	s->values += (size_t)n;
	r = new_reply(REDIS_ARRAY);
	r->n = (size_t)n;
	r->at = g_new0(struct redis_reply *, r->n);
	return place(task, r);
}

static void *create_integer(const redisReadTask *task, long long value)
{
	struct redis_reply *r = new_reply(REDIS_INTEGER);

	r->integer = value;
	return place(task, r);
}

static void *create_nil(const redisReadTask *task)
{
	return place(task, new_reply(REDIS_NIL));
}

static void free_object(void *object)
{
	redis_reply_free(object);
}

/* An array that broke off has holes. */
void redis_reply_free(struct redis_reply *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		redis_reply_free(r->at[i]);
	g_free(r->at);
	free((void *)(uintptr_t)r->text.p);
	g_free(r);
}

bool redis_reply_begins(const struct redis_reply *r, const char *text)
{
	size_t n = strlen(text);

	return r && r->text.n >= n && memcmp(r->text.p, text, n) == 0;
}

struct span redis_reply_string(const struct redis_reply *r, size_t i)
{
	if (!r || r->kind != REDIS_ARRAY || i >= r->n || r->at[i]->kind != REDIS_STRING)
		return SPAN_NONE;
	return r->at[i]->text;
}

/* ---- the stream ---- */

struct redis_stream *redis_stream_new(void)
{
	static redisReplyObjectFunctions functions = { create_string, create_array, create_integer,
						       create_nil, free_object };
	struct redis_stream *s = g_new0(struct redis_stream, 1);

	s->reader = redisReaderCreateWithFunctions(&functions);
	if (!s->reader)
		abort(); /* no memory */
	s->reader->privdata = s;
	return s;
}

void redis_stream_free(struct redis_stream *s)
{
	if (!s)
		return;
	redisReaderFree(s->reader);
	g_free(s);
}

bool redis_stream_feed(struct redis_stream *s, struct span octets)
{
	if (s->reader->err || s->reader->len - s->reader->pos > REDIS_REPLY_OCTETS_MAX)
		return false;
	return redisReaderFeed(s->reader, (const char *)octets.p, octets.n) == REDIS_OK;
}

bool redis_stream_next(struct redis_stream *s, struct redis_reply **out)
{
	void *reply = NULL;

	*out = NULL;
	if (redisReaderGetReply(s->reader, &reply) != REDIS_OK)
		return false;
	if (reply)
		s->values = 0;
	*out = reply;
	return true;
}
