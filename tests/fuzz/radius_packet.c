/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of a RADIUS server. First octet: 0 as they come from anybody; else the rest is what a server with the secret says: code
 * and attributes, under right authenticators.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "aaa/radius_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct radius_asked asked = { .id = 7,
					   .authenticator = "0123456789abcde",
					   .secret = { (const uint8_t *)"secret", 6 },
					   .nas = "nas" };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void look(const struct radius_read *r)
{
	must(r->answer.eap.n <= AAA_EAP_MAX && r->answer.class.n <= AAA_CLASS_MAX);
	must(r->answer.state.n <= AAA_STATE_MAX);
}

static void anybody(struct span octets)
{
	static struct radius_read r;

	must(radius_packet_read(octets, &asked, &r) != ERR_OK);
}

/* RFC 3579 section 3.2, RFC 2865 section 3. */
static void server(uint8_t code, struct span attributes)
{
	static struct radius_read r;
	uint8_t packet[4096 + 16] = { code, 7 }, all[4096 + 32];
	size_t n = 20 + 18 + attributes.n;
	unsigned mac;

	if (n > 4096)
		return;
	packet[2] = (uint8_t)(n >> 8);
	packet[3] = (uint8_t)n;
	memcpy(&packet[4], asked.authenticator, 16);
	packet[20] = 80;
	packet[21] = 18;
	if (attributes.n)
		memcpy(&packet[38], attributes.p, attributes.n);
	must(HMAC(EVP_md5(), asked.secret.p, 6, packet, n, &packet[22], &mac) != NULL);
	memcpy(all, packet, n);
	memcpy(&all[n], asked.secret.p, 6);
	must(EVP_Digest(all, n + 6, &packet[4], NULL, EVP_md5(), NULL) == 1);
	if (radius_packet_read(span_of(packet, n), &asked, &r) == ERR_OK)
		look(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] == 0)
		anybody(span_of(&data[1], size - 1));
	else
		server(data[1], span_of(&data[2], size - 2));
	return 0;
}
