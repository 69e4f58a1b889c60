/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges waivers: whether they hold, are over, or are needed no more. */
#include "run/waived.h"

static enum waived judge(const struct run *run, const struct result *r)
{
	switch (r->verdict) {
	case VERDICT_FAIL:
	case VERDICT_INCONCLUSIVE:
	case VERDICT_WARN:
		return waiver_is_over(r->waiver, run->began) ? WAIVED_OVER : WAIVED;
	case VERDICT_PASS:
	case VERDICT_INFO:
		return WAIVED_NEEDLESS;
	default:
		return WAIVED_NOT;
	}
}

void waived_judge(const struct run *run)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		struct result *r = g_ptr_array_index(run->results, i);

		if (run->probe->options.waivers)
			r->waiver = waivers_for(run->probe->options.waivers, r->c->id);
		r->waived = r->waiver ? judge(run, r) : WAIVED_NOT;
	}
	for (unsigned i = 0; i < run->results->len; i++) {
		struct result *r = g_ptr_array_index(run->results, i);

		if (!r->waiver && r->see && r->see->waived == WAIVED &&
		    r->verdict == VERDICT_INCONCLUSIVE) {
			r->waiver = r->see->waiver;
			r->waived = WAIVED;
		}
	}
}

char *waived_text(const struct result *r)
{
	switch (r->waived) {
	case WAIVED:
		return g_strdup_printf("waived until %s: %s", r->waiver->until, r->waiver->reason);
	case WAIVED_OVER:
		return g_strdup_printf("was waived until %s: %s", r->waiver->until,
				       r->waiver->reason);
	case WAIVED_NEEDLESS:
		return g_strdup_printf("passed although waived: the waiver can go (%s)",
				       r->waiver->reason);
	default:
		return NULL;
	}
}

const char *waived_name(enum waived w)
{
	static const char *const names[] = {
		[WAIVED_NOT] = "",
		[WAIVED] = "holds",
		[WAIVED_OVER] = "over",
		[WAIVED_NEEDLESS] = "needless",
	};

	return names[w];
}
