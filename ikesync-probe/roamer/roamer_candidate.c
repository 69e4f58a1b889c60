/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates, their message ID 1 and its answer. */
#include "roamer/roamer_candidate.h"

#include "ike/ike_bind.h"
#include "ike/ike_derive.h"
#include "ike/ike_psk.h"
#include "ike/ike_told.h"
#include "keys/nat_detection.h"
#include "roamer/roamer_child.h"
#include "wire/ike_cp.h"

#define SUITE_OF(r) (&(r)->step.stub.suite)

static bool seen_before(const struct roamer *r, struct span message)
{
	for (unsigned i = 0; i < r->n_candidates; i++) {
		const struct roamer_message *m = &r->candidates[i].response;

		if (span_equal(span_of(m->octets, m->n), message))
			return true;
	}
	return false;
}

static bool derive(struct roamer *r, struct roamer_candidate *k, const struct ike_answer *a)
{
	const struct ike_offer offer = { .n_suites = r->config->n_suites,
					 .suites = r->config->suites,
					 .group = r->group,
					 .dh = r->dh };
	struct ike_keys keys;
	bool ok;

	if (k->resumed)
		ok = ike_derive_resumed(&keys, &k->attempt, SUITE_OF(r), &r->step.stub.sk_d) ==
		     ERR_OK;
	else
		ok = ike_derive_full(&keys, &k->attempt, a, &offer, NULL, NULL);
	if (ok)
		ike_client_set_keys(&k->client, &keys, 1);
	return ok;
}

/* Tunnel mode: the address from before is wished for (rule 17). */
static void write_cp(const struct roamer *r, struct ike_inner *in)
{
	const struct ike_cp cp = {
		.type = IKE_CP_REQUEST,
		.n = 1,
		.at = { { .type = IKE_CP_INTERNAL_IP4_ADDRESS,
			  .value = span_of(r->inner.octets, address_size(&r->inner)) } }
	};

	ike_cp_write(&in->w, &cp);
}

static void write_child(const struct roamer *r, struct roamer_candidate *k, struct ike_inner *in)
{
	const struct ike_child_offer offer = roamer_child_offer(r, k);

	ike_child_write(in, &offer, &r->rng, &k->child);
}

/* Message ID 1: BIND with the first child SA, or IKE_AUTH. */
static bool make_first(struct roamer *r, struct roamer_candidate *k)
{
	uint8_t buffer[ROAMER_MESSAGE_MAX];
	struct wcursor out = wcursor_init(k->first.octets, sizeof(k->first.octets));
	struct ike_inner in;
	uint8_t exchange = EXCHANGE_IKE_AUTH;
	const uint32_t id = ike_window_ask(&k->client.window);
	enum err err;

	ike_inner_init(&in, buffer, sizeof(buffer));
	if (k->resumed) {
		exchange = r->config->n_esp ? EXCHANGE_CREATE_CHILD_SA : EXCHANGE_INFORMATIONAL;
		if (r->config->n_esp) {
			write_child(r, k, &in);
			write_cp(r, &in);
		}
		ike_bind_write(&in, &k->attempt, &k->client.keys, SK_FROM_INITIATOR);
	} else {
		ike_psk_write(&in, &k->attempt, &k->client.keys, &r->config->id, r->config->psk);
		if (r->config->n_esp) {
			write_cp(r, &in);
			write_child(r, k, &in);
		}
	}
	err = ike_client_seal(&k->client, &r->rng, exchange, false, id, &in, &out);
	secret_wipe(buffer, sizeof(buffer));
	k->first.n = wcursor_size(&out);
	return err == ERR_OK;
}

static bool nat_seen(const struct roamer *r, const struct ike_answer *a)
{
	const struct roamer_gateway *g = &r->config->gateways[r->step.gateway];
	struct endpoint local = { 0 };
	struct nat_ends ends = { .source = g->ike.address, .source_port = g->ike.port };

	r->ops.local(r->ops.user, r->step.gateway, &local);
	ends.destination = local.address;
	ends.destination_port = local.port;
	return nat_detection_differs(&a->chain, a->header.spi_i, a->header.spi_r, &ends);
}

struct roamer_candidate *roamer_candidate_add(struct roamer *r, const struct ike_answer *a)
{
	struct roamer_candidate *k = &r->candidates[r->n_candidates];

