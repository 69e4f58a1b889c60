/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the reference client: sockets, the timer, signals, and its events as lines. */
#ifndef IKESYNC_PROBE_CLI_CLIENT_RUN_H
#define IKESYNC_PROBE_CLI_CLIENT_RUN_H

#include <glib.h>

#include "cli/client_traffic.h"
#include "roamer/roamer.h"

struct client_run {
	const struct roamer_config *config;
	struct address source; /* family 0: the kernel's choice */
	bool json;
	bool once;     /* end when there is nothing left to do */
	int resume_at; /* number of the gateway to go on to after the login; -1: none */
	guint stay_ms; /* between the two */
	struct client_traffic_config traffic; /* device NULL: none is carried */
};

/*
 * Log in and live until SIGINT or SIGTERM, or until it is over; SIGUSR1 makes it resume at the next
 * gateway. The exit code of the command.
 */
int client_run(const struct client_run *run);

#endif
