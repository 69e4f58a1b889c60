/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ctrl-C: the case under way ends as inconclusive and the report is still written; a second one
 * quits at once. */
#ifndef IKESYNC_PROBE_RUN_INTERRUPT_H
#define IKESYNC_PROBE_RUN_INTERRUPT_H

#include <glib.h>

/*
 * From now on SIGINT and SIGTERM call probe_interrupt() and wake `context`. A real handler, not a
 * GSource: cases also wait in poll() without the loop.
 */
void interrupt_watch(GMainContext *context);
/* In a forked process whose parent watches: wakes this `context`, and leaves the words to the parent. */
void interrupt_watch_forked(GMainContext *context);
void interrupt_unwatch(void);

#endif
