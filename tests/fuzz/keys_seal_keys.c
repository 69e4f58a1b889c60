/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seal_keys_parse(): what is taken has keys, what is refused names a line that exists. */
#include <stdlib.h>

#include "keys/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_keys k;
	unsigned line, lines = 1;
	enum err err = seal_keys_parse(span_of(data, size), &k, &line);

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (line > lines || (err == ERR_OK) != (k.n > 0) || k.n > SEAL_KEYS_MAX)
		abort();
	return 0;
}
