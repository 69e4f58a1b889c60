/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the selectors of a command line to cases. */
#include "catalogue/selector.h"

#include <stdint.h>

#include "catalogue/catalogue.h"
#include "target/case_pattern.h"

bool selector_matches_any(const char *selector)
{
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	for (size_t i = 0; i < n; i++)
		if (case_pattern_matches(selector, all[i]->id))
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
			in |= (*s)[0] != '!' && case_pattern_matches(*s, all[i]->id);
		/* an exclusion wins wherever it stands */
		for (char **s = selectors; s && *s; s++)
			in &= (*s)[0] != '!' || !case_pattern_matches(*s + 1, all[i]->id);
		if (in)
			g_ptr_array_add(chosen, (void *)(uintptr_t)all[i]);
	}
	return chosen;
}
