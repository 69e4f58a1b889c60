/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue/selector.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue.h"

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

static bool matches_range(const char *selector, const char *id)
{
	char **ends = g_strsplit(selector, "-", 2);
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

bool selector_matches(const char *selector, const char *id)
{
	char *upper, letter, letter_id;
	unsigned long number, number_id;
	bool ok;

	if (strchr(selector, '-'))
		return matches_range(selector, id);
	if (g_ascii_isalpha(selector[0]) && selector[1] == '\0')
		return g_ascii_toupper(selector[0]) == id[0];
	if (split(selector, &letter, &number))
		return split(id, &letter_id, &number_id) && letter == letter_id &&
		       number == number_id;
	upper = g_ascii_strup(selector, -1);
	ok = g_pattern_match_simple(upper, id);
	g_free(upper);
	return ok;
}

bool selector_matches_any(const char *selector)
{
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	for (size_t i = 0; i < n; i++)
		if (selector_matches(selector, all[i]->id))
			return true;
	return false;
}

GPtrArray *selector_choose(char **selectors, const char **bad)
{
	bool any_positive = false;
	size_t n;
	const struct probe_case *const *all = catalogue(&n);
	GPtrArray *chosen;

	for (char **s = selectors; s && *s; s++) {
		if (!selector_matches_any((*s)[0] == '!' ? *s + 1 : *s)) {
			*bad = *s;
			return NULL;
		}
		any_positive |= (*s)[0] != '!';
	}
	chosen = g_ptr_array_new();
	for (size_t i = 0; i < n; i++) {
		bool in = !any_positive;

		for (char **s = selectors; s && *s; s++)
			in |= (*s)[0] != '!' && selector_matches(*s, all[i]->id);
		/* an exclusion wins wherever it stands */
		for (char **s = selectors; s && *s; s++)
			in &= (*s)[0] != '!' || !selector_matches(*s + 1, all[i]->id);
		if (in)
			g_ptr_array_add(chosen, (void *)(uintptr_t)all[i]);
	}
	return chosen;
}
