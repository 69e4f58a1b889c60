/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever listens to the plugin: its statistics, response times, export of objects, follow. */
#ifndef IKESYNC_TESTS_DISSECT_FUZZ_TAPS_H
#define IKESYNC_TESTS_DISSECT_FUZZ_TAPS_H

#include "../../dissector/base/ws_compat.h"

#include <epan/epan_dissect.h>

void fuzz_taps_start(void);

/* Ends listening, and frees what was collected. */
void fuzz_taps_stop(void);

/* What Follow asks of the selected packet; nothing when nobody listens. */
void fuzz_taps_packet(epan_dissect_t *edt);

#endif
