/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers the limits of all cases. */
#include "report/limits.h"

static const struct {
	enum limit bit;
	const char *text;
} all[] = {
	{ LIMIT_COOKIE, "a cookie was asked for without a SYN" },
	{ LIMIT_BUSY, "the bank said busy" },
	{ LIMIT_SILENCE, "an address that had answered shortly before was silent" },
};

unsigned limits_bit(const char *text)
{
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
		if (g_strcmp0(all[i].text, text) == 0)
			return all[i].bit;
	return 0;
}

static void met_free(void *data)
{
	struct limit_met *m = data;

	g_ptr_array_unref(m->cases);
	g_free(m);
}

static unsigned limits_of(const struct result *r)
{
	const bool bad = r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE;

	return !r->evidence ? 0 : r->evidence->limits & ~(bad ? 0U : (unsigned)LIMIT_SILENCE);
}

GPtrArray *limits_met(const struct run *run)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(met_free);

	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		struct limit_met *m = g_new0(struct limit_met, 1);

		m->text = all[i].text;
		m->cases = g_ptr_array_new();
		for (unsigned k = 0; k < run->results->len; k++) {
			const struct result *r = g_ptr_array_index(run->results, k);

			if (limits_of(r) & all[i].bit)
				g_ptr_array_add(m->cases, r->label);
		}
		if (m->cases->len)
			g_ptr_array_add(out, m);
		else
			met_free(m);
	}
	return out;
}
