/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at the numbers alone. */
#include "diagnosis/status_guess.h"

#include <stdbool.h>

#include "wire/stub_message.h"

#define NAMED_MAX 5

/* Are they `from`, from + by, ...? */
static bool run_of(const uint16_t *items, unsigned n, unsigned from, int by)
{
	for (unsigned i = 0; i < n; i++)
		if (items[i] != (uint16_t)(from + (unsigned)((int)i * by)))
			return false;
	return n > 0;
}

static unsigned times(const uint16_t *items, unsigned n, unsigned item)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i++)
		found += items[i] == item;
	return found;
}

/* "missing: the status of item 3, 7 and 12 more", where that many of them come so often. */
static void name_some(GPtrArray *out, const uint16_t *items, unsigned n, unsigned asked,
		      bool missing)
{
	GString *s =
	    g_string_new(missing ? "missing: the status of item" : "more than one status of item");
	unsigned found = 0;

	for (unsigned i = 0; i < asked; i++) {
		const unsigned t = times(items, n, i);

		if (missing ? t : t < 2)
			continue;
		if (found++ < NAMED_MAX)
			g_string_append_printf(s, "%s %u", found > 1 ? "," : "", i);
	}
	if (found > NAMED_MAX)
		g_string_append_printf(s, " and %u more", found - NAMED_MAX);
	if (found)
		g_ptr_array_add(out, g_string_free(s, FALSE));
	else
		g_string_free(s, TRUE);
}

static bool ascends(const uint16_t *items, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		if (items[i] < items[i - 1])
			return false;
	return true;
}

GPtrArray *status_guess(const uint16_t *items, unsigned n, unsigned asked)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	if (run_of(items, n, 0, 1) && n == asked)
		return out;
	if (n == 1 && items[0] == STUB_ITEM_ALL) {
		g_ptr_array_add(
		    out, g_strdup("one status for the whole request, and none for its items"));
		return out;
	}
	if (n > 1 && times(items, n, items[0]) == n) {
		g_ptr_array_add(out, g_strdup_printf("all statuses speak of item %u", items[0]));
		return out;
	}
	if (n > 1 && n == asked && run_of(items, n, 1, 1)) {
		g_ptr_array_add(out, g_strdup("the items are counted from 1, not from 0"));
		return out;
	}
	if (n > 1 && run_of(items, n, n - 1, -1))
		g_ptr_array_add(out, g_strdup("the statuses come in reverse order"));
	else if (!ascends(items, n))
		g_ptr_array_add(out, g_strdup("the statuses come in another order than was asked"));
	name_some(out, items, n, asked, true);
	name_some(out, items, n, asked, false);
	return out;
}
