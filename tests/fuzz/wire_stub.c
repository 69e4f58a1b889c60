/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway reads after opening a sealed stub, and what a bank reads of a container: both
 * begin alike. */
#include "unit/wire/reparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > UINT16_MAX)
		return 0;
	(void)reparse_plaintext(span_of(data, size));
	(void)reparse_container(span_of(data, size));
	return 0;
}
