/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages: header, transaction, items, containers, clear stubs. */
#include "unit/wire/reparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)reparse_stub_message(span_of(data, size));
	return 0;
}
