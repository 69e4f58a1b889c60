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
						       .path = c->path };
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

static void move_child(void *self, uint32_t spi_in, const struct data_plane_path *path)
{
	struct memory_plane *p = self;

	for (unsigned i = 0; i < p->n; i++)
		if (p->live[i].spi_in == spi_in) {
			p->live[i].path = *path;
			p->moved++;
			return;
		}
	p->unknown++;
}

static bool ask(void *self, uint32_t spi_in, struct data_plane_traffic *out)
{
	struct memory_plane *p = self;

	for (unsigned i = 0; i < p->n; i++)
		if (p->live[i].spi_in == spi_in) {
			*out = p->live[i].traffic;
			out->path = p->live[i].path;
			return true;
		}
	return false;
}

struct data_plane memory_plane_service(struct memory_plane *p)
{
	static const struct data_plane_ops ops = { install, remove_child, move_child, ask };

	return (struct data_plane){ &ops, p };
}
