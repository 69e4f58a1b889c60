/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of strangers as HTML. */
#ifndef IKESYNC_PROBE_REPORT_HTML_H
#define IKESYNC_PROBE_REPORT_HTML_H

#include <glib.h>
#include <stdio.h>

/* `text` as content or inside a quoted attribute; control characters become "?". NULL: nothing. */
void html_text(FILE *out, const char *text);
/* <tag class="cls">text</tag>; no class where `cls` is NULL. */
void html_element(FILE *out, const char *tag, const char *cls, const char *text);
/* As html_element(), formatted. */
void html_format(FILE *out, const char *tag, const char *cls, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* A name and what is said of it, inside <dl class="facts">. */
void html_fact(FILE *out, const char *name, const char *text);

#endif
