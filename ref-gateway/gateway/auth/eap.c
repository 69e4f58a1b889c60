/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EAP passed through (RFC 7296 section 2.16): we prove ourselves with a certificate, ask for an identity, carry messages between client
 * and AAA server, and end with AUTH on both sides under the key that the EAP method made.
 */
#include "auth/eap.h"

#include <glib.h>
#include <stdio.h>

#include "auth/own_signature.h"
#include "core/response_cache.h"
#include "core/services.h"
#include "keys/auth.h"
#include "wire/ike_auth.h"
#include "wire/ike_eap.h"

#define PRF_MAX 64
/* RFC 3748 section 4.1 and 5; EAP-TLS with long chains needs some twenty. */
#define ROUNDS_MAX 50
#define IDENTITY_MAX 253
/* One RADIUS packet holds no more beside the rest. */
#define EAP_SENT_MAX 3600
enum { EAP_REQUEST = 1, EAP_RESPONSE = 2, EAP_SUCCESS = 3, EAP_FAILURE = 4 };
enum { EAP_TYPE_IDENTITY = 1 };

/* On the setup from our first EAP message on. */
struct eap_login {
	struct sa *sa;
	struct aaa_ticket *ticket; /* NULL: nobody is asked */
	unsigned rounds;
	uint8_t method_r; /* how we proved ourselves */
	size_t identity_n, state_n, eap_n, class_n;
	uint8_t identity[IDENTITY_MAX], state[AAA_STATE_MAX];
	uint8_t last_id; /* of the last EAP message that we sent */
	bool accepted;
	/* the server's last answer; what Access-Accept said */
	enum aaa_verdict verdict;
	uint8_t eap[AAA_EAP_MAX];
	bool has_msk, has_ip4;
	uint8_t msk[AAA_MSK_SIZE];
	uint8_t ip4[4];
	uint64_t session_limit; /* UTC seconds; 0: none */
	uint8_t class[AAA_CLASS_MAX];
};

static void login_free(void *data)
{
	struct eap_login *l = data;
	const struct aaa_service *aaa = &l->sa->gateway->ops.aaa;

	if (l->ticket)
		aaa->ops->forget(aaa->self, l->ticket);
	secret_wipe(l, sizeof(*l));
	g_free(l);
}

static void describe(struct authentication *a, const struct eap_login *l)
{
	const struct ike_id name = { ID_KEY_ID, span_of(l->identity, l->identity_n) };
	char text[64];

	snprintf(a->how, sizeof(a->how), "EAP%s%s", l->identity_n ? " as " : "",
		 ike_id_text(&name, text, sizeof(text)));
}

static bool eap_begin(struct authentication *a)
{
	const struct chain_payload *p = chain_find(a->request, PAYLOAD_AUTH);
	struct fault fault;
	struct ike_auth auth;

	if (p && !ike_auth_parse(p, &auth, &fault))
		(void)signature_text(auth.method, auth.data, a->how);
	if (p)
		return authentication_refuse(a, "this identity logs in with EAP");
	snprintf(a->how, sizeof(a->how), "EAP");
	return a->sa->gateway->ops.aaa.ops != NULL ||
	       authentication_refuse(a, "no AAA server is configured");
}

/* The first answer: who we are, and the question who the client is. */
static enum auth_progress ask_identity(struct authentication *a, struct chain_writer *w)
{
	struct eap_login *l = g_new0(struct eap_login, 1);
	struct ike_eap question = { .code = EAP_REQUEST, .type = EAP_TYPE_IDENTITY };

	l->sa = a->sa;
	a->sa->setup->login = l;
	a->sa->setup->login_free = login_free;
	if (!own_signature_write(a, w))
		return AUTH_REFUSED;
	l->method_r = a->terms.auth_method_r;
	rng_fill(&a->sa->gateway->ops.rng, &question.identifier, 1);
	l->last_id = question.identifier;
	ike_eap_write(w, &question);
	return AUTH_ASKS;
}

/* As much of it as there is room for; what is longer never comes from aaa/. */
static size_t copy(uint8_t *to, size_t cap, struct span from)
{
	size_t n = MIN(from.n, cap);

	if (n)
		memcpy(to, from.p, n);
	return n;
}