	if (r->n_candidates == IKE_CANDIDATES_MAX || !a->nr_fits ||
	    a->message.n > ROAMER_MESSAGE_MAX || seen_before(r, a->message))
		return NULL;
	memset(k, 0, sizeof(*k));
	k->resumed = a->kind == IKE_ANSWER_RESUMED;
	k->nat = r->config->encapsulate || nat_seen(r, a);
	k->announced = a->announced;
	k->request = r->request;
	memcpy(k->ni, r->ni, sizeof(k->ni));
	k->response.n = a->message.n;
	memcpy(k->response.octets, a->message.p, a->message.n);
	k->attempt = (struct ike_attempt){
		.spi_i = r->spi_i,
		.ni = SPAN_OF(k->ni),
		.request = span_of(k->request.octets, k->request.n),
	};
	ike_attempt_take(&k->attempt, a);
	k->attempt.response = span_of(k->response.octets, k->response.n);
	k->attempt.nr = span_in_copy(a->nr, a->message, k->attempt.response);
	k->client.spi_i = k->attempt.spi_i;
	k->client.spi_r = k->attempt.spi_r;
	if (!derive(r, k, a) || !make_first(r, k)) {
		secret_wipe(k, sizeof(*k));
		return NULL;
	}
	r->n_candidates++;
	return k;
}

void roamer_candidate_send(struct roamer *r, const struct roamer_candidate *k)
{
	r->ops.send(r->ops.user, r->step.gateway, k->nat, span_of(k->first.octets, k->first.n));
}

static enum roamer_said judge_resumed(const struct roamer_candidate *k,
				      const struct ike_protected *m, uint16_t *notify)
{
	*notify = ike_protected_error(m);
	/* what the gateway says when our BIND was wrong carries none of its own (rule 12) */
	if (*notify == NOTIFY_AUTHENTICATION_FAILED)
		return ROAMER_SAID_REFUSED;
	if (ike_bind_judge(&m->inner, &k->attempt, &k->client.keys, SK_FROM_RESPONDER) !=
	    IKE_BIND_RIGHT)
		return ROAMER_SAID_UNBOUND;
	if (ike_told_not_committed(&m->inner))
		return ROAMER_SAID_NOT_COMMITTED;
	return ROAMER_SAID_CONFIRMED;
}

static enum roamer_said judge_full(const struct roamer *r, const struct roamer_candidate *k,
				   const struct ike_protected *m, uint16_t *notify)
{
	struct ike_broken broken;
	struct ike_id id;
	uint8_t method;

	if (ike_psk_verify(&m->inner, &k->attempt, &k->client.keys, r->config->gateway_id,
			   r->config->psk, &id, &method, &broken))
		return ROAMER_SAID_AUTHENTICATED;
	*notify = ike_protected_error(m);
	return ROAMER_SAID_REFUSED;
}

enum roamer_said roamer_candidate_read(struct roamer *r, struct span message, uint8_t *plain,
				       size_t cap, struct roamer_candidate **which,
				       struct ike_protected *m, uint16_t *notify)
{
	*notify = 0;
	for (unsigned i = 0; i < r->n_candidates; i++) {
		struct roamer_candidate *k = &r->candidates[i];
		struct ike_header h;

		if (k->dropped ||
		    !ike_protected_belongs(message, k->client.spi_i, k->client.spi_r, &h, NULL) ||
		    !(h.flags & IKE_FLAG_RESPONSE) ||
		    !ike_window_awaits(&k->client.window, h.message_id))
			continue;
		/* a forger may have copied SPIr: another candidate may still fit */
		if (ike_client_open(&k->client, message, plain, cap, m) != ERR_OK)
			continue;
		*which = k;
		return k->resumed ? judge_resumed(k, m, notify) : judge_full(r, k, m, notify);
	}
	return ROAMER_SAID_NOTHING;
}

unsigned roamer_candidate_left(const struct roamer *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n_candidates; i++)
		n += !r->candidates[i].dropped;
	return n;
}

struct ike_resumable roamer_candidate_resumable(const struct roamer *r,
						const struct roamer_candidate *k)
{
	return (struct ike_resumable){
		.suite = k->client.keys.suite,
		.index = { .spi = k->client.spi_r,
			   .address = r->config->gateways[r->step.gateway].ike.address },
		.sk_d = k->client.keys.sk_d,
	};
}

void roamer_candidate_forget(struct roamer *r)
{
	secret_wipe(r->candidates, sizeof(r->candidates));
	r->n_candidates = 0;
}
