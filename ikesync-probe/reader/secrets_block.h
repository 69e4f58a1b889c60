/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decryption secrets blocks of a pcapng file, which libpcap passes over. */
#ifndef IKESYNC_PROBE_READER_SECRETS_BLOCK_H
#define IKESYNC_PROBE_READER_SECRETS_BLOCK_H

#include "reader/reading.h"

/* Take TLS key logs and our own lines into r->keys. A file that is no pcapng has none. */
void secrets_block_read(const char *path, struct reading *r);

#endif
