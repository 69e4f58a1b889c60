/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets into a file, all of them. */
#ifndef IKESYNC_GATEWAY_BANK_FILE_H
#define IKESYNC_GATEWAY_BANK_FILE_H

#include "wire/span.h"

/* false: errno says why; some of them may be written. */
bool bank_file_write(int fd, struct span s);

#endif
