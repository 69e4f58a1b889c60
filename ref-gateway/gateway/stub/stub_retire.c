/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Retirement (rules 22 and 45): a miss leaves no identity, so the named stub is asked for again. */
#include "stub/stub_retire.h"

#include <glib.h>

#include "core/miss_cache.h"
#include "core/sa.h"
#include "core/services.h"
#include "stub/stub_in.h"
#include "stub/stub_out.h"
#include "stub/stub_tell.h"

/* Who authenticated, kept until the bank has answered: the SA may be gone by then. */
struct retirement {
	GList link; /* of gateway.retiring */
	struct gateway *gateway;
	struct index index;
	uint8_t id_type;
	size_t id_n, eap_n;
	uint8_t id[]; /* and the EAP identity behind it */
};

static void retirement_free(struct retirement *r)
{
	g_queue_unlink(&r->gateway->retiring, &r->link);
	g_free(r);
}

static bool is_of(const struct stub *s, const struct retirement *r)
{
	struct ike_id id = { r->id_type, span_of(r->id, r->id_n) };

	return ike_id_equal(&s->idi, &id) &&
	       span_equal(s->eap_identity, span_of(&r->id[r->id_n], r->eap_n));
}

static void got(int result, struct span container, void *user)
{
	struct retirement *r = user;
	char text[INDEX_TEXT_MAX];
	struct stub_in in;

	if (result == STUB_OK) {
		if (stub_in_open(r->gateway, &r->index, container, &in) == ERR_OK &&
		    is_of(&in.stub, r)) {
			log_info("stub %s: retired", index_text(&r->index, text));
			stub_tell_delete(r->gateway, &r->index);
		}
		stub_in_clear(&in);
	}
	retirement_free(r);
}

void stub_retire(struct sa *sa, const struct index *ix)
{
	struct gateway *g = sa->gateway;
	struct ike_id id = sa_identity(sa);
	struct span eap = stub_out_eap_identity(sa);
	struct retirement *r;

	/* What was not there a moment ago is not there now: no second get for it (rule 15). */
	if (!services_bank_reachable(g) || miss_cache_knows(g, ix))
		return;
	r = g_malloc0(sizeof(*r) + id.data.n + eap.n);
	r->link.data = r;
	r->gateway = g;
	r->index = *ix;
	r->id_type = id.type;
	r->id_n = id.data.n;
	memcpy(r->id, id.data.p, id.data.n);
	r->eap_n = eap.n;
	if (eap.n)
		memcpy(&r->id[id.data.n], eap.p, eap.n);
	g_queue_push_tail_link(&g->retiring, &r->link);
	g->ops.bank.ops->get(g->ops.bank.self, ix, got, r);
}

void stub_retire_forget_pending(struct gateway *g)
{
	while (!g_queue_is_empty(&g->retiring))
		retirement_free(g_queue_peek_head(&g->retiring));
}
