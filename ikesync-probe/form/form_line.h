/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of a form as words. */
#ifndef IKESYNC_PROBE_FORM_LINE_H
#define IKESYNC_PROBE_FORM_LINE_H

#include "form/form.h"

/* A word is a GString: between quotes anything may stand, \" \\ and \xNN too. */
const char *form_line_word(const GPtrArray *words, unsigned i);
struct span form_line_octets(const GPtrArray *words, unsigned i);
/* Split; what stands behind a # is a comment. NULL: `fault` (of line `line`). Free with g_ptr_array_unref(). */
GPtrArray *form_line_split(struct span text, unsigned line, struct form_fault *fault);
/* Append the octets between quotes, as form_line_split() reads them. */
void form_line_quote(GString *out, struct span octets);

#endif
