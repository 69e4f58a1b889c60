/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signal handlers, and the pipe that wakes the loop. */
#include "run/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "run/probe.h"
#include "run/run.h"

static int wake[2] = { -1, -1 };
static GSource *source;
static volatile sig_atomic_t times;
static bool silent;

/* Async-signal-safe calls only. */
static void on_signal(int number)
{
	static const char text[] =
	    "\ninterrupted: ending this case and writing the report; once more to "
	    "quit at once\n";
	int keep = errno;

	(void)number;
	if (times++)
		_exit(RUN_INTERRUPTED);
	probe_interrupt();
	if (!silent)
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)!write(wake[1], "", 1);
	errno = keep;
}

static gboolean on_wake(gint fd, GIOCondition condition, gpointer user)
{
	char c;

	(void)condition;
	(void)user;
	/* one turn of the loop is all that is wanted */
	while (read(fd, &c, 1) == 1)
		;
	return G_SOURCE_CONTINUE;
}

void interrupt_watch(GMainContext *context)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (!g_unix_open_pipe(wake, FD_CLOEXEC, NULL) ||
	    !g_unix_set_fd_nonblocking(wake[0], TRUE, NULL) ||
	    !g_unix_set_fd_nonblocking(wake[1], TRUE, NULL))
		g_error("no pipe for signals");
	source = g_unix_fd_source_new(wake[0], G_IO_IN);
	g_source_set_callback(source, G_SOURCE_FUNC(on_wake), NULL, NULL);
	g_source_attach(source, context);
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void interrupt_watch_forked(GMainContext *context)
{
	close(wake[0]);
	close(wake[1]);
	silent = true;
	interrupt_watch(context);
	/* what came before the fork was for the parent, which passes it on */
	times = 0;
}

void interrupt_unwatch(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	g_source_destroy(source);
	g_source_unref(source);
	close(wake[0]);
	close(wake[1]);
}
