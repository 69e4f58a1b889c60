/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of this run's stubs. */
#include "run/traces.h"

#include "run/evidence.h"

static GArray *list_of(struct probe *p)
{
	if (!p->traces)
		p->traces = g_array_new(FALSE, FALSE, sizeof(struct trace));
	return p->traces;
}

void traces_note(struct probe *p, const struct evidence *e, const struct index *ix)
{
	GArray *list = list_of(p);
	struct trace t = { .index = *ix };

	for (unsigned i = 0; i < list->len; i++)
		if (index_equal(&g_array_index(list, struct trace, i).index, ix))
			return;
	g_strlcpy(t.case_id, e->c->id, sizeof(t.case_id));
	if (list->len < TRACES_MAX)
		g_array_append_val(list, t);
}

const GArray *traces_of(const struct probe *p)
{
	return p->traces;
}

void traces_add(struct probe *p, const void *octets, size_t n)
{
	GArray *list = list_of(p);
	const size_t room = TRACES_MAX - MIN(list->len, TRACES_MAX);

	g_array_append_vals(list, octets, (guint)MIN(n / sizeof(struct trace), room));
}

void traces_free(struct probe *p)
{
	g_clear_pointer(&p->traces, g_array_unref);
}
