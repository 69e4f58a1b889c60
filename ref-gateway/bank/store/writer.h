/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group commit: the loop's thread collects operations, all that wait are applied with one commit, and
 * they are acknowledged after it. What comes in meanwhile is the next group. Over an engine that blocks,
 * groups are applied in a thread of their own; over another, in the loop's, one after the other.
 */
#ifndef IKESYNC_BANK_STORE_WRITER_H
#define IKESYNC_BANK_STORE_WRITER_H

#include "ledger.h"

struct writer;

/*
 * `applied` takes back each operation, once, in the loop's thread. `threaded` false, over an engine that
 * blocks: writer_run() does the work (tests).
 */
struct writer *writer_new(struct ledger *ledger, GMainContext *context, bool threaded,
			  void (*applied)(struct store_op *op, void *user), void *user);
/* They take effect in the order they were handed over, and come back after this call. */
void writer_submit(struct writer *w, struct store_ops *ops);
/* Unthreaded: apply what was handed over, and give it back. */
void writer_run(struct writer *w);
/* Wait until all is applied, and give it back. */
void writer_finish(struct writer *w);
/* Finishes first. */
void writer_free(struct writer *w);

#endif
