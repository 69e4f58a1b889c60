/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_SYN: draft-xu-ike-sa-sync-01 sections 3.1 and 3.3, rules 7 to 11, 14, 15 and 39. */
#include "exchange/syn.h"

#include <glib.h>

#include "core/claim.h"
#include "core/miss_cache.h"
#include "core/ration.h"
#include "core/sa.h"
#include "core/services.h"
#include "core/spent.h"
#include "exchange/cookie.h"
#include "exchange/init_answer.h"
#include "stub/stub_in.h"
#include "stub/stub_tell.h"

/* Rule 32: full handshakes a second that requests with a SYN may cost while the bank is away. */
#define FALLBACKS_WITHOUT_BANK_PER_SECOND 200
/* And those of one prefix, so that it does not use up what all have. */
#define FALLBACKS_WITHOUT_BANK_PER_PREFIX_PER_SECOND 20

/* A request whose get is under way. */
struct syn_attempt {
	struct gateway *gateway;
	struct response_entry *entry;
	struct sa_claim *claim;
	struct init_kept *request;
};

static void attempt_free(struct syn_attempt *a)
{
	claim_free(a->claim);
	g_free(a->request);
	g_free(a);
}

void syn_forget_pending(struct gateway *g)
{
	struct table_link *link;

	while ((link = table_any(&g->claims)))
		attempt_free(TABLE_ENTRY(link, struct sa_claim, by_index)->attempt);
}

/* Not accepted (rule 8): the same answer whatever the reason. */
static void fall_back(struct gateway *g, const struct init_request *q, struct response_entry *entry)
{
	g->counters.fallbacks++;
	if (g->config.syn_miss_silence) {
		response_cache_free(entry);
		return;
	}
	init_answer_full(g, q, entry);
}

static struct sa *make_sa(struct gateway *g, const struct init_request *q)
{
	struct sa *sa = sa_new(g, q->header.spi_i, 0, SA_PROVISIONAL);

	while (sa->spi_r == q->index.spi) { /* never the old one again */
		sa_drop(sa);
		sa = sa_new(g, q->header.spi_i, 0, SA_PROVISIONAL);
	}
	return sa;
}

/* Accepted: keep nonces, SPIs and the stub; keys are derived when message ID 1 comes (rule 11).
 * Takes what `in` has. */
static void hit(struct syn_attempt *a, const struct init_request *q, struct stub_in *in)
{
	struct gateway *g = a->gateway;
	struct sa *sa = make_sa(g, q);
	uint8_t buffer[2048];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));

	sa->path = q->path;
	sa->setup = init_answer_setup(q, a->entry);
	sa->setup->stub = in->stub;
	sa->setup->stub_plain = g_steal_pointer(&in->plain);
	sa->redirects = q->redirects;
	sa->setup->stub_n = in->plain_n;
	sa->setup->stub_over = in->over;
	sa->setup->suite = sa->suite = stub_in_suite(&in->stub);
	sa->profile_1 = in->stub.peer_features & STUB_PEER_PROFILE_1;
	sa->fragmentation = q->fragmentation;
	sa->setup->nr_n = SA_NONCE_SIZE;
	rng_fill(&g->ops.rng, sa->setup->nr, SA_NONCE_SIZE);
	sa->setup->claim = a->claim;
	a->claim->sa = sa;
	a->claim->attempt = NULL;
	a->claim = NULL;
	a->entry->spi_r = sa->spi_r;
	if (init_answer_write(q, sa, 0, &c)) {
		sa_drop(sa);
		return;
	}
	response_cache_answer(a->entry, span_of(buffer, wcursor_size(&c)));
}

static void judge(struct syn_attempt *a, const struct init_request *q, struct span container)
{
	struct gateway *g = a->gateway;
	const char *why = "cannot be opened";
	char text[INDEX_TEXT_MAX];
	struct stub_in in;
	enum err err = stub_in_open(g, &q->index, container, &in);

	if (!err)
		why = stub_in_unqualified(g, &q->index, &in.stub, &q->offer);
	if (!err && !why) {
		hit(a, q, &in);
	} else {
		log_info("stub %s: %s%s%s, falling back", index_text(&q->index, text), why,
			 err ? ": " : "", err ? err_text(err) : "");
		g_clear_pointer(&a->claim, claim_free);
		fall_back(g, q, a->entry);
	}
	stub_in_clear(&in);
}

