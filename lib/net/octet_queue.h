/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets in order of arrival, taken from the front, in one run of memory. What has been taken is wiped where that matters. */
#ifndef IKESYNC_NET_OCTET_QUEUE_H
#define IKESYNC_NET_OCTET_QUEUE_H

#include "wire/span.h"

/* Zero it, and set `secret` when its octets may be keys: every copy is wiped as it goes. Clear with octet_queue_clear(). */
struct octet_queue {
	bool secret;
	uint8_t *octets;
	size_t from, to, size;
};

size_t octet_queue_left(const struct octet_queue *q);
/* All that is left; borrowed until the next call that changes the queue. */
struct span octet_queue_peek(const struct octet_queue *q);
void octet_queue_add(struct octet_queue *q, struct span s);
/* Take `n` octets, at most those that are left. */
void octet_queue_take(struct octet_queue *q, size_t n);
/* Forget everything and free the memory; the queue may be used again. */
void octet_queue_clear(struct octet_queue *q);

#endif
