/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in file scope for the many small things of which a file has some for every frame. Each
 * wmem_alloc() there costs 16 octets more and rounds up to 16; here it is 8, and nothing is freed
 * before the file is closed.
 */
#ifndef IKESYNC_FILE_POOL_H
#define IKESYNC_FILE_POOL_H

#include "base/ws_compat.h"

/* `n` octets of zero, aligned as a pointer is. */
void *file_pool_new(size_t n);

/* Once, before the first file. */
void file_pool_init(void);

#endif
