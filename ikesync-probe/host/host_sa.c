/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers IKE_SA_INIT, derives the responder's keys, seals and opens. */
#include "host/host_sa.h"

#include "ike/ike_inform.h"
#include "keys/dh.h"
#include "keys/key_line.h"
#include "keys/nat_detection.h"

static struct span octets_of(const GByteArray *a)
{
	return span_of(a->data, a->len);
}

static bool read_request(struct host_sa *sa)
{
	const uint8_t type = sa->h->p->target->syn_payload_type;
	const struct chain_payload *p;
	struct fault fault;

	if (ike_syn_parse_message(octets_of(sa->request), type, &sa->header, &sa->asked, &fault) !=
	    ERR_OK)
		return false;
	p = chain_find(&sa->asked, PAYLOAD_NONCE);
	if (!p)
		return false;
	sa->ni = p->body;
	p = chain_find(&sa->asked, PAYLOAD_KE);
	if (!p || ike_ke_parse(p, &sa->ke, &fault) != ERR_OK || !chain_find(&sa->asked, PAYLOAD_SA))
		return false;
	sa->syn_presence = ike_syn_find(&sa->asked, type, &sa->syn, &fault);
	sa->announced = ike_vendor_find_profile_1(&sa->asked);
	return true;
}

bool host_sa_begin(struct host_sa *sa, struct host *h, const struct host_message *m)
{
	memset(sa, 0, sizeof(*sa));
	sa->h = h;
	sa->gateway = m->gateway;
	sa->nat = m->nat;
	sa->remote = m->remote;
	sa->cursor = h->taken;
	sa->request = g_byte_array_ref(m->octets);
	sa->response = g_byte_array_new();
	if (read_request(sa)) {
		h->p->client_announced |= sa->announced;
		return true;
	}
	evidence_clause(h->e, "2.1", false, "the client's IKE_SA_INIT request",
			"SA, KE and Ni that can be read", "they cannot");
	return false;
}

void host_sa_again(struct host_sa *sa, const struct host_sa *first)
{
	*sa = *first;
	ike_keys_clear(&sa->keys);
	sa->request = g_byte_array_ref(first->request);
	sa->response = g_byte_array_new();
	sa->iv = (struct sk_iv){ 0 };
	sa->next = 0;
	sa->question_n = 0;
}

void host_sa_clear(struct host_sa *sa)
{
	ike_keys_clear(&sa->keys);
	if (sa->request)
		g_byte_array_unref(sa->request);
	if (sa->response)
		g_byte_array_unref(sa->response);
	memset(sa, 0, sizeof(*sa));
}

struct ike_attempt host_sa_attempt(const struct host_sa *sa)
{
	return (struct ike_attempt){ .spi_i = sa->header.spi_i,
				     .spi_r = sa->spi_r,
				     .ni = sa->ni,
				     .nr = SPAN_OF(sa->nr),
				     .request = octets_of(sa->request),
				     .response = octets_of(sa->response) };
}

/* ---- IKE_SA_INIT */

void host_answer_begin(struct host_answer *a, uint64_t spi_i, uint64_t spi_r)
{
	const struct ike_header h = ike_header_response(spi_i, spi_r, EXCHANGE_IKE_SA_INIT, 0);

	a->c = wcursor_init(a->octets, sizeof(a->octets));
	chain_writer_message(&a->w, &a->c, &h);
}

void host_answer_send(struct host_answer *a, struct host_sa *sa, bool keep)
{
	struct span message;

	if (chain_writer_finish(&a->w) != ERR_OK)
		return;
	message = wcursor_written(&a->c, 0);
	if (keep) {
		g_byte_array_set_size(sa->response, 0);
		g_byte_array_append(sa->response, message.p, (guint)message.n);
		host_reply(sa->h, sa->gateway, sa->nat, &sa->remote, 0, message);
	} else {
		host_send(sa->h, sa->gateway, sa->nat, &sa->remote, message);
	}
}

