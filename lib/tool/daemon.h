/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What gateway and bank share as daemons: privileges, readiness, signals. */
#ifndef IKESYNC_TOOL_DAEMON_H
#define IKESYNC_TOOL_DAEMON_H

#include <glib.h>
#include <stdbool.h>

/*
 * Become `user` (NULL or not root: keep, and as root a warning) once sockets are bound, drop all capabilities, ambient ones too, set no_new_privs,
 * forbid core dumps and ptrace of key material, and install a seccomp filter that denies what a network daemon never needs
 * (execve, ptrace, mount, module loading, ...; compiled out under sanitizers). false and a GError.
 */
bool daemon_drop_privileges(const char *user, GError **error);

/*
 * Tell systemd, and the file descriptor named by --ready-fd (-1: none), that serving has begun: one line "READY name=value ...\n". From then on the
 * default context tells systemd that it turns, where it wants to know (WatchdogSec=).
 */
void daemon_ready(int ready_fd, const char *line);

/* Quit `loop` on SIGINT and SIGTERM; SIGUSR1 and SIGUSR2, which somebody may send to see what happens, do nothing. */
void daemon_quit_on_signals(GMainLoop *loop);

/* What a daemon does on signals, from the loop; NULL: nothing. */
struct daemon_signals {
	void (*stop)(void *user);   /* SIGINT, SIGTERM; may come again */
	void (*reload)(void *user); /* SIGHUP */
	void (*report)(void *user); /* SIGUSR1 */
	void *user;
};
/* In the default context; `signals` is copied. */
void daemon_on_signals(const struct daemon_signals *signals);

/*
 * See that this process may have so many descriptors, raising its soft limit where the hard one lets it. false and a GError:
 * it may not.
 */
bool daemon_want_files(unsigned n, GError **error);

#endif
