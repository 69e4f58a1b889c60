/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway_state.h"

#include <glib.h>
#include <openssl/evp.h>

#include "exchange.h"
#include "init.h"
#include "stub_make.h"

/*
 * Unprotected error messages a second: they help nobody but the honest, and few of those at a time.
 */
#define CLEAR_ERRORS_PER_SECOND 100

void gateway_config_defaults(struct gateway_config *c)
{
	*c = (struct gateway_config){
		.syn = true,
		.syn_type = IKE_SA_SYN_TYPE_DEFAULT,
		.bare_draft_peers = true,
		.stubs = STUBS_ANNOUNCED,
		.cookies = COOKIES_AUTO,
		.cookie_threshold = 1000,
		.provisional_lifetime_ms = 30000,
		.half_open_lifetime_ms = 30000,
		.commit_timeout_ms = 5000,
		.response_cache_ms = 60000,
		.miss_cache_ms = 2000,
		.max_half_open = 100000,
		.max_provisional = 100000,
		.max_provisional_per_prefix = 100,
		.max_provisional_per_index = 4,
		.max_sas = 1000000,
		.ike_lifetime_s = 86400,
		.max_moves = 5,
		.moves_window_s = 300,
		.min_commit_interval_s = 2,
		.max_resumptions = 5,
	};
}

struct gateway *gateway_new(const struct gateway_config *config, const struct gateway_ops *ops)
{
	struct gateway *g = g_new0(struct gateway, 1);

	g->config = *config;
	g->ops = *ops;
	g_queue_init(&g->pending);
	sa_store_init(&g->sas, &ops->rng);
	table_init(&g->responses);
	table_init(&g->misses);
	table_init(&g->claims);
	table_init(&g->prefixes);
	g->hash_key = table_key_new(&ops->rng);
	return g;
}

void gateway_free(struct gateway *g)
{
	struct table_link *link;

	if (!g)
		return;
	sa_store_clear(&g->sas);
	syn_forget_pending(g);
	stub_make_forget_pending(g);
	while ((link = table_any(&g->responses)))
		response_free(TABLE_ENTRY(link, struct response_entry, link));
	miss_clear(g);
	table_clear(&g->responses);
	table_clear(&g->misses);
	table_clear(&g->claims);
	table_clear(&g->prefixes);
	seal_keys_clear(&g->config.seal);
	secret_wipe(g->cookie_secret, sizeof(g->cookie_secret));
	g_free(g);
}

const struct gateway_counters *gateway_counters(const struct gateway *g)
{
	return &g->counters;
}

bool gateway_bucket_take(struct gateway *g, struct gateway_bucket *b, uint32_t per_second)
{
	uint64_t now = gateway_now(g);
	uint64_t passed = now - b->filled_ms;

	if (passed >= 1000) {
		b->tokens = per_second;
		b->filled_ms = now;
	}
	if (b->tokens == 0)
		return false;
	b->tokens--;
	return true;
}

void gateway_hash(struct span data, uint8_t out[static SA_HASH_SIZE])
{
	if (!EVP_Digest(data.p, data.n, out, NULL, EVP_sha256(), NULL))
		abort(); /* SHA-256 cannot fail, but for lack of memory */
}

bool gateway_has_bank(const struct gateway *g)
{
	return g->ops.bank.ops != NULL;
}

bool gateway_bank_reachable(const struct gateway *g)
{
	return gateway_has_bank(g) && g->ops.bank.ops->reachable(g->ops.bank.self);
}

void gateway_log_keys(struct gateway *g, const struct sa *sa)
{
	struct gateway_sa_keys keys = { sa->spi_i, sa->spi_r, &sa->keys };

	if (g->ops.key_log)
		g->ops.key_log(g->ops.user, &keys);
}

void gateway_send_clear_notify(struct gateway *g, const struct gateway_message *m, uint16_t type,
			       struct span data)
{
	uint8_t buffer[256];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct chain_writer w;
	struct ike_header h = ike_header_response(m->header.spi_i, m->header.spi_r,
						  m->header.exchange, m->header.message_id);

	chain_writer_message(&w, &c, &h);
	ike_notify_write_simple(&w, type, data);
	if (chain_writer_finish(&w) == ERR_OK)
		gateway_send(g, m->path, span_of(buffer, wcursor_size(&c)));
}

/* RFC 7296 section 2.5: a higher major version is answered, rate-limited, and dropped. */
static void refuse_version(struct gateway *g, const struct gateway_message *m)
{
	if ((m->header.version >> 4) <= 2 || (m->header.flags & IKE_FLAG_RESPONSE))
		return;
	if (gateway_bucket_take(g, &g->error_bucket, CLEAR_ERRORS_PER_SECOND))
		gateway_send_clear_notify(g, m, NOTIFY_INVALID_MAJOR_VERSION, SPAN_NONE);
}

/* RFC 7296 section 1.5: outside any SA, rate-limited, no larger than what it answers. */
static void refuse_spi(struct gateway *g, const struct gateway_message *m)
{
	g->counters.unknown_spi++;
	if ((m->header.flags & IKE_FLAG_RESPONSE) || m->octets.n < 36)
		return;
	if (gateway_bucket_take(g, &g->error_bucket, CLEAR_ERRORS_PER_SECOND))
		gateway_send_clear_notify(g, m, NOTIFY_INVALID_IKE_SPI, SPAN_NONE);
}

static void drop_malformed(struct gateway *g, const struct gateway_message *m,
			   const struct fault *fault)
{
	char from[ENDPOINT_TEXT_MAX];

	g->counters.malformed++;
	log_debug("dropped %zu octets from %s: %s at %zu: %s", m->octets.n,
		  endpoint_text(&m->path->remote, from), fault->field ? fault->field : "message",
		  fault->offset, err_text(fault->err));
}

void gateway_receive(struct gateway *g, const struct gateway_path *path, struct span octets)
{
	struct gateway_message m = { .path = path, .octets = octets };
	struct fault fault = { 0 };
	struct sa *sa;
	enum err err = ike_header_parse(octets, &m.header, &fault);

	g->counters.received++;
	if (err == ERR_VERSION)
		refuse_version(g, &m);
	if (err) {
		drop_malformed(g, &m, &fault);
		return;
	}
	if (m.header.exchange == EXCHANGE_IKE_SA_INIT) {
		init_receive(g, path, octets);
		return;
	}
	sa = m.header.spi_r ? sa_find(g, m.header.spi_r) : NULL;
	if (!sa || sa->spi_i != m.header.spi_i) {
		refuse_spi(g, &m);
		return;
	}
	/* All SAs here were begun by the peer, and we ask nothing: only its requests can come. */
	if (m.header.flags & IKE_FLAG_RESPONSE || !(m.header.flags & IKE_FLAG_INITIATOR))
		return;
	err = chain_parse_message(octets, &m.header, &m.chain, &fault);
	if (err) {
		drop_malformed(g, &m, &fault);
		return;
	}
	exchange_receive(g, sa, &m);
}
