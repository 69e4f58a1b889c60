/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway: birth and death, and the dispatcher: which message goes where. */
#include "gateway.h"

#include <glib.h>

#include "core/held.h"
#include "core/miss_cache.h"
#include "core/response_cache.h"
#include "core/sa.h"
#include "core/services.h"
#include "core/spent.h"
#include "core/turn.h"
#include "core/window_ours.h"
#include "core/window_theirs.h"
#include "exchange/auth.h"
#include "exchange/confirm.h"
#include "exchange/exchange_handle.h"
#include "exchange/exchange_request.h"
#include "exchange/farewell.h"
#include "exchange/init_answer.h"
#include "exchange/init_receive.h"
#include "exchange/own.h"
#include "exchange/session_end.h"
#include "exchange/syn.h"
#include "stub/stub_linger.h"
#include "stub/stub_moved.h"
#include "stub/stub_retire.h"
#include "stub/stub_tell.h"
#include "wire/ike_notify.h"

/*
 * Unprotected error messages a second: they help nobody but the honest, and few of those at a time.
 */
#define CLEAR_ERRORS_PER_SECOND 100
/* IKE_FOLLOWUP_KE, the last one that IANA has given away. */
#define EXCHANGE_LAST 44
/* 100,000 half-open SAs of ordinary clients need a third of it. */
#define KEPT_OCTETS_MAX ((size_t)256 * 1024 * 1024)

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
		.max_half_open_per_address = 1000,
		.max_half_open_per_prefix = 10000,
		.max_provisional = 100000,
		.max_provisional_per_prefix = 100,
		.max_provisional_per_index = 4,
		.max_sas = 1000000,
		.max_kept_octets = KEPT_OCTETS_MAX,
		.ike_lifetime_s = 86400,
		.request_first_ms = 1000,
		.request_tries = 6,
		.mobike = true,
		.mobike_check = true,
		.ike_rekey_s = 69120,
		.child_rekey_s = 10800,
		.child_lifetime_s = 14400,
		.rekey_jitter_percent = 10,
		.resumed_rekey_s = 3600,
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
	g->due = own_due;
	g->login_answered = auth_answered;
	g_queue_init(&g->pending);
	g_queue_init(&g->offers);
	g_queue_init(&g->lingering);
	g_queue_init(&g->retiring);
	g_queue_init(&g->turns);
	g_queue_init(&g->waiting);
	sa_store_init(&g->sas, &ops->rng);
	table_init(&g->responses);
	table_init(&g->misses);
	table_init(&g->claims);
	table_init(&g->prefixes);
	table_init(&g->crowds);
	table_init(&g->leases);
	table_init(&g->lines);
	table_init(&g->spent);
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
	init_answer_forget_waiting(g);
	stub_tell_forget_pending(g);
	stub_retire_forget_pending(g);
	stub_linger_forget(g);
	while ((link = table_any(&g->responses)))
		response_cache_free(TABLE_ENTRY(link, struct response_entry, link));
	miss_cache_clear(g);
	spent_forget(g, 0);
	spent_forget(g, 1);
	table_clear(&g->responses);
	table_clear(&g->misses);
	table_clear(&g->claims);
	table_clear(&g->prefixes);
	table_clear(&g->crowds);
	table_clear(&g->leases);
	table_clear(&g->lines);
	table_clear(&g->spent);
	seal_keys_clear(&g->config.seal);
	secret_wipe(g->cookie_secret, sizeof(g->cookie_secret));
	g_free(g);
}

const struct gateway_counters *gateway_counters(const struct gateway *g)
{
	return &g->counters;
}

/*
 * RFC 7296 section 2.5: a higher major version is answered, rate-limited, and dropped; where it looks like the first message
 * of one who would want to know.
 */
static void refuse_version(struct gateway *g, const struct gateway_message *m)
{
	if ((m->header.version >> 4) <= 2 || (m->header.flags & IKE_FLAG_RESPONSE) ||
	    !(m->header.flags & IKE_FLAG_INITIATOR) || m->header.spi_i == 0 ||
	    m->header.exchange < EXCHANGE_IKE_SA_INIT)
		return;
	if (services_bucket_take(g, &g->error_bucket, CLEAR_ERRORS_PER_SECOND))
		services_send_clear_notify(g, m->path, &m->header, NOTIFY_INVALID_MAJOR_VERSION,
					   SPAN_NONE);
}

/* A request of some SA, by all that can be seen from outside: SPIs, a known exchange, and an Encrypted payload that ends it. */
static bool looks_protected(const struct gateway_message *m)
{
	const struct ike_header *h = &m->header;
	uint8_t last = m->chain.n ? m->chain.at[m->chain.n - 1].type : PAYLOAD_NONE;

	return h->spi_i && h->spi_r && !(h->flags & IKE_FLAG_RESPONSE) &&
	       h->exchange > EXCHANGE_IKE_SA_INIT && h->exchange <= EXCHANGE_LAST &&
	       (last == PAYLOAD_SK || last == PAYLOAD_SKF);
}

/* RFC 7296 section 1.5: outside any SA, rate-limited, no larger than what it answers. Not to what is no IKE at all. */
static void refuse_spi(struct gateway *g, const struct gateway_message *m)
{
	g->counters.unknown_spi++;
	if (!looks_protected(m) || m->octets.n < 36)
		return;
	if (services_bucket_take(g, &g->error_bucket, CLEAR_ERRORS_PER_SECOND))
		services_send_clear_notify(g, m->path, &m->header, NOTIFY_INVALID_IKE_SPI,
					   SPAN_NONE);
}

