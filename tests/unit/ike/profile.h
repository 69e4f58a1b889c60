/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets of the worked examples in docs/wire-profile.md, by name. */
#ifndef TESTS_UNIT_IKE_PROFILE_H
#define TESTS_UNIT_IKE_PROFILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/dh.h"
#include "keys/schedule.h"
#include "wire/err.h"

#define assert_ok(expression) assert_string_equal(err_name(expression), err_name(ERR_OK))

/* The value called `name`; fails the test when the document has none. Borrowed for ever. */
struct span profile(const char *name);
/* "old" and "SK_d" is "old.SK_d". */
struct span profile_of(const char *prefix, const char *name);
/* The suite of all examples but "aead". */
struct suite profile_suite(void);
/* The client's key pair "PREFIX.x25519_private_i". Free with dh_free(). */
struct dh *profile_dh(const char *prefix);

void assert_octets(struct span got, struct span expected);
/* All seven keys are those under `prefix`. */
void assert_keys(const struct ike_keys *keys, const char *prefix);
/* SPIs of a message's header. */
uint64_t spi_i_of(struct span message);
uint64_t spi_r_of(struct span message);

#endif
