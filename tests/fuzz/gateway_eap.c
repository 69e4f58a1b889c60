/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A login by EAP of several messages, between a client and a AAA server that say anything. The input is records: a kind, a length, octets.
 * Kind 0 is the first payload's type and a chain from the client; 1 to 3 are challenge, accept and reject of the server with that EAP message,
 * 4 its silence. Without a right AUTH nobody is let in.
 */
#include <stdlib.h>

#include "exchange/ike_peer.h"
#include "exchange/memory_aaa.h"
#include "exchange/pki.h"
#include "exchange/world.h"
#include "keys/certificate.h"
#include "keys/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world *w;
static struct peer p;
static struct memory_aaa aaa;
static const struct gateway_path path = { .remote = { { 4, { 198, 51, 100, 7 } }, 500 } };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void begin(void)
{
	struct policy *policy = policy_new();
	struct credential *own;
	X509 *x;

	pki_make();
	atexit(pki_remove);
	must(policy_add_keyless(policy, "any", NULL, POLICY_EAP, false) == ERR_OK);
	w = world_new_of(policy);
	own = pki_credential("gw-ed25519");
	x = certificate_from_der(credential_certificate(own, 0));
	w->utc = certificate_end(x) - 86400;
	certificate_free(x);
	w->credential = own;
	w->aaa = memory_aaa_service(&aaa);
	w->site[0].config.cookies = COOKIES_NEVER;
	world_start(w, 0);
	peer_init(&p, "client", "aes128-sha256-x25519");
	p.hashes = SIGNATURE_HASHES_KNOWN;
}

/* What the gateway sends in answer; the peer's window goes on with it. */
static void take(void)
{
	static struct peer_response r;
	GBytes *b = world_take(w);
	gsize n;
	const void *octets;

	if (!b)
		return;
	octets = g_bytes_get_data(b, &n);
	if (peer_open(&p, span_of(octets, n), &r))
		p.sa.window.next++;
	g_bytes_unref(b);
	world_drop_all(w);
}

static void client(struct span octets)
{
	struct peer_message m;
	struct peer_inner in;

	if (octets.n < 1 || octets.n > 3000)
		return;
	peer_inner_init(&in);
	in.buffer[0] = octets.p[0];
	wcursor_bytes(&in.in.c, span_of(&octets.p[1], octets.n - 1));
	peer_seal(&p, EXCHANGE_IKE_AUTH, &in, &m);
	world_send(w, 0, &path, peer_span(&m));
}

static void server(uint8_t kind, struct span octets)
{
	struct aaa_answer a = { .verdict = (enum aaa_verdict)((kind - 1) % 4), .eap = octets };

	a.has_msk = kind & 0x10;
	if (octets.n > AAA_EAP_MAX)
		return;
	rng_fill(&p.rng, a.msk, sizeof(a.msk));
	(void)memory_aaa_answer(&aaa, &a);
	world_run(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcursor c = rcursor_init(span_of(data, size), NULL);
	struct peer_init how = { .fragmentation = false };
	GBytes *b;
	gsize n;
	const void *octets;

	if (!w)
		begin();
	peer_restart(&p);
	peer_make_init(&p, &how);
	world_send(w, 0, &path, peer_span(&p.request));
	b = world_take(w);
	must(b != NULL);
	octets = g_bytes_get_data(b, &n);
	must(peer_read_init(&p, span_of(octets, n)) == PEER_FULL && peer_derive_full(&p));
	g_bytes_unref(b);
	while (rcursor_left(&c) > 3) {
		uint8_t kind = rcursor_u8(&c, "kind");
		size_t length = rcursor_u16(&c, "length");
		struct span s = rcursor_bytes(
		    &c, length < rcursor_left(&c) ? length : rcursor_left(&c), "octets");

		if (kind == 0)
			client(s);
		else
			server(kind, s);
		take();
	}
	must(w->bank.inits == 0);
	world_advance(w, 61000);
	w->utc -= 61;
	world_drop_all(w);
	return 0;
}
