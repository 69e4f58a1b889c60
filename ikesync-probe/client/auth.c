/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logging in with the target file's key. */
#include "client/auth.h"

#include "client/child.h"
#include "ike/ike_psk.h"
#include "ike/ike_told.h"
#include "run/traces.h"

/* RFC 7296 section 2.23: with a NAT in between, the rest goes to port 4500. */
static void use_nat_port(struct client *c)
{
	if (c->nat_detected && c->gateway->has_nat) {
		evidence_note(c->evidence, "NAT detected: going on at the NAT port");
		transport_set_remote(c->transport, &c->gateway->nat, true);
	}
}

static bool write_request(struct client *c, struct inner *in, struct ike_child *child)
{
	const struct target_client *t = &c->probe->target->client;
	const struct ike_attempt attempt = client_attempt(c);

	inner_init(in);
	ike_psk_write(&in->in, &attempt, &c->sa.keys, &t->id.id, span_of(t->psk.octets, t->psk.n));
	if (in->in.c.err != ERR_OK)
		return client_fail(c, "AUTH cannot be computed");
	if (c->auth_more)
		c->auth_more(c, in);
	if (!c->childless_supported && !c->auth_childless)
		child_write_request(c, in, child, false);
	return true;
}

static bool verify_gateway(struct client *c, const struct chain *inner)
{
	const struct target_client *t = &c->probe->target->client;
	const struct ike_attempt attempt = client_attempt(c);
	struct ike_broken broken;
	struct ike_id id;
	uint8_t method;
	char text[128];

	if (ike_psk_verify(inner, &attempt, &c->sa.keys,
			   c->gateway->id.given ? &c->gateway->id.id : NULL,
			   span_of(t->psk.octets, t->psk.n), &id, &method, &broken))
		return true;
	switch (broken.clause) {
	case IKE_CLAUSE_IDR:
		return client_fail(c, "the IKE_AUTH answer holds no right IDr");
	case IKE_CLAUSE_IDENTITY:
		return client_fail(c,
				   "the gateway calls itself %s, which is not the target file's id",
				   ike_id_text(&id, text, sizeof(text)));
	case IKE_CLAUSE_AUTH_MISSING:
		return client_fail(c, "the IKE_AUTH answer holds no AUTH");
	case IKE_CLAUSE_AUTH_METHOD:
		return client_fail(c, "the gateway authenticates by %s, not by shared key",
				   iana_auth_method_name(method));
	case IKE_CLAUSE_AUTH:
		return client_fail(c, "the gateway's AUTH does not verify");
	default:
		return client_fail(c, "AUTH cannot be computed");
	}
}

bool auth_read_index(struct client *c, const struct chain *inner)
{
	struct fault fault;
	struct index ix;

	switch (ike_told_index(inner, &ix, &fault)) {
	case IKE_TOLD_ABSENT:
		return client_fail(c, "no N(IKESYNC_INDEX)");
	case IKE_TOLD_MALFORMED:
		return client_fail(c, "N(IKESYNC_INDEX) is malformed: %s (%s)", err_text(fault.err),
				   fault.field);
	case IKE_TOLD_PRESENT:
		break;
	}
	c->sa.index = ix;
	c->sa.has_index = true;
	traces_note(c->probe, c->evidence, &ix);
	return true;
}

bool auth_read_inner_ip4(const struct chain *inner, uint8_t out[static 4])
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_CP);
	struct ike_cp cp;
	struct fault fault;

	if (!p || ike_cp_parse(p, &cp, &fault) != ERR_OK || cp.type != IKE_CP_REPLY)
		return false;
	for (unsigned i = 0; i < cp.n; i++)
		if (cp.at[i].type == IKE_CP_INTERNAL_IP4_ADDRESS && cp.at[i].value.n == 4) {
			memcpy(out, cp.at[i].value.p, 4);
			return true;
		}
	return false;
}

static bool take(struct client *c, const struct protected_answer *a)
{
	/* with EAP behind it, it is the gateway's first word of several (RFC 7296 section 2.16) */
	const bool has_auth = a->kind == PROTECTED_ANSWER && chain_find(&a->inner, PAYLOAD_AUTH) &&
			      !chain_find(&a->inner, PAYLOAD_EAP);
	bool ok;

	if (has_auth) {
		/* An error beside AUTH speaks of the child SA alone (RFC 7296 section 1.2). */
		c->refused = 0;
		ok = verify_gateway(c, &a->inner);
		c->child_refused = protected_error(a);
		if (ok && c->child_refused)
			evidence_note(c->evidence, "the gateway refused the first child SA: N(%s)",
				      iana_notify_name(c->child_refused));
		if (ok)
			auth_read_index(c, &a->inner);
		c->has_inner_ip4 = auth_read_inner_ip4(&a->inner, c->inner_ip4);
	} else if (a->kind == PROTECTED_ANSWER && chain_find(&a->inner, PAYLOAD_EAP)) {
		ok = client_fail(c, "the gateway wants EAP of this client");
	} else {
		ok = protected_accepted(c, a, "IKE_AUTH") &&
		     client_fail(c, "IKE_AUTH: the answer holds no AUTH");
	}
	c->live = ok;
	/* whatever is wrong with its AUTH, the gateway holds an IKE SA now */
	c->left_behind = !ok && has_auth;
	return ok;
}

GByteArray *auth_prepare(struct client *c, uint32_t *message_id)
{
	struct ike_child child;
	struct inner in;

	use_nat_port(c);
	if (!write_request(c, &in, &child))
		return NULL;
	*message_id = ike_window_ask(&c->sa.window);
	return protected_seal(c, EXCHANGE_IKE_AUTH, 0, *message_id, &in);
}

bool auth_finish(struct client *c, const GByteArray *request, uint32_t message_id)
{
	struct protected_answer a = { 0 };
	bool ok;

	if (protected_send(c, request, EXCHANGE_IKE_AUTH, message_id, 0, false, &a) ==
	    PROTECTED_ANSWER)
		ike_window_done(&c->sa.window);
	ok = take(c, &a);
	protected_answer_clear(&a);
	return ok;
}

bool auth_exchange(struct client *c)
{
	uint32_t id;
	GByteArray *request = auth_prepare(c, &id);
	bool ok;

	if (!request)
		return false;
	ok = auth_finish(c, request, id);
	g_byte_array_unref(request);
	return ok;
}

void auth_settle(struct client *c)
{
	struct init_request r = { .n_suites = c->n_offered };
	struct init_answer a;

	if (!c->half_open)
		return;
	c->half_open = false;
	memcpy(r.suites, c->offered, sizeof(r.suites));
	if (!probe_interrupted() &&
	    init_read(span_of(c->response->data, c->response->len), c->sa.spi_i, &a)) {
		if (init_keys(c, &r, &a))
			(void)auth_exchange(c);
		init_answer_clear(&a);
	}
}

bool auth_full_handshake(struct client *c, const struct suite *suite)
{
	const struct init_request r = init_request_of(suite, NULL);
	struct init_answer a;
	char text[160];
	bool ok = true;

	init_exchange(c, &r, &a);
	if (a.said.kind != IKE_ANSWER_ORDINARY)
		ok = client_fail(c, "IKE_SA_INIT without SYN: %s",
				 init_answer_text(&a, text, sizeof(text)));
	ok = ok && init_keys(c, &r, &a) && auth_exchange(c);
	init_answer_clear(&a);
	return ok;
}
