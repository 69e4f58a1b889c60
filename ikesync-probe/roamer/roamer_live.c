/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Speaks on the SA that stands. */
#include "roamer/roamer_live.h"

#include "ike/ike_inform.h"
#include "ike/ike_told.h"
#include "roamer/roamer_candidate.h"
#include "roamer/roamer_child.h"
#include "wire/ike_cp.h"
#include "wire/ike_notify.h"
#include "wire/ike_redirect.h"

static void take_inner(struct roamer *r, const struct chain *inner)
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_CP);
	struct fault fault;
	struct ike_cp cp;

	if (!p || ike_cp_parse(p, &cp, &fault) != ERR_OK || cp.type != IKE_CP_REPLY)
		return;
	for (unsigned i = 0; i < cp.n; i++)
		if (cp.at[i].type == IKE_CP_INTERNAL_IP4_ADDRESS && cp.at[i].value.n == 4) {
			r->inner = (struct address){ .family = 4 };
			memcpy(r->inner.octets, cp.at[i].value.p, 4);
		}
}

void roamer_live_take(struct roamer *r, struct roamer_candidate *k, const struct chain *inner)
{
	struct fault fault;

	r->old = roamer_candidate_resumable(r, k);
	r->has_old = true;
	k->client.has_index = ike_told_index(inner, &k->client.index, &fault) == IKE_TOLD_PRESENT;
	if (k->client.has_index)
		r->old.index = k->client.index;
	take_inner(r, inner);
	roamer_child_tell(r, k, inner);
	ike_client_clear(&r->sa);
	r->sa = k->client;
	ike_window_done(&r->sa.window);
	r->lives = true;
	r->checking = false;
	r->nat = k->nat;
	r->gateway = r->step.gateway;
	r->announced |= k->announced;
	r->answered.n = 0;
	roamer_candidate_forget(r);
	roamer_plan_clear(&r->plan);
}

void roamer_live_repeat(struct roamer *r)
{
	r->sent++;
	r->ops.send(r->ops.user, r->gateway, r->nat, span_of(r->asked.octets, r->asked.n));
}

void roamer_live_ask(struct roamer *r, bool end)
{
	struct wcursor out = wcursor_init(r->asked.octets, sizeof(r->asked.octets));
	uint8_t buffer[64];
	struct ike_inner in;
	uint32_t id;

	/* one request at a time: an unanswered check makes room for the Delete */
	id = r->sa.window.asked ? r->sa.window.next - 1 : ike_window_ask(&r->sa.window);
	ike_inner_init(&in, buffer, sizeof(buffer));
	if (end)
		ike_inform_delete(&in);
	if (ike_client_seal(&r->sa, &r->rng, EXCHANGE_INFORMATIONAL, false, id, &in, &out) !=
	    ERR_OK)
		return;
	r->asked.n = wcursor_size(&out);
	r->checking = true;
	r->sent = 0;
	roamer_live_repeat(r);
}

static void answer(struct roamer *r, const struct ike_header *h, const struct ike_inner *in)
{
	struct wcursor out = wcursor_init(r->answered.octets, sizeof(r->answered.octets));

	if (ike_client_seal(&r->sa, &r->rng, h->exchange, true, h->message_id, in, &out) != ERR_OK)
		return;
	r->answered.n = wcursor_size(&out);
	ike_window_answered(&r->sa.window, h->message_id);
}

/* The gateway of the pool that N(REDIRECT) names; false: another one, or none that can be read. */
static bool read_redirect(const struct roamer *r, struct span data, unsigned *to)
{
	struct ike_redirect named;
	struct address a;
	struct fault fault;

	if (ike_redirect_parse(data, &named, &fault))
		return false;
	a = ike_redirect_address(&named);
	for (unsigned i = 0; i < r->config->n_gateways; i++)
		if (address_equal(&r->config->gateways[i].ike.address, &a)) {
			*to = i;
			return true;
		}
	return false;
}

static enum roamer_live serve(struct roamer *r, const struct ike_protected *m, unsigned *to)
{
	uint8_t buffer[256];
	struct ike_inner in;
	struct ike_notify redirect;
	struct ike_delete deleted;
	enum ike_inform what;

	ike_inner_init(&in, buffer, sizeof(buffer));
	what = ike_inform_answer(m->header.exchange, &m->inner, &in, &deleted);
	answer(r, &m->header, &in);
	if (what == IKE_INFORM_DELETED)
		return ROAMER_LIVE_DELETED;
	if (what != IKE_INFORM_ALIVE || !ike_notify_find(&m->inner, NOTIFY_REDIRECT, &redirect))
		return ROAMER_LIVE_SPOKE;
	return read_redirect(r, redirect.data, to) ? ROAMER_LIVE_REDIRECTED : ROAMER_LIVE_LURED;
}

static enum roamer_live request(struct roamer *r, const struct ike_protected *m, unsigned *to)
{
	enum roamer_live what = ROAMER_LIVE_SPOKE;

	switch (ike_window_judge(&r->sa.window, m->header.message_id)) {
	case IKE_WINDOW_NEW:
		what = serve(r, m, to);
		break;
	case IKE_WINDOW_AGAIN:
		break;
	default:
		return ROAMER_LIVE_DROPPED;
	}
	if (r->answered.n)
		r->ops.send(r->ops.user, r->gateway, r->nat,
			    span_of(r->answered.octets, r->answered.n));
	return what;
}

enum roamer_live roamer_live_receive(struct roamer *r, unsigned gateway, struct span message,
				     unsigned *to)
{
	uint8_t plain[ROAMER_MESSAGE_MAX];
	struct ike_protected m;
	struct ike_header h;
	enum roamer_live what = ROAMER_LIVE_DROPPED;

	if (!r->lives || gateway != r->gateway || message.n > sizeof(plain) ||
	    !ike_protected_belongs(message, r->sa.spi_i, r->sa.spi_r, &h, NULL))
		return ROAMER_LIVE_FOREIGN;
	if (ike_client_open(&r->sa, message, plain, sizeof(plain), &m) == ERR_OK) {
		if (!(h.flags & IKE_FLAG_RESPONSE)) {
			what = request(r, &m, to);
		} else if (ike_window_awaits(&r->sa.window, h.message_id)) {
			ike_window_done(&r->sa.window);
			r->checking = false;
			what = ROAMER_LIVE_ANSWERED;
		}
	}
	secret_wipe(plain, sizeof(plain));
	return what;
}
