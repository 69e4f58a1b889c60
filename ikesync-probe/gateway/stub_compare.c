/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check for each field of a stub that came back. */
#include "gateway/stub_compare.h"

#include "keys/seal.h"

static void field(struct desk *d, bool same, const char *name)
{
	char *what = g_strdup_printf("%s is returned unchanged", name);

	/* values are not shown: some are secrets, and equal or not is all that matters */
	evidence_clause(d->e, "29.5", same, what, "as sent", "%s", same ? "as sent" : "changed");
	g_free(what);
}

static bool same_suite(const struct stub *a, const struct stub *b)
{
	return a->encr == b->encr && a->encr_key_bits == b->encr_key_bits && a->prf == b->prf &&
	       a->integ == b->integ && a->dh == b->dh;
}

static bool same_attributes(const struct stub *a, const struct stub *b)
{
	return a->role == b->role && a->auth_method_i == b->auth_method_i &&
	       a->auth_method_r == b->auth_method_r && a->has_inner_ip4 == b->has_inner_ip4 &&
	       memcmp(a->inner_ip4, b->inner_ip4, 4) == 0 && a->session_limit == b->session_limit &&
	       a->expiry == b->expiry && a->reauth_deadline == b->reauth_deadline &&
	       a->has_moves == b->has_moves && a->moves.window_start == b->moves.window_start &&
	       a->moves.count == b->moves.count && a->resumptions == b->resumptions &&
	       span_equal(a->authority, b->authority) && a->peer_features == b->peer_features;
}

static bool same_unknown(const struct stub *a, const struct stub *b)
{
	return a->n_unknown == b->n_unknown && a->unknown[0].type == b->unknown[0].type &&
	       span_equal(a->unknown[0].value, b->unknown[0].value);
}

static void compare_inside(struct desk *d, const struct stub *sent, const struct stub *got)
{
	field(d, ike_id_equal(&sent->idi, &got->idi), "IDi");
	field(d, ike_id_equal(&sent->idr, &got->idr), "IDr");
	field(d, sent->spi_i == got->spi_i, "SPIi");
	field(d, sent->spi_r == got->spi_r, "SPIr");
	field(d, same_suite(sent, got), "SAr, the accepted proposal,");
	field(d, secret_equal(sent->sk_d, got->sk_d), "SK_d_old");
	field(d, secret_equal(sent->shared_secret, got->shared_secret), "the shared secret");
	field(d, same_attributes(sent, got), "what profile 1's attributes say");
	evidence_clause(d->e, "27.4", same_unknown(sent, got),
			"an attribute unknown to the bank is returned unchanged", "as sent", "%s",
			same_unknown(sent, got) ? "as sent" : "changed");
}

void stub_compare(struct desk *d, const struct made_stub *sent, GBytes *container)
{
	struct chain_payload payload = { .type = STUB_PAYLOAD_STUB };
	struct stub_container c;
	struct stub got;
	struct fault fault = { 0 };
	uint8_t plaintext[SEAL_BODY_MAX];
	uint64_t now = (uint64_t)g_get_real_time() / G_USEC_PER_SEC;
	enum err err;
	size_t n;
	const void *octets = g_bytes_get_data(container, &n);

	payload.body = span_of(octets, n);
	err = stub_container_parse(&payload, &c, &fault);
	if (!evidence_clause(d->e, "29.5", err == ERR_OK, "the returned stub can be read",
			     "a container with index, lifetime and sealed stub", "%s%s%s",
			     err ? fault.field : "it can", err ? ": " : "",
			     err ? err_text(err) : "")) {
		evidence_octets(d->e, "stub received", payload.body);
		return;
	}
	field(d, address_equal(&sent->index.address, &c.index.address),
	      "the old gateway's address");
	field(d, sent->index.spi == c.index.spi, "the SPI of the index");
	if (!evidence_clause(d->e, "35.5", c.is_sealed, "it is still sealed", "payload 208", "%s",
			     c.is_sealed ? "payload 208" : "clear payloads"))
		return;
	if (c.sealed.ciphertext.n > sizeof(plaintext))
		err = ERR_LENGTH;
	else
		err = seal_open(made_stub_keys(d->p), &sent->index, &c.sealed, now, plaintext, &got,
				&fault);
	if (evidence_clause(d->e, "35.5", err == ERR_OK, "the seal opens with the key that made it",
			    "it opens", "%s", err ? err_text(err) : "it opens"))
		compare_inside(d, &sent->stub, &got);
	else
		evidence_octets(d->e, "stub received", payload.body);
	secret_wipe(plaintext, sizeof(plaintext));
}
