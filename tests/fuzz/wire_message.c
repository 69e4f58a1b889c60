/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE messages: header, chain, and every payload by its type. */
#include "unit/wire/reparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)reparse_message(span_of(data, size));
	return 0;
}
