/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for people: how wide it may be, whether it may have colour, and wrapping. */
#ifndef IKESYNC_PROBE_REPORT_LAYOUT_H
#define IKESYNC_PROBE_REPORT_LAYOUT_H

#include <stdbool.h>
#include <stdio.h>

/* Columns of the terminal behind `out` (40 to 100); 80 for what is no terminal. */
unsigned layout_columns(FILE *out);
/* A terminal, and neither NO_COLOR nor TERM=dumb is set. */
bool layout_colour(FILE *out);
/* Do both end at the same terminal, file or pipe? */
bool layout_same(FILE *a, FILE *b);

/* Wrap `text` behind `indent` columns, of which `label` takes the first line's beginning. */
void layout_wrapped(FILE *out, unsigned indent, const char *label, const char *text);
/* At most `columns` of `text`, the end replaced by "...". Free with g_free(). */
char *layout_cut(const char *text, unsigned columns);

/* Flush stdout. false, with a message on stderr: something could not be written. A reader that went
 * away (head, less) is no error. */
bool layout_finish_stdout(void);

#endif
