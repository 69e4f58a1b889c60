/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version command. */
#include "cli/cmd_version.h"

#include <stdio.h>

int cmd_version(int argc, char **argv)
{
	if (argc > 1) {
		fprintf(stderr, "ikesync-probe version: unknown argument %s\n", argv[1]);
		return 2;
	}
	printf("ikesync-probe %s (draft-xu-ike-sa-sync-01, profile 1)\n", IKESYNC_VERSION);
	return 0;
}