static void show_keys(const struct host_sa *sa)
{
	char line[KEY_LINE_MAX];

	if (key_line(&sa->keys, sa->header.spi_i, sa->spi_r, line, sizeof(line)))
		evidence_ikev2_keys(sa->h->e, line);
	secret_wipe(line, sizeof(line));
}

static void draw(struct host_sa *sa, uint64_t spi_r)
{
	sa->spi_r = spi_r ? spi_r : rng_spi(&rng_system);
	rng_fill(&rng_system, sa->nr, sizeof(sa->nr));
}

static void write_nat(struct host_answer *a)
{
	static const uint16_t types[] = { NOTIFY_NAT_DETECTION_SOURCE_IP,
					  NOTIFY_NAT_DETECTION_DESTINATION_IP };
	uint8_t hash[NAT_DETECTION_SIZE];

	for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
		rng_fill(&rng_system, hash, sizeof(hash));
		ike_notify_write_simple(&a->w, types[i], SPAN_OF(hash));
	}
}

bool host_sa_hit(struct host_sa *sa, const struct suite *suite, const struct secret *sk_d)
{
	return host_sa_hit_as(sa, suite, sk_d, 0);
}

bool host_sa_hit_as(struct host_sa *sa, const struct suite *suite, const struct secret *sk_d,
		    uint64_t spi_r)
{
	struct ike_attempt t;
	struct ike_seed seed;
	struct host_answer a;

	draw(sa, spi_r);
	t = host_sa_attempt(sa);
	seed = ike_attempt_seed(&t);
	if (ike_keys_resume(&sa->keys, suite, &seed, secret_peek(sk_d)) != ERR_OK) {
		evidence_inconclusive(sa->h->e, "the probe cannot derive keys");
		return false;
	}
	show_keys(sa);
	host_answer_begin(&a, sa->header.spi_i, sa->spi_r);
	ike_nonce_write(&a.w, SPAN_OF(sa->nr));
	ike_vendor_write_profile_1(&a.w);
	if (sa->feign_nat)
		write_nat(&a);
	host_answer_send(&a, sa, true);
	return true;
}

static bool choose(const struct host_sa *sa, struct suite *suite, uint8_t *number)
{
	const struct target_client *c = &sa->h->p->target->client;
	struct ike_sa offer;
	struct fault fault;

	return ike_sa_parse(chain_find(&sa->asked, PAYLOAD_SA), &offer, &fault) == ERR_OK &&
	       suite_choose_for_group(&offer, c->suites, c->n_suites, sa->ke.group, suite,
				      number) == ERR_OK &&
	       suite->dh == sa->ke.group;
}

static bool agree(struct host_sa *sa, const struct suite *suite, uint8_t *public)
{
	struct dh *dh = dh_new(suite->dh);
	uint8_t shared[DH_PUBLIC_MAX];
	size_t n = 0;
	struct ike_attempt t = host_sa_attempt(sa);
	const struct ike_seed seed = ike_attempt_seed(&t);
	bool ok = dh && dh_public(dh, public) == ERR_OK &&
		  dh_shared(dh, sa->ke.data, shared, &n) == ERR_OK &&
		  ike_keys_initial(&sa->keys, suite, &seed, span_of(shared, n)) == ERR_OK;

	secret_wipe(shared, sizeof(shared));
	dh_free(dh);
	return ok;
}

bool host_sa_ordinary(struct host_sa *sa, bool announce)
{
	struct suite suite;
	uint8_t number, public[DH_PUBLIC_MAX];
	struct host_answer a;
	struct ike_sa chosen = { 0 };

	draw(sa, 0);
	if (!choose(sa, &suite, &number) || !agree(sa, &suite, public)) {
		evidence_inconclusive(sa->h->e,
				      "the client offers none of [client] ike and more-ike "
				      "with a KE of that suite's group");
		return false;
	}
	show_keys(sa);
	suite_add_proposal(&chosen, &suite, SPAN_NONE);
	chosen.proposals[0].number = number;
	host_answer_begin(&a, sa->header.spi_i, sa->spi_r);
	ike_sa_write(&a.w, &chosen);
	ike_ke_write(&a.w, suite.dh, span_of(public, dh_public_size(suite.dh)));
	ike_nonce_write(&a.w, SPAN_OF(sa->nr));
	if (announce)
		ike_vendor_write_profile_1(&a.w);
	host_answer_send(&a, sa, true);
	return true;
}

