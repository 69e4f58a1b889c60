/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds lines to a decoded message. */
#ifndef IKESYNC_PROBE_REPORT_DECODE_LINE_H
#define IKESYNC_PROBE_REPORT_DECODE_LINE_H

#include "report/decode.h"

GPtrArray *decode_new(void);
void decode_line(GPtrArray *out, size_t offset, size_t n, unsigned depth, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
/* The octets break a rule of the format. */
void decode_broken(GPtrArray *out, size_t offset, size_t n, unsigned depth, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
/* The first octets of `s` as digits, with "..." behind more than 32. Free with g_free(). */
char *decode_hex(struct span s);

#endif
