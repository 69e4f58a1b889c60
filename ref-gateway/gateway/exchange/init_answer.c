/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answering IKE_SA_INIT (RFC 7296 section 1.2), and refusing it. */
#include "exchange/init_answer.h"

#include <glib.h>

#include "core/sa.h"
#include "core/services.h"
#include "exchange/init_write.h"

void init_answer_refuse(struct gateway *g, const struct init_request *q, uint16_t notify,
			struct span data)
{
	char spis[IKE_SPIS_TEXT_MAX];

	log_info("IKE_SA_INIT %s refused: %s", ike_spis_text(q->header.spi_i, 0, spis),
		 iana_notify_name(notify));
	services_send_clear_notify(g, &q->path, &q->header, notify, data);
}

enum err init_answer_write(const struct init_request *q, const struct sa *sa, uint8_t number,
			   struct wcursor *c)
{
	const struct gateway_path *path = &q->path;
	const struct nat_ends ends = { path->local.address, path->remote.address, path->local.port,
				       path->remote.port };
	struct sa_setup *s = sa->setup;
	uint8_t public[DH_PUBLIC_MAX];
	struct init_write a = { .spi_i = sa->spi_i,
				.spi_r = sa->spi_r,
				.number = number,
				.nr = span_of(s->nr, s->nr_n),
				.nat = q->nat_detection ? &ends : NULL,
				.vendor_id = sa->gateway->config.syn,
				.fragmentation = q->fragmentation };

	if (s->dh) {
		enum err err = dh_public(s->dh, public);

		if (err)
			return err;
		a.suite = &s->suite;
		a.ke = span_of(public, dh_public_size(s->suite.dh));
	}
	return init_write(c, &a);
}

struct sa_setup *init_answer_setup(const struct init_request *q, struct response_entry *entry)
{
	struct sa_setup *s = g_new0(struct sa_setup, 1);

	s->entry = entry;
	s->ni_n = (uint16_t)q->ni.n;
	memcpy(s->ni, q->ni.p, q->ni.n);
	s->announced = q->announced;
	return s;
}

/* false: refused, the entry is to go. */
static bool negotiate(struct gateway *g, const struct init_request *q, struct suite *suite,
		      uint8_t *number)
{
	struct ike_ke_wanted wanted;

	if (suite_choose_for_group(&q->offer, g->config.ike, g->config.n_ike, q->ke.group, suite,
				   number)) {
		init_answer_refuse(g, q, NOTIFY_NO_PROPOSAL_CHOSEN, SPAN_NONE);
		return false;
	}
	if (suite->dh != q->ke.group) {
		wanted = ike_ke_wanted(suite->dh);
		init_answer_refuse(g, q, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(wanted.octets));
		return false;
	}
	if (q->ke.data.n != dh_public_size(suite->dh)) {
		struct fault fault = { ERR_LENGTH, "KE: size does not fit the group", 0 };

		services_drop_malformed(g, &q->path, &fault);
		return false;
	}
	if (g->counters.half_open >= g->config.max_half_open ||
	    g->counters.sas >= g->config.max_sas || !crowd_has_room(g, &q->path.remote.address)) {
		g->counters.refused_by_cap++;
		return false;
	}
	return true;
}

void init_answer_full(struct gateway *g, const struct init_request *q, struct response_entry *entry)
{
	uint8_t buffer[GATEWAY_MESSAGE_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct suite suite;
	uint8_t number;
	struct sa *sa;

	if (!negotiate(g, q, &suite, &number)) {
		response_cache_free(entry);
		return;
	}
	sa = sa_new(g, q->header.spi_i, 0, SA_HALF_OPEN);
	sa->path = q->path;
	sa->suite = suite;
	sa->profile_1 = q->announced;
	sa->fragmentation = q->fragmentation;
	sa->setup = init_answer_setup(q, entry);
	crowd_enter(g, &q->path.remote.address, &sa->setup->crowd);
	entry->spi_r = sa->spi_r;
	sa->setup->suite = suite;
	/* The shared secret waits for IKE_AUTH: a flood of first requests costs one key pair each,
	 * not two operations. */
	sa->setup->dh = dh_new(suite.dh);
	sa->setup->ke_n = (uint16_t)q->ke.data.n;
	sa->setup->ke = g_memdup2(q->ke.data.p, q->ke.data.n);
	sa->setup->nr_n = SA_NONCE_SIZE;
	rng_fill(&g->ops.rng, sa->setup->nr, SA_NONCE_SIZE);
	sa->setup->fell_back = q->syn == IKE_SYN_PRESENT;
	sa->setup->named = q->index;
	if (!sa->setup->dh || init_answer_write(q, sa, number, &c)) {
		sa_drop(sa);
		return;
	}
	response_cache_answer(entry, span_of(buffer, wcursor_size(&c)));
}
