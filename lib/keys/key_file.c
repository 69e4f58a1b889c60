/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may read a file with keys, and reading it: the file that is judged is the one that is read. */
#include "keys/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/secret.h"

static bool complain(const char *path, const char *what, char why[static KEY_FILE_WHY_MAX])
{
	snprintf(why, KEY_FILE_WHY_MAX, "%s: %s", path, what);
	return false;
}

bool key_file_is_private(int fd, const char *path, char why[static KEY_FILE_WHY_MAX])
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return complain(path, strerror(errno), why);
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		snprintf(why, KEY_FILE_WHY_MAX,
			 "%s: others have access to it (mode %04o), but it holds keys: only its "
			 "owner may read or write it (chmod 600)",
			 path, (unsigned)st.st_mode & 07777);
		return false;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		snprintf(
		    why, KEY_FILE_WHY_MAX,
		    "%s: belongs to user %u (mode %04o), but it holds keys: only root or the user "
		    "that runs this program, %u, may own it",
		    path, (unsigned)st.st_uid, (unsigned)st.st_mode & 07777, (unsigned)geteuid());
		return false;
	}
	return true;
}

/* Up to `max` + 1 octets, so that too long a file shows. */
static bool read_all(int fd, const char *path, size_t max, struct key_file *out,
		     char why[static KEY_FILE_WHY_MAX])
{
	ssize_t got;

	out->octets = malloc(max + 2);
	if (!out->octets)
		return complain(path, strerror(ENOMEM), why);
	do {
		got = read(fd, &out->octets[out->n], max + 1 - out->n);
		if (got > 0)
			out->n += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return complain(path, strerror(errno), why);
	if (out->n > max)
		return complain(path, "longer than such a file can be", why);
	out->octets[out->n] = 0;
	return true;
}

bool key_file_read(const char *path, size_t max, struct key_file *out,
		   char why[static KEY_FILE_WHY_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool ok;

	*out = (struct key_file){ 0 };
	if (fd < 0)
		return complain(path, strerror(errno), why);
	ok = key_file_is_private(fd, path, why) && read_all(fd, path, max, out, why);
	close(fd);
	if (!ok)
		key_file_clear(out);
	return ok;
}

void key_file_clear(struct key_file *f)
{
	if (f->octets)
		secret_wipe(f->octets, f->n);
	free(f->octets);
	*f = (struct key_file){ 0 };
}
