/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that takes room, and nothing else. */
#include "reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct reserve {
	char *directory, *path;
	uint64_t octets;
	bool held;
};

struct reserve *reserve_new(const char *directory, uint64_t octets)
{
	struct reserve *r = g_new0(struct reserve, 1);

	r->directory = g_strdup(directory);
	r->path = g_build_filename(directory, "reserve", NULL);
	r->octets = octets;
	return r;
}

void reserve_free(struct reserve *r)
{
	g_free(r->directory);
	g_free(r->path);
	g_free(r);
}

static uint64_t room(const struct reserve *r)
{
	struct statvfs vfs;

	return statvfs(r->directory, &vfs) == 0 ? (uint64_t)vfs.f_bavail * vfs.f_frsize : 0;
}

bool reserve_room(const struct reserve *r)
{
	return room(r) >= r->octets;
}

/* From a run before, or what another program made of it. */
static bool is_whole(const struct reserve *r, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (uint64_t)st.st_size >= r->octets &&
	       (uint64_t)st.st_blocks * 512 >= r->octets;
}

bool reserve_hold(struct reserve *r)
{
	int fd;

	if (r->held)
		return true;
	fd = open(r->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	r->held = is_whole(r, fd) || fallocate(fd, 0, 0, (off_t)r->octets) == 0;
	if (!r->held && errno == EOPNOTSUPP) /* then as much must be free at the start, at least */
		r->held = room(r) >= r->octets;
	close(fd);
	if (!r->held)
		unlink(r->path); /* half of it serves nobody */
	return r->held;
}

bool reserve_held(const struct reserve *r)
{
	return r->held;
}

bool reserve_release(struct reserve *r)
{
	r->held = false;
	return unlink(r->path) == 0;
}
