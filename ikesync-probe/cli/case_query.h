/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What list and show have in common: selectors in, cases out, as text or as JSON. */
#ifndef IKESYNC_PROBE_CLI_CASE_QUERY_H
#define IKESYNC_PROBE_CLI_CASE_QUERY_H

#include <glib.h>
#include <stdbool.h>

struct case_query {
	const char *name;     /* of the subcommand */
	const char *summary;  /* "- list the test cases" */
	const char *argument; /* "[SELECTOR...]" */
	const char *description;
	bool wanted; /* without a selector there is nothing to do */
	/* Print const struct probe_case *, where JSON is not asked for. */
	void (*print)(const GPtrArray *cases);
};

/* A subcommand. Returns the exit code. */
int case_query_run(const struct case_query *q, int argc, char **argv);

#endif
