/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escapes what goes into a page. */
#include "report/html.h"

void html_text(FILE *out, const char *text)
{
	char *valid = g_utf8_make_valid(text ? text : "", -1);

	for (const char *c = valid; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t' ? '?' : *c, out);
		}
	}
	g_free(valid);
}

void html_element(FILE *out, const char *tag, const char *cls, const char *text)
{
	if (cls)
		fprintf(out, "<%s class=\"%s\">", tag, cls);
	else
		fprintf(out, "<%s>", tag);
	html_text(out, text);
	fprintf(out, "</%s>", tag);
}

void html_format(FILE *out, const char *tag, const char *cls, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	html_element(out, tag, cls, text);
	g_free(text);
}

void html_fact(FILE *out, const char *name, const char *text)
{
	html_element(out, "dt", NULL, name);
	html_element(out, "dd", NULL, text);
	fputc('\n', out);
}
