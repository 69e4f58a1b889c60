/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One message of a half-open SA, kept until its turn comes. */
#include "core/held.h"

#include <glib.h>

#include "core/sa.h"
#include "core/turn.h"

struct held_message {
	struct turn_job job;
	struct sa *sa;
	held_run_fn *run;
	struct gateway_path path;
	size_t n;
	uint8_t octets[];
};

static void its_turn(void *user)
{
	struct held_message *h = user;
	struct sa *sa = h->sa;
	struct gateway_message m;
	struct fault fault;

	sa->setup->held = NULL;
	m.path = &h->path;
	m.octets = span_of(h->octets, h->n);
	if (chain_parse_message(m.octets, &m.header, &m.chain, &fault) == ERR_OK)
		h->run(sa, &m); /* may drop the SA */
	g_free(h);
}

bool held_back(struct sa *sa, const struct gateway_message *m, uint32_t cost, held_run_fn *run)
{
	struct gateway *g = sa->gateway;
	struct held_message *h;

	if (sa->setup->held)
		return true;
	if (turn_affords(g, cost))
		return false;
	h = g_malloc0(sizeof(*h) + m->octets.n);
	h->sa = sa;
	h->run = run;
	h->path = *m->path;
	h->n = m->octets.n;
	memcpy(h->octets, m->octets.p, h->n);
	sa->setup->held = h;
	/* the line of whoever began the SA: anybody can write a sender into a datagram */
	turn_wait(g, &h->job, &sa->path.remote.address, cost, its_turn, h);
	return true;
}

void held_forget(struct sa *sa)
{
	struct held_message *h = sa->setup ? sa->setup->held : NULL;

	if (!h)
		return;
	turn_leave(sa->gateway, &h->job);
	sa->setup->held = NULL;
	g_free(h);
}
