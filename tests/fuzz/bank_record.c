/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a store reads back: any octets are at worst an error, and what parses is written the same
 * again. */
#include <stdlib.h>

#include "store/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	static uint8_t out[70000];
	struct wcursor c = wcursor_init(out, sizeof(out));
	struct record r;
	struct index ix;
	struct fault fault;

	if (record_key_parse(input, &ix) == ERR_OK) {
		struct record_key k = record_key(&ix);

		if (!span_equal(span_of(k.octets, k.n), input))
			abort();
	}
	if (size > 65000 || record_parse(input, &r, &fault) != ERR_OK)
		return 0;
	record_write(&c, &r);
	if (c.err != ERR_OK || !span_equal(span_of(out, wcursor_size(&c)), input))
		abort();
	return 0;
}
