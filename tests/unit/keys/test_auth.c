/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH, BIND and NAT detection, composed a second time with the openssl program. */
#include "support.h"

#include "keys/auth.h"
#include "keys/rng.h"

static const uint8_t psk[] = "a shared key", request[] = "the whole IKE_SA_INIT request",
		     response[] = "and its response", nonce[32] = { 7, 7, 7 },
		     sk_p[32] = { 1, 2, 3 };

static size_t join(uint8_t *out, struct span a, struct span b, struct span c)
{
	memcpy(out, a.p, a.n);
	memcpy(&out[a.n], b.p, b.n);
	memcpy(&out[a.n + b.n], c.p, c.n);
	return a.n + b.n + c.n;
}

static void psk_as_rfc7296_2_15(void **state)
{
	struct ike_id id = { ID_FQDN, span_text("client.example") };
	const uint8_t body[] = "\x02\0\0\0client.example";
	struct octets key, maced, expected;
	uint8_t octets[512], out[64];
	size_t n;

	(void)state;
	key = openssl_hmac("SHA256", span_of(psk, 12), span_text("Key Pad for IKEv2"));
	maced = openssl_hmac("SHA256", SPAN_OF(sk_p), span_of(body, sizeof(body) - 1));
	n = join(octets, SPAN_OF(request), SPAN_OF(nonce), octets_span(&maced));
	expected = openssl_hmac("SHA256", octets_span(&key), span_of(octets, n));
	assert_ok(auth_psk(PRF_HMAC_SHA2_256, span_of(psk, 12), SPAN_OF(request), SPAN_OF(nonce),
			   SPAN_OF(sk_p), &id, out));
	assert_octets(span_of(out, 32), octets_span(&expected));
}

static void bind_covers_both_messages(void **state)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	uint8_t octets[512], out[64], other[64];
	size_t n = join(octets, span_text("ikesync bind"), SPAN_OF(request), SPAN_OF(response));

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		uint16_t prf_id = (uint16_t)(PRF_HMAC_SHA2_256 + i);
		struct octets expected =
		    openssl_hmac(digests[i], SPAN_OF(sk_p), span_of(octets, n));

		assert_ok(
		    auth_bind(prf_id, SPAN_OF(sk_p), SPAN_OF(request), SPAN_OF(response), out));
		assert_octets(span_of(out, suite_prf_size(prf_id)), octets_span(&expected));
		assert_ok(
		    auth_bind(prf_id, SPAN_OF(sk_p), SPAN_OF(response), SPAN_OF(request), other));
		assert_memory_not_equal(out, other, 20);
	}
	assert_err(auth_bind(PRF_AES128_XCBC, SPAN_OF(sk_p), SPAN_NONE, SPAN_NONE, out),
		   ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(psk_as_rfc7296_2_15),
		cmocka_unit_test(bind_covers_both_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
