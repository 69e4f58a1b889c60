/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the answers to IKE_SA_INIT apart. */
#include "ike/ike_answer.h"

#include <stddef.h>
#include <string.h>

#include "wire/ike_nonce.h"
#include "wire/ike_vendor.h"

/* The notify that decides: COOKIE, or else the first error. */
static void find_notify(struct ike_answer *a)
{
	for (unsigned i = 0; i < a->chain.n && !a->has_notify; i++) {
		struct fault fault;

		if (a->chain.at[i].type == PAYLOAD_NOTIFY &&
		    ike_notify_parse(&a->chain.at[i], &a->notify, &fault) == ERR_OK)
			a->has_notify =
			    a->notify.type == NOTIFY_COOKIE || ike_notify_is_error(a->notify.type);
	}
}

static bool only_beside_nonce(const struct chain *chain)
{
	for (unsigned i = 0; i < chain->n; i++) {
		const uint8_t t = chain->at[i].type;

		if (t != PAYLOAD_NONCE && t != PAYLOAD_NOTIFY && t != PAYLOAD_VENDOR)
			return false;
	}
	return true;
}

static enum ike_answer_kind neither(struct ike_answer *a, enum ike_clause c)
{
	ike_clause_break(&a->broken, c, NULL);
	return IKE_ANSWER_NEITHER;
}

static enum ike_answer_kind classify(struct ike_answer *a)
{
	if (a->has_notify && a->notify.type == NOTIFY_COOKIE)
		return IKE_ANSWER_COOKIE;
	if (a->has_notify)
		return a->notify.type == NOTIFY_INVALID_KE_PAYLOAD ? IKE_ANSWER_INVALID_KE
								   : IKE_ANSWER_ERROR;
	if (!a->has_nr)
		return neither(a, IKE_CLAUSE_NO_NONCE);
	if (a->header.spi_r == 0)
		return neither(a, IKE_CLAUSE_SPI_R_ZERO);
	if (a->has_sa && a->has_ke)
		return IKE_ANSWER_ORDINARY;
	if (a->has_sa)
		return neither(a, IKE_CLAUSE_SA_WITHOUT_KE);
	if (a->has_ke)
		return neither(a, IKE_CLAUSE_KE_WITHOUT_SA);
	if (!only_beside_nonce(&a->chain))
		return neither(a, IKE_CLAUSE_BESIDE_NONCE);
	return IKE_ANSWER_RESUMED;
}

static bool is_answer(struct ike_answer *a, uint64_t spi_i)
{
	const struct ike_header *h = &a->header;
	struct fault fault = { ERR_OK, "", 0 };
	const enum err err = ike_header_parse(a->message, &a->header, &fault);

	if (err != ERR_OK)
		return ike_clause_break_header(&a->broken, err, &fault);
	if (h->exchange != EXCHANGE_IKE_SA_INIT)
		return ike_clause_break(&a->broken, IKE_CLAUSE_EXCHANGE, NULL);
	if (h->spi_i != spi_i)
		return ike_clause_break(&a->broken, IKE_CLAUSE_SPI_I, NULL);
	if (!(h->flags & IKE_FLAG_RESPONSE))
		return ike_clause_break(&a->broken, IKE_CLAUSE_RESPONSE_FLAG, NULL);
	if (h->flags & IKE_FLAG_INITIATOR)
		return ike_clause_break(&a->broken, IKE_CLAUSE_INITIATOR_FLAG, NULL);
	return true;
}

static void read_payloads(struct ike_answer *a)
{
	const struct chain_payload *p = chain_find(&a->chain, PAYLOAD_NONCE);
	struct ike_notify n;
	struct fault fault;
	struct span nr;

	a->has_nr = p != NULL;
	a->nr = p ? p->body : SPAN_NONE;
	a->nr_fits = p && ike_nonce_parse(p, &nr, &fault) == ERR_OK;
	a->has_sa = chain_find(&a->chain, PAYLOAD_SA) != NULL;
	p = chain_find(&a->chain, PAYLOAD_KE);
	a->has_ke = p && ike_ke_parse(p, &a->ke, &fault) == ERR_OK;
	a->announced = ike_vendor_find_profile_1(&a->chain);
	a->childless = ike_notify_find(&a->chain, NOTIFY_CHILDLESS_IKEV2_SUPPORTED, &n);
	a->fragmentation = ike_notify_find(&a->chain, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, &n);
	find_notify(a);
}

enum ike_answer_kind ike_answer_read(struct span message, uint64_t spi_i, struct ike_answer *out)
{
	struct fault fault;

	memset(out, 0, offsetof(struct ike_answer, chain));
	out->chain.n = 0;
	out->message = message;
	if (!is_answer(out, spi_i)) {
		out->kind = IKE_ANSWER_FOREIGN;
	} else if (chain_parse_message(message, &out->header, &out->chain, &fault) != ERR_OK) {
		ike_clause_break(&out->broken, IKE_CLAUSE_CHAIN, &fault);
		out->chain.n = 0;
		out->kind = IKE_ANSWER_NEITHER;
	} else if (out->header.message_id != 0) {
		out->kind = neither(out, IKE_CLAUSE_INIT_ID);
		out->chain.n = 0;
	} else {
		read_payloads(out);
		out->kind = classify(out);
	}
	return out->kind;
}
