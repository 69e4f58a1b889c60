/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs, as their IKE SA keeps them. */
#include "core/sa_child.h"

#include <glib.h>

#include "core/gateway_state.h"
#include "core/sa.h"
#include "core/sa_due.h"
#include "core/services.h"

#define ESP_SPI_MIN 256 /* RFC 4303 section 2.1: 1 to 255 are reserved */
/* Who rekeys a child deletes the old one; who forgets does not keep two. */
#define REPLACED_MS 60000

struct sa_child *sa_child_find_out(struct sa *sa, uint32_t spi_out, struct sa_child ***at)
{
	for (*at = &sa->children; **at; *at = &(**at)->next)
		if ((**at)->spi_out == spi_out)
			return **at;
	return NULL;
}

struct sa_child *sa_child_find_in(struct sa *sa, uint32_t spi_in, struct sa_child ***at)
{
	for (*at = &sa->children; **at; *at = &(**at)->next)
		if ((**at)->spi_in == spi_in)
			return **at;
	return NULL;
}

uint32_t sa_child_new_spi(struct gateway *g)
{
	uint8_t octets[4];

	do
		rng_fill(&g->ops.rng, octets, sizeof(octets));
	while (address_ip4(octets) < ESP_SPI_MIN);
	return address_ip4(octets);
}

static struct ike_ts_list list_of(const struct ike_ts *ts, unsigned n)
{
	struct ike_ts_list list = { .n = n };

	memcpy(list.at, ts, n * sizeof(*ts));
	return list;
}

struct ike_ts_list sa_child_tsi(const struct sa_child *child)
{
	return list_of(child->ts, child->n_tsi);
}

struct ike_ts_list sa_child_tsr(const struct sa_child *child)
{
	return list_of(child->ts + child->n_tsi, child->n_tsr);
}

void sa_child_free(struct sa_child *child)
{
	g_free(child->ts);
	child_keys_clear(&child->keys);
	g_free(child);
}

/* RFC 7296 section 2.23: on the NAT port a client may get another address and not know it. */
static struct data_plane_path path_of(const struct sa *sa)
{
	return (struct data_plane_path){ .local = sa->path.local,
					 .remote = sa->path.remote,
					 .nat = sa->path.nat,
					 .learns = sa->path.nat && !sa->mobike };
}

static void link_it(struct sa *sa, struct sa_child *child)
{
	child->next = sa->children;
	sa->children = child;
	sa->n_children++;
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
	child->carried = plane->ops != NULL;
	child->n_tsi = (uint8_t)tsi->n;
	child->n_tsr = (uint8_t)tsr->n;
	child->ts = g_new(struct ike_ts, tsi->n + tsr->n);
	memcpy(child->ts, tsi->at, tsi->n * sizeof(*child->ts));
	memcpy(child->ts + tsi->n, tsr->at, tsr->n * sizeof(*child->ts));
	link_it(sa, child);
	sa_due_begin_child(sa, child);
	sa_due_arm(sa);
	return true;
}

void sa_child_add_over(struct sa *sa, struct sa_child *child)
{
	child->state = SA_CHILD_OVER;
	link_it(sa, child);
}

void sa_child_replaced(struct sa *sa, struct sa_child *child)
{
	child->state = SA_CHILD_REPLACED;
	child->end_ms = services_now(sa->gateway) + REPLACED_MS;
	sa_due_arm(sa);
}

void sa_child_moved(struct sa *sa)
{
	const struct data_plane *plane = &sa->gateway->ops.data_plane;
	struct data_plane_path path = path_of(sa);

	for (struct sa_child *c = sa->children; c; c = c->next)
		if (c->carried)
			plane->ops->move(plane->self, c->spi_in, &path);
}

void sa_child_remove(struct sa *sa, struct sa_child **at)
{
	const struct data_plane *plane = &sa->gateway->ops.data_plane;
	struct sa_child *child = *at;

	*at = child->next;
	sa->n_children--;
	if (child->carried)
		plane->ops->remove(plane->self, child->spi_in);
	sa_child_free(child);
}
