/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A positive IKE_SA_INIT response, in the order of section 3.5 of the wire profile. */
#include "exchange/init_write.h"

#include "keys/signature.h"
#include "wire/ike_payloads.h"

/* Which certificates and signatures are taken (RFC 7296 section 3.7, RFC 7427 section 4). */
static void write_signatures(struct chain_writer *w, const struct init_write *a)
{
	const struct ike_cert authorities = { IANA_CERT_X509_SIGNATURE, a->authorities };
	uint8_t data[16];
	struct wcursor c = wcursor_init(data, sizeof(data));

	if (a->authorities.n)
		ike_cert_write(w, PAYLOAD_CERTREQ, &authorities);
	if (!a->hashes)
		return;
	signature_hashes_write(&c, a->hashes);
	ike_notify_write_simple(w, NOTIFY_SIGNATURE_HASH_ALGORITHMS, wcursor_written(&c, 0));
}

enum err init_write(struct wcursor *c, const struct init_write *a)
{
	struct ike_header h = ike_header_response(a->spi_i, a->spi_r, EXCHANGE_IKE_SA_INIT, 0);
	struct ike_sa answer;
	struct chain_writer w;

	chain_writer_message(&w, c, &h);
	if (a->suite) {
		ike_sa_init(&answer);
		(void)suite_add_proposal(&answer, a->suite, SPAN_NONE);
		answer.proposals[0].number = a->number;
		ike_sa_write(&w, &answer);
		ike_ke_write(&w, a->suite->dh, a->ke);
	}
	ike_nonce_write(&w, a->nr);
	if (a->vendor_id)
		ike_vendor_write_profile_1(&w);
	if (a->nat)
		nat_detection_write(&w, a->spi_i, a->spi_r, a->nat);
	if (a->fragmentation)
		ike_notify_write_simple(&w, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, SPAN_NONE);
	write_signatures(&w, a);
	if (a->suite)
		ike_notify_write_simple(&w, NOTIFY_CHILDLESS_IKEV2_SUPPORTED, SPAN_NONE);
	return chain_writer_finish(&w);
}
