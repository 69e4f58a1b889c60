/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into the bank: see dropsync.h. Covers what librocksdb calls (nm -D): open, pwrite,
 * fsync, fdatasync, ftruncate, rename, close. write() needs no ear: the size at the time of a sync
 * tells. Unlinked names count as durable, the worst case for whoever unlinks too early.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dropsync.h"

#define FDS 65536

static char directory[4096], undo[4096];
static int journal = -1;
static _Atomic unsigned undo_number;
/* 1: a file of the store, open for writing; 2: the directory */
static _Atomic unsigned char watched[FDS];

static _Noreturn void give_up(const char *why)
{
	(void)!write(2, "dropsync: ", 10);
	(void)!write(2, why, strlen(why));
	(void)!write(2, "\n", 1);
	_exit(99);
}

__attribute__((constructor)) static void begin(void)
{
	const char *dir = getenv(DROPSYNC_DIR), *file = getenv(DROPSYNC_JOURNAL),
		   *links = getenv(DROPSYNC_UNDO);

	if (!dir || !file || !links)
		give_up("its environment variables are missing");
	snprintf(directory, sizeof(directory), "%s", dir);
	snprintf(undo, sizeof(undo), "%s", links);
	journal = (int)syscall(SYS_openat, AT_FDCWD, file,
			       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (journal < 0)
		give_up("the journal cannot be opened");
}

static void note(uint32_t kind, uint64_t inode, uint64_t size, const char *name, const char *other)
{
	struct dropsync_entry e = { .kind = kind, .inode = inode, .size = size };
	int kept = errno;

	snprintf(e.name, sizeof(e.name), "%s", name ? name : "");
	snprintf(e.other, sizeof(e.other), "%s", other ? other : "");
	if (syscall(SYS_write, journal, &e, sizeof(e)) != sizeof(e))
		give_up("the journal cannot be written");
	errno = kept;
}

/*
 * The name inside the store, or NULL; "" for the store itself. RocksDB sometimes doubles the slash.
 */
static const char *inside(const char *path)
{
	size_t n = strlen(directory);

	if (!path || strncmp(path, directory, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	for (path += n; *path == '/'; path++)
		;
	return strchr(path, '/') ? NULL : path;
}

static void watch(int fd, unsigned char what)
{
	if (fd < 0 || fd >= FDS)
		give_up("a descriptor is out of range");
	atomic_store(&watched[fd], what);
}

static int open_watched(const char *path, int flags, mode_t mode)
{
	const char *name = inside(path);
	struct stat before, after;
	bool existed;
	int fd;

	/* powercut.c takes the tally away: it is written again and again, and never synced. */
	if (!name || strcmp(name, DROPSYNC_LOSE) == 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	existed = stat(path, &before) == 0;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fd < 0)
		return fd;
	if (!*name) {
		watch(fd, 2);
	} else if ((flags & O_ACCMODE) != O_RDONLY) {
		if (fstat(fd, &after) != 0)
			give_up("fstat");
		if (!existed)
			note(DROPSYNC_CREATED, after.st_ino, 0, name, NULL);
		else if (flags & O_TRUNC)
			note(DROPSYNC_SYNCED, after.st_ino, 0, name, NULL);
		else
			note(DROPSYNC_SYNCED, after.st_ino, (uint64_t)before.st_size, name, NULL);
		watch(fd, 1);
	}
	return fd;
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return open_watched(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return open_watched(path, flags, mode);
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS)
		atomic_store(&watched[fd], 0);
	return (int)syscall(SYS_close, fd);
}

static int sync_watched(int fd, long call)
{
	/* A disk worth the name: kills then land inside a sync as well. */
	static const struct timespec slow = { .tv_nsec = 1000000 };
	unsigned char what = fd >= 0 && fd < FDS ? atomic_load(&watched[fd]) : 0;
	struct stat st;
	int result;

	/* Before the call: only what had been written by then is promised. */
	if (what && fstat(fd, &st) != 0)
		give_up("fstat");
	if (what == 1)
		nanosleep(&slow, NULL);
	result = (int)syscall(call, fd);
	if (result == 0 && what == 1)
		note(DROPSYNC_SYNCED, st.st_ino, (uint64_t)st.st_size, NULL, NULL);
	else if (result == 0 && what == 2)
		note(DROPSYNC_NAMES, 0, 0, NULL, NULL);
	return result;
}

int fsync(int fd)
{
	return sync_watched(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return sync_watched(fd, SYS_fdatasync);
}

/* Writing below the end would need an undo log; RocksDB's files only grow. */
ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
	struct stat st;

	if (fd >= 0 && fd < FDS && atomic_load(&watched[fd]) == 1 &&
	    (fstat(fd, &st) != 0 || offset < st.st_size))
		give_up("a file of the store is overwritten, which this layer cannot take back");
	return syscall(SYS_pwrite64, fd, p, n, offset);
}

int ftruncate(int fd, off_t size)
{
	struct stat st;

	if (fd >= 0 && fd < FDS && atomic_load(&watched[fd]) == 1 &&
	    (fstat(fd, &st) != 0 || size < st.st_size))
		give_up("a file of the store is cut, which this layer cannot take back");
	return (int)syscall(SYS_ftruncate, fd, size);
}

int rename(const char *from, const char *to)
{
	const char *old = inside(from), *new = inside(to);
	char keep[4200];
	unsigned number = 0;

	if (old && new) {
		unsigned n = atomic_fetch_add(&undo_number, 1) + 1;

		snprintf(keep, sizeof(keep), "%s/%u", undo, n);
		if (link(to, keep) == 0)
			number = n;
		else if (errno != ENOENT)
			give_up("link");
	}
	if (syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to) != 0)
		return -1;
	if (old && new)
		note(DROPSYNC_RENAMED, 0, number, new, old);
	return 0;
}
