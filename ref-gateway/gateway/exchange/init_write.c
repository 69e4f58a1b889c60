/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A positive IKE_SA_INIT response, in the order of section 3.5 of the wire profile. */
#include "exchange/init_write.h"

#include "keys/signature.h"
#include "wire/ike_payloads.h"

static void write_hashes(struct chain_writer *w, uint8_t hashes)
{
	uint8_t data[16];
	struct wcursor c = wcursor_init(data, sizeof(data));

	signature_hashes_write(&c, hashes);
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
	if (a->authorities.n)
		ike_cert_write(&w, PAYLOAD_CERTREQ,
			       &(struct ike_cert){ IANA_CERT_X509_SIGNATURE, a->authorities });
	if (a->vendor_id)
		ike_vendor_write_profile_1(&w);
	if (a->nat)
		nat_detection_write(&w, a->spi_i, a->spi_r, a->nat);
	if (a->fragmentation)
		ike_notify_write_simple(&w, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, SPAN_NONE);
	if (a->hashes)
		write_hashes(&w, a->hashes);
	if (a->suite)
		ike_notify_write_simple(&w, NOTIFY_CHILDLESS_IKEV2_SUPPORTED, SPAN_NONE);
	return chain_writer_finish(&w);
}
