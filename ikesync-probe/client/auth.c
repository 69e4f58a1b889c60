/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/auth.h"

#include "client/child.h"
#include "keys/auth.h"

/* RFC 7296 section 2.23: with a NAT in between, the rest goes to port 4500. */
static void use_nat_port(struct client *c)
{
	if (c->nat_detected && c->gateway->has_nat) {
		evidence_note(c->evidence, "NAT detected: going on at the NAT port");
		transport_set_remote(c->transport, &c->gateway->nat, true);
	}
}

static bool write_request(struct client *c, struct inner *in, struct child *child)
{
	const struct target_client *t = &c->probe->target->client;
	uint8_t mac[SECRET_MAX];
	const struct ike_auth auth = { .method = AUTH_SHARED_KEY_MIC,
				       .data = span_of(mac, suite_prf_size(c->suite.prf)) };

	if (auth_psk(c->suite.prf, span_of(t->psk.octets, t->psk.n),
		     span_of(c->request->data, c->request->len), span_of(c->nr, c->nr_n),
		     secret_peek(&c->keys.sk_pi), &t->id.id, mac) != ERR_OK)
		return client_fail(c, "AUTH cannot be computed");
	inner_init(in);
	ike_id_write(&in->w, PAYLOAD_IDI, &t->id.id);
	ike_auth_write(&in->w, &auth);
	if (!c->childless_supported)
		child_write_request(c, in, child, false);
	secret_wipe(mac, sizeof(mac));
	return true;
}

static bool verify_gateway(struct client *c, const struct chain *inner)
{
	const struct target_client *t = &c->probe->target->client;
	const struct chain_payload *id_payload = chain_find(inner, PAYLOAD_IDR),
				   *auth_payload = chain_find(inner, PAYLOAD_AUTH);
	uint8_t mac[SECRET_MAX];
	struct ike_auth auth;
	struct fault fault;
	struct ike_id id;
	char text[128];
	bool ok;

	if (!id_payload || ike_id_parse(id_payload, &id, &fault) != ERR_OK)
		return client_fail(c, "the IKE_AUTH answer holds no right IDr");
	if (c->gateway->id.given && !ike_id_equal(&id, &c->gateway->id.id))
		return client_fail(c,
				   "the gateway calls itself %s, which is not the target file's id",
				   ike_id_text(&id, text, sizeof(text)));
	if (!auth_payload || ike_auth_parse(auth_payload, &auth, &fault) != ERR_OK)
		return client_fail(c, "the IKE_AUTH answer holds no AUTH");
	if (auth.method != AUTH_SHARED_KEY_MIC)
		return client_fail(c, "the gateway authenticates by %s, not by shared key",
				   iana_auth_method_name(auth.method));
	if (auth_psk(c->suite.prf, span_of(t->psk.octets, t->psk.n),
		     span_of(c->response->data, c->response->len), span_of(c->ni, c->ni_n),
		     secret_peek(&c->keys.sk_pr), &id, mac) != ERR_OK)
		return client_fail(c, "AUTH cannot be computed");
	ok = secret_equal(auth.data, span_of(mac, suite_prf_size(c->suite.prf)));
	secret_wipe(mac, sizeof(mac));
	return ok || client_fail(c, "the gateway's AUTH does not verify");
}

bool auth_read_index(struct client *c, const struct chain *inner)
{
	struct ike_notify n;
	struct fault fault;
	struct index ix;

	if (!ike_notify_find(inner, NOTIFY_IKESYNC_INDEX, &n))
		return client_fail(c, "no N(IKESYNC_INDEX)");
	if (index_parse(n.data, false, 0, &ix, &fault) != ERR_OK)
		return client_fail(c, "N(IKESYNC_INDEX) is malformed: %s (%s)", err_text(fault.err),
				   fault.field);
	c->index = ix;
	c->has_index = true;
	return true;
}

bool auth_exchange(struct client *c)
{
	struct protected_answer a;
	struct child child;
	struct inner in;
	bool ok;

	use_nat_port(c);
	if (!write_request(c, &in, &child))
		return false;
	protected_exchange(c, EXCHANGE_IKE_AUTH, &in, &a);
	if (a.kind == PROTECTED_ANSWER && chain_find(&a.inner, PAYLOAD_AUTH)) {
		/* An error beside AUTH speaks of the child SA alone (RFC 7296 section 1.2). */
		c->refused = 0;
		ok = verify_gateway(c, &a.inner);
		if (ok && protected_error(&a))
			evidence_note(c->evidence, "the gateway refused the first child SA: N(%s)",
				      iana_notify_name(protected_error(&a)));
		if (ok)
			auth_read_index(c, &a.inner);
	} else {
		ok = protected_accepted(c, &a, "IKE_AUTH") &&
		     client_fail(c, "IKE_AUTH: the answer holds no AUTH");
	}
	protected_answer_clear(&a);
	c->live = ok;
	return ok;
}

bool auth_full_handshake(struct client *c, const struct suite *suite)
{
	const struct init_request r = init_request_of(suite, NULL);
	struct init_answer a;
	char text[160];
	bool ok = true;

	init_exchange(c, &r, &a);
	if (a.kind != INIT_FALLBACK)
		ok = client_fail(c, "IKE_SA_INIT without SYN: %s",
				 init_answer_text(&a, text, sizeof(text)));
	ok = ok && init_keys(c, &r, &a) && auth_exchange(c);
	init_answer_clear(&a);
	return ok;
}
