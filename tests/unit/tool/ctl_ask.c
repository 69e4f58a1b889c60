/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to a control socket in the same thread. */
#include "unit/tool/ctl_ask.h"

#include <errno.h>
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

int ctl_ask_call(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

char *ctl_ask(const char *path, const char *line, unsigned *turns)
{
	GString *answer = g_string_new(NULL);
	char octets[65536];
	int fd = ctl_ask_call(path);
	ssize_t n = -1;
	unsigned count;

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	for (count = 0; n != 0; count++) {
		g_main_context_iteration(NULL, FALSE);
		n = recv(fd, octets, sizeof(octets), 0);
		if (n > 0)
			g_string_append_len(answer, octets, n);
		else if (n < 0 && errno != EAGAIN)
			break;
	}
	close(fd);
	if (turns)
		*turns = count;
	return g_string_free(answer, FALSE);
}

void ctl_ask_says(const char *path, const char *line, const char *what)
{
	g_autofree char *answer = ctl_ask(path, line, NULL);

	if (!strstr(answer, what))
		fail_msg("\"%s\" is answered \"%s\", without \"%s\"", line, answer, what);
}

unsigned ctl_ask_lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}
