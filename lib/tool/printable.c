/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of strangers, cleaned for logs and terminals. */
#include "tool/printable.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

const char *printable(const char *in, char *out, size_t cap)
{
	size_t n = 0;

	while (*in && n + 5 < cap) {
		gunichar u = g_utf8_get_char_validated(in, -1);
		bool valid = u != (gunichar)-1 && u != (gunichar)-2;
		size_t length = valid ? (size_t)g_utf8_skip[(guchar)*in] : 1;
		GUnicodeType type = valid ? g_unichar_type(u) : G_UNICODE_CONTROL;
		bool odd = type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
			   type == G_UNICODE_LINE_SEPARATOR ||
			   type == G_UNICODE_PARAGRAPH_SEPARATOR;

		if (n + 4 * length + 1 > cap)
			break;
		for (size_t i = 0; i < length; i++) {
			if (odd)
				n += (size_t)snprintf(&out[n], cap - n, "\\x%02x",
						      (unsigned char)in[i]);
			else
				out[n++] = in[i];
		}
		in = &in[length];
	}
	out[n] = '\0';
	return out;
}
