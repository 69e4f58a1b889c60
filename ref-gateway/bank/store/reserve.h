/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room on a disk that is kept for a bad hour: a file beside the store that gives way when a recovery
 * needs what it takes. One thread.
 */
#ifndef IKESYNC_BANK_STORE_RESERVE_H
#define IKESYNC_BANK_STORE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

struct reserve;

/* `octets` in a file of its own in `directory`. Nothing is taken yet. */
struct reserve *reserve_new(const char *directory, uint64_t octets);
/* The file stays. */
void reserve_free(struct reserve *r);
/* Take the room, if it is not taken yet. false: there is not enough. */
bool reserve_hold(struct reserve *r);
bool reserve_held(const struct reserve *r);
/* Give it back. false: there was nothing to give. */
bool reserve_release(struct reserve *r);
/* Is there as much room on the disk besides? */
bool reserve_room(const struct reserve *r);

#endif
