/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which stubs of this run are still at the bank when it is over? */
#ifndef IKESYNC_PROBE_GATEWAY_BANK_LEFT_H
#define IKESYNC_PROBE_GATEWAY_BANK_LEFT_H

#include <glib.h>

#include "run/probe.h"

/*
 * Ask the bank for all that traces_of() has, until none is there or some seconds have passed: deletes
 * may still be under way. struct trace, free with g_array_unref(); NULL: it cannot be asked.
 */
GArray *bank_left(struct probe *p);

#endif
