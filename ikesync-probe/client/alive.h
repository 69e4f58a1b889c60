/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Did a gateway die of what a case sent? */
#ifndef IKESYNC_PROBE_CLIENT_ALIVE_H
#define IKESYNC_PROBE_CLIENT_ALIVE_H

#include "run/evidence.h"
#include "run/probe.h"

/*
 * After a case that did not pass: does every gateway of the target file still answer that answered
 * before and owes an answer now? It is given a few seconds, in which it may be started again. NULL: yes.
 * Otherwise what to say of it, also stated in `e` with the message that it did not survive; free with
 * g_free(). `owed_ms` is when that went out. Where the network says that nothing listens there any more,
 * that is a failed check.
 */
char *alive_fell_silent(struct probe *p, struct evidence *e, uint64_t *owed_ms);

#endif
