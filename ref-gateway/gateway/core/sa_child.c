/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs, as their IKE SA keeps them. */
#include "core/sa_child.h"

#include <glib.h>

#include "core/sa.h"

struct sa_child *sa_child_find_out(struct sa *sa, uint32_t spi_out, struct sa_child ***at)
{
	for (*at = &sa->children; **at; *at = &(**at)->next)
		if ((**at)->spi_out == spi_out)
			return **at;
	return NULL;
}

void sa_child_free(struct sa_child *child)
{
	child_keys_clear(&child->keys);
	g_free(child);
}
