/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bank tells those who run it, and does for them, by its own door (tool/ctl.h). */
#ifndef IKESYNC_BANK_BANK_CTL_H
#define IKESYNC_BANK_BANK_CTL_H

#include "server.h"
#include "tool/ctl.h"

/* What the commands work on. All must outlive the door. */
struct bank_ctl {
	struct bank *bank;
	struct server *server;
	gint64 began;               /* monotonic, us */
	bool (*reload)(void *user); /* as SIGHUP; false: it was refused */
	void *user;
};

/* For ctl_serve(), with a struct bank_ctl, and for --help. */
extern const struct ctl_command bank_ctl_commands[];

#endif
