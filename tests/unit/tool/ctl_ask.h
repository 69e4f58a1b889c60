/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever runs a daemon, at its control socket: asks, while the loop of the test serves. */
#ifndef IKESYNC_TESTS_CTL_ASK_H
#define IKESYNC_TESTS_CTL_ASK_H

/* Connected, and not blocking. */
int ctl_ask_call(const char *path);
/* All that is said to `line`, which the caller frees. `turns`: of the loop until then; NULL: not counted. */
char *ctl_ask(const char *path, const char *line, unsigned *turns);
/* The answer has `what` in it. */
void ctl_ask_says(const char *path, const char *line, const char *what);
unsigned ctl_ask_lines(const char *text);

#endif
