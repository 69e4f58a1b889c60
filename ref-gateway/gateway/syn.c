/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_SYN: draft-xu-ike-sa-sync-01 sections 3.1 and 3.3, rules 7 to 11, 14, 15 and 39. */
#include <glib.h>

#include "init.h"
#include "stub_make.h"

/* Rule 32: full handshakes a second that requests with a SYN may cost while the bank is away. */
#define FALLBACKS_WITHOUT_BANK_PER_SECOND 200

/* A request whose get is under way. */
struct syn_attempt {
	struct gateway *gateway;
	struct response_entry *entry;
	struct sa_claim *claim;
	bool cookie_ok;
};

static void attempt_free(struct syn_attempt *a)
{
	claim_free(a->claim);
	g_free(a);
}

void syn_forget_pending(struct gateway *g)
{
	struct table_link *link;

	while ((link = table_any(&g->claims)))
		attempt_free(TABLE_ENTRY(link, struct sa_claim, by_index)->attempt);
}

/* Not accepted (rule 8): the same answer whatever the reason. */
static void fall_back(struct gateway *g, const struct init_request *q, struct response_entry *entry,
		      const struct init_named *named)
{
	g->counters.fallbacks++;
	if (g->config.syn_miss_silence) {
		response_free(entry);
		return;
	}
	init_full(g, q, entry, named);
}

/* SPIr_new, Nr and the rest of the answer; ERR_NO_SPACE. */
static enum err write_hit(struct gateway *g, const struct init_request *q, const struct sa *sa,
			  struct wcursor *c)
{
	const struct sa_setup *s = sa->setup;
	struct ike_header h = ike_header_response(sa->spi_i, sa->spi_r, EXCHANGE_IKE_SA_INIT, 0);
	struct chain_writer w;

	chain_writer_message(&w, c, &h);
	chain_writer_payload(&w, PAYLOAD_NONCE, 0, span_of(s->nr, s->nr_n));
	init_write_tail(g, q, sa->spi_r, false, &w);
	return chain_writer_finish(&w);
}

/* With a new SPIr, never the old one again. */
static struct sa *make_sa(struct gateway *g, const struct init_request *q)
{
	struct sa *sa = sa_new(g, q->m->header.spi_i, 0, SA_PROVISIONAL);

	while (sa->spi_r == q->index.spi) {
		sa_drop(sa);
		sa = sa_new(g, q->m->header.spi_i, 0, SA_PROVISIONAL);
	}
	return sa;
}

/* Accepted: keep nonces, SPIs and the stub; keys are derived when message ID 1 comes (rule 11).
 * Takes `plain`. */
static void hit(struct syn_attempt *a, const struct init_request *q, const struct stub *stub,
		uint8_t *plain, size_t plain_n)
{
	struct gateway *g = a->gateway;
	struct sa *sa = make_sa(g, q);
	uint8_t buffer[2048];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));

	sa->path = *q->m->path;
	sa->setup = init_setup(q, a->entry);
	sa->setup->stub = *stub;
	sa->setup->stub_plain = plain;
	sa->setup->stub_n = plain_n;
	sa->setup->suite = sa->suite = stub_make_suite(stub);
	sa->profile_1 = stub->peer_features & STUB_PEER_PROFILE_1;
	sa->fragmentation = q->fragmentation;
	sa->setup->nr_n = SA_NONCE_SIZE;
	rng_fill(&g->ops.rng, sa->setup->nr, SA_NONCE_SIZE);
	sa->setup->claim = a->claim;
	a->claim->sa = sa;
	a->claim->attempt = NULL;
	a->claim = NULL;
	a->entry->spi_r = sa->spi_r;
	if (write_hit(g, q, sa, &c)) {
		sa_drop(sa);
		return;
	}
	response_answer(a->entry, span_of(buffer, wcursor_size(&c)));
}

static void judge(struct syn_attempt *a, const struct init_request *q, struct span container)
{
	struct gateway *g = a->gateway;
	struct init_named named = { .index = q->index };
	const char *why = "cannot be opened";
	char text[INDEX_TEXT_MAX];
	uint8_t *plain = NULL;
	size_t plain_n = 0;
	struct stub stub;
	enum err err = stub_make_open(g, &q->index, container, &plain, &plain_n, &stub);

	if (!err) {
		why = stub_make_unqualified(g, &q->index, &stub, &q->offer);
		named.id = stub.idi;
	}
	if (!err && !why) {
		hit(a, q, &stub, plain, plain_n);
		return;
	}
	log_info("stub %s: %s%s%s, falling back", index_text(&q->index, text), why, err ? ": " : "",
		 err ? err_text(err) : "");
	fall_back(g, q, a->entry, &named);
	secret_wipe(plain, plain_n);
	g_free(plain);
}

static void got(int result, struct span container, void *user)
{
	struct syn_attempt *a = user;
	struct gateway *g = a->gateway;
	struct gateway_path path = a->entry->path;
	struct gateway_message m;
	struct init_request q;

	/* It was parsed before, and the configuration does not change: this cannot fail. */
	if (!init_parse(g, &path, a->entry->request, false, &m, &q) || q.syn != IKE_SYN_PRESENT) {
		response_free(a->entry);
	} else if (result == STUB_OK) {
		q.cookie_ok = a->cookie_ok;
		judge(a, &q, container);
	} else {
		g->counters.misses++;
		if (result == STUB_NOT_FOUND || result == STUB_EXPIRED)
			miss_add(g, &q.index);
		fall_back(g, &q, a->entry, NULL);
	}
	attempt_free(a);
}

/* Caps of rule 15. false: not now; dealt with. */
static bool make_room(struct gateway *g, const struct init_request *q)
{
	const struct endpoint *source = &q->m->path->remote;
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
	return claim_exists(g, &q->index) || !gateway_bank_reachable(g) ||
	       claim_prefix_count(g, &q->m->path->remote.address) >=
		   g->config.max_provisional_per_prefix;
}

void syn_request(struct gateway *g, const struct init_request *q)
{
	struct response_entry *entry;
	struct syn_attempt *a;
	uint8_t hash[SA_HASH_SIZE];

	if (needs_cookie(g, q)) {
		cookie_ask(g, q);
		return;
	}
	gateway_hash(q->m->octets, hash);
	if (!gateway_bank_reachable(g)) {
		if (gateway_bucket_take(g, &g->fallback_bucket, FALLBACKS_WITHOUT_BANK_PER_SECOND))
			fall_back(g, q, response_new(g, q->m, hash), NULL);
		return;
	}
	if (miss_is_known(g, &q->index)) {
		fall_back(g, q, response_new(g, q->m, hash), NULL);
		return;
	}
	if (!make_room(g, q))
		return;
	entry = response_new(g, q->m, hash);
	a = g_new0(struct syn_attempt, 1);
	a->gateway = g;
	a->entry = entry;
	a->cookie_ok = q->cookie_ok;
	a->claim = claim_new(g, &q->index, &q->m->path->remote);
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
	gateway_log_keys(sa->gateway, sa);
	return true;
}
