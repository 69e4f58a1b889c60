/* SPDX-License-Identifier: GPL-2.0-or-later */
/* write(2), until everything is written. */
#include "bank_link/bank_file.h"

#include <errno.h>
#include <unistd.h>

bool bank_file_write(int fd, struct span s)
{
	size_t at = 0;

	while (at < s.n) {
		ssize_t n = write(fd, &s.p[at], s.n - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}
