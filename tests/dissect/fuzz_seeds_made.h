/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeds that no capture has: resumptions and sealed stubs in plaintext, texts with keys. */
#ifndef IKESYNC_TESTS_DISSECT_FUZZ_SEEDS_MADE_H
#define IKESYNC_TESTS_DISSECT_FUZZ_SEEDS_MADE_H

#include <stddef.h>
#include <stdint.h>

/* fuzz_seeds.c: one input, named by its content. */
void seed_write(const char *directory, const uint8_t *p, size_t n);

void seeds_resume(const char *directory);
void seeds_secrets(const char *directory);
void seeds_framed(const char *directory); /* IKE over TCP 4500 */
void seeds_stub(const char *directory);   /* what make_stub.c has not */

#endif
