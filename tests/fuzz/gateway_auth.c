/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE_AUTH of a client that has the keys and nothing to prove, at a gateway with peers of each kind. First octet: the first
 * payload's type; the rest is the chain. Nobody may be let in.
 */
#include <stdlib.h>

#include "exchange/ike_peer.h"
#include "exchange/pki.h"
#include "exchange/world.h"
#include "keys/certificate.h"
#include "keys/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world *w;
static struct peer p;
static const struct gateway_path path = { .remote = { { 4, { 198, 51, 100, 7 } }, 500 } };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void add(struct policy *policy, const char *name, enum policy_auth auth)
{
	struct ike_id id = { ID_FQDN, span_text(name) };

	must((auth == POLICY_PSK ? policy_add_peer(policy, name, &id, span_text("secret"), false)
				 : policy_add_keyless(policy, name, &id, auth, false)) == ERR_OK);
}

static void begin(void)
{
	struct policy *policy = policy_new();
	struct credential *own;
	X509 *x;

	pki_make();
	atexit(pki_remove);
	add(policy, "client.example", POLICY_PUBKEY);
	add(policy, "psk.example", POLICY_PSK);
	w = world_new_of(policy);
	own = pki_credential("gw-p256");
	x = certificate_from_der(credential_certificate(own, 0));
	w->utc = certificate_end(x) - 86400;
	certificate_free(x);
	w->trust = pki_trust(NULL);
	w->credential = own;
	w->site[0].config.cookies = COOKIES_NEVER;
	world_start(w, 0);
	peer_init(&p, "client", "aes128-sha256-x25519");
	p.hashes = SIGNATURE_HASHES_KNOWN;
}

static bool answer(struct peer_response *r)
{
	GBytes *b = world_take(w);
	gsize n;
	const void *octets;
	bool ok;

	if (!b)
		return false;
	octets = g_bytes_get_data(b, &n);
	ok = r ? peer_open(&p, span_of(octets, n), r)
	       : peer_read_init(&p, span_of(octets, n)) == PEER_FULL;
	g_bytes_unref(b);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer_init how = { .fragmentation = false };
	struct peer_message m;
	struct peer_inner in;
	struct peer_response r;

	if (!w)
		begin();
	if (size < 1 || size > 3000)
		return 0;
	peer_restart(&p);
	peer_make_init(&p, &how);
	world_send(w, 0, &path, peer_span(&p.request));
	must(answer(NULL) && peer_derive_full(&p));
	peer_inner_init(&in);
	in.buffer[0] = data[0];
	wcursor_bytes(&in.in.c, span_of(&data[1], size - 1));
	peer_seal(&p, EXCHANGE_IKE_AUTH, &in, &m);
	world_send(w, 0, &path, peer_span(&m));
	must(answer(&r) && !chain_find(&r.chain, PAYLOAD_AUTH) && w->bank.inits == 0);
	world_drop_all(w);
	/* A closed SA repeats its answer for 30 s. */
	world_advance(w, 31000);
	w->utc -= 31;
	return 0;
}
