/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deliberate defects, to prove that the probe's cases can fail (tests/defects/). Compiled into the *-defects
 * programs of the build tree alone; in every other program defect() is the constant false.
 */
#ifndef IKESYNC_TOOL_DEFECT_H
#define IKESYNC_TOOL_DEFECT_H

#include <stdbool.h>

#ifdef IKESYNC_DEFECTS
#include <stdlib.h>
#include <string.h>

/* Is `name` the value of the environment variable IKESYNC_DEFECT? */
static inline bool defect(const char *name)
{
	const char *active = getenv("IKESYNC_DEFECT");

	return active && strcmp(active, name) == 0;
}
#else
static inline bool defect(const char *name)
{
	(void)name;
	return false;
}
#endif

#endif
