/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Did the stub bank die of what a case sent? */
#ifndef IKESYNC_PROBE_GATEWAY_BANK_ALIVE_H
#define IKESYNC_PROBE_GATEWAY_BANK_ALIVE_H

#include "run/evidence.h"
#include "run/probe.h"

/*
 * After a case that did not pass: does the bank still answer a get that answered before? It is given
 * a few seconds, in which it may be started again. NULL: yes, or it never did. Otherwise what to say of
 * it, also stated in `e` with the first message that it did not answer; free with g_free(). `owed_ms` is
 * when that went out, UINT64_MAX where there is none. Where nothing listens there any more, that is a
 * failed check.
 */
char *bank_fell_silent(struct probe *p, struct evidence *e, uint64_t *owed_ms);

#endif
