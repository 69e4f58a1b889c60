/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_INIT, RFC 7296 section 1.2. */
#include "init.h"

#include <glib.h>

#include "keys/nat_detection.h"

/* Rule 23 wants 1,280 octets; some offer a great many transforms. What is larger would fill the
 * response cache. */
#define REQUEST_MAX 4096

/* Clear errors here are no larger than the request, and strangers can ask for them: RFC 7296
 * section 2.21.1. */
static void refuse(struct gateway *g, const struct gateway_message *m, uint16_t notify,
		   struct span data)
{
	char spis[IKE_SPIS_TEXT_MAX];

	log_info("IKE_SA_INIT %s refused: %s", ike_spis_text(m->header.spi_i, 0, spis),
		 iana_notify_name(notify));
	gateway_send_clear_notify(g, m, notify, data);
}

static bool drop(struct gateway *g, const struct gateway_message *m, const struct fault *fault)
{
	char from[ENDPOINT_TEXT_MAX];

	g->counters.malformed++;
	log_debug("dropped IKE_SA_INIT from %s: %s at %zu: %s",
		  endpoint_text(&m->path->remote, from), fault->field ? fault->field : "message",
		  fault->offset, err_text(fault->err));
	return false;
}

/* Exactly one SA, KE and Ni (RFC 7296 section 1.2; rule 2). */
static bool parse_payloads(struct gateway *g, struct init_request *q)
{
	const struct chain *c = &q->m->chain;
	const struct chain_payload *sa = chain_find(c, PAYLOAD_SA);
	const struct chain_payload *ke = chain_find(c, PAYLOAD_KE);
	const struct chain_payload *ni = chain_find(c, PAYLOAD_NONCE);
	struct fault fault = { ERR_MISSING, "IKE_SA_INIT: exactly one SA, KE and Ni",
			       IKE_HEADER_SIZE };

	if (chain_count(c, PAYLOAD_SA) != 1 || chain_count(c, PAYLOAD_KE) != 1 ||
	    chain_count(c, PAYLOAD_NONCE) != 1)
		return drop(g, q->m, &fault);
	if (ike_sa_parse(sa, &q->offer, &fault) || ike_ke_parse(ke, &q->ke, &fault) ||
	    ike_nonce_parse(ni, &q->ni, &fault))
		return drop(g, q->m, &fault);
	return true;
}

static void look_for_syn(struct gateway *g, struct init_request *q)
{
	const struct chain_payload *p = chain_find(&q->m->chain, g->config.syn_type);
	struct fault fault = { 0 };

	q->syn = IKE_SYN_ABSENT;
	if (!g->config.syn)
		return;
	q->announced = ike_vendor_find_profile_1(&q->m->chain);
	q->syn = ike_syn_find(&q->m->chain, g->config.syn_type, &q->index, &fault);
	if (q->syn == IKE_SYN_MALFORMED)
		log_debug("IKE_SA_SYN ignored: %s at %zu", fault.field, fault.offset);
	if (q->syn == IKE_SYN_PRESENT && p)
		q->syn_body = p->body;
}

bool init_parse(struct gateway *g, const struct gateway_path *path, struct span octets, bool answer,
		struct gateway_message *m, struct init_request *out)
{
	struct fault fault = { 0 };
	struct ike_notify n;
	uint8_t unknown = 0;
	enum err err;

	*m = (struct gateway_message){ .path = path, .octets = octets };
	memset(out, 0, sizeof(*out));
	out->m = m;
	/* Rule 4: a SYN that breaks the chain is ignored, not the request. */
	err = g->config.syn
		  ? ike_syn_parse_message(octets, g->config.syn_type, &m->header, &m->chain, &fault)
		  : chain_parse_message(octets, &m->header, &m->chain, &fault);
	if (err)
		return drop(g, m, &fault);
	if (m->header.spi_i == 0 || m->header.spi_r != 0 || m->header.message_id != 0 ||
	    (m->header.flags & (IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE)) != IKE_FLAG_INITIATOR) {
		fault = (struct fault){ ERR_VALUE, "IKE_SA_INIT: not a first request", 0 };
		return drop(g, m, &fault);
	}
	look_for_syn(g, out);
	out->fragmentation = ike_notify_find(&m->chain, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, &n);
	if (chain_check_critical(&m->chain, g->config.syn ? g->config.syn_type : 0, &unknown)) {
		if (answer)
			refuse(g, m, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, span_of(&unknown, 1));
		return false;
	}
	return parse_payloads(g, out);
}

void init_receive(struct gateway *g, const struct gateway_path *path, struct span octets)
{
	struct gateway_message m;
	struct init_request q;
	struct response_entry *e;
	uint8_t hash[SA_HASH_SIZE];

	if (octets.n > REQUEST_MAX) {
		g->counters.malformed++;
		return;
	}
	if (!init_parse(g, path, octets, true, &m, &q))
		return;
	g->counters.init_requests++;
	gateway_hash(octets, hash);
	e = response_find(g, &m, hash);
	if (e) {
		response_repeat(e);
		return;
	}
	q.cookie_ok = cookie_is_valid(g, &q);
	if (cookie_is_due(g) && !q.cookie_ok) {
		cookie_ask(g, &q);
		return;
	}
	if (q.syn == IKE_SYN_PRESENT && gateway_has_bank(g)) {
		syn_request(g, &q);
		return;
	}
	init_full(g, &q, response_new(g, &m, hash), NULL);
}

