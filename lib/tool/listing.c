/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as text and as JSON. */
#include "tool/listing.h"

#include <glib.h>
#include <string.h>

#include "tool/printable.h"

#define VALUE_MAX 2048

struct listing {
	GString *out;
	bool json;
	bool sheet;       /* of the record that is open */
	bool begun;       /* it has a field */
	const char *list; /* open; NULL: none */
	bool inner;       /* a record of it is open */
	bool second;      /* it has one already */
};

struct listing *listing_new(bool json)
{
	struct listing *l = g_new0(struct listing, 1);

	l->out = g_string_new(NULL);
	l->json = json;
	return l;
}

void listing_free(struct listing *l)
{
	if (!l)
		return;
	g_string_free(l->out, TRUE);
	g_free(l);
}

static void append_name(struct listing *l, const char *name)
{
	if (!l->json) {
		g_string_append(l->out, name);
		return;
	}
	g_string_append_c(l->out, '"');
	for (; *name; name++)
		g_string_append_c(l->out, *name == ' ' || *name == '-' ? '_' : *name);
	g_string_append(l->out, "\":");
}

/* Between quotes; what printable() leaves needs no other escapes, in JSON as in a line. */
static void append_quoted(struct listing *l, const char *value)
{
	char text[VALUE_MAX];

	g_string_append_c(l->out, '"');
	for (const char *p = printable(value, text, sizeof(text)); *p; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_c(l->out, '\\');
		g_string_append_c(l->out, *p);
	}
	g_string_append_c(l->out, '"');
}

static void append_plain(struct listing *l, const char *value)
{
	char text[VALUE_MAX];

	g_string_append(l->out, printable(value, text, sizeof(text)));
}

static bool is_sheet(const struct listing *l)
{
	return l->sheet && !l->inner;
}

/* What stands before a value; `named`: a line says its name, too. */
static void begin_field(struct listing *l, const char *name, bool named)
{
	if (l->json && l->begun)
		g_string_append_c(l->out, ',');
	else if (!l->json && l->begun && !is_sheet(l))
		g_string_append_c(l->out, ' ');
	l->begun = true;
	if (l->json) {
		append_name(l, name);
	} else if (is_sheet(l)) {
		append_name(l, name);
		g_string_append(l->out, ": ");
	} else if (named) {
		append_name(l, name);
		g_string_append_c(l->out, '=');
	}
}

static void end_field(struct listing *l)
{
	if (!l->json && is_sheet(l))
		g_string_append_c(l->out, '\n');
}

void listing_begin(struct listing *l, enum listing_form form)
{
	l->begun = false;
	if (l->list) {
		if (l->json && l->second)
			g_string_append_c(l->out, ',');
		l->inner = l->second = true;
		if (!l->json)
			g_string_append_printf(l->out, "%s: ", l->list);
	} else {
		l->sheet = form == LISTING_SHEET;
	}
	if (l->json)
		g_string_append_c(l->out, '{');
}

void listing_end(struct listing *l)
{
	if (l->json)
		g_string_append_c(l->out, '}');
	if (!(l->json ? l->inner : is_sheet(l)))
		g_string_append_c(l->out, '\n');
	l->inner = false;
	l->begun = true; /* of the one around it */
}

void listing_open(struct listing *l, const char *name)
{
	if (l->json) {
		begin_field(l, name, true);
		g_string_append_c(l->out, '[');
	}
	l->list = name;
	l->second = false;
}

void listing_shut(struct listing *l)
{
	if (l->json)
		g_string_append_c(l->out, ']');
	l->list = NULL;
}

static void write_value(struct listing *l, const char *name, const char *value, bool named,
			bool quoted)
{
	if (!value)
		return;
	begin_field(l, name, named);
	if (l->json || (quoted && !is_sheet(l)))
		append_quoted(l, value);
	else
		append_plain(l, value);
	end_field(l);
}

void listing_word(struct listing *l, const char *name, const char *value)
{
	write_value(l, name, value, true, false);
}

void listing_bare(struct listing *l, const char *name, const char *value)
{
	write_value(l, name, value, false, false);
}

void listing_text(struct listing *l, const char *name, const char *value)
{
	write_value(l, name, value, true, true);
}

void listing_count(struct listing *l, const char *name, uint64_t value)
{
	begin_field(l, name, true);
	g_string_append_printf(l->out, "%" G_GUINT64_FORMAT, value);
	end_field(l);
}

void listing_flag(struct listing *l, const char *name, bool value)
{
	begin_field(l, name, true);
	g_string_append(l->out, l->json ? (value ? "true" : "false") : (value ? "yes" : "no"));
	end_field(l);
}

void listing_mark(struct listing *l, const char *name, bool value)
{
	if (l->json || is_sheet(l)) {
		listing_flag(l, name, value);
	} else if (value) {
		begin_field(l, name, false);
		g_string_append(l->out, name);
	}
}

char *listing_take(struct listing *l)
{
	char *text = g_strndup(l->out->str, l->out->len);

	g_string_truncate(l->out, 0);
	return text;
}

size_t listing_size(const struct listing *l)
{
	return l->out->len;
}
