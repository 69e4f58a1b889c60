/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logins by EAP through a AAA server: what is carried, who is let in as whom, what the stub knows, and a server that is silent. */
#include "cmocka_all.h"

#include <time.h>

#include "ike/ike_signature.h"
#include "keys/auth.h"
#include "log_catch.h"
#include "memory_aaa.h"
#include "pki.h"
#include "planted.h"
#include "session.h"

/* RFC 3748 section 4: a request of type 4 (MD5-Challenge, for its shape alone), success, failure. */
static const uint8_t challenge[] = { 1, 9, 0, 7, 4, 0xaa, 0xbb }, success[] = { 3, 9, 0, 4 },
		     failure[] = { 4, 9, 0, 4 };

static struct trust *trust;
static struct credential *own;
static struct memory_aaa aaa;

/* client.example is of AAA, as is anybody whom nobody else is; mallory is disabled. */
static struct world *begin(struct peer *p)
{
	struct policy *policy = policy_new();
	struct ike_id id = { ID_FQDN, span_text("client.example") },
		      mallory = { ID_RFC822_ADDR, span_text("mallory@example") };
	struct world *w;

	assert_int_equal(policy_add_keyless(policy, "c", &id, POLICY_EAP, false), ERR_OK);
	assert_int_equal(policy_add_keyless(policy, "m", &mallory, POLICY_EAP, true), ERR_OK);
	assert_int_equal(policy_add_keyless(policy, "any", NULL, POLICY_EAP, false), ERR_OK);
	assert_int_equal(policy_add_pool(policy, 0x0a630000, 24), ERR_OK);
	w = world_new_of(policy);
	w->utc = (uint64_t)time(NULL);
	w->credential = own;
	aaa = (struct memory_aaa){ 0 };
	w->aaa = memory_aaa_service(&aaa);
	for (unsigned i = A; i <= C; i++)
		world_start(w, i);
	peer_init(p, "client", "aes128-sha256-x25519");
	p->hashes = SIGNATURE_HASHES_KNOWN;
	log_catch_clear();
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

/* IKE_SA_INIT, then IKE_AUTH with IDi and no AUTH; checks that the gateway proves itself and asks for an identity. */
static uint8_t ask(struct world *w, struct peer *p, bool contact)
{
	const struct ike_id id = { ID_FQDN, span_text(p->id) };
	struct ike_cp cp = { .type = IKE_CP_REQUEST, .n = 1 };
	struct peer_init how = { .fragmentation = false };
	struct ike_attempt t;
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	char why[TRUST_WHY_MAX];
	struct ike_id idr;
	struct ike_eap eap;
	struct fault fault;
	uint8_t method;

	assert_int_equal(session_ask(w, A, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_inner_init(&in);
	ike_id_write(&in.in.w, PAYLOAD_IDI, &id);
	if (contact)
		ike_notify_write_simple(&in.in.w, NOTIFY_INITIAL_CONTACT, SPAN_NONE);
	cp.at[0].type = IKE_CP_INTERNAL_IP4_ADDRESS;
	ike_cp_write(&in.in.w, &cp);
	peer_write_child(p, &in, false);
	peer_seal(p, EXCHANGE_IKE_AUTH, &in, &m);
	assert_true(session_exchange(w, A, p, &m, &r));
	t = peer_attempt(p);
	if (!ike_signature_verify(&r.chain, &t, &p->sa.keys, NULL, trust, w->utc, &idr, &method,
				  why, NULL))
		fail_msg("%s %s", why, log_catch_all());
	assert_null(chain_find(&r.chain, PAYLOAD_SA));
	assert_int_equal(ike_eap_parse(chain_find(&r.chain, PAYLOAD_EAP), &eap, &fault), ERR_OK);
	assert_int_equal(eap.code, 1);
	assert_int_equal(eap.type, 1);
	return eap.identifier;
}

/* Seal an EAP response of the client. */
static void respond(struct peer *p, uint8_t id, uint8_t type, const char *data,
		    struct peer_message *m)
{
	struct ike_eap eap = { 2, id, type, span_text(data) };
	struct peer_inner in;

	peer_inner_init(&in);
	ike_eap_write(&in.in.w, &eap);
	peer_seal(p, EXCHANGE_IKE_AUTH, &in, m);
}

/* It is carried to the server, and nothing is answered yet. */
static void carried(struct world *w, struct peer *p, uint8_t id, uint8_t type, const char *data)
{
	struct peer_message m;
	unsigned before = aaa.asked;

	respond(p, id, type, data, &m);
	world_send(w, A, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 0);
	assert_int_equal(aaa.asked, before + 1);
	/* a retransmission asks nobody again */
	world_send(w, A, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 0);
	assert_int_equal(aaa.asked, before + 1);
}

/* What the gateway sends when the server has answered. */
static void told(struct world *w, struct peer *p, const struct aaa_answer *a,
		 struct peer_response *r)
{
	GBytes *b;
	gsize n;
	const void *octets;

	assert_true(memory_aaa_answer(&aaa, a));
	world_run(w);
	b = world_take(w);
	assert_non_null(b);
	octets = g_bytes_get_data(b, &n);
	assert_true(peer_open(p, span_of(octets, n), r));
	p->sa.window.next++;
	g_bytes_unref(b);
}

static bool has_eap(const struct peer_response *r, struct span octets)
{
	const struct chain_payload *p = chain_find(&r->chain, PAYLOAD_EAP);

	return r->chain.n == 1 && p && span_equal(p->body, octets);
}

static struct aaa_answer accepted(void)
{
	struct aaa_answer a = { .verdict = AAA_ACCEPT, .eap = SPAN_OF(success), .has_msk = true };

	for (unsigned i = 0; i < AAA_MSK_SIZE; i++)
		a.msk[i] = (uint8_t)i;
	return a;
}

/* AUTH under the key of the method; `wrong`: under another. */
static void prove(struct world *w, struct peer *p, bool wrong, struct peer_response *r)
{
	const struct ike_id id = { ID_FQDN, span_text(p->id) };
	const struct ike_attempt t = peer_attempt(p);
	struct aaa_answer a = accepted();
	struct peer_inner in;
	struct peer_message m;
	uint8_t mac[64];

	if (wrong)
		a.msk[63] ^= 1;
	peer_inner_init(&in);
	assert_int_equal(auth_psk(p->suite.prf, SPAN_OF(a.msk), t.request, t.nr,
				  secret_peek(&p->sa.keys.sk_pi), &id, mac),
			 ERR_OK);
	ike_auth_write(&in.in.w, &(struct ike_auth){ 2, span_of(mac, 32) });
	peer_seal(p, EXCHANGE_IKE_AUTH, &in, &m);
	assert_true(session_exchange(w, A, p, &m, r));
}

/* The gateway's AUTH under the same key (RFC 7296 section 2.16). */
static void gateway_has_the_key(struct peer *p, const struct peer_response *r)
{
	const struct ike_id idr = { ID_FQDN, span_text("gw-a.example") };
	const struct ike_attempt t = peer_attempt(p);
	struct aaa_answer a = accepted();
	struct ike_auth auth;
	struct fault fault;
	uint8_t mac[64];

	assert_int_equal(ike_auth_parse(chain_find(&r->chain, PAYLOAD_AUTH), &auth, &fault),
			 ERR_OK);
	assert_int_equal(auth.method, 2);
	assert_int_equal(auth_psk(p->suite.prf, SPAN_OF(a.msk), t.response, t.ni,
				  secret_peek(&p->sa.keys.sk_pr), &idr, mac),
			 ERR_OK);
	assert_true(span_equal(auth.data, span_of(mac, 32)));
}

/* A whole login; `a`: the server's last word. */
static void log_in(struct world *w, struct peer *p, const char *identity,
		   const struct aaa_answer *a, bool contact, struct peer_response *r)
{
	carried(w, p, ask(w, p, contact), 1, identity);
	told(w, p, a, r);
	assert_true(has_eap(r, SPAN_OF(success)));
	prove(w, p, false, r);
	gateway_has_the_key(p, r);
	assert_non_null(chain_find(&r->chain, PAYLOAD_SA));
	assert_true(peer_take_index(p, r));
}

static void whole_login(void **state)
{
	static const uint8_t class[] = { 4, 'g', 'o', 'l', 'd' };
	struct aaa_answer more = { .verdict = AAA_CHALLENGE,
				   .eap = SPAN_OF(challenge),
				   .state = span_text("where we are") };
	struct aaa_answer a = accepted();
	struct peer_response r;
	struct planted o;
	struct peer p;
	struct world *w = begin(&p);
	uint64_t limit;
	uint8_t id;

	(void)state;
	id = ask(w, &p, false);
	carried(w, &p, id, 1, "client.example");
	assert_int_equal(aaa.identity_n, 14);
	assert_memory_equal(aaa.identity, "client.example", 14);
	assert_int_equal(aaa.state_n, 0);
	assert_memory_equal(aaa.eap, ((uint8_t[]){ 2, id, 0, 19, 1 }), 5);
	told(w, &p, &more, &r);
	assert_true(has_eap(&r, SPAN_OF(challenge)));
	carried(w, &p, 9, 4, "answer");
	assert_int_equal(aaa.state_n, 12);
	assert_memory_equal(aaa.state, "where we are", 12);
	a.has_ip4 = true;
	memcpy(a.ip4, ((uint8_t[]){ 10, 99, 0, 77 }), 4);
	a.session_s = 3600;
	a.class = SPAN_OF(class);
	limit = w->utc + 3600;
	told(w, &p, &a, &r);
	assert_true(has_eap(&r, SPAN_OF(success)));
	assert_int_equal(w->bank.inits, 0);
	prove(w, &p, false, &r);
	gateway_has_the_key(&p, &r);
	assert_true(peer_take_index(&p, &r));
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.auth_method_i, 2);
	assert_int_equal(o.stub.auth_method_r, 14);
	assert_true(span_equal(o.stub.eap_identity, span_text("client.example")));
	assert_true(o.stub.session_limit == limit && o.stub.expiry == limit);
	assert_true(o.stub.has_inner_ip4);
	assert_memory_equal(o.stub.inner_ip4, a.ip4, 4);
	assert_int_equal(o.stub.n_unknown, 1);
	assert_int_equal(o.stub.unknown[0].type, 13);
	assert_true(span_equal(o.stub.unknown[0].value, SPAN_OF(class)));
	/* it goes on elsewhere without the server, and with all that it said */
	world_advance(w, 5000);
	session_resume(w, B, &p);
	session_rekey(w, B, &p);
	planted_open(w, &p.index, &o);
	assert_int_equal(aaa.asked, 2);
	assert_true(span_equal(o.stub.eap_identity, span_text("client.example")));
	assert_true(o.stub.session_limit == limit && o.stub.expiry == limit);
	assert_int_equal(o.stub.unknown[0].type, 13);
	assert_memory_equal(o.stub.inner_ip4, a.ip4, 4);
	end(w, &p);
}

/* The rest is silence but for one line that says so. */
static void is_refused(struct world *w, struct peer *p, const struct peer_response *r,
		       const char *says)
{
	assert_null(chain_find(&r->chain, PAYLOAD_AUTH));
	assert_int_equal(w->bank.inits, 0);
	assert_int_equal(gateway_counters(w->site[A].gateway)->half_open, 0);
	if (log_catch_count(says) != 1 || log_catch_count("refused: ") != 1)
		fail_msg("not \"%s\" but %s", says, log_catch_all());
	assert_false(session_is_alive(w, A, p));
}

static void servers_that_refuse(void **state)
{
	static const uint8_t cut[] = { 1, 9, 0, 8, 4 };
	static const struct {
		struct aaa_answer a;
		const char *says;
		bool failure;
	} all[] = {
		{ { .verdict = AAA_REJECT, .eap = SPAN_OF(failure) }, ": rejected by", true },
		{ { .verdict = AAA_REJECT }, ": rejected by", false },
		{ { .verdict = AAA_REJECT, .eap = SPAN_OF(success) }, ": rejected by", false },
		{ { .verdict = AAA_SILENT }, ": the AAA server does not answer", false },
		{ { .verdict = AAA_ACCEPT, .eap = SPAN_OF(success) },
		  ": the AAA server sent no keys",
		  false },
		{ { .verdict = AAA_ACCEPT, .eap = SPAN_OF(challenge), .has_msk = true },
		  ": the AAA server sent no EAP message that fits",
		  false },
		{ { .verdict = AAA_CHALLENGE, .eap = SPAN_OF(cut) },
		  ": the AAA server sent no EAP",
		  false },
		{ { .verdict = AAA_CHALLENGE }, ": the AAA server sent no EAP", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		struct peer_response r;
		struct peer p;
		struct world *w = begin(&p);

		carried(w, &p, ask(w, &p, false), 1, "client.example");
		told(w, &p, &all[i].a, &r);
		if (all[i].failure)
			assert_true(has_eap(&r, SPAN_OF(failure)));
		else
			assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
		is_refused(w, &p, &r, all[i].says);
		assert_int_equal(log_catch_count("refused: EAP as client.example: "), 1);
		end(w, &p);
	}
}

/* The server knows names, and the policy knows names: they must be the same one. */
static void names(void **state)
{
	static const struct {
		const char *idi, *eap, *says;
	} all[] = {
		{ "client.example", "bob", ": its EAP identity is not its IDi" },
		{ "free.example", "mallory@example", ": disabled under its EAP identity" },
		{ "free.example", "", ": an EAP identity of 0 octets" },
	};
	struct aaa_answer bob;
	struct peer_message m;
	struct peer_response r;
	struct peer p;
	struct world *w;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		w = begin(&p);
		p.id = all[i].idi;
		respond(&p, ask(w, &p, false), 1, all[i].eap, &m);
		assert_true(session_exchange(w, A, &p, &m, &r));
		is_refused(w, &p, &r, all[i].says);
		assert_int_equal(aaa.asked, 0);
		end(w, &p);
	}
	w = begin(&p);
	p.id = "free.example";
	bob = accepted();
	log_in(w, &p, "bob", &bob, false, &r);
	end(w, &p);
}

static void clients_that_are_refused(void **state)
{
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct peer p;
	struct world *w = begin(&p);
	struct aaa_answer a = accepted();
	uint8_t id = ask(w, &p, false);

	(void)state;
	respond(&p, (uint8_t)(id + 1), 1, "client.example", &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	is_refused(w, &p, &r, ": its EAP message answers nothing");
	end(w, &p);
	w = begin(&p);
	respond(&p, ask(w, &p, false), 4, "client.example", &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	is_refused(w, &p, &r, ": its EAP message tells no identity");
	end(w, &p);
	w = begin(&p);
	(void)ask(w, &p, false);
	peer_inner_init(&in);
	peer_seal(&p, EXCHANGE_IKE_AUTH, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	is_refused(w, &p, &r, ": neither EAP nor AUTH");
	end(w, &p);
	/* AUTH before the server has said anything, and a wrong one after it */
	w = begin(&p);
	(void)ask(w, &p, false);
	prove(w, &p, false, &r);
	is_refused(w, &p, &r, ": neither EAP nor AUTH");
	end(w, &p);
	w = begin(&p);
	carried(w, &p, ask(w, &p, false), 1, "client.example");
	told(w, &p, &a, &r);
	prove(w, &p, true, &r);
	is_refused(w, &p, &r, ": AUTH is wrong: not the key of the EAP method");
	end(w, &p);
	/* a shared key is no way in */
	w = begin(&p);
	assert_int_equal(session_ask(w, A, &p, &(struct peer_init){ 0 }), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	is_refused(w, &p, &r, "shared key MIC: this identity logs in with EAP");
	end(w, &p);
	w = begin(&p);
	aaa.full = true;
	respond(&p, ask(w, &p, false), 1, "client.example", &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	is_refused(w, &p, &r, ": too much is asked of the AAA server already");
	end(w, &p);
}

/* A server that is slow: what stands goes on, and who waits too long is forgotten there as well. */
static void slow_server(void **state)
{
	struct peer_response r;
	struct peer p, q;
	struct world *w = begin(&p);
	struct aaa_answer a = accepted();

	(void)state;
	log_in(w, &p, "client.example", &a, false, &r);
	peer_init(&q, "other", "aes128-sha256-x25519");
	q.hashes = SIGNATURE_HASHES_KNOWN;
	carried(w, &q, ask(w, &q, false), 1, "client.example");
	for (unsigned i = 0; i < 29; i++) {
		world_advance(w, 1000);
		assert_true(session_is_alive(w, A, &p));
	}
	assert_int_equal(aaa.forgotten, 0);
	world_advance(w, 2000);
	assert_int_equal(aaa.forgotten, 1);
	assert_false(memory_aaa_answer(&aaa, &a));
	assert_true(session_is_alive(w, A, &p));
	/* the gateway ends with a question open */
	carried(w, &q, ask(w, &q, false), 1, "client.example");
	peer_clear(&q);
	end(w, &p);
	assert_int_equal(aaa.forgotten, 2);
}

/* INITIAL_CONTACT is believed of the name that was proved, and an address is given once. */
static void others_of_that_identity(void **state)
{
	struct aaa_answer a = accepted();
	struct peer_response r;
	struct ike_cp cp;
	struct fault fault;
	struct peer p, q;
	struct world *w = begin(&p);

	(void)state;
	a.has_ip4 = true;
	memcpy(a.ip4, ((uint8_t[]){ 10, 99, 0, 77 }), 4);
	p.id = "free.example";
	log_in(w, &p, "alice", &a, false, &r);
	peer_init(&q, "other", "aes128-sha256-x25519");
	q.hashes = SIGNATURE_HASHES_KNOWN;
	q.id = "free.example";
	log_in(w, &q, "bob", &a, true, &r);
	assert_true(session_is_alive(w, A, &p));
	assert_int_equal(log_catch_count("the address that AAA gave it is taken"), 1);
	assert_int_equal(ike_cp_parse(chain_find(&r.chain, PAYLOAD_CP), &cp, &fault), ERR_OK);
	assert_memory_not_equal(cp.at[0].value.p, a.ip4, 4);
	peer_clear(&q);
	peer_init(&q, "third", "aes128-sha256-x25519");
	q.hashes = SIGNATURE_HASHES_KNOWN;
	q.id = "free.example";
	log_in(w, &q, "alice", &a, true, &r);
	assert_false(session_is_alive(w, A, &p));
	assert_int_equal(ike_cp_parse(chain_find(&r.chain, PAYLOAD_CP), &cp, &fault), ERR_OK);
	assert_memory_equal(cp.at[0].value.p, a.ip4, 4);
	peer_clear(&q);
	end(w, &p);
}

static int make(void **state)
{
	(void)state;
	log_catch_begin();
	pki_make();
	trust = pki_trust(NULL);
	own = pki_credential("gw-p256");
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	trust_free(trust);
	credential_free(own);
	pki_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_login), cmocka_unit_test(servers_that_refuse),
		cmocka_unit_test(names),       cmocka_unit_test(clients_that_are_refused),
		cmocka_unit_test(slow_server), cmocka_unit_test(others_of_that_identity),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
