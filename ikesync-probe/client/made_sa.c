/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub for a client of the target file, put into the bank by the probe. */
#include "client/made_sa.h"

#include "client/stub_watch.h"
#include "gateway/bank_answer.h"
#include "gateway/made_stub.h"
#include "keys/seal.h"
#include "run/traces.h"

#define LIFETIME 600

static void fill(struct stub *s, const struct old_sa *old, const struct target *t)
{
	static const char idr[] = "made.probe.example";
	const uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;

	*s = (struct stub){
		.encr = old->suite.encr,
		.encr_key_bits = old->suite.encr_key_bits,
		.prf = old->suite.prf,
		.integ = old->suite.integ,
		.dh = old->suite.dh,
		.idi = t->client.id.id,
		.idr = t->old_gateway.id.given ? t->old_gateway.id.id
					       : (struct ike_id){ ID_FQDN, span_text(idr) },
		.spi_i = old->spi_i,
		.spi_r = old->spi_r,
		.sk_d = secret_peek(&old->sk_d),
		.role = STUB_ROLE_RESPONDER,
		.auth_method_i = AUTH_SHARED_KEY_MIC,
		.auth_method_r = AUTH_SHARED_KEY_MIC,
		.has_moves = true,
		.moves = { .window_start = now },
		.peer_features = STUB_PEER_PROFILE_1,
	};
	s->idi.data.p = t->client.id.octets;
}

/* The container for the bank. NULL: it cannot be sealed. */
static GBytes *seal(struct probe *p, const struct old_sa *old, const struct made_sa *how)
{
	const uint32_t lifetime = how->lifetime ? how->lifetime : LIFETIME;
	uint8_t body[SEAL_BODY_MAX], container[SEAL_BODY_MAX + 256];
	struct wcursor c = wcursor_init(body, sizeof(body));
	struct wcursor out = wcursor_init(container, sizeof(container));
	struct stub s;

	fill(&s, old, p->target);
	s.expiry = (uint64_t)g_get_real_time() / G_USEC_PER_SEC +
		   (how->expires_in ? how->expires_in : lifetime);
	if (how->change)
		how->change(&s, how->user);
	if (seal_stub(made_stub_keys(p), &rng_system, &old->index, &s, &c) != ERR_OK)
		return NULL;
	stub_container_write_sealed(&out, &old->index, lifetime, span_of(body, wcursor_size(&c)));
	return out.err == ERR_OK ? g_bytes_new(container, wcursor_size(&out)) : NULL;
}

/* false: the bank did not take it; said why. */
static bool deliver(struct probe *p, struct evidence *e, const struct old_sa *old,
		    GBytes *container)
{
	struct bank_connection *b = bank_connection_open(p, e, BANK_OWNER);
	struct bank_answer *a = bank_answer_to_init(b, container);
	const struct bank_item *item = bank_answer_item(a, 0);
	const bool ok = a->came && item && item->code == STUB_OK;
	char *status = bank_answer_text(a, 0), text[INDEX_TEXT_MAX];

	if (ok)
		traces_note(p, e, &old->index);
	if (ok)
		evidence_note(e, "the probe gives the bank a stub of its own making: %s",
			      index_text(&old->index, text));
	else
		evidence_inconclusive(e, "the bank did not take a stub of the probe's: %s", status);
	g_free(status);
	bank_answer_free(a);
	bank_connection_close(b);
	return ok;
}

static void take_back(struct old_sa *old)
{
	struct bank_connection *b = bank_connection_open(old->made_by, old->made_for, BANK_OWNER);

	bank_answer_free(bank_answer_to_delete(b, &old->index));
	bank_connection_close(b);
}

struct old_sa *made_sa_new(struct probe *p, struct evidence *e, const struct made_sa *how)
{
	struct old_sa *old = g_new0(struct old_sa, 1);
	GBytes *container;
	bool ok;

	old->suite = p->target->client.suites[0];
	old->index =
	    how->index ? *how->index : (struct index){ rng_spi(&rng_system), p->target->bank.owns };
	old->index_told = true;
	old->spi_i = rng_spi(&rng_system);
	old->spi_r = old->index.spi;
	old->sk_d.n = (uint8_t)suite_prf_size(old->suite.prf);
	rng_fill(&rng_system, old->sk_d.octets, old->sk_d.n);
	old->gateway_announced = true;
	container = seal(p, old, how);
	ok = container && deliver(p, e, old, container);
	if (!container)
		evidence_inconclusive(e, "the probe cannot seal a stub");
	else
		g_bytes_unref(container);
	if (!ok) {
		old_sa_free(old);
		return NULL;
	}
	old->made_by = p;
	old->made_for = e;
	old->undo = take_back;
	return old;
}
