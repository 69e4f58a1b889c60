/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many changes the engine has taken, in a file beside the log that says so, too: where the end of the
 * log is missing, this tells. It is written after the log and never synced, so it may be behind, and is
 * never ahead.
 */
#ifndef IKESYNC_BANK_STORE_TALLY_H
#define IKESYNC_BANK_STORE_TALLY_H

#include <stdint.h>

struct tally;

/* In a file of its own in `directory`. Never NULL: without the file it does nothing. */
struct tally *tally_open(const char *directory);
void tally_close(struct tally *t);
/* What was noted last; 0: nothing. */
uint64_t tally_last(struct tally *t);
void tally_note(struct tally *t, uint64_t number);

#endif
