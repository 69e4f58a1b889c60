/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine in memory whose answers come late and out of order, as those of a cluster do: every read,
 * transaction and page of a scan takes effect on its own, some turns of the loop after it was asked for.
 * No commit is atomic, and several engines (banks) may share one memory.
 */
#ifndef IKESYNC_TESTS_BANK_ENGINE_MEMORY_H
#define IKESYNC_TESTS_BANK_ENGINE_MEMORY_H

#include <glib.h>

#include "store/engine.h"

/* The records, and what is under way on them. */
struct memory;

struct memory *memory_new(unsigned seed);
/* Only when its engines are gone. */
void memory_free(struct memory *m);
/* Calls that are not answered yet and may be. */
size_t memory_calls(const struct memory *m);
/* Commits, or reads, stand still, until they are let go. */
void memory_hold_commits(struct memory *m, bool hold);
void memory_hold_reads(struct memory *m, bool hold);
/* What is under way now stands still, and what comes later does not; then: all goes on. */
void memory_hold_calls(struct memory *m, bool hold);
/* What the next `times` transactions are answered, without effect. */
void memory_refuse(struct memory *m, enum engine_result result, unsigned times);
/* Reads and scans that are refused with `result`, until ENGINE_OK. */
void memory_refuse_reads(struct memory *m, enum engine_result result);

/* An engine over `m`, in the default context. */
struct engine *engine_memory_new(struct memory *m);

#endif
