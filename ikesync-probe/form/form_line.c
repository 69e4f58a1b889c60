/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits lines. */
#include "form/form_line.h"

static void word_free(gpointer data)
{
	g_string_free(data, TRUE);
}

const char *form_line_word(const GPtrArray *words, unsigned i)
{
	return i < words->len ? ((const GString *)g_ptr_array_index(words, i))->str : "";
}

struct span form_line_octets(const GPtrArray *words, unsigned i)
{
	const GString *s = g_ptr_array_index(words, i);

	return span_of(s->str, s->len);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* \" \\ \xNN; *i stands on the backslash, then on its last character. */
static bool escape(struct span t, size_t *i, GString *out)
{
	int high, low;

	if (*i + 1 >= t.n)
		return false;
	++*i;
	if (t.p[*i] == '"' || t.p[*i] == '\\') {
		g_string_append_c(out, (char)t.p[*i]);
		return true;
	}
	if (t.p[*i] != 'x' || *i + 2 >= t.n)
		return false;
	high = g_ascii_xdigit_value((char)t.p[*i + 1]);
	low = g_ascii_xdigit_value((char)t.p[*i + 2]);
	*i += 2;
	if (high < 0 || low < 0)
		return false;
	g_string_append_c(out, (char)(high << 4 | low));
	return true;
}

/* The word that begins with a quote at *i; *i then stands behind its end. */
static bool quoted(struct span t, size_t *i, GString *out)
{
	for (++*i; *i < t.n; ++*i) {
		if (t.p[*i] == '"') {
			++*i;
			return *i == t.n || is_blank(t.p[*i]);
		}
		if (t.p[*i] != '\\')
			g_string_append_c(out, (char)t.p[*i]);
		else if (!escape(t, i, out))
			return false;
	}
	return false;
}

GPtrArray *form_line_split(struct span text, unsigned line, struct form_fault *fault)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(word_free);

	for (size_t i = 0; i < text.n;) {
		GString *word;

		if (is_blank(text.p[i])) {
			i++;
			continue;
		}
		if (text.p[i] == '#')
			break;
		word = g_string_new(NULL);
		g_ptr_array_add(words, word);
		if (text.p[i] == '"') {
			if (quoted(text, &i, word))
				continue;
			form_wrong(fault, line, form_line_word(words, 0),
				   "a text ends with a quote; \\\" \\\\ \\xNN may stand in it");
			g_ptr_array_unref(words);
			return NULL;
		}
		while (i < text.n && !is_blank(text.p[i]) && text.p[i] != '#')
			g_string_append_c(word, (char)text.p[i++]);
		if (word->len != strlen(word->str)) {
			form_wrong(fault, line, "", "a zero octet stands in the text");
			g_ptr_array_unref(words);
			return NULL;
		}
	}
	return words;
}

void form_line_quote(GString *out, struct span octets)
{
	g_string_append_c(out, '"');
	for (size_t i = 0; i < octets.n; i++) {
		const uint8_t c = octets.p[i];

		if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			g_string_append_printf(out, "\\x%02x", c);
		else
			g_string_append_c(out, (char)c);
	}
	g_string_append_c(out, '"');
}
