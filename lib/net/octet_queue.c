/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of octets that leaves no copies of secrets behind. */
#include "net/octet_queue.h"

#include <stdlib.h>

#include "keys/secret.h"

#define SIZE_MIN 4096

static void wipe(const struct octet_queue *q, uint8_t *p, size_t n)
{
	if (q->secret)
		secret_wipe(p, n);
}

size_t octet_queue_left(const struct octet_queue *q)
{
	return q->to - q->from;
}

struct span octet_queue_peek(const struct octet_queue *q)
{
	return q->to > q->from ? span_of(&q->octets[q->from], q->to - q->from) : SPAN_NONE;
}

/* Not realloc(), which would leave a copy where the octets were. */
static void grow(struct octet_queue *q, size_t need)
{
	size_t size = q->size ? q->size : SIZE_MIN, left = q->to - q->from;
	uint8_t *octets;

	while (size < need)
		size *= 2;
	octets = malloc(size);
	if (!octets)
		abort();
	if (left)
		memcpy(octets, &q->octets[q->from], left);
	if (q->octets)
		wipe(q, q->octets, q->to);
	free(q->octets);
	q->octets = octets;
	q->size = size;
	q->from = 0;
	q->to = left;
}

/* To the front; the octets there have been taken and wiped. */
static void compact(struct octet_queue *q)
{
	size_t left = q->to - q->from;

	memmove(q->octets, &q->octets[q->from], left);
	wipe(q, &q->octets[left], q->from);
	q->from = 0;
	q->to = left;
}

void octet_queue_add(struct octet_queue *q, struct span s)
{
	size_t left = q->to - q->from;

	if (!s.n)
		return;
	/* Moving is worth it only when what is left is little beside what has been taken. */
	if (q->to + s.n > q->size && left + s.n <= q->size && q->from > left)
		compact(q);
	if (q->to + s.n > q->size)
		grow(q, left + s.n);
	memcpy(&q->octets[q->to], s.p, s.n);
	q->to += s.n;
}

void octet_queue_take(struct octet_queue *q, size_t n)
{
	if (n > q->to - q->from)
		n = q->to - q->from;
	if (n)
		wipe(q, &q->octets[q->from], n);
	q->from += n;
	if (q->from == q->to)
		q->from = q->to = 0;
}

void octet_queue_clear(struct octet_queue *q)
{
	if (q->octets)
		wipe(q, q->octets, q->to);
	free(q->octets);
	*q = (struct octet_queue){ .secret = q->secret };
}
