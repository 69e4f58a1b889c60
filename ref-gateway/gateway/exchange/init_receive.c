/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of an IKE_SA_INIT request: read, known already, cookie, SYN or in full. */
#include "exchange/init_receive.h"

#include "core/crowd.h"
#include "core/response_cache.h"
#include "core/services.h"
#include "core/spent.h"
#include "exchange/cookie.h"
#include "exchange/init_answer.h"
#include "exchange/init_request.h"
#include "exchange/syn.h"

/* Rule 23 wants 1,280 octets; 255 proposals are 11 KB. What is larger would fill the response cache. */
#define REQUEST_MAX 16384

/* false: no request, or refused. */
static bool read_request(struct gateway *g, const struct gateway_path *path,
			 const struct ike_header *header, struct span octets,
			 struct init_request *q)
{
	struct fault fault = { 0 };
	enum err err =
	    init_request_parse(q, octets, header, g->config.syn ? g->config.syn_type : 0, &fault);

	q->path = *path;
	if (err == ERR_CRITICAL)
		init_answer_refuse(g, q, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
				   span_of(&q->critical, 1));
	else if (err)
		services_drop_malformed(g, path, &fault);
	return err == ERR_OK;
}

/* Rule 58, before anything is kept, asked of the bank, or computed. */
static bool is_welcome(struct gateway *g, const struct init_request *q)
{
	if (q->cookie_ok && spent_knows(g, q->cookie)) {
		g->counters.cookies_twice++;
		return false;
	}
	if (crowd_has_room(g, &q->path.remote.address) && g->counters.sas < g->config.max_sas &&
	    response_cache_has_room(g, q->octets.n))
		return true;
	g->counters.refused_by_cap++;
	return false;
}

void init_receive(struct gateway *g, const struct gateway_path *path,
		  const struct ike_header *header, struct span octets)
{
	struct init_request q;
	struct response_entry *e;

	if (octets.n > REQUEST_MAX) {
		g->counters.malformed++;
		return;
	}
	if (!read_request(g, path, header, octets, &q))
		return;
	g->counters.init_requests++;
	services_hash(octets, q.hash);
	e = response_cache_find(g, path, header->spi_i, q.hash);
	if (e) {
		response_cache_repeat(e, path);
		return;
	}
	q.cookie_ok = cookie_is_valid(g, &q);
	if (cookie_is_due(g) && !q.cookie_ok) {
		cookie_ask(g, &q);
		return;
	}
	if (!is_welcome(g, &q))
		return;
	if (q.syn == IKE_SYN_PRESENT && services_has_bank(g)) {
		syn_request(g, &q);
		return;
	}
	init_answer_full(g, &q, response_cache_new(g, path, header, octets, q.hash));
}
