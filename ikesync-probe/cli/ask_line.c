/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads answers. A terminal shows again what is typed, however the question ends. */
#include "cli/ask_line.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

bool ask_line_interrupted(void)
{
	return interrupted;
}

bool ask_line_is_person(void)
{
	return isatty(STDIN_FILENO);
}

/* An octet at a time: stdio would keep a hidden answer in a buffer that nobody wipes. */
static bool read_line(char out[static ASK_LINE_MAX])
{
	size_t n = 0;

	for (;;) {
		const ssize_t got = read(STDIN_FILENO, &out[n], 1);

		if (got == 0 && n > 0)
			break;
		if (got <= 0)
			return false;
		if (out[n] == '\n')
			break;
		if (++n == ASK_LINE_MAX)
			return false;
	}
	out[n] = '\0';
	if (n && out[n - 1] == '\r')
		out[n - 1] = '\0';
	return true;
}

bool ask_line(const char *question, bool hidden, char out[static ASK_LINE_MAX])
{
	const bool dark = hidden && ask_line_is_person();
	const struct sigaction watch = { .sa_handler = on_interrupt }; /* read() ends with it */
	struct sigaction before;
	struct termios shown;
	bool ok;

	fprintf(stderr, "%s ", question);
	fflush(stderr);
	sigaction(SIGINT, &watch, &before);
	if (dark && tcgetattr(STDIN_FILENO, &shown) == 0) {
		struct termios quiet = shown;

		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		ok = read_line(out);
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	} else {
		ok = read_line(out);
		if (!ask_line_is_person())
			fputc('\n', stderr);
	}
	sigaction(SIGINT, &before, NULL);
	if (ok && !hidden)
		g_strstrip(out);
	return ok && !interrupted;
}
