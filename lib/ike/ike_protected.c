/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Encrypted payload, from outside. */
#include "ike/ike_protected.h"

#include <stddef.h>
#include <string.h>

#include "wire/ike_notify.h"

enum err ike_protected_seal(struct wcursor *out, const struct ike_header *h,
			    const struct ike_keys *keys, enum sk_sender sender, struct sk_iv *iv,
			    const struct rng *rng, const struct ike_inner *in)
{
	struct chain_writer w;

	if (in->c.err != ERR_OK)
		return in->c.err;
	chain_writer_message(&w, out, h);
	return sk_seal(&w, keys, sender, iv, rng, ike_inner_first(in), ike_inner_chain(in));
}

static uint16_t first_notify(const struct chain *chain, bool errors)
{
	for (unsigned i = 0; i < chain->n; i++) {
		struct ike_notify n;
		struct fault fault;

		if (chain->at[i].type == PAYLOAD_NOTIFY &&
		    ike_notify_parse(&chain->at[i], &n, &fault) == ERR_OK &&
		    (!errors || ike_notify_is_error(n.type)))
			return n.type;
	}
	return 0;
}

static enum err refuse(struct ike_protected *out, enum ike_protected_kind kind, enum ike_clause c,
		       const struct fault *fault)
{
	out->kind = kind;
	ike_clause_break(&out->broken, c, fault);
	return fault->err;
}

enum err ike_protected_open(struct span message, const struct ike_keys *keys, enum sk_sender sender,
			    uint8_t *plain, size_t cap, struct ike_protected *out)
{
	struct fault fault = { ERR_OK, "", 0 };
	const struct chain_payload *sk;
	struct chain outer;
	size_t n = 0;

	memset(out, 0, offsetof(struct ike_protected, inner));
	out->inner.n = 0;
	if (chain_parse_message(message, &out->header, &outer, &fault) != ERR_OK)
		return refuse(out, IKE_PROTECTED_UNREAD, IKE_CLAUSE_CHAIN, &fault);
	out->n_outer = outer.n;
	sk = chain_find(&outer, PAYLOAD_SK);
	if (!sk) {
		fault.err = ERR_MISSING;
		out->clear_notify = first_notify(&outer, false);
		return refuse(out, IKE_PROTECTED_CLEAR, IKE_CLAUSE_CLEAR, &fault);
	}
	if (sk->body.n > cap)
		return ERR_NO_SPACE;
	fault.err = sk_open(message, sk, keys, sender, plain, &n);
	if (fault.err != ERR_OK)
		return refuse(out, IKE_PROTECTED_UNVERIFIED, IKE_CLAUSE_INTEGRITY, &fault);
	if (chain_parse(span_of(plain, n), sk->next, NULL, &out->inner, &fault) != ERR_OK)
		return refuse(out, IKE_PROTECTED_UNVERIFIED, IKE_CLAUSE_INNER, &fault);
	out->kind = IKE_PROTECTED_VERIFIED;
	return ERR_OK;
}

uint16_t ike_protected_error(const struct ike_protected *m)
{
	return m->kind == IKE_PROTECTED_VERIFIED ? first_notify(&m->inner, true) : 0;
}

static bool has_spis(struct span message, uint64_t spi_i, uint64_t spi_r, struct ike_header *h,
		     struct ike_broken *broken)
{
	struct fault fault = { ERR_OK, "", 0 };
	const enum err err = ike_header_parse(message, h, &fault);

	if (err != ERR_OK)
		return ike_clause_break_header(broken, err, &fault);
	if (h->spi_i != spi_i)
		return ike_clause_break(broken, IKE_CLAUSE_SPI_I, NULL);
	if (h->spi_r != spi_r)
		return ike_clause_break(broken, IKE_CLAUSE_SPI_R, NULL);
	return true;
}

bool ike_protected_belongs(struct span message, uint64_t spi_i, uint64_t spi_r,
			   struct ike_header *h, struct ike_broken *broken)
{
	if (!has_spis(message, spi_i, spi_r, h, broken))
		return false;
	if (h->flags & IKE_FLAG_INITIATOR)
		return ike_clause_break(broken, IKE_CLAUSE_INITIATOR_FLAG, NULL);
	if (h->exchange == EXCHANGE_IKE_SA_INIT)
		return ike_clause_break(broken, IKE_CLAUSE_EXCHANGE, NULL);
	return true;
}

bool ike_protected_of_initiator(struct span message, uint64_t spi_i, uint64_t spi_r,
				struct ike_header *h)
{
	return has_spis(message, spi_i, spi_r, h, NULL) && (h->flags & IKE_FLAG_INITIATOR) &&
	       h->exchange != EXCHANGE_IKE_SA_INIT;
}
