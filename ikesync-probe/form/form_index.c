/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads an index. */
#include "form/form_index.h"

#include <glib.h>
#include <string.h>

bool form_index_read(const char *text, struct index *out)
{
	char **part = g_strsplit(text, "@", -1);
	guint64 spi = 0;
	bool ok = g_strv_length(part) == 2 &&
		  g_ascii_string_to_unsigned(part[0], 16, 0, G_MAXUINT64, &spi, NULL);

	if (ok) {
		const size_t n = strlen(part[1]);
		const bool six = part[1][0] == '[' && n > 1 && part[1][n - 1] == ']';

		if (six)
			part[1][n - 1] = '\0';
		ok = address_from_text(six ? &part[1][1] : part[1], &out->address) == ERR_OK;
	}
	g_strfreev(part);
	out->spi = spi;
	return ok;
}
