/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into the bank: the time of day is as many seconds ahead as the file of SHIFTCLOCK says, which holds
 * them as an int64_t. The clocks that only count are left alone.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("SHIFTCLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *p = mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED) {
		fputs("shiftclock: its file is missing\n", stderr);
		_exit(99);
	}
	ahead = p;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int status = (int)syscall(SYS_clock_gettime, id, t);

	if (status == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) && ahead)
		t->tv_sec += *ahead;
	return status;
}

time_t time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	tv->tv_sec = t.tv_sec;
	tv->tv_usec = t.tv_nsec / 1000;
	return 0;
}
