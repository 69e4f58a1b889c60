/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question at the terminal, or to a file of answers. */
#ifndef IKESYNC_PROBE_CLI_ASK_LINE_H
#define IKESYNC_PROBE_CLI_ASK_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Longest answer. */
#define ASK_LINE_MAX 2048

/*
 * Print `question` on stderr and read a line from stdin, without its end and blanks around it. `hidden`: a terminal shows
 * nothing of what is typed; blanks are kept. Wipe `out` after a hidden one. false: there is no line any more, it was too
 * long, or Ctrl-C was pressed (ask_line_interrupted()).
 */
bool ask_line(const char *question, bool hidden, char out[static ASK_LINE_MAX]);
bool ask_line_interrupted(void);
/* Is there somebody who can answer again? */
bool ask_line_is_person(void);

#endif
