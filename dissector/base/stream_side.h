/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where messages begin in one direction of a stream, when it cannot be put together: segments that
 * the capture has cut or lost, reassembly switched off. First pass only; callers keep the answers.
 */
#ifndef IKESYNC_STREAM_SIDE_H
#define IKESYNC_STREAM_SIDE_H

#include <stdbool.h>
#include <stdint.h>

/* Positions count octets of the stream and wrap, as TCP's sequence numbers do. */
struct stream_side {
	uint32_t start, end; /* of the last message that went on behind its segment */
	uint32_t next;       /* behind the last octets that were read */
	bool open;           /* there is such a message */
	bool synced;         /* `next` is known */
};

/*
 * `n` octets that begin at `at`: how many of them belong to a message that began before, or to
 * nobody knows what. `plausible`: a message seems to begin with the first one.
 */
unsigned stream_side_skip(struct stream_side *s, uint32_t at, unsigned n, bool plausible);

/* The message at `at` has `length` octets; `left` of them are there. */
void stream_side_message(struct stream_side *s, uint32_t at, unsigned length, unsigned left);

/* Everything up to `at` was read; `known`: a message begins there, or goes on as was told. */
void stream_side_read(struct stream_side *s, uint32_t at, bool known);

#endif
