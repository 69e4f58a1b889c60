/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificates, names and signatures as a stranger sends them. First octet: what is read (low two bits), method or identity type
 * (the others). Then: 0 a certificate and whom it names; 1 a chain, each with two octets of length before it; 2 and 3 an
 * octet that chooses a key, and the data of AUTH.
 */
#include <openssl/evp.h>
#include <stdlib.h>

#include "exchange/pki.h"
#include "keys/certificate.h"
#include "keys/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In the validity of what pki.h makes, whenever that is. */
static uint64_t utc;
static struct trust *trust;
static struct credential *own[5];
static EVP_PKEY *keys[5];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void begin(void)
{
	static const char *const names[] = { "rsa", "p256", "p384", "p521", "ed25519" };

	pki_make();
	atexit(pki_remove);
	trust = pki_trust("gone");
	for (unsigned i = 0; i < 5; i++) {
		struct credential *c = own[i] = pki_credential(names[i]);
		X509 *x = certificate_from_der(credential_certificate(c, 0));

		utc = certificate_end(x) - 86400;
		keys[i] = credential_key(c);
		certificate_free(x);
	}
}

static void one(struct span der, uint8_t type)
{
	static const uint8_t name[] = "client.example";
	struct ike_id id = { type, span_of(name, sizeof(name) - 1) },
		      parts = { type, der.n > 40 ? span_of(&der.p[der.n / 3], 20) : der };
	X509 *x = certificate_from_der(der);

	if (!x)
		return;
	(void)certificate_names(x, &id);
	(void)certificate_names(x, &parts);
	(void)certificate_may_sign(x);
	(void)certificate_end(x);
	(void)certificate_key(x);
	certificate_free(x);
}

static void chain(struct span octets)
{
	struct rcursor c = rcursor_init(octets, NULL);
	struct span all[TRUST_CHAIN_MAX + 1];
	char why[TRUST_WHY_MAX] = "";
	size_t n = 0;
	X509 *x;

	while (n <= TRUST_CHAIN_MAX && rcursor_left(&c) > 2) {
		size_t length = rcursor_u16(&c, "length");

		all[n++] = rcursor_bytes(&c, length < rcursor_left(&c) ? length : rcursor_left(&c),
					 "certificate");
	}
	x = trust_verify(trust, all, n, utc, why);
	must(x || why[0]);
	certificate_free(x);
}

static void signature(uint8_t method, uint8_t key, struct span data)
{
	static const struct span text = { (const uint8_t *)"text", 4 };
	char out[SIGNATURE_TEXT_MAX];

	(void)signature_text(method, data, out);
	must(signature_verify(keys[key % 5], method, data, text) != ERR_OK);
	(void)signature_hashes_parse(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!trust)
		begin();
	if (size < 1)
		return 0;
	switch (data[0] & 3) {
	case 0:
		one(span_of(&data[1], size - 1), data[0] >> 2);
		break;
	case 1:
		chain(span_of(&data[1], size - 1));
		break;
	default:
		if (size > 1)
			signature(data[0] >> 2, data[1], span_of(&data[2], size - 2));
	}
	return 0;
}
