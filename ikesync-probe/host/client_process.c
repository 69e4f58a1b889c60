/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts and ends the client under test. */
#include "host/client_process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* From the first SIGTERM to the second, and from that to SIGKILL. */
#define GOODBYE_MS 2000
#define HURRY_MS 100
#define TURN_MS 5

char *client_process_command(const char *hook, const struct client_word *words, size_t n)
{
	GString *s = g_string_new(hook);

	for (size_t i = 0; i < n; i++) {
		char *name = g_strdup_printf("{%s}", words[i].name);

		g_string_replace(s, name, words[i].value, 0);
		g_free(name);
	}
	return g_string_free(s, FALSE);
}

static void own_group(gpointer user)
{
	(void)user;
	(void)setpgid(0, 0);
}

bool client_process_start(struct client_process *c, struct evidence *e, const char *command)
{
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	GError *why = NULL;

	memset(c, 0, sizeof(*c));
	/* g_spawn_async() takes char ** and does not write to it */
	if (g_spawn_async(NULL, (char **)(uintptr_t)argv, NULL,
			  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, own_group, NULL,
			  &c->pid, &why))
		return true;
	evidence_inconclusive(e, "[hooks] client-start cannot be run: %s", why->message);
	g_error_free(why);
	return false;
}

bool client_process_ended(struct client_process *c)
{
	if (c->pid && !c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->ended;
}

void client_process_end(struct client_process *c)
{
	if (!c->pid)
		return;
	/* nobody answers its goodbye any more: the second one says so */
	for (unsigned i = 0; i < 2 && !client_process_ended(c); i++) {
		const uint64_t until = probe_now() + (i ? GOODBYE_MS : HURRY_MS);

		(void)kill(-c->pid, SIGTERM);
		while (!client_process_ended(c) && probe_now() < until)
			g_usleep(TURN_MS * 1000);
	}
	/* what it has left behind, too */
	(void)kill(-c->pid, SIGKILL);
	if (!c->ended)
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			;
	memset(c, 0, sizeof(*c));
}
