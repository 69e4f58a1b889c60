/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rekey of ours under way, and who wins when two meet. */
#include "core/sa_work.h"

#include <glib.h>

#include "core/sa.h"

struct sa_work *sa_work_new(struct sa *sa)
{
	struct sa_work *k = g_new0(struct sa_work, 1);

	rng_fill(&sa->gateway->ops.rng, k->ni, sizeof(k->ni));
	sa->work = k;
	return k;
}

enum err sa_work_make_dh(struct sa_work *k, uint16_t group)
{
	if (!suite_dh_supported(group))
		return ERR_UNSUPPORTED;
	dh_free(k->dh);
	k->dh = dh_new(group);
	k->group = group;
	return k->dh ? ERR_OK : ERR_CRYPTO;
}

void sa_work_forget(struct sa *sa)
{
	if (!sa->work)
		return;
	dh_free(sa->work->dh);
	g_clear_pointer(&sa->work, g_free);
}

/* Octet by octet; of two that begin alike the shorter one is lower. */
static bool is_lower(struct span a, struct span b)
{
	int order = memcmp(a.p, b.p, MIN(a.n, b.n));

	return order ? order < 0 : a.n < b.n;
}

static struct span lower_of(struct span a, struct span b)
{
	return is_lower(b, a) ? b : a;
}

void sa_work_crossed(struct sa_work *k, struct span ni, struct span nr)
{
	struct span low = lower_of(ni, nr);

	k->crossed = true;
	k->lowest_n = (uint16_t)MIN(low.n, sizeof(k->lowest));
	memcpy(k->lowest, low.p, k->lowest_n);
}

bool sa_work_has_lost(const struct sa_work *k, struct span nr)
{
	return k->crossed &&
	       is_lower(lower_of(SPAN_OF(k->ni), nr), span_of(k->lowest, k->lowest_n));
}
