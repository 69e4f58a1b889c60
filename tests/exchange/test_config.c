/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of ikesync-gateway: what it reads, and what it says about what it cannot. */
#include "cmocka_all.h"

#include <glib/gstdio.h>
#include <time.h>
#include <unistd.h>

#include "gateway_config.h"
#include "keylog.h"
#include "pki.h"

#define HEAD "[gateway]\nlisten=192.0.2.1:500\nidentity=fqdn:gw.example\n"
#define PEER "[peer a]\nid=fqdn:client.example\npsk=secret\n"

static struct gateway_settings *load(const char *text, char **path, GError **error)
{
	struct gateway_settings *s;
	int fd = g_file_open_tmp("gateway-XXXXXX.conf", path, NULL);

	assert_true(fd >= 0);
	close(fd);
	assert_true(
	    g_file_set_contents_full(*path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
	s = gateway_settings_load(*path, error);
	g_unlink(*path);
	return s;
}

static void defaults(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	struct gateway_settings *s = load(HEAD PEER, &path, &error);
	struct ike_id id = { ID_FQDN, span_text("client.example") };

	(void)state;
	if (error)
		fail_msg("%s", error->message);
	assert_non_null(s);
	assert_int_equal(s->listen_nat.port, 4500);
	assert_true(address_equal(&s->gateway.address, &s->listen.address));
	assert_true(s->gateway.syn);
	assert_int_equal(s->gateway.syn_type, 200);
	assert_int_equal(s->gateway.provisional_lifetime_ms, 30000);
	assert_int_equal(s->gateway.max_moves, 5);
	assert_false(s->has_bank);
	assert_non_null(policy_find(s->policy, &id));
	gateway_settings_free(s);
}

/* The longest that a bank keeps a stub. */
static void longest_ike_lifetime(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	struct gateway_settings *s = load(HEAD "ike-lifetime=86400s\n" PEER, &path, &error);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->gateway.ike_lifetime_s, 86400);
	gateway_settings_free(s);
}

static void everything(void **state)
{
	static const char text[] = HEAD
	    "listen-nat=192.0.2.1:0\naddress=192.0.2.9\nsyn-payload-type=222\nsyn-miss=silence\n"
	    "stubs=all\ncookies=never\ncookie-threshold=7\nprovisional-lifetime=250ms\nmax-moves="
	    "0\n"
	    "moves-window=2m\nmax-resumptions=1\nbare-draft-peers=no\nike-lifetime=1h\n"
	    "[bank]\naddress=192.0.2.10\nplaintext-lab=yes\nunsealed-stubs=yes\nqueue=/tmp/q\n"
	    "get-timeout=2s\nreconnect=3s\nreconnect-cap=1m\n"
	    "[pool x]\ninner-ip4=10.0.0.0/24\n"
	    "[peer a]\nid=keyid:0102ff\npsk-hex=00ff\ndisabled=yes\n[peer b]\nid=any\npsk=x\n";
	static const uint8_t keyid[] = { 1, 2, 0xff };
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	struct gateway_settings *s = load(text, &path, &error);
	struct ike_id id = { ID_KEY_ID, SPAN_OF(keyid) }, other = { ID_FQDN, span_text("x.y") };

	(void)state;
	if (error)
		fail_msg("%s", error->message);
	assert_int_equal(s->gateway.syn_type, 222);
	assert_true(s->gateway.syn_miss_silence);
	assert_int_equal(s->gateway.stubs, STUBS_ALL);
	assert_int_equal(s->gateway.cookies, COOKIES_NEVER);
	assert_int_equal(s->gateway.provisional_lifetime_ms, 250);
	assert_int_equal(s->gateway.moves_window_s, 120);
	assert_int_equal(s->gateway.ike_lifetime_s, 3600);
	assert_int_equal(s->bank.port, 49500);
	assert_int_equal(s->get_timeout_ms, 2000);
	assert_int_equal(s->reconnect_ms, 3000);
	assert_int_equal(s->reconnect_cap_ms, 60000);
	assert_true(policy_find(s->policy, &id)->disabled);
	assert_int_equal(policy_find(s->policy, &id)->psk_n, 2);
	assert_true(policy_find(s->policy, &other)->any);
	assert_int_equal(policy_lease(s->policy), 0x0a000001);
	gateway_settings_free(s);
}

/* When the gateway asks by itself; defaults follow the lifetimes. */
static void own_requests(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL, *other = NULL;
	struct gateway_settings *s =
	    load(HEAD "ike-lifetime=1000s\nchild-lifetime=400s\n" PEER, &path, &error);

	(void)state;
	assert_null(error);
	assert_int_equal(s->gateway.dpd_s, 0);
	assert_int_equal(s->gateway.ike_rekey_s, 800);
	assert_int_equal(s->gateway.child_rekey_s, 300);
	assert_int_equal(s->gateway.resumed_rekey_s, 3600);
	assert_int_equal(s->gateway.rekey_jitter_percent, 10);
	assert_int_equal(s->gateway.request_first_ms, 1000);
	assert_int_equal(s->gateway.request_tries, 6);
	assert_int_equal(s->gateway.max_leases_per_identity, 0);
	gateway_settings_free(s);
	s = load(HEAD "dpd=90s\nike-rekey=7m\nchild-rekey=0s\nresumed-rekey=5m\nrekey-jitter=0\n"
		      "retransmit=250ms\nretransmit-tries=4\nmax-leases-per-identity=3\n" PEER
		      "networks=10.2.128.0/17, 2001:db8:5::/47\n",
		 &other, &error);
	assert_null(error);
	assert_int_equal(s->gateway.dpd_s, 90);
	assert_int_equal(s->gateway.ike_rekey_s, 420);
	assert_int_equal(s->gateway.child_rekey_s, 0);
	assert_int_equal(s->gateway.resumed_rekey_s, 300);
	assert_int_equal(s->gateway.rekey_jitter_percent, 0);
	assert_int_equal(s->gateway.request_first_ms, 250);
	assert_int_equal(s->gateway.request_tries, 4);
	assert_int_equal(s->gateway.max_leases_per_identity, 3);
	{
		static const uint8_t start[16] = { 0x20, 1, 0x0d, 0xb8, 0, 4 };
		static const uint8_t end[16] = { 0x20, 1,    0x0d, 0xb8, 0,    5,    0xff, 0xff,
						 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
		const struct ike_id id = { ID_FQDN, span_text("client.example") };
		const struct policy_peer *peer = policy_find(s->policy, &id);

		assert_int_equal(peer->n_networks, 2);
		assert_int_equal(address_ip4(peer->networks[0].start), 0x0a028000);
		assert_int_equal(address_ip4(peer->networks[0].end), 0x0a02ffff);
		assert_memory_equal(peer->networks[1].start, start, 16);
		assert_memory_equal(peer->networks[1].end, end, 16);
	}
	gateway_settings_free(s);
}

/* Each complaint names file, line (where there is one) and key. */
static void traffic(void **state)
{
	static const uint8_t pool[] = { 10, 99, 0, 0 }, network[] = { 10, 1, 0, 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL, *other = NULL;
	struct gateway_settings *s = load(HEAD PEER, &path, &error);

	(void)state;
	assert_null(error);
	assert_null(s->traffic.device);
	gateway_settings_free(s);
	s = load(HEAD PEER "[pool i]\ninner-ip4=10.99.0.9/24\n[traffic]\ndevice=ike0\n"
			   "address=10.99.0.1/24\nnetworks=10.1.0.7/16\nbare-esp=no\n",
		 &other, &error);
	assert_null(error);
	assert_string_equal(s->traffic.device, "ike0");
	assert_int_equal(s->traffic.mtu, 1380);
	assert_int_equal(s->traffic.keepalive_ms, 20000);
	assert_false(s->traffic.bare);
	assert_int_equal(s->traffic.n_networks, 2);
	assert_memory_equal(s->traffic.networks[0].address.octets, pool, 4);
	assert_memory_equal(s->traffic.networks[1].address.octets, network, 4);
	assert_int_equal(s->traffic.networks[1].prefix, 16);
	assert_false(policy_lease_this(s->policy, 0x0a630001)); /* the gateway's own */
	gateway_settings_free(s);
}

static void complaints(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "[gateway]\nidentity=fqdn:g\n", ":1: [gateway] listen: " },
		{ "[gateway]\nlisten=192.0.2.1:500\n", ":1: [gateway] identity: " },
		{ HEAD "ike-lifetime=100s\nike-rekey=100s\n" PEER, ":5: [gateway] ike-rekey: " },
		{ HEAD "child-lifetime=100s\nchild-rekey=2m\n" PEER,
		  ":5: [gateway] child-rekey: " },
		{ HEAD PEER "networks=10.2.0.0/33\n", ":7: [peer a] networks: " },
		{ HEAD PEER "networks=nowhere\n", ":7: [peer a] networks: " },
		{ HEAD PEER "[traffic]\nmtu=1400\n", "[traffic] device: " },
		{ HEAD PEER "[traffic]\ndevice=a-name-that-is-too-long\n",
		  ":8: [traffic] device: " },
		{ HEAD PEER "[traffic]\ndevice=ike0\nmtu=100\n", ":9: [traffic] mtu: " },
		{ HEAD PEER "[traffic]\ndevice=ike0\naddress=10.99.0.1\n",
		  ":9: [traffic] address: " },
		{ HEAD PEER "[traffic]\ndevice=ike0\nnetworks=10.1.0.0/33\n",
		  ":9: [traffic] networks: " },
		{ "[gateway]\nlisten=0.0.0.0:500\nidentity=fqdn:g\n", "[gateway] address: " },
		{ "[gateway]\nlisten=192.0.2.1:500\nidentity=gw\n",
		  ":3: [gateway] identity: \"gw\"" },
		{ HEAD "[bank]\nreconnect=2s\nreconnect-cap=1s\n" PEER, "[bank] reconnect-cap: " },
		{ HEAD "ike-suites=aes128-sha256-x25519,rot13\n",
		  ":4: [gateway] ike-suites: \"rot13\"" },
		{ HEAD "esp-suites=none\n", ":4: [gateway] esp-suites: " },
		{ HEAD "syn-payload-type=130\n", ":4: [gateway] syn-payload-type: 130" },
		{ HEAD "syn-payload-type=205\n", ":4: [gateway] syn-payload-type: 205" },
		{ HEAD "syn-miss=drop\n",
		  ":4: [gateway] syn-miss: \"drop\" is none of fallback, silence" },
		{ HEAD "cookies=sometimes\n", ":4: [gateway] cookies: " },
		{ HEAD "commit-timeout=soon\n", ":4: [gateway] commit-timeout: " },
		{ HEAD "commit-timeuot=5s\n", ":4: [gateway] commit-timeuot: " },
		{ HEAD "[peers]\n", ":4: [peers]" },
		{ HEAD "[bank]\naddress=192.0.2.10\n", "[bank] seal-keys: " },
		{ HEAD "[bank]\naddress=192.0.2.10\nunsealed-stubs=yes\n", "[bank] certificate: " },
		{ HEAD "[bank]\naddress=192.0.2.10\nseal-keys=/does/not/exist\n",
		  ":6: [bank] seal-keys: " },
		{ HEAD "[bank]\naddress=192.0.2.10\nseal-keys=/proc/self/auxv\n",
		  "auxv:1: a line is" },
		{ HEAD "[bank]\naddress=192.0.2.10\nunsealed-stubs=yes\nseal-keys=/dev/null\n",
		  ":6: [bank] unsealed-stubs: " },
		{ HEAD "commit-timeout=0s\n", ":4: [gateway] commit-timeout: " },
		{ HEAD "provisional-lifetime=0s\n", ":4: [gateway] provisional-lifetime: " },
		{ HEAD "half-open-lifetime=0s\n", ":4: [gateway] half-open-lifetime: " },
		{ HEAD "ike-lifetime=86401s\n", ":4: [gateway] ike-lifetime: 86401 s is more than "
						"86400 s: banks cut a stub's lifetime" },
		{ HEAD "ike-lifetime=8760h\n", ":4: [gateway] ike-lifetime: " },
		{ HEAD "[peer a]\nid=fqdn:a\npsk-file=/dev/null\n", ":6: [peer a] psk-file: " },
		{ HEAD "[pool x]\ninner-ip4=10.0.0.0/31\n", ":5: [pool x] inner-ip4: " },
		{ HEAD "[peer a]\nid=fqdn:a\n", ":4: [peer a] psk: " },
		{ HEAD "[peer a]\nid=fqdn:a\npsk=x\npsk-hex=00\n", "[peer a] psk: " },
		{ HEAD "[peer a]\nid=fqdn:a\npsk-hex=0\n", ":6: [peer a] psk-hex: " },
		{ HEAD PEER "[peer b]\nid=fqdn:client.example\npsk=x\n", ":8: [peer b] id: " },
		{ HEAD "[peer a]\nid=keyid:xy\npsk=x\n", ":5: [peer a] id: " },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *path = NULL;

		assert_null(load(bad[i].text, &path, &error));
		assert_non_null(error);
		if (!strstr(error->message, bad[i].says) ||
		    !(g_str_has_prefix(error->message, path) || strstr(bad[i].says, "auxv")))
			fail_msg("\"%s\" does not say \"%s\"", error->message, bad[i].says);
	}
}

/* Own certificate, authorities, revocation lists and a peer that has a certificate. */
static void certificates(void **state)
{
	static const char head[] = "[gateway]\nlisten=192.0.2.1:500\nidentity=fqdn:gw-a.example\n";
	g_autofree char *own = g_strdup_printf(
	    "certificate=%s\nkey=%s\n", pki_file("gw-rsa", "pem"), pki_file("gw-rsa", "key"));
	g_autofree char *ca =
	    g_strdup_printf("ca=%s,%s\n", pki_file("ca", "pem"), pki_file("foreign", "pem"));
	g_autofree char *crl =
	    g_strdup_printf("crl=%s\nrsa-signature=pkcs1\n", pki_file("gone", "crl"));
	g_autofree char *mixed = g_strdup_printf("certificate=%s\nkey=%s\n",
						 pki_file("gw-rsa", "pem"), pki_file("rsa", "key"));
	g_autofree char *foreign = g_strdup_printf("certificate=%s\nkey=%s\n",
						   pki_file("rsa", "pem"), pki_file("rsa", "key"));
	static const char peer[] = "[peer a]\nid=fqdn:client.example\nauth=pubkey\n",
			  any[] = "[peer b]\nid=any\nauth=pubkey\ndisabled=yes\n";
	const struct {
		const char *own, *ca, *peer, *more, *says;
	} all[] = {
		{ own, ca, peer, any, NULL },
		{ own, ca, "[peer c]\nid=fqdn:c\nauth=psk\npsk=x\n", "", NULL },
		{ "", ca, peer, "", "[peer a] auth: pubkey and eap need this gateway's own" },
		{ own, "", peer, "", "[peer a] auth: pubkey needs ca=" },
		{ own, ca, peer, "psk=x\n", "[peer a] auth: pubkey and a shared key" },
		{ own, ca, peer, "[peer b]\nid=fqdn:client.example\nauth=pubkey\n",
		  "[peer b] id: another peer" },
		{ own, crl, peer, "", "[gateway] crl: of which authority?" },
		{ mixed, ca, peer, "", "[gateway] certificate: " },
		{ foreign, ca, peer, "", "rsa.pem does not name this gateway's identity" },
		{ "key=x\n", ca, peer, "", "[gateway] certificate: certificate and key" },
		{ own, "ca=/dev/null\n", peer, "", "[gateway] ca: /dev/null: no certificate" },
		{ own, "rsa-signature=md5\n", peer, "", "rsa-signature: \"md5\" is none of pss" },
		{ own, ca, "[peer a]\nid=fqdn:a\nauth=eap-none\n", "", "[peer a] auth: " },
		{ own, "", "[peer a]\nid=any\nauth=eap\n", "",
		  "[peer a] auth: eap needs a server" },
		{ own, "", "[peer a]\nid=any\nauth=eap\n", "[radius]\naddress=192.0.2.9\npsk=x\n",
		  NULL },
		{ own, "", "[peer a]\nid=any\nauth=eap\n", "[radius]\naddress=192.0.2.9\n",
		  "[radius] psk: the secret" },
		{ own, "", "[peer a]\nid=any\nauth=eap\npsk=x\n",
		  "[radius]\naddress=192.0.2.9\npsk=x\n", "auth: eap and a shared key" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		g_autofree char *text =
		    g_strconcat(head, all[i].own, all[i].ca, all[i].peer, all[i].more, NULL);
		g_autoptr(GError) error = NULL;
		g_autofree char *path = NULL;
		struct gateway_settings *s = load(text, &path, &error);

		if (!s != (all[i].says != NULL) || (!s && !strstr(error->message, all[i].says)))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, error ? error->message : "",
				 all[i].says ? all[i].says : "");
		gateway_settings_free(s);
	}
}

static void what_certificates_are_for(void **state)
{
	g_autofree char *text = g_strdup_printf(
	    "[gateway]\nlisten=192.0.2.1:500\nidentity=fqdn:gw-a.example\ncertificate=%s\nkey=%s\n"
	    "ca=%s\ncrl=%s\nrsa-signature=pkcs1\n[peer a]\nid=any\nauth=pubkey\n",
	    pki_file("gw-rsa", "pem"), pki_file("gw-rsa", "key"), pki_file("ca", "pem"),
	    pki_file("gone", "crl"));
	struct ike_id id = { ID_FQDN, span_text("x.y") };
	uint8_t der[4096];
	struct span revoked = span_of(der, pki_read("revoked", "der", der, sizeof(der)));
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	char why[TRUST_WHY_MAX];
	struct gateway_settings *s = load(text, &path, &error);

	(void)state;
	if (!s)
		fail_msg("%s", error->message);
	assert_true(s->gateway.rsa_pkcs1);
	assert_int_equal(policy_find(s->policy, &id)->auth, POLICY_PUBKEY);
	assert_int_equal(credential_count(s->credential), 1);
	assert_null(trust_verify(s->trust, &revoked, 1, (uint64_t)time(NULL), why));
	assert_string_equal(why, "certificate revoked");
	gateway_settings_free(s);
}

static int make(void **state)
{
	(void)state;
	pki_make();
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	pki_remove();
	return 0;
}

/* Keys are for the owner's eyes, also in a file that was there before. */
static void key_log_is_private(void **state)
{
	g_autofree char *path = NULL;
	GStatBuf st;
	int fd = g_file_open_tmp("keylog-XXXXXX", &path, NULL);
	struct keylog *k;

	(void)state;
	close(fd);
	assert_int_equal(g_chmod(path, 0644), 0);
	k = keylog_open(path, NULL);
	assert_non_null(k);
	keylog_close(k);
	assert_int_equal(g_stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	g_unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(everything),
		cmocka_unit_test(longest_ike_lifetime),
		cmocka_unit_test(own_requests),
		cmocka_unit_test(traffic),
		cmocka_unit_test(complaints),
		cmocka_unit_test(key_log_is_private),
		cmocka_unit_test(certificates),
		cmocka_unit_test(what_certificates_are_for),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
