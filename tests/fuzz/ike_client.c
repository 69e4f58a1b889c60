/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readers of lib/ike. First octet, low three bits: what is read. The rest is a message as the
 * network brings it, or (from 4 on) what a gateway with the right keys put inside.
 */
#include <stdlib.h>

#include "ike/ike_candidates.h"
#include "ike/ike_child.h"
#include "ike/ike_derive.h"
#include "ike/ike_fragments.h"
#include "ike/ike_inform.h"
#include "ike/ike_init.h"
#include "ike/ike_psk.h"
#include "ike/ike_rekey.h"
#include "ike/ike_told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The messages of the corpus have this SPIi; SPIr is 0x22.. */
#define SPI_I UINT64_C(0x1111111111111111)
#define SPI_R UINT64_C(0x2222222222222222)

static const uint8_t nonce[32] = { 1 };
static struct suite suite;
static struct dh *dh;
static struct ike_client client;
static uint8_t plain[IKE_MESSAGE_MAX], store[IKE_MESSAGE_MAX];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void begin(void)
{
	const struct ike_seed seed = { SPAN_OF(nonce), SPAN_OF(nonce), SPI_I, SPI_R };
	struct ike_keys keys;

	must(suite_from_text("aes128gcm16-prfsha256-x25519", &suite) == ERR_OK);
	dh = dh_new(suite.dh);
	must(dh && ike_keys_initial(&keys, &suite, &seed, SPAN_OF(nonce)) == ERR_OK);
	client.spi_i = SPI_I;
	client.spi_r = SPI_R;
	ike_client_set_keys(&client, &keys, 1);
}

/* An answer to IKE_SA_INIT, and on with it as a client would go. */
static void answer(struct span message)
{
	const struct ike_offer offer = { 1, &suite, suite.dh, dh };
	struct ike_attempt t = { .spi_i = SPI_I, .ni = SPAN_OF(nonce), .request = message };
	struct ike_init again = { .n_suites = 1, .suites = &suite, .group = suite.dh };
	struct ike_candidates all = { 0 };
	struct ike_broken broken;
	struct ike_answer a;
	struct ike_keys keys;

	switch (ike_answer_read(message, SPI_I, &a)) {
	case IKE_ANSWER_ORDINARY:
		ike_attempt_take(&t, &a);
		if (ike_derive_full(&keys, &t, &a, &offer, NULL, &broken))
			ike_keys_clear(&keys);
		else
			must(broken.clause != IKE_CLAUSE_NONE);
		break;
	case IKE_ANSWER_RESUMED:
		must(a.header.spi_r != 0);
		must(ike_candidates_add(&all, &t, &a, &suite, &client.keys.sk_d) != NULL);
		must(ike_candidates_add(&all, &t, &a, &suite, &client.keys.sk_d) == NULL);
		ike_candidates_clear(&all);
		break;
	case IKE_ANSWER_NEITHER:
	case IKE_ANSWER_FOREIGN:
		must(a.broken.clause != IKE_CLAUSE_NONE);
		break;
	default:
		(void)ike_init_retry(&again, &a);
	}
}

/* Nobody has the keys who sends these. */
static void outside(struct span message)
{
	struct ike_fragments f;
	struct ike_protected m;
	struct ike_broken broken;
	struct ike_header h;

	(void)ike_protected_belongs(message, SPI_I, SPI_R, &h, &broken);
	if (ike_client_open(&client, message, plain, sizeof(plain), &m) != ERR_OK)
		must(m.kind != IKE_PROTECTED_VERIFIED && m.broken.clause != IKE_CLAUSE_NONE);
	ike_fragments_init(&f, store, sizeof(store));
	(void)ike_fragments_take(&f, message, &client.keys, SK_FROM_RESPONDER, plain, sizeof(plain),
				 &m);
}

/* What a gateway says under the right keys; its first octet is the first payload's type. */
static void inside(struct span octets)
{
	struct ike_child_offer offer = { .n_suites = 1, .nonce = true };
	struct ike_attempt t = { SPI_I,          SPI_R,          SPAN_OF(nonce),
				 SPAN_OF(nonce), SPAN_OF(nonce), SPAN_OF(nonce) };
	struct ike_rekey k = { .suite = suite, .dh = dh, .spi_i = 1 };
	struct suite_esp esp;
	struct ike_child child;
	struct ike_keys keys;
	struct ike_delete d;
	struct ike_inner in;
	struct chain inner;
	struct fault fault;
	struct index ix;
	struct ike_id id;
	uint8_t method, buf[64];

	if (octets.n == 0 || chain_parse(span_of(&octets.p[1], octets.n - 1), octets.p[0], NULL,
					 &inner, &fault) != ERR_OK)
		return;
	must(suite_esp_from_text("aes128gcm16", &esp) == ERR_OK);
	offer.suites = &esp;
	(void)ike_told_index(&inner, &ix, &fault);
	(void)ike_told_index_count(&inner);
	(void)ike_told_not_committed(&inner);
	(void)ike_child_read(&inner, &offer, &child, NULL);
	if (ike_rekey_read(&inner, &k, &client, &keys, NULL, NULL))
		ike_keys_clear(&keys);
	(void)ike_psk_verify(&inner, &t, &client.keys, NULL, span_text("psk"), &id, &method, NULL);
	ike_inner_init(&in, buf, sizeof(buf));
	(void)ike_inform_answer(37, &inner, &in, &d);
}

/* Cut into fragments, shuffled by the first octet, and joined again: it must be the same. */
static void joined(struct span octets)
{
	static uint8_t inner[IKE_MESSAGE_MAX];
	const struct ike_header h = { .spi_i = SPI_I,
				      .spi_r = SPI_R,
				      .version = IKE_VERSION_2,
				      .exchange = 37,
				      .flags = IKE_FLAG_RESPONSE };
	static struct sk_iv iv;
	const size_t piece = 1 + octets.n / 7;
	struct ike_fragments f;
	struct ike_protected m = { 0 };
	struct ike_inner in;
	unsigned total, first;

	if (octets.n == 0 || octets.n > 4096)
		return;
	ike_inner_init(&in, inner, sizeof(inner));
	chain_writer_payload(&in.w, 43, 0, octets);
	total = ike_fragments_count(&in, piece);
	must(total >= 1 && total <= IKE_FRAGMENTS_MAX);
	first = octets.p[0] % total;
	ike_fragments_init(&f, store, sizeof(store));
	for (unsigned i = 0; i < total; i++) {
		uint8_t message[4096];
		struct wcursor c = wcursor_init(message, sizeof(message));
		enum ike_fragments_state s;

		must(ike_fragments_seal(&c, &h, &client.keys, SK_FROM_RESPONDER, &iv, &rng_system,
					&in, piece, (first + i) % total + 1) == ERR_OK);
		s = ike_fragments_take(&f, wcursor_written(&c, 0), &client.keys, SK_FROM_RESPONDER,
				       plain, sizeof(plain), &m);
		must(s == (i + 1 < total ? IKE_FRAGMENTS_MORE : IKE_FRAGMENTS_WHOLE));
	}
	must(m.inner.n == 1 && span_equal(m.inner.at[0].body, octets));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!dh)
		begin();
	if (size < 1)
		return 0;
	switch (data[0] & 7) {
	case 0:
	case 1:
		answer(span_of(&data[1], size - 1));
		break;
	case 2:
	case 3:
		outside(span_of(&data[1], size - 1));
		break;
	case 4:
		joined(span_of(&data[1], size - 1));
		break;
	default:
		inside(span_of(&data[1], size - 1));
	}
	return 0;
}
