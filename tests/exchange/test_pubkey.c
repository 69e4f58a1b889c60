/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logins with certificates: every kind of key, what is refused and how it is said, and what the stub knows of it. */
#include "cmocka_all.h"

#include <time.h>

#include "ike/ike_signature.h"
#include "keys/certificate.h"
#include "log_catch.h"
#include "pki.h"
#include "planted.h"
#include "session.h"

static struct trust *trust, *strict;
static struct credential *own;

/* client.example and other.example have certificates, psk.example the key "secret"; it is now, and the gateways have `gateway`. */
static struct world *begin(struct peer *p, const char *gateway, const char *client)
{
	static const char *const names[] = { "client.example", "other.example" };
	struct policy *policy = policy_new();
	struct ike_id psk = { ID_FQDN, span_text("psk.example") };
	struct world *w;

	for (unsigned i = 0; i < 2; i++) {
		struct ike_id id = { ID_FQDN, span_text(names[i]) };

		assert_int_equal(policy_add_keyless(policy, names[i], &id, POLICY_PUBKEY, false),
				 ERR_OK);
	}
	assert_int_equal(policy_add_peer(policy, "psk", &psk, span_text("secret"), false), ERR_OK);
	assert_int_equal(policy_add_pool(policy, 0x0a630000, 24), ERR_OK);
	w = world_new_of(policy);
	w->utc = (uint64_t)time(NULL);
	w->trust = trust;
	w->credential = own = pki_credential(gateway);
	for (unsigned i = A; i <= C; i++)
		world_start(w, i);
	peer_init(p, client, "aes128-sha256-x25519");
	p->credential = pki_credential(client);
	p->hashes = SIGNATURE_HASHES_KNOWN;
	log_catch_clear();
	return w;
}

static void end(struct world *w, struct peer *p)
{
	struct credential *c = own;

	credential_free((struct credential *)(uintptr_t)p->credential);
	peer_clear(p);
	world_free(w);
	credential_free(c);
}

