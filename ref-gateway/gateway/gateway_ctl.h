/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway tells those who run it, and does for them, by its own door (tool/ctl.h). */
#ifndef IKESYNC_GATEWAY_GATEWAY_CTL_H
#define IKESYNC_GATEWAY_GATEWAY_CTL_H

#include "gateway.h"
#include "tool/ctl.h"
#include "tool/metrics.h"

/* What the commands work on. All must outlive the door. */
struct gateway_ctl {
	struct gateway *gateway;
	bool (*reload)(void *user);    /* as SIGHUP; false: it was refused */
	metrics_gather_fn *statistics; /* what is counted */
	void *user;
};

/* For ctl_serve(), with a struct gateway_ctl, and for --help. */
extern const struct ctl_command gateway_ctl_commands[];

#endif
