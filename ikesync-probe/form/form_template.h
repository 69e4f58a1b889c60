/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forms to begin with. */
#ifndef IKESYNC_PROBE_FORM_TEMPLATE_H
#define IKESYNC_PROBE_FORM_TEMPLATE_H

/* The name of template `i` and what it is; NULL: there are no more. */
const char *form_template_name(unsigned i, const char **meaning);
/* Its text; NULL: there is none of that name. Free with g_free(). */
char *form_template(const char *name);

#endif
