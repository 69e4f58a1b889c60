/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wrong BINDs, made here with another HMAC, are called by their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diagnosis/bind_guess.h"

static uint8_t request[60], response[50], first[70];

static const struct ike_keys *keys(void)
{
	static struct ike_keys k = { .suite = { .prf = PRF_HMAC_SHA2_256 } };

	k.sk_d.n = k.sk_pi.n = k.sk_pr.n = 32;
	memset(k.sk_d.octets, 1, 32);
	memset(k.sk_pi.octets, 2, 32);
	memset(k.sk_pr.octets, 3, 32);
	return &k;
}

/* HMAC-SHA-256 of up to four parts under a key of 32 times `key`. */
static void hmac(uint8_t key, const struct span *parts, size_t n, uint8_t out[32])
{
	uint8_t octets[32];
	gsize size = 32;
	GHmac *h;

	memset(octets, key, sizeof(octets));
	h = g_hmac_new(G_CHECKSUM_SHA256, octets, sizeof(octets));
	for (size_t i = 0; i < n; i++)
		g_hmac_update(h, parts[i].p, (gssize)parts[i].n);
	g_hmac_get_digest(h, out, &size);
	g_hmac_unref(h);
}

#define LABEL span_text("ikesync bind")

static void called(struct span bind, const char *name)
{
	const struct bind_guess b = { .keys = keys(),
				      .sender = SK_FROM_RESPONDER,
				      .request = SPAN_OF(request),
				      .response = SPAN_OF(response),
				      .first_request = SPAN_OF(first) };
	GPtrArray *fits = bind_guess(&b, bind);

	if (!name)
		assert_int_equal(fits->len, 0);
	else if (fits->len != 1 || !strstr(g_ptr_array_index(fits, 0), name))
		fail_msg("%u fit, not \"%s\": %s", fits->len, name,
			 fits->len ? (const char *)g_ptr_array_index(fits, 0) : "");
	g_ptr_array_unref(fits);
}

static int fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(first); i++) {
		first[i] = (uint8_t)(200 - i);
		request[i % sizeof(request)] = (uint8_t)i;
		response[i % sizeof(response)] = (uint8_t)(3 * i);
	}
	return 0;
}

static void wrong_contents(void **state)
{
	static const uint8_t marker[4];
	const struct span q = SPAN_OF(request), r = SPAN_OF(response), m = SPAN_OF(marker);
	const struct {
		uint8_t key;
		struct span parts[5];
		const char *name;
	} all[] = {
		{ 2, { LABEL, q, r }, "with the other side's SK_p" },
		{ 1, { LABEL, q, r }, "with SK_d" },
		{ 3, { q, r }, "lacks the label" },
		{ 3, { LABEL, q }, "covers the request alone" },
		{ 3, { LABEL, r }, "covers the response alone" },
		{ 3, { LABEL, r, q }, "the response before the request" },
		{ 3,
		  { LABEL, span_of(request + 28, 32), span_of(response + 28, 22) },
		  "without their IKE headers" },
		{ 3, { LABEL, m, q, m, r }, "the messages with the non-ESP marker" },
		{ 3, { LABEL, q, m, r }, "the response with the non-ESP marker" },
		{ 3, { LABEL, SPAN_OF(first), r }, "covers the first request" },
		{ 2, { q, r }, "other side's SK_p, and BIND lacks the label" },
		{ 9, { LABEL, q, r }, NULL },
	};
	uint8_t mac[32];

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
		hmac(all[i].key, all[i].parts, G_N_ELEMENTS(all[i].parts), mac);
		called(SPAN_OF(mac), all[i].name);
	}
}

static void wrong_octets(void **state)
{
	const struct span parts[] = { LABEL, SPAN_OF(request), SPAN_OF(response) };
	uint8_t mac[40] = { 0 };

	(void)state;
	hmac(3, parts, 3, mac);
	called(span_of(mac, 16), "cut short");
	called(span_of(mac, 33), "behind its end");
	called(SPAN_NONE, "is empty");
	mac[5] ^= 8;
	called(span_of(mac, 32), "a flipped bit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_contents),
		cmocka_unit_test(wrong_octets),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
