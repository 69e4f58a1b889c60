/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hold a stub that a bank returned against the one it was given, field by field. */
#ifndef IKESYNC_PROBE_GATEWAY_STUB_COMPARE_H
#define IKESYNC_PROBE_GATEWAY_STUB_COMPARE_H

#include "gateway/desk.h"

/* One check for each field of draft section 3.2 and for what profile 1 adds (29.5, 27.4, 35.5). Opens
 * the seal. */
#define STUB_COMPARE_CLAUSES "29.5 27.4 35.5"
void stub_compare(struct desk *d, const struct made_stub *sent, GBytes *container);

#endif
