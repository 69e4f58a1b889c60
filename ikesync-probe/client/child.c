/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/child.h"

void child_write_request(struct client *c, struct inner *in, struct child *child, bool nonce)
{
	const struct target_client *t = &c->probe->target->client;
	g_autofree struct ike_sa *sa = g_new0(struct ike_sa, 1);
	const struct ike_ts_list any = { .n = 1, .at = { ike_ts_any(4) } };

	do
		child->spi_in = (uint32_t)rng_spi(c->rng);
	while (child->spi_in < 256); /* RFC 4303 section 2.1: reserved */
	for (unsigned i = 0; i < t->n_esp; i++)
		suite_esp_add_proposal(sa, &t->esp[i], child->spi_in);
	ike_sa_write(&in->w, sa);
	if (nonce) {
		rng_fill(c->rng, child->nonce, sizeof(child->nonce));
		ike_nonce_write(&in->w, SPAN_OF(child->nonce));
	}
	ike_ts_write(&in->w, PAYLOAD_TSI, &any);
	ike_ts_write(&in->w, PAYLOAD_TSR, &any);
}

bool child_read_answer(struct client *c, const struct chain *inner, struct child *child, bool nonce)
{
	const struct target_client *t = &c->probe->target->client;
	const struct chain_payload *p = chain_find(inner, PAYLOAD_SA);
	g_autofree struct ike_sa *sa = g_new0(struct ike_sa, 1);
	g_autofree struct ike_ts_list *ts = g_new0(struct ike_ts_list, 1);
	struct fault fault;
	struct span nr;
	uint8_t number;

	if (!p)
		return client_fail(c, "the answer holds no SA for the child");
	if (ike_sa_parse(p, sa, &fault) != ERR_OK)
		return client_fail(c, "the child's SA payload is broken: %s (%s)",
				   err_text(fault.err), fault.field);
	if (sa->n_proposals != 1 || suite_esp_choose(sa, t->esp, t->n_esp, &child->suite, &number,
						     &child->spi_out) != ERR_OK)
		return client_fail(c, "the child's proposal is none of those offered");
	p = chain_find(inner, PAYLOAD_NONCE);
	if (nonce && (!p || ike_nonce_parse(p, &nr, &fault) != ERR_OK))
		return client_fail(c, "the answer holds no right nonce for the child");
	for (unsigned i = 0; i < 2; i++) {
		p = chain_find(inner, i ? PAYLOAD_TSR : PAYLOAD_TSI);
		if (!p || ike_ts_parse(p, ts, &fault) != ERR_OK)
			return client_fail(c, "the answer's %s is missing or broken",
					   i ? "TSr" : "TSi");
	}
	return true;
}

bool child_create(struct client *c, struct child *child)
{
	struct protected_answer a;
	struct inner in;
	bool ok;

	inner_init(&in);
	child_write_request(c, &in, child, true);
	protected_exchange(c, EXCHANGE_CREATE_CHILD_SA, &in, &a);
	ok = protected_accepted(c, &a, "CREATE_CHILD_SA") &&
	     child_read_answer(c, &a.inner, child, true);
	protected_answer_clear(&a);
	return ok;
}
