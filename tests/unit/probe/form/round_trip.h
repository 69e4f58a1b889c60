/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of every form, for the unit test and the fuzz target alike. */
#ifndef IKESYNC_TESTS_FORM_ROUND_TRIP_H
#define IKESYNC_TESTS_FORM_ROUND_TRIP_H

#include "form/form.h"

#define ROUND_TRIP_SYN 200

/* Octets as text and back are the same octets, and the same text again: aborts where they are not. The text; g_free(). */
char *round_trip_octets(struct span octets);
/*
 * Text, as far as it can be read, as octets, and those as above. The first message's octets; NULL: it cannot be read or written,
 * and `fault` says why (aborts where it does not). Free with g_byte_array_unref().
 */
GByteArray *round_trip_text(struct span text, struct form_fault *fault);

#endif
