/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IKE_SA_SYN payload: absent, present or malformed. */
#include "wire/ike_syn.h"

#include "wire/iana.h"

static enum ike_syn_presence malformed(struct fault *fault, enum err err, const char *rule,
				       size_t offset)
{
	if (fault)
		*fault = (struct fault){ err, rule, offset };
	return IKE_SYN_MALFORMED;
}

enum ike_syn_presence ike_syn_find(const struct chain *chain, uint8_t syn_type, struct index *out,
				   struct fault *fault)
{
	const struct chain_payload *p = NULL;
	struct fault why = { .err = ERR_OK };

	for (unsigned i = 0; i < chain->n; i++) {
		if (chain->at[i].type != syn_type)
			continue;
		if (p)
			return malformed(fault, ERR_DUPLICATE, "IKE_SA_SYN: a second one",
					 chain->at[i].offset);
		p = &chain->at[i];
	}
	if (!p)
		return IKE_SYN_ABSENT;
	/* Client to gateway is C=0: draft section 3.7 as read by rule 3. */
	if (p->flags & CHAIN_CRITICAL)
		return malformed(fault, ERR_VALUE, "IKE_SA_SYN: C bit is 1 in a request",
				 p->offset + 1);
	switch (index_parse(p->body, false, p->offset + CHAIN_PAYLOAD_HEADER_SIZE, out, &why)) {
	case ERR_OK:
		return IKE_SYN_PRESENT;
	case ERR_LENGTH:
		return malformed(
		    fault, ERR_LENGTH,
		    "IKE_SA_SYN: Payload Length is neither 16 nor 28, or breaks the chain",
		    p->offset + 2);
	default:
		if (out->spi == 0)
			return malformed(fault, ERR_VALUE, "IKE_SA_SYN: gateway SPI is zero",
					 why.offset);
		return malformed(fault, why.err,
				 "IKE_SA_SYN: gateway address is unspecified, multicast, broadcast "
				 "or v4-mapped",
				 why.offset);
	}
}

/*
 * Let a chain that breaks at or behind its first SYN end with that SYN, emptied; false when it
 * breaks before. Also where the SYN's own length is good: IPv6 octets under an IPv4 length break
 * what follows.
 */
static bool cut_at_syn(const struct ike_header *header, uint8_t syn_type, struct chain *chain)
{
	const struct chain_payload *last = chain->n ? &chain->at[chain->n - 1] : NULL;
	uint8_t broken = last ? last->next : header->next_payload;
	size_t at = last ? last->offset + CHAIN_PAYLOAD_HEADER_SIZE + last->body.n
			 : (size_t)IKE_HEADER_SIZE;

	for (unsigned i = 0; i < chain->n; i++) {
		if (chain->at[i].type != syn_type)
			continue;
		chain->at[i].body = SPAN_NONE;
		chain->n = i + 1;
		return true;
	}
	if (broken != syn_type || chain->n == CHAIN_MAX)
		return false;
	chain->at[chain->n++] = (struct chain_payload){ .type = syn_type, .offset = at };
	return true;
}

enum err ike_syn_parse_chain(struct span message, const struct ike_header *header, uint8_t syn_type,
			     struct chain *out, struct fault *fault)
{
	struct fault why = { .err = ERR_OK };
	enum err err = chain_parse_body(message, header, out, &why);

	if (err == ERR_OK ||
	    (err != ERR_TOO_MANY && err != ERR_TRAILING && cut_at_syn(header, syn_type, out)))
		return ERR_OK;
	if (fault)
		*fault = why;
	return err;
}

enum err ike_syn_parse_message(struct span message, uint8_t syn_type, struct ike_header *header,
			       struct chain *out, struct fault *fault)
{
	enum err err;

	out->n = 0;
	err = ike_header_parse(message, header, fault);
	return err != ERR_OK ? err : ike_syn_parse_chain(message, header, syn_type, out, fault);
}

void ike_syn_write(struct chain_writer *w, uint8_t syn_type, const struct index *ix)
{
	chain_writer_begin(w, syn_type, 0);
	index_write(w->c, ix);
	chain_writer_end(w);
}

bool ike_syn_type_allowed(unsigned type)
{
	/*
	 * Deployed decoders give 128 and 130 to 132 other meanings; 201 to 209 are stub payloads.
	 */
	return type > 128 && type <= 254 && (type < 130 || type > 132) &&
	       (type < STUB_PAYLOAD_STUB || type > STUB_PAYLOAD_ATTRIBUTE);
}