/* The server's word, until the answer to the client is made; class and keys of a rejected one do not matter. */
static void keep(struct eap_login *l, const struct aaa_answer *answer)
{
	l->verdict = answer->verdict;
	l->eap_n = copy(l->eap, sizeof(l->eap), answer->eap);
	l->state_n = copy(l->state, sizeof(l->state), answer->state);
	if (answer->verdict != AAA_ACCEPT)
		return;
	l->has_msk = answer->has_msk;
	memcpy(l->msk, answer->msk, sizeof(l->msk));
	l->has_ip4 = answer->has_ip4;
	memcpy(l->ip4, answer->ip4, sizeof(l->ip4));
	if (answer->session_s)
		l->session_limit = services_utc(l->sa->gateway) + answer->session_s;
	l->class_n = copy(l->class, sizeof(l->class), answer->class);
}

static void answered(const struct aaa_answer *answer, void *user)
{
	struct sa *sa = user;
	struct eap_login *l = sa->setup->login;

	l->ticket = NULL;
	keep(l, answer);
	sa->gateway->login_answered(sa);
}

/* A response to our last message. false: a->why. */
static bool read_response(struct authentication *a, const struct eap_login *l,
			  const struct chain_payload *p, struct ike_eap *eap)
{
	struct fault fault;

	if (!p || ike_eap_parse(p, eap, &fault))
		return authentication_refuse(a, "neither EAP nor AUTH that can be read");
	if (eap->code != EAP_RESPONSE || eap->identifier != l->last_id)
		return authentication_refuse(a, "its EAP message answers nothing");
	if (p->body.n > EAP_SENT_MAX)
		return authentication_refuse(a, "its EAP message has more than %u octets",
					     EAP_SENT_MAX);
	return true;
}

/*
 * The name that the server judges is the one that policy knows: a user of the server must not log in under another's IDi, nor one
 * that is disabled under a free one.
 */
static bool identity_may(struct authentication *a, const struct ike_eap *eap)
{
	const struct policy *policy = a->sa->gateway->ops.policy;

	if (eap->data.n == 0 || eap->data.n > IDENTITY_MAX)
		return authentication_refuse(a, "an EAP identity of %zu octets", eap->data.n);
	if (!a->peer->any && !span_equal(eap->data, a->idi.data))
		return authentication_refuse(a, "its EAP identity is not its IDi");
	return !policy_name_disabled(policy, eap->data) ||
	       authentication_refuse(a, "disabled under its EAP identity");
}

static enum auth_progress ask_server(struct authentication *a, struct eap_login *l,
				     const struct chain_payload *p)
{
	const struct aaa_service *aaa = &a->sa->gateway->ops.aaa;
	char station[ADDRESS_TEXT_MAX];
	struct aaa_question q = { .eap = p->body,
				  .state = span_of(l->state, l->state_n),
				  .identity = span_of(l->identity, l->identity_n),
				  .station = address_text(&a->sa->path.remote.address, station) };

	l->ticket = aaa->ops->ask(aaa->self, &q, answered, a->sa);
	if (l->ticket)
		return AUTH_WAITS;
	(void)authentication_refuse(a, "too much is asked of the AAA server already");
	return AUTH_REFUSED;
}

static enum auth_progress take_response(struct authentication *a, struct eap_login *l)
{
	const struct chain_payload *p = chain_find(a->request, PAYLOAD_EAP);
	struct ike_eap eap;

	if (!read_response(a, l, p, &eap))
		return AUTH_REFUSED;
	if (l->rounds++ == ROUNDS_MAX) {
		(void)authentication_refuse(a, "more than %u rounds", ROUNDS_MAX);
		return AUTH_REFUSED;
	}
	if (l->identity_n == 0) {
		if (eap.type != EAP_TYPE_IDENTITY) {
			(void)authentication_refuse(a, "its EAP message tells no identity");
			return AUTH_REFUSED;
		}
		if (!identity_may(a, &eap))
			return AUTH_REFUSED;
		l->identity_n = eap.data.n;
		memcpy(l->identity, eap.data.p, eap.data.n);
	}
	return ask_server(a, l, p);
}

static enum err expected_auth(const struct sa *sa, const struct eap_login *l, bool ours,
			      const struct ike_id *id, uint8_t out[static PRF_MAX])
{
	const struct sa_setup *s = sa->setup;

	return auth_psk(s->suite.prf, SPAN_OF(l->msk),
			ours ? s->entry->response : s->entry->request,
			ours ? span_of(s->ni, s->ni_n) : span_of(s->nr, s->nr_n),
			secret_peek(ours ? &sa->keys.sk_pr : &sa->keys.sk_pi), id, out);
}

