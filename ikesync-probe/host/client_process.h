/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client under test as a process that hooks of the target file start. */
#ifndef IKESYNC_PROBE_HOST_CLIENT_PROCESS_H
#define IKESYNC_PROBE_HOST_CLIENT_PROCESS_H

#include "run/evidence.h"
#include "run/probe.h"

struct client_process {
	GPid pid; /* 0: none */
	bool ended;
	int status; /* of waitpid(), when it ended */
};

/* What stands for `{name}` in a hook. */
struct client_word {
	const char *name, *value;
};

/* Put the words in. g_free(). */
char *client_process_command(const char *hook, const struct client_word *words, size_t n);
/* Start a shell with `command` in a group of its own. false: stated inconclusive. */
bool client_process_start(struct client_process *c, struct evidence *e, const char *command);
/* Notice its end. true: it has ended. */
bool client_process_ended(struct client_process *c);
/* SIGTERM, and SIGKILL when that does not help; for all that it has started in its group. */
void client_process_end(struct client_process *c);

#endif
