/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Message ID 1 of a resumed SA: key confirmation (rule 11), binding (12), and the commit (13).
 * The client hears nothing until the bank has moved the stub.
 */
#include "exchange/confirm.h"

#include <glib.h>

#include "core/claim.h"
#include "core/lease.h"
#include "core/response_cache.h"
#include "core/sa.h"
#include "core/services.h"
#include "exchange/exchange_handle.h"
#include "exchange/syn.h"
#include "keys/auth.h"
#include "stub/stub_in.h"
#include "stub/stub_out.h"
#include "stub/stub_tell.h"
#include "wire/ike_notify.h"

#define PRF_MAX 64

static bool make_bind(const struct sa *sa, const struct secret *sk_p, uint8_t out[static PRF_MAX])
{
	const struct response_entry *e = sa->setup->entry;

	return auth_bind(sa->keys.suite.prf, secret_peek(sk_p), e->request, e->response, out) ==
	       ERR_OK;
}

/* Rule 12: right, and there where the client is known to speak profile 1. */
static bool bind_is_right(struct sa *sa, const struct exchange_request *req)
{
	uint8_t expected[PRF_MAX];
	struct ike_notify n;

	if (!ike_notify_find(&req->chain, NOTIFY_IKESYNC_BIND, &n))
		return !sa->profile_1;
	return make_bind(sa, &sa->keys.sk_pi, expected) &&
	       secret_equal(span_of(expected, sa->keys.sizes.prf_key), n.data);
}

static void write_bind(struct sa *sa, struct exchange_reply *r)
{
	uint8_t bind[PRF_MAX];

	if (make_bind(sa, &sa->keys.sk_pr, bind))
		ike_notify_write_simple(&r->w, NOTIFY_IKESYNC_BIND,
					span_of(bind, sa->keys.sizes.prf_key));
}

static void end(struct sa *sa, uint16_t notify, bool bind)
{
	struct sa_setup *s = sa->setup;
	struct exchange_reply r;
	uint8_t hash[SA_HASH_SIZE];

	memcpy(hash, s->request_hash, SA_HASH_SIZE); /* the setup goes with the SA */
	exchange_reply_init(&r);
	ike_notify_write_simple(&r.w, notify, SPAN_NONE);
	if (bind)
		write_bind(sa, &r);
	r.close = true;
	exchange_reply_send(sa, s->exchange, hash, &r);
}

static void not_committed(struct sa *sa, const char *why)
{
	char spis[IKE_SPIS_TEXT_MAX], text[INDEX_TEXT_MAX];

	sa->gateway->counters.not_committed++;
	log_notice("SA %s: stub %s not committed: %s", sa_text(sa, spis),
		   index_text(&sa->setup->claim->index, text), why);
	end(sa, NOTIFY_IKESYNC_NOT_COMMITTED, true);
}

/* The old SA, when it was ours: the client has left it. */
static void drop_old(struct sa *sa)
{
	const struct index *old = &sa->setup->claim->index;
	struct sa *was = sa_find(sa->gateway, old->spi);

	if (was && was != sa && address_equal(&old->address, &sa->gateway->config.address))
		sa_drop(was);
}

static void keep_inner_address(struct sa *sa)
{
	const struct stub *s = &sa->setup->stub;
	uint32_t a = s->has_inner_ip4 ? address_ip4(s->inner_ip4) : 0;

	/* What AAA gave is no site's own. */
	sa->inner_taken = a && !lease_this(sa, a) && !(s->eap_identity.n && lease_foreign(sa, a));
}

/* The move is done: the SA lives. Now the exchange that message ID 1 was. */
static void committed(struct sa *sa)
{
	struct sa_setup *s = sa->setup;
	struct exchange_request req;
	struct exchange_reply r;
	char spis[IKE_SPIS_TEXT_MAX];
	uint8_t *inner = s->inner; /* `req` points into it until the answer is made */
	uint16_t notify;
	uint8_t data;

	sa->gateway->counters.resumed++;
	sa->has_stub = true;
	drop_old(sa);
	keep_inner_address(sa);
	req.exchange = s->exchange;
	req.path = &sa->path;
	req.first = s->first;
	req.inner = span_of(s->inner, s->inner_n);
	memcpy(req.hash, s->request_hash, SA_HASH_SIZE);
	exchange_reply_init(&r);
	write_bind(sa, &r);
	log_info("SA %s: resumed", sa_text(sa, spis));
	if (exchange_request_parse(&req, &notify, &data))
		exchange_handle(sa, &req, &r);
	else
		ike_notify_write_simple(&r.w, notify, span_of(&data, data ? 1 : 0));
	if (!sa->rekeyed) /* a rekey has told the new SA's, and there is no other any more */
		exchange_reply_write_banked_index(sa, &r);
	s->inner = NULL;
	s->inner_n = 0;
	sa_establish(sa);
	exchange_reply_send(sa, req.exchange, req.hash, &r);
	secret_wipe(inner, req.inner.n);
	g_free(inner);
}

