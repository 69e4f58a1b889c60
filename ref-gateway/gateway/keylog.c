/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key log file: one line an IKE SA. */
#include "keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/key_line.h"

struct keylog {
	FILE *file;
};

struct keylog *keylog_open(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "a") : NULL;
	struct keylog *k;

	if (!file) {
		g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno),
			    "key log %s: %s", path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	k = g_new0(struct keylog, 1);
	k->file = file;
	return k;
}

void keylog_close(struct keylog *k)
{
	if (!k)
		return;
	(void)fclose(k->file);
	g_free(k);
}

void keylog_write(struct keylog *k, const struct gateway_sa_keys *keys)
{
	char line[KEY_LINE_MAX];

	if (key_line(keys->keys, keys->spi_i, keys->spi_r, line, sizeof(line))) {
		(void)fprintf(k->file, "%s\n", line);
		(void)fflush(k->file);
	}
	secret_wipe(line, sizeof(line));
}
