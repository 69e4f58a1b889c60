/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All cases of this build, in one array, and the names of their groups. */
#include "catalogue/catalogue.h"

#include <glib.h>

#include "cases/cases.h"

const struct probe_case *const *catalogue(size_t *n)
{
#define POINTER(name) &case_##name,
	static const struct probe_case *const all[] = { CASES(POINTER) };
#undef POINTER

	*n = G_N_ELEMENTS(all);
	return all;
}

const struct probe_case *catalogue_find(const char *id)
{
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	for (size_t i = 0; i < n; i++)
		if (g_ascii_strcasecmp(all[i]->id, id) == 0)
			return all[i];
	return NULL;
}

const char *catalogue_group_title(char group)
{
	switch (group) {
	case 'S':
		return "sanity";
	case 'C':
		return "client against a gateway";
	case 'G':
		return "gateway against a stub bank";
	case 'K':
		return "gateway to a client";
	case 'B':
		return "stub bank to a gateway";
	case 'N':
		return "security and bad input";
	case 'P':
		return "a capture file, no traffic";
	default:
		return "";
	}
}
