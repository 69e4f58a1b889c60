/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH that does not verify, and IKE_AUTH that asks too much. */
#include "cases/login.h"

#include "client/auth.h"
#include "ike/ike_psk.h"

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

/* IKE_AUTH that verifies and proves nothing: AUTH is as it should be but for this. */
enum wrong_auth { AUTH_RIGHT, AUTH_LAST_BIT, AUTH_CUT, WRONG_AUTHS };

static const char *const wrong_auths[WRONG_AUTHS] = {
	[AUTH_LAST_BIT] = "IKE_AUTH whose AUTH has its last bit flipped",
	[AUTH_CUT] = "IKE_AUTH whose AUTH lacks its last octet",
};

static void write_auth(struct client *c, struct inner *in, enum wrong_auth kind)
{
	const struct target_client *t = &c->probe->target->client;
	const struct ike_attempt attempt = client_attempt(c);
	struct ike_auth auth;
	uint8_t data[SECRET_MAX];
	struct inner right;
	struct chain_iter it;
	struct chain_payload p;
	struct fault fault;

	inner_init(&right);
	ike_psk_write(&right.in, &attempt, &c->sa.keys, &t->id.id,
		      span_of(t->psk.octets, t->psk.n));
	chain_iter_init(&it, ike_inner_chain(&right.in), ike_inner_first(&right.in), NULL);
	while (chain_iter_next(&it, &p)) {
		if (p.type != PAYLOAD_AUTH) {
			chain_writer_payload(&in->in.w, p.type, p.flags, p.body);
			continue;
		}
		if (ike_auth_parse(&p, &auth, &fault) != ERR_OK || auth.data.n < 2 ||
		    auth.data.n > sizeof(data))
			return;
		memcpy(data, auth.data.p, auth.data.n);
		if (kind == AUTH_LAST_BIT)
			data[auth.data.n - 1] ^= 1;
		auth.data = span_of(data, auth.data.n - (kind == AUTH_CUT));
		ike_auth_write(&in->in.w, &auth);
	}
}

/* An IKE SA whose authentication failed is none: whoever guesses begins anew. false: it was accepted. */
static bool second_guess(struct client *c, struct evidence *e)
{
	struct protected_answer a;
	struct inner in;
	GByteArray *m;
	char text[200];
	bool ok;

	inner_init(&in);
	write_auth(c, &in, AUTH_RIGHT);
	m = protected_seal(c, EXCHANGE_IKE_AUTH, 0, 2, &in);
	if (!m)
		return true;
	protected_send(c, m, EXCHANGE_IKE_AUTH, 2, probe_moment(c->probe), true, &a);
	ok = a.kind != PROTECTED_ANSWER || protected_error(&a);
	evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 2.21.2", ok,
			  "a second IKE_AUTH on that IKE SA, with the right AUTH",
			  "the SA did not come about", "%s",
			  protected_answer_text(&a, text, sizeof(text)));
	c->sa.window.next = 3;
	protected_answer_clear(&a);
	g_byte_array_unref(m);
	return ok;
}

void login_wrong(struct probe *p, struct evidence *e)
{
	if (!p->target->client.psk.n)
		return;
	for (int kind = AUTH_LAST_BIT; kind < WRONG_AUTHS; kind++) {
		struct client *c = half_way(p, e);
		struct protected_answer a;
		struct inner in;
		char text[200];
		bool refused;

		if (!c)
			return;
		inner_init(&in);
		write_auth(c, &in, (enum wrong_auth)kind);
		protected_exchange(c, EXCHANGE_IKE_AUTH, &in, &a);
		refused = a.kind != PROTECTED_ANSWER || protected_error(&a);
		evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 2.15", refused,
				  wrong_auths[kind], "refused, as by N(AUTHENTICATION_FAILED)",
				  "%s", protected_answer_text(&a, text, sizeof(text)));
		protected_answer_clear(&a);
		c->live = !refused || (kind == AUTH_LAST_BIT && !second_guess(c, e));
		c->half_open = false;
		client_free(c);
	}
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