/* The shared secret of a stranger has its turn, as his key pair had. */
static bool waits_for_keys(struct sa *sa, const struct gateway_message *m)
{
	return !sa->keyed && sa->setup->dh && m->header.exchange == EXCHANGE_IKE_AUTH &&
	       held_back(sa, m, dh_cost(sa->setup->suite.dh), auth_request);
}

/* A message for an SA in the table. */
static void receive_request(struct sa *sa, const struct gateway_message *m)
{
	struct exchange_request req;
	struct exchange_reply r;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;

	if (!window_theirs_accept(sa, m))
		return;
	switch (sa->state) {
	case SA_HALF_OPEN:
		if (!waits_for_keys(sa, m))
			auth_request(sa, m);
		return;
	case SA_PROVISIONAL:
		confirm_request(sa, m);
		return;
	case SA_LEAVING:
		farewell_request(sa, m);
		return;
	case SA_ESTABLISHED:
		break;
	default:
		/* the move is under way: retransmissions are absorbed (rule 13); or the SA is gone */
		return;
	}
	if (!exchange_request_open(sa, m, plain, &req))
		return;
	exchange_reply_init(&r);
	r.to = req.path;
	if (exchange_request_parse(&req, &notify, &data))
		exchange_handle(sa, &req, &r);
	else if (notify == NOTIFY_INVALID_SYNTAX)
		session_end_invalid_syntax(sa, &r);
	else
		exchange_reply_error(&r, notify, span_of(&data, data ? 1 : 0));
	exchange_reply_send(sa, req.exchange, req.hash, &r);
}

/* What comes to a request of ours. One whose inner payloads cannot be read is an answer without any. */
static void receive_response(struct sa *sa, const struct gateway_message *m)
{
	struct exchange_request response;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;

	if (!window_ours_expects(sa, m->header.message_id) ||
	    !exchange_request_open(sa, m, plain, &response))
		return;
	if (!exchange_request_parse(&response, &notify, &data))
		response.chain.n = 0;
	window_ours_answered(sa, &response.chain);
}

/* The SA that a message names, and that its sender has begun or not as the flag says. */
static struct sa *sa_of(const struct gateway *g, const struct ike_header *h)
{
	bool ours = !(h->flags & IKE_FLAG_INITIATOR);
	uint64_t own = ours ? h->spi_i : h->spi_r;
	struct sa *sa = own ? sa_find(g, own) : NULL;

	return sa && sa->initiator == ours && sa->spi_i == h->spi_i && sa->spi_r == h->spi_r ? sa
											     : NULL;
}

/* Right SPIs and the wrong flag: nobody whom an error would help. */
static bool is_in_the_wrong_role(const struct gateway *g, const struct ike_header *h)
{
	struct ike_header other = *h;

	other.flags ^= IKE_FLAG_INITIATOR;
	return sa_of(g, &other) != NULL;
}

uint8_t gateway_moved(struct gateway *g, const struct index *ix)
{
	return stub_moved(g, ix);
}

size_t gateway_goodbye(struct gateway *g, size_t n)
{
	return farewell_all(g, n);
}

void gateway_set_seal_keys(struct gateway *g, const struct seal_keys *keys)
{
	seal_keys_clear(&g->config.seal);
	g->config.seal = *keys;
}

void gateway_set_redirect(struct gateway *g, const struct ike_redirect *to, bool late)
{
	g->config.redirect = *to;
	g->config.redirect_late = late;
}

void gateway_set_certificates(struct gateway *g, const struct trust *trust,
			      const struct credential *own)
{
	g->ops.trust = trust;
	g->ops.credential = own;
}

void gateway_turn(struct gateway *g)
{
	turn_begin(g);
}

bool gateway_has_work(const struct gateway *g)
{
	return turn_has_jobs(g);
}

void gateway_work(struct gateway *g)
{
	turn_run(g);
}

bool gateway_may_wait(struct span octets)
{
	struct rcursor c = rcursor_init(octets, NULL);

	(void)rcursor_bytes(&c, 18, "before the exchange type");
	return rcursor_u8(&c, "exchange type") == EXCHANGE_IKE_SA_INIT;
}

void gateway_receive(struct gateway *g, const struct gateway_path *path, struct span octets)
{
	struct gateway_message m;
	struct fault fault = { 0 };
	struct sa *sa;
	enum err err = ike_header_parse(octets, &m.header, &fault);

	g->counters.received++;
	m.path = path;
	m.octets = octets;
	m.chain.n = 0;
	if (err == ERR_VERSION)
		refuse_version(g, &m);
	if (err) {
		services_drop_malformed(g, path, &fault);
		return;
	}
	if (m.header.exchange == EXCHANGE_IKE_SA_INIT) {
		init_receive(g, path, &m.header, octets);
		return;
	}
	if (chain_parse_body(octets, &m.header, &m.chain, &fault)) {
		services_drop_malformed(g, path, &fault);
		return;
	}
	sa = sa_of(g, &m.header);
	if (!sa) {
		if (!is_in_the_wrong_role(g, &m.header))
			refuse_spi(g, &m);
		return;
	}
	if (m.header.flags & IKE_FLAG_RESPONSE)
		receive_response(sa, &m);
	else
		receive_request(sa, &m);
}
