/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that hold keys: private keys, seal keys, at-rest keys, shared keys, and configuration files with a shared key
 * in them. One rule for all of them: nobody but their owner may read or write them, and the owner is root or whoever
 * runs the program.
 */
#ifndef IKESYNC_KEYS_KEY_FILE_H
#define IKESYNC_KEYS_KEY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For any complaint below, which names the file, its mode and the rule. */
#define KEY_FILE_WHY_MAX 512

/* Does the open file `fd` keep the rule? `path` is only named in `why`, which is set when it does not. */
bool key_file_is_private(int fd, const char *path, char why[static KEY_FILE_WHY_MAX]);

struct key_file {
	uint8_t *octets; /* with a NUL behind them, which `n` does not count */
	size_t n;
};

/*
 * Read a whole file that keeps the rule and has at most `max` octets. false: `why` says what is wrong, and `out` is
 * empty. Free and wipe with key_file_clear().
 */
bool key_file_read(const char *path, size_t max, struct key_file *out,
		   char why[static KEY_FILE_WHY_MAX]);
void key_file_clear(struct key_file *f);

#endif
