/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answering IKE_SA_INIT (RFC 7296 section 1.2), and refusing it. */
#include "exchange/init_answer.h"

#include <glib.h>

#include "core/refusal.h"
#include "core/sa.h"
#include "core/services.h"
#include "core/spent.h"
#include "core/turn.h"
#include "exchange/init_write.h"
#include "keys/signature.h"

#define OFFER_TEXT_MAX 400

void init_answer_refuse(struct gateway *g, const struct init_request *q, uint16_t notify,
			struct span data)
{
	char spis[IKE_SPIS_TEXT_MAX], from[ENDPOINT_TEXT_MAX], offer[OFFER_TEXT_MAX] = "";

	if (notify == NOTIFY_NO_PROPOSAL_CHOSEN)
		(void)ike_sa_text(&q->offer, offer, sizeof(offer));
	refusal_log(g, notify == NOTIFY_NO_PROPOSAL_CHOSEN ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO,
		    "IKE_SA_INIT %s from %s refused: %s%s%s",
		    ike_spis_text(q->header.spi_i, 0, spis), endpoint_text(&q->path.remote, from),
		    iana_notify_name(notify), *offer ? ", it offered " : "", offer);
	services_send_clear_notify(g, &q->path, &q->header, notify, data);
}

enum err init_answer_write(const struct init_request *q, const struct sa *sa, uint8_t number,
			   struct wcursor *c)
{
	const struct gateway *g = sa->gateway;
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
		if (g->ops.trust)
			a.authorities = trust_names(g->ops.trust);
		if (q->has_hashes && (g->ops.trust || g->ops.credential))
			a.hashes = SIGNATURE_HASHES_KNOWN;
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
	s->hashes = q->hashes;
	return s;
}

/* Of RFC 7296 section 1.2 and rule 58. false: refused, the entry is to go. */
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
		spent_take_back(g, q->cookie); /* rule 10: it comes again with the other KE */
		init_answer_refuse(g, q, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(wanted.octets));
		return false;
	}
	if (q->ke.data.n != dh_public_size(suite->dh)) {
		struct fault fault = { ERR_LENGTH, "KE: size does not fit the group", 0 };

		services_drop_malformed(g, &q->path, &fault);
		return false;
	}
	if (g->counters.half_open + g->waiting.length >= g->config.max_half_open ||
	    g->counters.sas >= g->config.max_sas || !crowd_has_room(g, &q->path.remote.address)) {
		g->counters.refused_by_cap++;
		return false;
	}
	return true;
}

/* A key pair, an SA, and the answer. */
static void begin(struct gateway *g, const struct init_request *q, struct response_entry *entry,
		  const struct suite *suite, uint8_t number)
{
	uint8_t buffer[GATEWAY_MESSAGE_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct sa *sa = sa_new(g, q->header.spi_i, 0, SA_HALF_OPEN);

	sa->path = q->path;
	sa->suite = *suite;
	sa->profile_1 = q->announced;
	sa->fragmentation = q->fragmentation;
	sa->redirects = q->redirects;
	sa->setup = init_answer_setup(q, entry);
	crowd_enter(g, &q->path.remote.address, &sa->setup->crowd);
	entry->spi_r = sa->spi_r;
	sa->setup->suite = *suite;
	/* The shared secret waits for IKE_AUTH: a flood of first requests costs one key pair each,
	 * not two operations. */
	sa->setup->dh = dh_new(suite->dh);
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

/* A request whose key pair waits for its turn; its entry absorbs repetitions meanwhile. */
struct init_waiting {
	GList link; /* of gateway.waiting */
	struct turn_job job;
	struct gateway *gateway;
	struct response_entry *entry;
	struct init_kept *request;
	struct crowd_place crowd;
	uint64_t since;
};

static void waiting_free(struct init_waiting *w)
{
	struct gateway *g = w->gateway;

	turn_leave(g, &w->job);
	crowd_leave(g, &w->crowd);
	g_queue_unlink(&g->waiting, &w->link);
	g_free(w->request);
	g_free(w);
}

void init_answer_forget_waiting(struct gateway *g)
{
	while (g->waiting.head)
		waiting_free(g->waiting.head->data);
}

static void its_turn(void *user)
{
	struct init_waiting *w = user;
	struct gateway *g = w->gateway;
	struct init_request q;
	struct suite suite;
	uint8_t number;

	init_request_recall(w->request, &q);
	crowd_leave(g, &w->crowd); /* its own place: it takes it again */
	if (services_now(g) - w->since < g->config.half_open_lifetime_ms &&
	    negotiate(g, &q, &suite, &number))
		begin(g, &q, w->entry, &suite, number);
	else
		response_cache_free(w->entry);
	waiting_free(w);
}

static void wait_for_turn(struct gateway *g, const struct init_request *q,
			  struct response_entry *entry, uint32_t cost)
{
	struct init_waiting *w = g_new0(struct init_waiting, 1);

	w->gateway = g;
	w->entry = entry;
	w->request = init_request_keep(q, entry->request);
	w->since = services_now(g);
	w->link.data = w;
	g_queue_push_tail_link(&g->waiting, &w->link);
	crowd_enter(g, &q->path.remote.address, &w->crowd);
	turn_wait(g, &w->job, &q->path.remote.address, cost, its_turn, w);
}

void init_answer_full(struct gateway *g, const struct init_request *q, struct response_entry *entry)
{
	struct suite suite;
	uint8_t number;

	if (!negotiate(g, q, &suite, &number)) {
		response_cache_free(entry);
		return;
	}
	if (q->cookie_ok)
		spent_add(g, q->cookie);
	if (turn_affords(g, dh_cost(suite.dh)))
		begin(g, q, entry, &suite, number);
	else
		wait_for_turn(g, q, entry, dh_cost(suite.dh));
}