static void moved(struct sa *sa, int result)
{
	struct index own = sa_index(sa);

	if (result == STUB_OK) {
		committed(sa);
		return;
	}
	/* Rule 13: after a time-out nobody knows whether the move was made. */
	if (result < 0)
		stub_tell_delete(sa->gateway, &own);
	not_committed(sa, result >= 0 ? iana_stub_status_name((unsigned)result)
				      : "no answer from the bank");
}

/* The SA as its new stub will describe it. */
static bool prepare(struct sa *sa)
{
	struct gateway *g = sa->gateway;
	struct sa_setup *s = sa->setup;

	if (!sa_set_identity(sa, &s->stub.idi))
		return false;
	sa->kept = s->stub_plain; /* `stub` goes on pointing into it */
	sa->kept_n = s->stub_n;
	s->stub_plain = NULL;
	s->stub_n = 0;
	sa->moves = stub_in_moved(g, &s->stub, &s->claim->index.address);
	sa->resumptions = (uint16_t)(s->stub.resumptions + 1);
	sa->mobike = g->config.mobike && (s->stub.peer_features & STUB_PEER_MOBIKE); /* rule 17 */
	/* Rule 40: a move does not renew it. */
	sa->over = s->stub_over;
	sa->expiry = stub_out_bound(sa, s->stub.expiry ? s->stub.expiry : sa->over);
	return true;
}

static void commit(struct sa *sa)
{
	struct gateway *g = sa->gateway;
	uint8_t buffer[SEAL_BODY_MAX + 256];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct span container;

	wheel_cancel(g->ops.wheel, &sa->timer); /* the bank answers within the commit time-out */
	sa->state = SA_COMMITTING;
	if (!prepare(sa) || stub_out_container(sa, &c)) {
		secret_wipe(buffer, wcursor_size(&c));
		not_committed(sa, "no stub can be made");
		return;
	}
	container = span_of(buffer, wcursor_size(&c));
	stub_tell_move(sa, &sa->setup->claim->index, container, moved);
	secret_wipe(buffer, container.n);
}

static void remember(struct sa *sa, const struct exchange_request *req)
{
	struct sa_setup *s = sa->setup;

	s->exchange = req->exchange;
	s->first = req->first;
	s->inner_n = req->inner.n;
	s->inner = g_memdup2(req->inner.p, req->inner.n);
	memcpy(s->request_hash, req->hash, SA_HASH_SIZE);
}

static bool identity_is_allowed(struct sa *sa)
{
	const struct policy *policy = sa->gateway->ops.policy;
	const struct policy_peer *peer = policy_find(policy, &sa->setup->stub.idi);

	return peer && !peer->disabled &&
	       !policy_name_disabled(policy, sa->setup->stub.eap_identity);
}

void confirm_request(struct sa *sa, const struct gateway_message *m)
{
	struct gateway *g = sa->gateway;
	struct exchange_request req;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;
	char spis[IKE_SPIS_TEXT_MAX];

	if (!syn_derive(sa))
		return;
	/* Rule 11: anyone can send what does not verify; the SA stays, the stub too. */
	if (!exchange_request_open(sa, m, plain, &req))
		return;
	remember(sa, &req);
	if (!exchange_request_parse(&req, &notify, &data) && notify == NOTIFY_INVALID_SYNTAX)
		req.chain.n = 0; /* what cannot be read has no BIND */
	if (!bind_is_right(sa, &req)) {
		g->counters.bind_refused++;
		log_notice("SA %s: BIND missing or wrong", sa_text(sa, spis));
		end(sa, NOTIFY_AUTHENTICATION_FAILED, false);
	} else if (!identity_is_allowed(sa)) {
		/* Rule 21: disabled since the SYN; its stub is of no more use to anybody. */
		struct index old = sa->setup->claim->index;

		not_committed(sa, "the identity is not allowed any more");
		stub_tell_delete(g, &old);
	} else {
		commit(sa);
	}
}
