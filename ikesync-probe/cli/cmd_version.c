/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/cmd.h"

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("ikesync-probe %s (draft-xu-ike-sa-sync-01, profile 1)\n", IKESYNC_VERSION);
	return 0;
}
