/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that a service manager listens on for this program, and hands over at its start (LISTEN_FDS, as systemd has it): who connects
 * while the program is started anew waits, and is not refused. A build without libsystemd is given none.
 */
#ifndef IKESYNC_TOOL_GIVEN_H
#define IKESYNC_TOOL_GIVEN_H

#include <glib.h>
#include <stdbool.h>

#include "net/endpoint.h"

struct given;

/* What this process was given; its environment forgets it. */
struct given *given_new(void);
/* The listening TCP socket that is bound to `local`, now the caller's; -1: there is none. */
int given_take(struct given *g, const struct endpoint *local);
/* All are taken, and it is freed. Else false and a GError that names one: the manager and the configuration differ. */
bool given_end(struct given *g, GError **error);

#endif
