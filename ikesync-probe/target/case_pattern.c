/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns for case IDs: a case, a range, a group, a glob. */
#include "target/case_pattern.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* "C03" -> letter and number; false for anything else. */
static bool split(const char *text, char *letter, unsigned long *number)
{
	char *end;

	if (!g_ascii_isalpha(text[0]) || !g_ascii_isdigit(text[1]))
		return false;
	*letter = g_ascii_toupper(text[0]);
	*number = strtoul(text + 1, &end, 10);
	return *end == '\0';
}

static bool matches_range(const char *pattern, const char *id)
{
	char **ends = g_strsplit(pattern, "-", 2);
	char *last = NULL, letter, letter_to, letter_id;
	unsigned long from, to, number;
	bool ok = false;

	if (ends[0] && ends[1]) {
		/* "C01-08": the letter may be left out behind the dash */
		last = g_ascii_isdigit(ends[1][0]) ? g_strdup_printf("%c%s", ends[0][0], ends[1])
						   : g_strdup(ends[1]);
		ok = split(ends[0], &letter, &from) && split(last, &letter_to, &to) &&
		     letter == letter_to && split(id, &letter_id, &number) && letter_id == letter &&
		     number >= from && number <= to;
	}
	g_free(last);
	g_strfreev(ends);
	return ok;
}

bool case_pattern_matches(const char *pattern, const char *id)
{
	char *upper, letter, letter_id;
	unsigned long number, number_id;
	bool ok;

	if (strchr(pattern, '-'))
		return matches_range(pattern, id);
	if (g_ascii_isalpha(pattern[0]) && pattern[1] == '\0')
		return g_ascii_toupper(pattern[0]) == id[0];
	if (split(pattern, &letter, &number))
		return split(id, &letter_id, &number_id) && letter == letter_id &&
		       number == number_id;
	upper = g_ascii_strup(pattern, -1);
	ok = g_pattern_match_simple(upper, id);
	g_free(upper);
	return ok;
}
