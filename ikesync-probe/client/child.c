/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs of the target file's suites. */
#include "client/child.h"

static struct ike_child_offer offer_of(const struct client *c, bool nonce)
{
	const struct target_client *t = &c->probe->target->client;

	return (struct ike_child_offer){ .n_suites = t->n_esp, .suites = t->esp, .nonce = nonce };
}

void child_write_request(struct client *c, struct inner *in, struct ike_child *child, bool nonce)
{
	const struct ike_child_offer offer = offer_of(c, nonce);

	ike_child_write(&in->in, &offer, c->rng, child);
}

bool child_read_answer(struct client *c, const struct chain *inner, struct ike_child *child,
		       bool nonce)
{
	const struct ike_child_offer offer = offer_of(c, nonce);
	struct ike_broken broken;

	if (ike_child_read(inner, &offer, child, &broken))
		return true;
	switch (broken.clause) {
	case IKE_CLAUSE_SA_MISSING:
		return client_fail(c, "the answer holds no SA for the child");
	case IKE_CLAUSE_SA:
		return client_fail(c, "the child's SA payload is broken: %s (%s)",
				   err_text(broken.fault.err), broken.fault.field);
	case IKE_CLAUSE_PROPOSAL:
		return client_fail(c, "the child's proposal is none of those offered");
	case IKE_CLAUSE_TS_WIDER:
		return client_fail(c, "the answer's TSi or TSr is wider than what was offered");
	case IKE_CLAUSE_NONCE:
		return client_fail(c, "the answer holds no right nonce for the child");
	default:
		return client_fail(c, "the answer's %s is missing or broken",
				   broken.clause == IKE_CLAUSE_TSR ? "TSr" : "TSi");
	}
}

bool child_make(struct client *c, struct ike_child *child)
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
