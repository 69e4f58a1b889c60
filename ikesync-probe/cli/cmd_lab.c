/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Becomes the script that keeps a lab (tests/lab/lab, installed in libexec). */
#include "cli/cmd_lab.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <unistd.h>

#include "run/run.h"

int cmd_lab(int argc, char **argv)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *bin = g_path_get_dirname(self ? self : "");
	/* below whatever prefix this program stands in; a build tree is laid out alike */
	g_autofree char *script = g_build_filename(bin, "..", "libexec", "ikesync", "lab", NULL);
	char **args = g_new0(char *, (gsize)argc + 1);

	args[0] = script;
	for (int i = 1; i < argc; i++)
		args[i] = argv[i];
	(void)g_setenv("IKESYNC_BIN", bin, TRUE);
	execv(script, args);
	fprintf(stderr, "ikesync-probe lab: cannot start %s: %s\n", script, g_strerror(errno));
	g_free(args);
	return RUN_INTERNAL;
}
