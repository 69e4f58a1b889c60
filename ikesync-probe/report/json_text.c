/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes any text fit for JSON. */
#include "report/json_text.h"

#include <glib.h>

json_t *json_text(const char *s)
{
	char *valid;
	json_t *j;

	if (!s)
		return json_null();
	valid = g_utf8_make_valid(s, -1);
	j = json_string(valid);
	g_free(valid);
	return j;
}
