/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group commit: the loop's thread collects durable operations, one other thread applies all that
 * wait with one synced write, and they are acknowledged after it. What comes in meanwhile is the
 * next group.
 */
#ifndef IKESYNC_BANK_WRITER_H
#define IKESYNC_BANK_WRITER_H

#include "store.h"

struct writer;

/*
 * `clock` gives UTC seconds, from any thread. `threaded` false: writer_run() does the work (tests).
 */
struct writer *writer_new(struct store *store, uint64_t (*clock)(void *ctx), void *ctx,
			  GMainContext *context, bool threaded);
/*
 * Queue `op`, which stays the maker's and must live until op->done(), called once, in the loop's
 * thread and never from inside this call. Operations take effect in the order they were queued.
 */
void writer_submit(struct writer *w, struct store_op *op);
/* Hand over what was queued. */
void writer_flush(struct writer *w);
/*
 * Is an operation on `ix` queued that is not done yet? Then a get must queue behind it (rule 28).
 */
bool writer_pending(struct writer *w, const struct index *ix);
/* Unthreaded: apply what was handed over, and call done(). */
void writer_run(struct writer *w);
/* Wait until all is applied, and call done(). */
void writer_finish(struct writer *w);
/* Finishes first. */
void writer_free(struct writer *w);

#endif
