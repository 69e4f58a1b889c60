/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GLib's option parser, and what to say when it does not agree. */
#include "cli/cmd_options.h"

#include <stdio.h>

bool cmd_options_parse(const struct cmd_options *o, int argc, char **argv)
{
	GOptionContext *context = g_option_context_new(o->summary);
	GError *error = NULL;
	bool ok;

	g_option_context_add_main_entries(context, o->entries, NULL);
	g_option_context_set_description(context, o->description);
	ok = g_option_context_parse(context, &argc, &argv, &error);
	g_option_context_free(context);
	if (!ok) {
		fprintf(stderr, "ikesync-probe %s: %s\n", o->command, error->message);
		g_error_free(error);
		return false;
	}
	if (argc > 1)
		fprintf(stderr, "ikesync-probe %s: what is \"%s\"? see --help\n", o->command,
			argv[1]);
	return argc <= 1;
}
