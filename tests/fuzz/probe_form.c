/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forms of hand-made messages: the input as text, and as a message. */
#include "unit/probe/form/round_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct form_fault fault = { 0 };
	GByteArray *octets = round_trip_text(span_of(data, size), &fault);

	if (octets)
		g_byte_array_unref(octets);
	g_free(round_trip_octets(span_of(data, size)));
	return 0;
}
