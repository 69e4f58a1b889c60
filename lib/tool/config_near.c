/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How near two words are, for "did you mean". */
#include "tool/config_near.h"

#include <string.h>

#define NAME_MAX_OCTETS 64

/* Optimal string alignment, three rows. */
unsigned config_distance(const char *a, const char *b)
{
	unsigned rows[3][NAME_MAX_OCTETS + 1];
	size_t na = strlen(a), nb = strlen(b);
	unsigned *last = rows[0], *row = rows[1], *before = rows[2], *swap;

	if (na > NAME_MAX_OCTETS || nb > NAME_MAX_OCTETS)
		return (unsigned)MAX(na, nb);
	for (size_t j = 0; j <= nb; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);

			d = MIN(d, last[j] + 1);
			d = MIN(d, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = MIN(d, before[j - 2] + 1);
			row[j] = d;
		}
		swap = before;
		before = last;
		last = row;
		row = swap;
	}
	return last[nb];
}

const char *config_near(const GPtrArray *names, const char *typed)
{
	unsigned best = (unsigned)strlen(typed) / 3 + 1;
	const char *found = NULL;

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		unsigned d = config_distance(typed, name);

		if (d < best || (d == best && !found)) {
			best = d;
			found = name;
		}
	}
	return found;
}
