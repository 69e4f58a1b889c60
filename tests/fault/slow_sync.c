/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LD_PRELOAD: each fdatasync takes 2 s longer. */
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int fd)
{
	sleep(2);
	return (int)syscall(SYS_fdatasync, fd);
}
