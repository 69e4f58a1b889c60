/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a decoded message. */
#include "report/decode_line.h"

#define HEX_OCTETS 32

static void line_free(void *data)
{
	struct decoded_line *l = data;

	g_free(l->text);
	g_free(l);
}

GPtrArray *decode_new(void)
{
	return g_ptr_array_new_with_free_func(line_free);
}

static void add(GPtrArray *out, size_t offset, size_t n, unsigned depth, bool broken, char *text)
{
	struct decoded_line *l = g_new(struct decoded_line, 1);

	*l = (struct decoded_line){ offset, n, depth, broken, text };
	g_ptr_array_add(out, l);
}

void decode_line(GPtrArray *out, size_t offset, size_t n, unsigned depth, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(out, offset, n, depth, false, g_strdup_vprintf(format, args));
	va_end(args);
}

void decode_broken(GPtrArray *out, size_t offset, size_t n, unsigned depth, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(out, offset, n, depth, true, g_strdup_vprintf(format, args));
	va_end(args);
}

char *decode_hex(struct span s)
{
	GString *hex = g_string_new(NULL);

	for (size_t i = 0; i < MIN(s.n, (size_t)HEX_OCTETS); i++)
		g_string_append_printf(hex, "%02x", s.p[i]);
	if (s.n > HEX_OCTETS)
		g_string_append(hex, "...");
	return g_string_free(hex, FALSE);
}
