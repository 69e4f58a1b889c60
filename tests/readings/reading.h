/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lib/wire makes of a message, as one line: verdict and fields. */
#ifndef IKESYNC_TESTS_READINGS_READING_H
#define IKESYNC_TESTS_READINGS_READING_H

#include <glib.h>

#include "wire/span.h"

/*
 * Both append "accept\t\tFIELDS" or "refuse\tREASON\tFIELDS" to `out`; fields are separated by " | ".
 * With a refusal the fields are only those of a stub message's header.
 */
void reading_ike(struct span message, GString *out);
void reading_stub(struct span message, GString *out);

#endif
