/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a shell command of the target file while the loop goes on. */
#include "run/hook.h"

#include <sys/wait.h>
#include <unistd.h>

#define HOOK_MS 60000

struct child {
	bool ended;
	int status;
};

static void on_child(GPid pid, gint status, gpointer user)
{
	struct child *c = user;

	g_spawn_close_pid(pid);
	c->status = status;
	c->ended = true;
}

static bool child_ended(void *user)
{
	return ((struct child *)user)->ended;
}

/* Ctrl-C is for the probe alone: what a hook starts, a bank for example, lives on. */
static void own_group(gpointer user)
{
	(void)user;
	(void)setpgid(0, 0);
}

bool hook_run(struct probe *p, struct evidence *e, const char *key, const char *command)
{
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct child c = { 0 };
	GError *why = NULL;
	GSource *watch;
	GPid pid;

	evidence_note(e, "running [hooks] %s", key);
	/* g_spawn_async() takes char ** and does not write to it */
	if (!g_spawn_async(NULL, (char **)(uintptr_t)argv, NULL,
			   G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, own_group, NULL,
			   &pid, &why)) {
		evidence_inconclusive(e, "the hook cannot be run: %s", why->message);
		g_error_free(why);
		return false;
	}
	watch = g_child_watch_source_new(pid);
	g_source_set_callback(watch, G_SOURCE_FUNC(on_child), &c, NULL);
	g_source_attach(watch, p->context);
	/* not cut short by Ctrl-C either: half a restart would leave no bank */
	(void)probe_wait_regardless(p, child_ended, &c, HOOK_MS);
	g_source_destroy(watch);
	g_source_unref(watch);
	if (c.ended && WIFEXITED(c.status) && WEXITSTATUS(c.status) == 0)
		return true;
	if (!c.ended)
		evidence_inconclusive(e, "[hooks] %s did not end within %d s", key, HOOK_MS / 1000);
	else if (WIFEXITED(c.status))
		evidence_inconclusive(e, "[hooks] %s ended with status %d", key,
				      WEXITSTATUS(c.status));
	else
		evidence_inconclusive(e, "[hooks] %s was killed by signal %d", key,
				      WTERMSIG(c.status));
	return false;
}

bool hook_old_gateway_fail(struct probe *p, struct evidence *e)
{
	if (!p->target->old_gateway_fail || p->old_gateway_failed)
		return true;
	p->old_gateway_failed = true;
	return hook_run(p, e, "old-gateway-fail", p->target->old_gateway_fail);
}
