/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub message as lines for people, as decode.h does for IKE. */
#ifndef IKESYNC_PROBE_REPORT_DECODE_STUB_H
#define IKESYNC_PROBE_REPORT_DECODE_STUB_H

#include "report/decode.h"

/* Of struct decoded_line; free with g_ptr_array_unref(). */
GPtrArray *decode_stub(struct span message);
/* One line: "download #7: ok". Free with g_free(). */
char *decode_summary_stub(struct span message);

#endif
