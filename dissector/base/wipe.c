/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory in file scope that is overwritten before it is given back. */
#include "base/wipe.h"

#include "base/ws_compat.h"

struct wiped {
	struct wiped *next;
	size_t n;
	uint64_t octets[]; /* aligned for whatever is put there */
};

static struct wiped *all; /* of this file */

void *wiped_new(size_t n)
{
	struct wiped *w = wmem_alloc0(wmem_file_scope(), sizeof(*w) + n);

	w->next = all;
	w->n = n;
	all = w;
	return w->octets;
}

/* Runs before file scope ends. */
static void wipe_all(void)
{
	for (struct wiped *w = all; w; w = w->next)
		wipe(w->octets, w->n);
	all = NULL;
}

void wiped_register(void)
{
	register_cleanup_routine(wipe_all);
}