static void got(int result, struct span container, void *user)
{
	struct syn_attempt *a = user;
	struct gateway *g = a->gateway;
	struct init_request q;

	init_request_recall(a->request, &q);
	if (result == STUB_OK) {
		judge(a, &q, container);
	} else {
		g->counters.misses++;
		if (result == STUB_NOT_FOUND || result == STUB_EXPIRED)
			miss_cache_add(g, &q.index);
		g_clear_pointer(&a->claim, claim_free); /* its place is the half-open SA's */
		fall_back(g, &q, a->entry);
	}
	attempt_free(a);
}

/* Caps of rule 15. false: not now; dealt with. */
static bool make_room(struct gateway *g, const struct init_request *q)
{
	const struct endpoint *source = &q->path.remote;
	struct sa_claim *oldest;

	if (g->counters.provisional >= g->config.max_provisional ||
	    g->counters.sas >= g->config.max_sas) {
		g->counters.refused_by_cap++;
		return false;
	}
	if (claim_count(g, &q->index, source, &oldest) < g->config.max_provisional_per_index)
		return true;
	if (!oldest) {
		g->counters.refused_by_cap++;
		return false;
	}
	g->counters.evicted++;
	sa_drop(oldest->sa);
	return true;
}

/* Rules 15 and 32: what asks for a cookie before the bank is touched. */
static bool needs_cookie(struct gateway *g, const struct init_request *q)
{
	if (q->cookie_ok || g->config.cookies == COOKIES_NEVER)
		return false;
	return claim_exists(g, &q->index) || !services_bank_reachable(g) ||
	       claim_prefix_count(g, &q->path.remote.address) >=
		   g->config.max_provisional_per_prefix;
}

static struct response_entry *new_entry(struct gateway *g, const struct init_request *q)
{
	return response_cache_new(g, &q->path, &q->header, q->octets, q->hash);
}

void syn_request(struct gateway *g, const struct init_request *q)
{
	struct response_entry *entry;
	struct syn_attempt *a;

	if (needs_cookie(g, q)) {
		cookie_ask(g, q);
		return;
	}
	if (!services_bank_reachable(g)) {
		if (ration_take(g, &q->path.remote.address,
				FALLBACKS_WITHOUT_BANK_PER_PREFIX_PER_SECOND) &&
		    services_bucket_take(g, &g->fallback_bucket, FALLBACKS_WITHOUT_BANK_PER_SECOND))
			fall_back(g, q, new_entry(g, q));
		return;
	}
	if (miss_cache_knows(g, &q->index)) {
		fall_back(g, q, new_entry(g, q));
		return;
	}
	if (!make_room(g, q))
		return;
	if (q->cookie_ok)
		spent_add(g, q->cookie);
	entry = new_entry(g, q);
	a = g_new0(struct syn_attempt, 1);
	a->gateway = g;
	a->entry = entry;
	a->request = init_request_keep(q, entry->request);
	a->claim = claim_new(g, &q->index, &q->path.remote);
	a->claim->attempt = a;
	g->counters.gets++;
	g->ops.bank.ops->get(g->ops.bank.self, &q->index, got, a);
}

bool syn_derive(struct sa *sa)
{
	struct sa_setup *s = sa->setup;
	struct ike_seed seed = { span_of(s->ni, s->ni_n), span_of(s->nr, s->nr_n), sa->spi_i,
				 sa->spi_r };

	if (sa->keyed)
		return true;
	if (ike_keys_resume(&sa->keys, &s->suite, &seed, s->stub.sk_d))
		return false;
	sa->keyed = true;
	services_log_keys(sa->gateway, sa);
	return true;
}
