/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A conversation of hand-made messages with the target's gateway. */
#ifndef IKESYNC_PROBE_CLI_SEND_RUN_H
#define IKESYNC_PROBE_CLI_SEND_RUN_H

#include "form/form.h"
#include "target/target.h"

/*
 * Say each message on stdout as it goes out, and each that comes back. `name` is the form's, for complaints. Returns the exit
 * code: 0 each was answered, 1 one was not, 2 the form asks for what is not known, 3 the start failed, 130 interrupted.
 */
int send_run(const struct target *t, const struct form *f, const char *name);

#endif
