/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and identities as people write them. */
#include <stdlib.h>

#include "unit/wire/reparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	reparse_text(text);
	free(text);
	return 0;
}
