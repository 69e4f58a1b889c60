/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bank's own door for who runs it: a Unix socket that nobody else may open. A caller says one line, and is answered by lines, of
 * which the last is "ok", or "error: " and why.
 */
#ifndef IKESYNC_BANK_CTL_H
#define IKESYNC_BANK_CTL_H

#include "server.h"

struct ctl;

/* Make the socket, mode 0600; one that nobody listens on makes way. NULL and a GError. */
struct ctl *ctl_new(const char *path, GMainContext *context, GError **error);
/* Answer from now on. `reload`: as SIGHUP; false: it was refused. All must outlive it. */
void ctl_serve(struct ctl *c, struct bank *bank, struct server *server, bool (*reload)(void *user),
	       void *user);
/* Hangs up; the socket goes. NULL is none. */
void ctl_free(struct ctl *c);

/* `ikesync-bank ctl`: say `words` to the bank at `path`, and print what it says. An enum daemon_exit. */
int ctl_ask(const char *path, char **words);

/* For --help. */
extern const char ctl_commands[];

#endif
