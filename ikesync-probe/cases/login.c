/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH that does not verify, and IKE_AUTH that asks too much. */
#include "cases/login.h"

#include "client/auth.h"

/* IKE_SA_INIT and keys, without IKE_AUTH. NULL: stated. */
static struct client *half_way(struct probe *p, struct evidence *e)
{
	const struct init_request r = init_request_of(&p->target->client.suites[0], NULL);
	struct client *c = client_new(p, e, &p->target->gateway, NULL);
	struct init_answer a = { 0 };
	bool ok;

	if (!c)
		return NULL;
	ok = init_exchange(c, &r, &a) == IKE_ANSWER_ORDINARY && init_keys(c, &r, &a);
	init_answer_clear(&a);
	if (ok)
		return c;
	evidence_inconclusive(e, "no ordinary IKE_SA_INIT to log in on: see S01");
	client_free(c);
	return NULL;
}

void login_forged(struct probe *p, struct evidence *e)
{
	struct client *c = half_way(p, e);
	struct inner in;
	GByteArray *m, *answer;
	bool ok;

	if (!c)
		return;
	inner_init(&in);
	m = protected_seal(c, EXCHANGE_IKE_AUTH, 0, 1, &in);
	if (m) {
		m->data[m->len - 1] ^= 1;
		answer = protected_raw(c, m, 1, p->target->timers.answer / 10);
		evidence_check(e, !answer, "IKE_AUTH with the last bit of its ICV flipped",
			       "no answer", answer ? "an answer" : "none");
		if (answer)
			g_byte_array_unref(answer);
		g_byte_array_unref(m);
	}
	ok = auth_exchange(c);
	evidence_check(e, ok, "the right IKE_AUTH after it", "both sides authenticate", "%s",
		       ok ? "done" : c->why);
	client_free(c);
}

void login_critical(struct probe *p, struct evidence *e, uint8_t type)
{
	struct client *c = half_way(p, e);
	struct protected_answer a;
	struct ike_notify n;
	struct inner in;
	char text[200];

	if (!c)
		return;
	inner_init(&in);
	chain_writer_payload(&in.in.w, type, CHAIN_CRITICAL, span_text("probe"));
	protected_exchange(c, EXCHANGE_IKE_AUTH, &in, &a);
	evidence_clause(
	    e, "59.7",
	    a.kind == PROTECTED_ANSWER &&
		ike_notify_find(&a.inner, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, &n) &&
		span_equal(n.data, span_of(&type, 1)),
	    "IKE_AUTH with an unknown critical payload",
	    "N(UNSUPPORTED_CRITICAL_PAYLOAD), protected, its data the one octet of the type", "%s",
	    protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	c->half_open = false; /* refused, that SA is over */
	client_free(c);
}
