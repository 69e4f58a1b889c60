/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the log that strangers cause: one for each, but not without measure. */
#ifndef IKESYNC_GATEWAY_REFUSAL_H
#define IKESYNC_GATEWAY_REFUSAL_H

#include "core/gateway_state.h"
#include "tool/log.h"

/* Log a line, or count it when there have been many this second; how many were left out stands before the next one. */
void refusal_log(struct gateway *g, enum log_level level, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

#endif
