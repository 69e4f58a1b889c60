/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs and indexes by number, for tests of the bank client. */
#ifndef IKESYNC_TESTS_BANK_CLIENT_STUBS_H
#define IKESYNC_TESTS_BANK_CLIENT_STUBS_H

#include "wire/stub_container.h"

#define STUBS_CONTAINER_MAX 1024

struct index stubs_index(uint64_t number);
/* A sealed container for that index; `version` makes its octets differ. */
struct span stubs_sealed(uint64_t number, uint8_t version, uint32_t lifetime,
			 uint8_t buf[static STUBS_CONTAINER_MAX]);
/* One in clear, with "CLEAR-KEY-MATERIAL" as SK_d. */
struct span stubs_clear(uint64_t number, uint8_t buf[static STUBS_CONTAINER_MAX]);
/* What stubs_sealed() was called with. */
bool stubs_read(struct span container, uint64_t *number, uint8_t *version, uint32_t *lifetime);

#endif
