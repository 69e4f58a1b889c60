/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Liveness, and Delete of children. */
#include "exchange/own_info.h"

#include "core/sa.h"
#include "core/services.h"
#include "exchange/own_request.h"
#include "wire/ike_delete.h"

bool own_info_is_dead(struct sa *sa)
{
	char spis[IKE_SPIS_TEXT_MAX];

	sa->gateway->counters.dead_peers++;
	log_info("SA %s: the client is silent, dropped", sa_text(sa, spis));
	sa_drop(sa);
	return false;
}

static bool lives(struct sa *sa, const struct chain *answer)
{
	return answer || own_info_is_dead(sa);
}

bool own_info_liveness(struct sa *sa)
{
	struct own_request q;

	own_request_init(&q);
	sa->ask_alive = false;
	return own_request_send(sa, EXCHANGE_INFORMATIONAL, &q, lives);
}

/* What the peer deletes in turn is the other half of the same pairs. */
static bool children_deleted(struct sa *sa, const struct chain *answer)
{
	struct sa_child **at = &sa->children;

	if (!answer)
		return own_info_is_dead(sa);
	while (*at)
		if ((*at)->state == SA_CHILD_DELETED)
			sa_child_remove(sa, at);
		else
			at = &(*at)->next;
	return true;
}

bool own_info_delete_children(struct sa *sa)
{
	struct ike_delete d = { .protocol = PROTOCOL_ESP };
	struct own_request q;

	for (struct sa_child *c = sa->children; c && d.n < IKE_DELETE_SPIS_MAX; c = c->next)
		if (c->state == SA_CHILD_OVER)
			d.spis[d.n++] = c->spi_in;
	own_request_init(&q);
	ike_delete_write(&q.w, &d);
	if (!own_request_send(sa, EXCHANGE_INFORMATIONAL, &q, children_deleted))
		return false;
	for (struct sa_child *c = sa->children; c && d.n; c = c->next)
		if (c->state == SA_CHILD_OVER) {
			c->state = SA_CHILD_DELETED;
			d.n--;
		}
	return true;
}