/* ---- protected messages */

void host_inner_begin(struct host_inner *in)
{
	ike_inner_init(&in->in, in->octets, sizeof(in->octets));
}

static void ask(struct host_sa *sa)
{
	host_send(sa->h, sa->gateway, sa->nat, &sa->remote, span_of(sa->question, sa->question_n));
}

void host_sa_send(struct host_sa *sa, uint8_t exchange, bool request, uint32_t message_id,
		  struct host_inner *in)
{
	const struct ike_header h = { .spi_i = sa->header.spi_i,
				      .spi_r = sa->spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = exchange,
				      .flags = request ? 0 : IKE_FLAG_RESPONSE,
				      .message_id = message_id };
	uint8_t octets[HOST_INNER_MAX + 256];
	struct wcursor out = wcursor_init(octets, sizeof(octets));

	if (ike_protected_seal(&out, &h, &sa->keys, SK_FROM_RESPONDER, &sa->iv, &rng_system,
			       &in->in) != ERR_OK) {
		evidence_inconclusive(sa->h->e, "the probe cannot seal a message");
	} else if (request) {
		sa->question_n = wcursor_size(&out);
		memcpy(sa->question, octets, sa->question_n);
		ask(sa);
	} else {
		host_reply(sa->h, sa->gateway, sa->nat, &sa->remote, sa->spi_r,
			   wcursor_written(&out, 0));
	}
}

uint32_t host_sa_check(struct host_sa *sa)
{
	struct host_inner in;
	const uint32_t id = sa->next++;

	host_inner_begin(&in);
	host_sa_send(sa, EXCHANGE_INFORMATIONAL, true, id, &in);
	return id;
}

static bool is_ours(const struct host_sa *sa, const struct host_message *m)
{
	return m->is_ike && m->header.spi_i == sa->header.spi_i && m->header.spi_r == sa->spi_r;
}

bool host_sa_next(struct host_sa *sa, uint64_t ms, struct host_opened *out)
{
	const uint64_t until = probe_now() + ms;

	for (;;) {
		const uint64_t now = probe_now();
		const struct host_message *m =
		    host_at(sa->h, sa->cursor, now < until ? until - now : 0);

		if (!m)
			return false;
		sa->cursor++;
		if (m->again || !is_ours(sa, m) || m->octets->len > sizeof(out->plain))
			continue;
		out->message = m;
		if (ike_protected_open(octets_of(m->octets), &sa->keys, SK_FROM_INITIATOR,
				       out->plain, sizeof(out->plain), &out->p) != ERR_OK) {
			evidence_note(sa->h->e, "a message of the client does not verify");
			continue;
		}
		/* it may have moved to the other port */
		sa->nat = m->nat;
		sa->remote = m->remote;
		return true;
	}
}

bool host_sa_answered(struct host_sa *sa, uint32_t message_id, uint64_t ms)
{
	const uint64_t until = probe_now() + ms;
	uint64_t wait = sa->h->p->target->timers.retransmit, again = probe_now() + wait;
	struct host_opened o;

	for (;;) {
		const uint64_t now = probe_now(), next = MIN(again, until);

		if (!host_sa_next(sa, now < next ? next - now : 0, &o)) {
			if (next == until || probe_interrupted() || sa->h->client.ended)
				return false;
			ask(sa);
			wait *= 2;
			again = probe_now() + wait;
			continue;
		}
		if (!(o.p.header.flags & IKE_FLAG_RESPONSE) || o.p.header.message_id != message_id)
			continue;
		if (!(o.p.header.flags & IKE_FLAG_INITIATOR))
			evidence_check_as(sa->h->e, PROVENANCE_BASE, "RFC 7296 section 3.1", false,
					  "the flags of the client's response",
					  "I beside R: it is the original initiator", "0x%02x",
					  o.p.header.flags);
		return true;
	}
}
