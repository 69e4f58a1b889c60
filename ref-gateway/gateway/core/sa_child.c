/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs, as their IKE SA keeps them. */
#include "core/sa_child.h"

#include <glib.h>

#include "core/gateway_state.h"
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

/* RFC 7296 section 2.23: on the NAT port a client may get another address and not know it. */
static struct data_plane_path path_of(const struct sa *sa)
{
	return (struct data_plane_path){ .local = sa->path.local,
					 .remote = sa->path.remote,
					 .nat = sa->path.nat,
					 .learns = sa->path.nat };
}

bool sa_child_add(struct sa *sa, struct sa_child *child, const struct ike_ts_list *tsi,
		  const struct ike_ts_list *tsr)
{
	const struct data_plane *plane = &sa->gateway->ops.data_plane;
	struct data_plane_child c = { .spi_in = child->spi_in,
				      .spi_out = child->spi_out,
				      .suite = &child->suite,
				      .transport = child->transport,
				      .keys = &child->keys,
				      .tsi = tsi,
				      .tsr = tsr,
				      .path = path_of(sa) };

	if (plane->ops && !plane->ops->install(plane->self, &c))
		return false;
	child->next = sa->children;
	sa->children = child;
	sa->n_children++;
	return true;
}

void sa_child_remove(struct sa *sa, struct sa_child **at)
{
	const struct data_plane *plane = &sa->gateway->ops.data_plane;
	struct sa_child *child = *at;

	*at = child->next;
	sa->n_children--;
	if (plane->ops)
		plane->ops->remove(plane->self, child->spi_in);
	sa_child_free(child);
}