static void write_notify_nat(const struct init_request *q, uint64_t spi_r, struct chain_writer *w)
{
	const struct gateway_path *path = q->m->path;
	struct nat_ends ends = { path->local.address, path->remote.address, path->local.port,
				 path->remote.port };
	struct ike_notify n;

	if (ike_notify_find(&q->m->chain, NOTIFY_NAT_DETECTION_SOURCE_IP, &n))
		nat_detection_write(w, q->m->header.spi_i, spi_r, &ends);
}

void init_write_tail(struct gateway *g, const struct init_request *q, uint64_t spi_r, bool full,
		     struct chain_writer *w)
{
	write_notify_nat(q, spi_r, w);
	if (q->fragmentation)
		ike_notify_write_simple(w, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, SPAN_NONE);
	if (full)
		ike_notify_write_simple(w, NOTIFY_CHILDLESS_IKEV2_SUPPORTED, SPAN_NONE);
	if (g->config.syn)
		ike_vendor_write_profile_1(w);
}

struct sa_setup *init_setup(const struct init_request *q, struct response_entry *entry)
{
	struct sa_setup *s = g_new0(struct sa_setup, 1);

	s->entry = entry;
	s->ni_n = (uint16_t)q->ni.n;
	memcpy(s->ni, q->ni.p, q->ni.n);
	s->announced = q->announced;
	return s;
}

/* The answer SA, KE, Nr and the tail. ERR_CRYPTO, ERR_NO_SPACE. */
static enum err write_answer(struct gateway *g, const struct init_request *q, const struct sa *sa,
			     uint8_t number, struct wcursor *c)
{
	struct sa_setup *s = sa->setup;
	struct ike_header h = ike_header_response(sa->spi_i, sa->spi_r, EXCHANGE_IKE_SA_INIT, 0);
	uint8_t public[DH_PUBLIC_MAX];
	struct ike_sa answer = { 0 };
	struct chain_writer w;
	enum err err = dh_public(s->dh, public);

	if (err)
		return err;
	(void)suite_add_proposal(&answer, &s->suite, SPAN_NONE);
	answer.proposals[0].number = number;
	chain_writer_message(&w, c, &h);
	ike_sa_write(&w, &answer);
	ike_ke_write(&w, s->suite.dh, span_of(public, dh_public_size(s->suite.dh)));
	ike_nonce_write(&w, span_of(s->nr, s->nr_n));
	init_write_tail(g, q, sa->spi_r, true, &w);
	return chain_writer_finish(&w);
}

static void remember_named(struct sa_setup *s, const struct init_named *named)
{
	s->fell_back = true;
	if (!named || named->id.data.n == 0)
		return;
	s->names_stub = true;
	s->named = named->index;
	s->named_id_type = named->id.type;
	s->named_id_n = (uint16_t)named->id.data.n;
	s->named_id = g_memdup2(named->id.data.p, named->id.data.n);
}

/* false: refused, the entry is to go. */
static bool negotiate(struct gateway *g, const struct init_request *q, struct suite *suite,
		      uint8_t *number)
{
	struct ike_ke_wanted wanted;

	if (suite_choose_for_group(&q->offer, g->config.ike, g->config.n_ike, q->ke.group, suite,
				   number)) {
		refuse(g, q->m, NOTIFY_NO_PROPOSAL_CHOSEN, SPAN_NONE);
		return false;
	}
	if (suite->dh != q->ke.group) {
		wanted = ike_ke_wanted(suite->dh);
		refuse(g, q->m, NOTIFY_INVALID_KE_PAYLOAD, SPAN_OF(wanted.octets));
		return false;
	}
	if (q->ke.data.n != dh_public_size(suite->dh)) {
		struct fault fault = { ERR_LENGTH, "KE: size does not fit the group", 0 };

		return drop(g, q->m, &fault);
	}
	if (g->counters.half_open >= g->config.max_half_open ||
	    g->counters.sas >= g->config.max_sas) {
		g->counters.refused_by_cap++;
		return false;
	}
	return true;
}

void init_full(struct gateway *g, const struct init_request *q, struct response_entry *entry,
	       const struct init_named *named)
{
	uint8_t buffer[GATEWAY_MESSAGE_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct suite suite;
	uint8_t number;
	struct sa *sa;

	if (!negotiate(g, q, &suite, &number)) {
		response_free(entry);
		return;
	}
	sa = sa_new(g, q->m->header.spi_i, 0, SA_HALF_OPEN);
	sa->path = *q->m->path;
	sa->suite = suite;
	sa->profile_1 = q->announced;
	sa->fragmentation = q->fragmentation;
	sa->setup = init_setup(q, entry);
	entry->spi_r = sa->spi_r;
	sa->setup->suite = suite;
	/* The shared secret waits for IKE_AUTH: a flood of first requests costs one key pair each,
	 * not two operations. */
	sa->setup->dh = dh_new(suite.dh);
	sa->setup->ke_n = (uint16_t)q->ke.data.n;
	sa->setup->ke = g_memdup2(q->ke.data.p, q->ke.data.n);
	sa->setup->nr_n = SA_NONCE_SIZE;
	rng_fill(&g->ops.rng, sa->setup->nr, SA_NONCE_SIZE);
	if (q->syn == IKE_SYN_PRESENT)
		remember_named(sa->setup, named);
	if (!sa->setup->dh || write_answer(g, q, sa, number, &c)) {
		sa_drop(sa);
		return;
	}
	response_answer(entry, span_of(buffer, wcursor_size(&c)));
}
