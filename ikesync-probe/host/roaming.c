/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays A until the client is logged in, and B as far as every case needs it. */
#include "host/roaming.h"

#include "ike/ike_inform.h"
#include "keys/auth.h"

static const uint8_t inner_address[4] = { 10, 99, 7, 77 };

struct index roaming_index(const struct roaming *r, const struct host_sa *sa)
{
	return (struct index){ .spi = sa->spi_r, .address = r->host.local[sa->gateway][0].address };
}

static void write_index(struct host_inner *in, const struct index *ix)
{
	uint8_t octets[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(octets, sizeof(octets));

	index_write(&c, ix);
	ike_notify_write_simple(&in->in.w, NOTIFY_IKESYNC_INDEX, wcursor_written(&c, 0));
}

/* ---- IKE_AUTH */

static bool auth_is_right(const struct roaming *r, const struct host_sa *sa,
			  const struct chain *inner, const char **why)
{
	const struct psk *psk = &r->p->target->client.psk;
	const struct chain_payload *idi = chain_find(inner, PAYLOAD_IDI),
				   *p = chain_find(inner, PAYLOAD_AUTH);
	const uint16_t prf_id = sa->keys.suite.prf;
	uint8_t mac[SECRET_MAX];
	struct ike_auth auth;
	struct fault fault;
	struct ike_id id;

	*why = "it holds no IDi and AUTH that can be read";
	if (!idi || !p || ike_id_parse(idi, &id, &fault) != ERR_OK ||
	    ike_auth_parse(p, &auth, &fault) != ERR_OK)
		return false;
	*why = "its IDi is not [client] id";
	if (!ike_id_equal(&id, &r->p->target->client.id.id))
		return false;
	*why = "its AUTH does not verify with [client] psk";
	return auth_psk(prf_id, span_of(psk->octets, psk->n),
			span_of(sa->request->data, sa->request->len), SPAN_OF(sa->nr),
			secret_peek(&sa->keys.sk_pi), &id, mac) == ERR_OK &&
	       secret_equal(auth.data, span_of(mac, suite_prf_size(prf_id)));
}

static void write_auth(const struct roaming *r, const struct host_sa *sa, struct host_inner *in)
{
	const struct psk *psk = &r->p->target->client.psk;
	const struct ike_id *id = &r->p->target->host.id.id;
	uint8_t mac[SECRET_MAX];
	const struct ike_auth auth = { .method = AUTH_SHARED_KEY_MIC,
				       .data = span_of(mac, suite_prf_size(sa->keys.suite.prf)) };

	if (auth_psk(sa->keys.suite.prf, span_of(psk->octets, psk->n),
		     span_of(sa->response->data, sa->response->len), sa->ni,
		     secret_peek(&sa->keys.sk_pr), id, mac) != ERR_OK)
		return;
	ike_id_write(&in->in.w, PAYLOAD_IDR, id);
	ike_auth_write(&in->in.w, &auth);
}

static void echo_ts(struct host_inner *in, const struct chain *inner, uint8_t type)
{
	const struct chain_payload *p = chain_find(inner, type);

	if (p)
		chain_writer_payload(&in->in.w, type, 0, p->body);
}

void roaming_write_child(struct roaming *r, struct host_inner *in, const struct host_opened *first)
{
	const struct target_client *c = &r->p->target->client;
	const struct chain *inner = &first->p.inner;
	const struct chain_payload *p = chain_find(inner, PAYLOAD_SA);
	const struct ike_cp cp = { .type = IKE_CP_REPLY,
				   .n = 1,
				   .at = { { .type = IKE_CP_INTERNAL_IP4_ADDRESS,
					     .value = SPAN_OF(inner_address) } } };
	struct ike_sa offer, chosen = { 0 };
	struct suite_esp suite;
	struct fault fault;
	uint8_t number, nonce[32];
	uint32_t spi;

	if (!p || ike_sa_parse(p, &offer, &fault) != ERR_OK)
		return;
	if (suite_esp_choose(&offer, c->esp, c->n_esp, &suite, &number, &spi) != ERR_OK) {
		ike_notify_write_simple(&in->in.w, NOTIFY_NO_PROPOSAL_CHOSEN, SPAN_NONE);
		return;
	}
	suite_esp_add_proposal(&chosen, &suite, (uint32_t)rng_spi(&rng_system) | 0x1000);
	chosen.proposals[0].number = number;
	if (chain_find(inner, PAYLOAD_CP))
		ike_cp_write(&in->in.w, &cp);
	ike_sa_write(&in->in.w, &chosen);
	if (chain_find(inner, PAYLOAD_NONCE)) {
		rng_fill(&rng_system, nonce, sizeof(nonce));
		ike_nonce_write(&in->in.w, SPAN_OF(nonce));
	}
	echo_ts(in, inner, PAYLOAD_TSI);
	echo_ts(in, inner, PAYLOAD_TSR);
}

bool roaming_authenticate(struct roaming *r, struct host_sa *sa, const struct index *index,
			  const char **why)
{
	struct host_opened o;
	struct host_inner in;

	*why = "no IKE_AUTH request came that verifies";
	if (!host_sa_next(sa, r->p->target->timers.answer, &o))
		return false;
	*why = "its first protected request is no IKE_AUTH with message ID 1";
	if (o.p.header.exchange != EXCHANGE_IKE_AUTH || o.p.header.message_id != 1)
		return false;
	if (!auth_is_right(r, sa, &o.p.inner, why))
		return false;
	if (chain_find(&o.p.inner, PAYLOAD_CP)) {
		r->inner = (struct address){ .family = 4 };
		memcpy(r->inner.octets, inner_address, sizeof(inner_address));
	}
	host_inner_begin(&in);
	write_auth(r, sa, &in);
	roaming_write_child(r, &in, &o);
	if (index)
		write_index(&in, index);
	host_sa_send(sa, EXCHANGE_IKE_AUTH, false, 1, &in);
	return true;
}

/* ---- the login */

bool roaming_begin(struct roaming *r, struct probe *p, struct evidence *e,
		   const struct roaming_login *how)
{
	const struct host_message *m;
	const char *why = "";

	memset(r, 0, sizeof(*r));
	r->p = p;
	r->e = e;
	if (!host_open(&r->host, p, e))
		return false;
	m = host_next_init(&r->host, host_patience(&r->host));
	if (!m) {
		evidence_inconclusive(e, "the client sent no IKE_SA_INIT request");
		return false;
	}
	if (m->gateway != HOST_A) {
		evidence_inconclusive(e, "the client logs in at the wrong gateway");
		return false;
	}
	if (!host_sa_begin(&r->old, &r->host, m) || !host_sa_ordinary(&r->old, !how->silent))
		return false;
	r->index = roaming_index(r, &r->old);
	if (!how->silent && !how->untold)
		/* no index that could be guessed */
		r->index.spi = rng_spi(&rng_system);
	if (!roaming_authenticate(r, &r->old, how->silent || how->untold ? NULL : &r->index,
				  &why)) {
		evidence_inconclusive(e, "the client does not log in: %s", why);
		return false;
	}
	r->logged_in = host_sa_answered(&r->old, host_sa_check(&r->old), host_patience(&r->host));
	if (!r->logged_in)
		evidence_inconclusive(e, "the client does not answer on the SA that it made");
	else
		evidence_note(e, "the client is logged in at A");
	return r->logged_in;
}

/* The client need not ask in vain whether this gateway is there. */
static void say_goodbye(struct host_sa *sa)
{
	struct host_inner in;

	if (!sa->keys.sk_d.n)
		return;
	host_inner_begin(&in);
	ike_inform_delete(&in.in);
	host_sa_send(sa, EXCHANGE_INFORMATIONAL, true, sa->next++, &in);
}

void roaming_end(struct roaming *r)
{
	say_goodbye(&r->old);
	say_goodbye(&r->asked);
	host_close(&r->host);
	host_sa_clear(&r->old);
	host_sa_clear(&r->asked);
}

bool roaming_go(struct roaming *r)
{
	const struct host_message *m;

	if (!host_tell_gone(&r->host))
		return false;
	m = host_next_init(&r->host, host_patience(&r->host));
	if (!m) {
		evidence_clause(r->e, "2.1", false, "the client, whose gateway is gone",
				"an IKE_SA_INIT request at the next gateway", "nothing");
		return false;
	}
	return host_sa_begin(&r->asked, &r->host, m);
}

/* ---- message ID 1 */

bool roaming_first(struct roaming *r, struct host_sa *sa, struct host_opened *out)
{
	const uint64_t until = probe_now() + r->p->target->timers.answer;

	for (;;) {
		const uint64_t now = probe_now();

		if (!host_sa_next(sa, now < until ? until - now : 0, out))
			return false;
		if (!(out->p.header.flags & IKE_FLAG_RESPONSE))
			return true;
	}
}

enum ike_bind roaming_bind(const struct host_sa *sa, const struct host_opened *first)
{
	const struct ike_attempt t = host_sa_attempt(sa);

	return ike_bind_judge(&first->p.inner, &t, &sa->keys, SK_FROM_INITIATOR);
}

void roaming_confirm(struct roaming *r, struct host_sa *sa, const struct host_opened *first)
{
	const struct ike_attempt t = host_sa_attempt(sa);
	const struct index ix = roaming_index(r, sa);
	struct host_inner in;

	host_inner_begin(&in);
	roaming_write_child(r, &in, first);
	ike_bind_write(&in.in, &t, &sa->keys, SK_FROM_RESPONDER);
	write_index(&in, &ix);
	host_sa_send(sa, first->p.header.exchange, false, first->p.header.message_id, &in);
}
