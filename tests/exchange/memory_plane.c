/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A data plane in memory. */
#include "memory_plane.h"

static bool install(void *self, const struct data_plane_child *c)
{
	struct memory_plane *p = self;

	if (p->refuse || p->n == MEMORY_PLANE_MAX)
		return false;
	p->installed++;
	p->live[p->n++] = (struct memory_plane_child){ .spi_in = c->spi_in,
						       .spi_out = c->spi_out,
						       .transport = c->transport,
						       .keys = *c->keys,
						       .tsi = *c->tsi,
						       .tsr = *c->tsr,
						       .remote = c->remote };
	return true;
}

static void remove_child(void *self, uint32_t spi_in)
{
	struct memory_plane *p = self;

	for (unsigned i = 0; i < p->n; i++) {
		if (p->live[i].spi_in != spi_in)
			continue;
		p->live[i] = p->live[--p->n];
		p->removed++;
		return;
	}
	p->unknown++;
}

struct data_plane memory_plane_service(struct memory_plane *p)
{
	static const struct data_plane_ops ops = { install, remove_child };

	return (struct data_plane){ &ops, p };
}
