/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sk_open(). First octet: suite (low three bits), then 0x80: the rest is the content of an SK
 * payload, which must come back; else the rest is a whole message.
 */
#include <stdlib.h>

#include "keys/sk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const suites[8] = {
	"aes128-sha1",           "aes128-sha256",
	"aes192-sha384",         "aes256-sha512",
	"aes128gcm16-prfsha256", "aes256gcm16-prfsha384",
	"aes192gcm16-prfsha1",   "chacha20poly1305-prfsha512",
};

static struct ike_keys keys_of(unsigned n)
{
	const uint8_t nonce[16] = { 1 };
	struct ike_seed seed = { SPAN_OF(nonce), SPAN_OF(nonce), 1, 2 };
	struct ike_keys k;
	struct suite s;

	if (suite_from_text(suites[n], &s) || ike_keys_initial(&k, &s, &seed, SPAN_OF(nonce)))
		abort();
	return k;
}

static void raw(const struct ike_keys *k, struct span message)
{
	static uint8_t out[IKE_MESSAGE_MAX];
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	size_t n;

	if (message.n > sizeof(out) || chain_parse_message(message, &h, &chain, &fault))
		return;
	for (unsigned i = 0; i < chain.n; i++)
		if (chain.at[i].body.n <= sizeof(out))
			(void)!sk_open(message, &chain.at[i], k, SK_FROM_RESPONDER, out, &n);
}

static void round_trip(const struct ike_keys *k, struct span inner)
{
	static uint8_t buf[IKE_MESSAGE_MAX], out[IKE_MESSAGE_MAX];
	struct ike_header h = { .version = IKE_VERSION_2 };
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct sk_iv iv = { 0 };
	struct chain_writer w;
	struct chain chain;
	struct fault fault;
	size_t n;

	chain_writer_message(&w, &c, &h);
	if (sk_seal(&w, k, SK_FROM_INITIATOR, &iv, &rng_system, PAYLOAD_NOTIFY, inner))
		return;
	if (chain_parse_message(span_of(buf, wcursor_size(&c)), &h, &chain, &fault) ||
	    sk_open(span_of(buf, wcursor_size(&c)), &chain.at[0], k, SK_FROM_INITIATOR, out, &n) ||
	    !span_equal(span_of(out, n), inner))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ike_keys keys[8];
	unsigned s;

	if (!size)
		return 0;
	s = data[0] & 7;
	if (!keys[s].sk_d.n)
		keys[s] = keys_of(s);
	if (data[0] & 0x80)
		round_trip(&keys[s], span_of(&data[1], size - 1));
	else
		raw(&keys[s], span_of(&data[1], size - 1));
	return 0;
}
