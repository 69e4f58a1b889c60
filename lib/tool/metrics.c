/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures on their way to who wants them. */
#include "tool/metrics.h"

static void list_one(const struct metric *m, void *listing)
{
	listing_count(listing, m->name, m->value);
}

void metrics_list(metrics_gather_fn *gather, void *user, struct listing *out)
{
	listing_begin(out, LISTING_SHEET);
	gather(list_one, out, user);
	listing_end(out);
}
