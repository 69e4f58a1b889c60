/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How late the probe itself is. */
#include "run/lateness.h"

#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t overslept;
static gsize told_by_others; /* ms; atomic */

/* The second number of schedstat: nanoseconds on a run queue. Opened each time: after a fork it is another's. */
static uint64_t queued_ms(void)
{
	char text[128], *end = text;
	const int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return 0;
	text[n] = '\0';
	(void)g_ascii_strtoull(text, &end, 10);
	return g_ascii_strtoull(end, NULL, 10) / 1000000;
}

void lateness_tell(void)
{
	static __thread uint64_t told;
	const uint64_t now = queued_ms();

	(void)g_atomic_pointer_add(&told_by_others, (gssize)(now - told));
	told = now;
}

struct lateness lateness_now(void)
{
	return (struct lateness){ queued_ms() + g_atomic_pointer_get(&told_by_others), overslept };
}

void lateness_waited(uint64_t due_ms, uint64_t now_ms)
{
	if (now_ms > due_ms)
		overslept += now_ms - due_ms;
}

uint64_t lateness_since(const struct lateness *then)
{
	const struct lateness now = lateness_now();

	return MAX(now.queued - then->queued, now.overslept - then->overslept);
}