/* IKE_SA_INIT and IKE_AUTH; the response is in `r`. */
static void log_in(struct world *w, unsigned site, struct peer *p, struct peer_response *r)
{
	struct peer_init how = { .fragmentation = false };
	struct peer_message m;

	assert_int_equal(session_ask(w, site, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, &m);
	assert_true(session_exchange(w, site, p, &m, r));
}

/* What the gateway says of itself; returns its method. */
static uint8_t gateway_proves(struct world *w, struct peer *p, const struct peer_response *r)
{
	const struct ike_attempt t = peer_attempt(p);
	const struct ike_id expected = { ID_FQDN, span_text("gw-a.example") };
	char why[TRUST_WHY_MAX];
	struct ike_broken broken = { 0 };
	struct ike_id id;
	uint8_t method;

	if (!ike_signature_verify(&r->chain, &t, &p->sa.keys, &expected, trust, w->utc, &id,
				  &method, why, &broken))
		fail_msg("%s: %s", ike_clause_text(broken.clause), why);
	return method;
}

/* Methods by IANA: with RFC 7427 both sides use 14, without it each the classic one of its key. */
static void each_kind_of_key(void **state)
{
	static const struct {
		const char *client, *gateway;
		bool rfc7427, pkcs1;
		uint8_t method_i, method_r;
	} all[] = {
		{ "rsa", "gw-rsa", true, false, 14, 14 },
		{ "rsa", "gw-rsa", true, true, 14, 14 },
		{ "rsa", "gw-p256", false, false, 1, 9 },
		{ "p256", "gw-rsa", false, false, 9, 1 },
		{ "p256", "gw-p256", true, false, 14, 14 },
		{ "p384", "gw-p256", false, false, 10, 9 },
		{ "p521", "gw-p256", false, false, 11, 9 },
		{ "p521", "gw-ed25519", true, false, 14, 14 },
		{ "ed25519", "gw-ed25519", true, false, 14, 14 },
		{ "sub-client", "gw-p256", true, false, 14, 14 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		struct peer_response r;
		struct planted o;
		struct peer p;
		struct world *w = begin(&p, all[i].gateway, all[i].client);

		w->site[A].config.rsa_pkcs1 = p.pkcs1 = all[i].pkcs1;
		world_start(w, A);
		if (!all[i].rfc7427)
			p.hashes = 0;
		log_in(w, A, &p, &r);
		if (!chain_find(&r.chain, PAYLOAD_AUTH))
			fail_msg("%s at %s: %s", all[i].client, all[i].gateway, log_catch_all());
		assert_int_equal(gateway_proves(w, &p, &r), all[i].method_r);
		assert_non_null(chain_find(&r.chain, PAYLOAD_TSI));
		assert_true(peer_take_index(&p, &r));
		planted_open(w, &p.index, &o);
		assert_int_equal(o.stub.auth_method_i, all[i].method_i);
		assert_int_equal(o.stub.auth_method_r, all[i].method_r);
		end(w, &p);
	}
}

/* RFC 7296 section 3.7, RFC 7427 section 4: what IKE_SA_INIT says of it. */
static void announcements(void **state)
{
	struct peer_init how = { 0 };
	struct ike_cert cert;
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	struct ike_notify n;
	struct peer p;
	struct world *w = begin(&p, "gw-p256", "p256");

	(void)state;
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_int_equal(chain_parse_message(peer_span(&p.response), &h, &chain, &fault), ERR_OK);
	assert_true(ike_notify_find(&chain, NOTIFY_SIGNATURE_HASH_ALGORITHMS, &n));
	assert_int_equal(n.data.n, 8);
	assert_memory_equal(n.data.p, "\0\2\0\3\0\4\0\5", 8);
	assert_int_equal(chain_count(&chain, PAYLOAD_CERTREQ), 1);
	assert_int_equal(ike_cert_parse(chain_find(&chain, PAYLOAD_CERTREQ), &cert, &fault),
			 ERR_OK);
	assert_int_equal(cert.encoding, 4);
	assert_true(span_equal(cert.data, trust_names(trust)));
	/* not to who did not ask for it */
	p.hashes = 0;
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_int_equal(chain_parse_message(peer_span(&p.response), &h, &chain, &fault), ERR_OK);
	assert_false(ike_notify_find(&chain, NOTIFY_SIGNATURE_HASH_ALGORITHMS, &n));
	end(w, &p);
}

/* Rule 21: not after the end of the certificate, and copied unchanged; methods, too. */
static void resumed(void **state)
{
	struct peer_response r;
	struct planted o;
	struct peer p;
	struct world *w = begin(&p, "gw-rsa", "short");
	uint8_t octets[4096];
	X509 *x =
	    certificate_from_der(span_of(octets, pki_read("short", "der", octets, sizeof(octets))));
	uint64_t last = certificate_end(x);

	(void)state;
	certificate_free(x);
	w->site[A].config.ike_lifetime_s = w->site[B].config.ike_lifetime_s = 86400;
	w->site[A].config.ike_rekey_s = w->site[A].config.resumed_rekey_s =
	    0; /* the client does it */
	world_start(w, A);
	log_in(w, A, &p, &r);
	assert_true(peer_take_index(&p, &r));
	planted_open(w, &p.index, &o);
	assert_true(o.stub.reauth_deadline == last);
	world_advance(w, 5000);
	session_resume(w, B, &p);
	planted_open(w, &p.index, &o);
	assert_true(o.stub.reauth_deadline == last);
	assert_int_equal(o.stub.auth_method_i, 14);
	assert_int_equal(o.stub.auth_method_r, 14);
	assert_int_equal(o.stub.resumptions, 1);
	/* a hit says nothing of certificates */
	assert_int_equal(
	    ike_signature_announced(&(struct ike_attempt){ .response = peer_span(&p.response) }),
	    0);
	world_advance(w, 5000);
	session_rekey(w, B, &p);
	planted_open(w, &p.index, &o);
	assert_true(o.stub.reauth_deadline == last);
	assert_int_equal(o.stub.auth_method_i, 14);
	session_resume(w, A, &p);
	/* the last day of the certificate is the last of the SA */
	for (unsigned i = 0; i < 2; i++) {
		world_advance(w, 80000 * UINT64_C(1000));
		session_rekey(w, A, &p);
	}
	planted_open(w, &p.index, &o);
	assert_true(o.stub.expiry == last);
	assert_true(session_is_alive(w, A, &p));
	world_advance(w, (last + 31 - w->utc) * 1000);
	assert_false(session_is_alive(w, A, &p));
	end(w, &p);
}

/* Refused, with that reason in one line of the log, and without a stub. */
static void refused(struct world *w, struct peer *p, const char *says)
{
	struct peer_response r;

	log_catch_clear();
	log_in(w, A, p, &r);
	assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
	assert_int_equal(r.chain.n, 1);
	assert_int_equal(w->bank.inits, 0);
	if (log_catch_count(says) != 1 || log_catch_count("refused") != 1)
		fail_msg("not \"%s\" but %s", says, log_catch_all());
	/* identity, address and, where one was tried, method */
	assert_int_equal(log_catch_count("ID_FQDN "), 1);
	assert_int_equal(log_catch_count(" from 198.51.100.7:500 refused: "), 1);
	assert_false(session_is_alive(w, A, p));
}

static void refusals(void **state)
{
	static const struct {
		const char *client, *id, *says;
	} all[] = {
		{ "stranger", "client.example",
		  "digital signature with ecdsa-with-SHA256: unable to get local issuer" },
		{ "other-name", "client.example", "the certificate does not name this identity" },
		{ "p256", "other.example", "the certificate does not name this identity" },
		{ "p256", "nobody.example",
		  "nobody.example from 198.51.100.7:500 refused: no peer" },
		{ "p256", "psk.example", "with ecdsa-with-SHA256: this identity has a shared key" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		struct peer p;
		struct world *w = begin(&p, "gw-p256", all[i].client);

		p.id = all[i].id;
		refused(w, &p, all[i].says);
		end(w, &p);
	}
}

/* A shared key does not open what a certificate is for, and the other way round. */
static void shared_key_for_a_certificate(void **state)
{
	struct peer p;
	struct world *w = begin(&p, "gw-p256", "p256");
	const struct credential *kept = p.credential;

	(void)state;
	p.credential = NULL;
	p.psk = "";
	refused(w, &p, "shared key MIC: this identity has a certificate");
	p.id = "psk.example";
	p.psk = "secret";
	session_establish(w, A, &p, true);
	p.credential = kept;
	end(w, &p);
}

static void revoked_and_expired(void **state)
{
	struct peer p;
	struct world *w = begin(&p, "gw-p256", "revoked");
	struct peer_response r;

	(void)state;
	log_in(w, A, &p, &r);
	assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH));
	end(w, &p);
	w = begin(&p, "gw-p256", "revoked");
	w->trust = strict;
	world_start(w, A);
	refused(w, &p, ": certificate revoked");
	end(w, &p);
	w = begin(&p, "gw-p256", "short");
	w->trust = strict;
	world_start(w, A);
	world_advance(w, 3 * 86400 * UINT64_C(1000));
	refused(w, &p, ": certificate has expired");
	world_advance(w, 12 * 86400 * UINT64_C(1000));
	credential_free((struct credential *)(uintptr_t)p.credential);
	p.credential = pki_credential("p256");
	refused(w, &p, ": CRL has expired");
	end(w, &p);
}

/* Each octet of the response is covered: AUTH over another IKE_SA_INIT is nothing. */
static void signature_of_something_else(void **state)
{
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer_response r;
	struct peer p;
	struct world *w = begin(&p, "gw-p256", "p256");

	(void)state;
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	p.request.octets[p.request.n - 1] ^= 1;
	peer_make_auth(&p, true, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
	assert_int_equal(log_catch_count("ecdsa-with-SHA256: the signature is wrong"), 1);
	end(w, &p);
}

/* IKE_AUTH with these payloads after IDi. */
static void handmade(struct world *w, struct peer *p, const struct ike_cert *certs, unsigned n,
		     const struct ike_auth *auth, const char *says)
{
	const struct ike_id id = { ID_FQDN, span_text(p->id) };
	struct peer_init how = { 0 };
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;

	assert_int_equal(session_ask(w, A, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_inner_init(&in);
	ike_id_write(&in.in.w, PAYLOAD_IDI, &id);
	for (unsigned i = 0; i < n; i++)
		ike_cert_write(&in.in.w, PAYLOAD_CERT, &certs[i]);
	if (auth)
		ike_auth_write(&in.in.w, auth);
	peer_seal(p, EXCHANGE_IKE_AUTH, &in, &m);
	log_catch_clear();
	assert_true(session_exchange(w, A, p, &m, &r));
	assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
	if (log_catch_count(says) != 1)
		fail_msg("not \"%s\" but %s", says, log_catch_all());
}

static void handmade_certificates(void **state)
{
	uint8_t der[2048];
	struct span own_der = span_of(der, pki_read("p256", "der", der, sizeof(der)));
	struct ike_auth nonsense = { AUTH_DIGITAL_SIGNATURE, span_text("\x03\x05\x00") };
	struct ike_auth null = { AUTH_NULL, SPAN_NONE };
	struct ike_cert hash = { 12, own_der }, cut = { 4, span_of(der, own_der.n - 1) };
	struct ike_cert good[9];
	struct peer p;
	struct world *w = begin(&p, "gw-p256", "p256");

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(good); i++)
		good[i] = (struct ike_cert){ 4, i ? span_of(der, 200) : own_der };
	handmade(w, &p, NULL, 0, NULL, ": no AUTH, but this identity has a certificate");
	handmade(w, &p, NULL, 0, &nonsense, "digital signature: no certificate");
	handmade(w, &p, &hash, 1, &nonsense, "digital signature: no certificate");
	handmade(w, &p, &cut, 1, &nonsense, "digital signature: a broken certificate");
	handmade(w, &p, good, 2, &nonsense, "digital signature: a broken certificate");
	world_advance(w, 1000); /* for the log */
	handmade(w, &p, good, 9, &nonsense, "digital signature: more than 8 certificates");
	handmade(w, &p, good, 1, &nonsense, "digital signature: the signature: ends before");
	handmade(w, &p, good, 1, &null, "NULL authentication: the signature: algorithm or feature");
	end(w, &p);
}

/* A gateway whose key can make nothing that the client announced. */
static void no_method_in_common(void **state)
{
	struct peer p;
	struct world *w = begin(&p, "gw-ed25519", "p256");

	(void)state;
	p.hashes = 0;
	refused(w, &p, "ECDSA-256: it announced no signature that our key can make");
	end(w, &p);
}

/* Ten lines a second, and then how many there were more. */
static void measured_log(void **state)
{
	struct peer_response r;
	struct peer p;
	struct world *w = begin(&p, "gw-p256", "other-name");

	(void)state;
	for (unsigned i = 0; i < 25; i++)
		log_in(w, A, &p, &r);
	assert_int_equal(log_catch_count("refused: "), 10);
	world_advance(w, 1000);
	log_in(w, A, &p, &r);
	assert_int_equal(log_catch_count("refused: "), 11);
	assert_int_equal(log_catch_count("15 more were refused"), 1);
	end(w, &p);
}

/* What was offered is said, and to whom NO_PROPOSAL_CHOSEN was said. */
static void refused_proposals(void **state)
{
	struct peer_init how = { 0 };
	struct peer p, q;
	struct world *w = begin(&p, "gw-p256", "p256");

	(void)state;
	peer_init(&q, "client", "aes256-sha512-ecp384");
	assert_int_equal(session_ask(w, A, &q, &how), PEER_ERROR);
	if (log_catch_count("from 198.51.100.7:500 refused: NO_PROPOSAL_CHOSEN, it offered "
			    "AES-CBC-256 HMAC-SHA2-512-256 PRF-HMAC-SHA2-512 ecp384") != 1)
		fail_msg("%s", log_catch_all());
	peer_clear(&q);
	end(w, &p);
}

static int make(void **state)
{
	(void)state;
	log_catch_begin();
	pki_make();
	trust = pki_trust(NULL);
	strict = pki_trust("gone");
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	trust_free(trust);
	trust_free(strict);
	pki_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_key),
		cmocka_unit_test(announcements),
		cmocka_unit_test(resumed),
		cmocka_unit_test(refusals),
		cmocka_unit_test(shared_key_for_a_certificate),
		cmocka_unit_test(revoked_and_expired),
		cmocka_unit_test(signature_of_something_else),
		cmocka_unit_test(handmade_certificates),
		cmocka_unit_test(no_method_in_common),
		cmocka_unit_test(measured_log),
		cmocka_unit_test(refused_proposals),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
