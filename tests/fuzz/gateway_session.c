/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client says on a live SA with MOBIKE and a child: requests, and answers to what the gateway asks. First octet: which of
 * them; second: the first payload's type; the rest is the chain. The gateway goes on whatever it is, and no child is left behind.
 */
#include <stdlib.h>

#include "exchange/ike_peer.h"
#include "exchange/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum what { CHILD, INFORM, ANSWER_ALIVE, ANSWER_PATH, ANSWER_CHILD, ANSWER_REKEY, KINDS };

static struct world *w;
static struct peer p;
static const struct gateway_path path = { .remote = { { 4, { 198, 51, 100, 7 } }, 500 } };
static const struct gateway_path elsewhere = { .remote = { { 4, { 203, 0, 113, 7 } }, 4500 },
					       .nat = true };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void begin(void)
{
	struct gateway_config *c;

	w = world_new();
	c = &w->site[0].config;
	c->cookies = COOKIES_NEVER;
	c->rekey_jitter_percent = 0;
	c->dpd_s = 100;
	c->child_rekey_s = 200;
	c->ike_rekey_s = 300;
	c->request_tries = 1;
	world_start(w, 0);
	peer_init(&p, "client", "aes128-sha256-x25519");
	p.mobike = true;
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

static void log_in(void)
{
	struct peer_init how = { .fragmentation = false };
	struct peer_message m;
	struct peer_response r;

	peer_restart(&p);
	peer_make_init(&p, &how);
	world_send(w, 0, &path, peer_span(&p.request));
	must(answer(NULL) && peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	world_send(w, 0, &path, peer_span(&m));
	must(answer(&r) && chain_find(&r.chain, PAYLOAD_AUTH));
	p.sa.window.next++;
}

static void ask(uint8_t exchange, uint8_t first, struct span chain, bool response)
{
	struct peer_message m;
	struct peer_inner in;
	struct wcursor c = wcursor_init(m.octets, sizeof(m.octets));

	peer_inner_init(&in);
	in.buffer[0] = first;
	wcursor_bytes(&in.in.c, chain);
	must(ike_client_seal(&p.sa, &p.rng, exchange, response, response ? 0 : p.sa.window.next,
			     &in.in, &c) == ERR_OK);
	world_send(w, 0, response ? &path : &elsewhere, wcursor_written(&c, 0));
}

/* Let it ask, and answer with what was given. */
static void be_asked(enum what what, uint8_t first, struct span chain)
{
	static const uint64_t after[KINDS] = {
		[ANSWER_ALIVE] = 100000, [ANSWER_CHILD] = 200000, [ANSWER_REKEY] = 300000
	};

	if (what == ANSWER_PATH) {
		static const uint8_t moved[] = { 0, 0, 0, 8, 0, 0, 0x40, 0x10 };

		ask(EXCHANGE_INFORMATIONAL, PAYLOAD_NOTIFY, SPAN_OF(moved), false);
		p.sa.window.next++;
	} else {
		world_advance(w, after[what]);
	}
	world_drop_all(w);
	ask(what == ANSWER_ALIVE || what == ANSWER_PATH ? EXCHANGE_INFORMATIONAL
							: EXCHANGE_CREATE_CHILD_SA,
	    first, chain, true);
}

/* What each input may find: DPD before the rekeys would take their message ID. */
static void configure(enum what what)
{
	struct gateway_config *c = &w->site[0].config;

	c->dpd_s = what == ANSWER_ALIVE ? 100 : 0;
	c->child_rekey_s = what == ANSWER_CHILD ? 200 : 0;
	world_start(w, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static enum what before = KINDS;
	enum what what;
	struct span chain;

	if (!w)
		begin();
	if (size < 2 || size > 3000)
		return 0;
	what = data[0] % KINDS;
	chain = span_of(&data[2], size - 2);
	if (what != before)
		configure(what);
	before = what;
	log_in();
	if (what <= INFORM)
		ask(what == CHILD ? EXCHANGE_CREATE_CHILD_SA : EXCHANGE_INFORMATIONAL, data[1],
		    chain, false);
	else
		be_asked(what, data[1], chain);
	world_drop_all(w);
	/* Whoever has ended nothing is silent from now on, and dropped. */
	for (unsigned i = 0; i < 10 && gateway_counters(w->site[0].gateway)->sas; i++)
		world_advance(w, 90000);
	world_advance(w, 90000);
	world_drop_all(w);
	if (gateway_counters(w->site[0].gateway)->sas)
		world_start(w, 0); /* one that nothing is due for */
	must(w->site[0].plane.n == 0 && w->site[0].plane.unknown == 0);
	return 0;
}