/* What the stub is to say (rule 29). */
static void set_terms(struct authentication *a, const struct eap_login *l)
{
	struct stub *t = &a->terms;

	t->auth_method_i =
	    AUTH_SHARED_KEY_MIC; /* under the MSK; the EAP identity says that it was EAP */
	t->auth_method_r = l->method_r;
	t->eap_identity = span_of(l->identity, l->identity_n);
	t->session_limit = l->session_limit;
	if (l->class_n)
		t->unknown[t->n_unknown++] =
		    (struct stub_attribute){ STUB_ATTR_CLASS, span_of(l->class, l->class_n) };
	a->has_ip4 = l->has_ip4;
	a->ip4 = address_ip4(l->ip4);
}

static enum auth_progress take_auth(struct authentication *a, struct eap_login *l)
{
	const struct chain_payload *p = chain_find(a->request, PAYLOAD_AUTH);
	uint8_t expected[PRF_MAX];
	struct ike_auth auth;
	struct fault fault;
	bool ok;

	if (!p || ike_auth_parse(p, &auth, &fault) || auth.method != AUTH_SHARED_KEY_MIC ||
	    expected_auth(a->sa, l, false, &a->idi, expected)) {
		(void)authentication_refuse(a, "no AUTH under the key of the EAP method");
		return AUTH_REFUSED;
	}
	ok = secret_equal(span_of(expected, a->sa->keys.sizes.prf_key), auth.data);
	secret_wipe(expected, sizeof(expected));
	if (!ok) {
		(void)authentication_refuse(a, "AUTH is wrong: not the key of the EAP method");
		return AUTH_REFUSED;
	}
	set_terms(a, l);
	return AUTH_PROVEN;
}

static enum auth_progress eap_step(struct authentication *a, struct chain_writer *w)
{
	struct eap_login *l = a->sa->setup->login;

	if (!l)
		return ask_identity(a, w);
	describe(a, l);
	return l->accepted ? take_auth(a, l) : take_response(a, l);
}

/* The server's EAP message as it is, if it is one. false: it is none. */
static bool pass_on(struct eap_login *l, struct chain_writer *w)
{
	const struct chain_payload p = { .type = PAYLOAD_EAP, .body = span_of(l->eap, l->eap_n) };
	struct ike_eap eap;
	struct fault fault;

	if (ike_eap_parse(&p, &eap, &fault) || eap.code == EAP_RESPONSE ||
	    (eap.code == EAP_REQUEST) != (l->verdict == AAA_CHALLENGE) ||
	    (eap.code == EAP_SUCCESS) != (l->verdict == AAA_ACCEPT))
		return false;
	l->last_id = eap.identifier;
	chain_writer_payload(w, PAYLOAD_EAP, 0, p.body);
	return true;
}

static enum auth_progress eap_answered(struct authentication *a, struct chain_writer *w)
{
	struct eap_login *l = a->sa->setup->login;
	bool passed;

	describe(a, l);
	if (l->verdict == AAA_SILENT) {
		(void)authentication_refuse(a, "the AAA server does not answer");
		return AUTH_REFUSED;
	}
	passed = pass_on(l, w);
	if (l->verdict == AAA_REJECT) {
		a->told = passed; /* EAP-Failure: RFC 7296 section 2.16 */
		(void)authentication_refuse(a, "rejected by the AAA server");
		return AUTH_REFUSED;
	}
	if (!passed)
		(void)authentication_refuse(a, "the AAA server sent no EAP message that fits");
	else if (l->verdict == AAA_ACCEPT && !l->has_msk)
		(void)authentication_refuse(
		    a, "the AAA server sent no keys: an EAP method without them is not taken");
	if (*a->why)
		return AUTH_REFUSED;
	l->accepted = l->verdict == AAA_ACCEPT;
	return AUTH_ASKS;
}

/* IDr and certificates came with our first answer. */
static bool eap_done(struct authentication *a, struct chain_writer *w)
{
	const struct sa *sa = a->sa;
	uint8_t value[PRF_MAX] = { 0 };
	struct ike_auth auth = { AUTH_SHARED_KEY_MIC, span_of(value, sa->keys.sizes.prf_key) };

	if (expected_auth(sa, sa->setup->login, true, &sa->gateway->config.identity, value))
		return authentication_refuse(a, "our AUTH cannot be computed");
	ike_auth_write(w, &auth);
	secret_wipe(value, sizeof(value));
	return true;
}

const struct authenticator eap_authenticator = { eap_begin, eap_step, eap_done, eap_answered };
