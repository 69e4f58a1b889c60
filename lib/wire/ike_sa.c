/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SA payloads: proposals, transforms, attributes. */
#include "wire/ike_sa.h"

#include <stdio.h>

#define MORE_PROPOSALS 2
#define MORE_TRANSFORMS 3
#define PROPOSAL_HEADER 8
#define TRANSFORM_HEADER 8
#define ATTRIBUTE_KEY_LENGTH 14 /* RFC 7296 3.3.5, the only one */
#define ATTRIBUTE_TV 0x8000     /* AF bit: the value stands in place of the length */

static void parse_attribute(struct rcursor *c, struct ike_transform *t)
{
	uint16_t type = rcursor_u16(c, "SA: attribute type");
	uint16_t value = rcursor_u16(c, "SA: attribute value");

	if (!rcursor_ok(c))
		return;
	if (type == (ATTRIBUTE_TV | ATTRIBUTE_KEY_LENGTH) && value != 0 && t->key_bits == 0) {
		t->key_bits = value;
		return;
	}
	/*
	 * Also a Key Length of 0, a second one and one in the long form: nobody may choose those.
	 */
	t->unknown_attribute = true;
	if (!(type & ATTRIBUTE_TV))
		(void)rcursor_bytes(c, value, "SA: attribute value");
}

/* The substructure's Last octet against what follows (RFC 7296 3.3.1, 3.3.2). */
static void check_last(struct rcursor *c, uint8_t last, uint8_t more, size_t at, const char *field)
{
	if (rcursor_ok(c) && last != 0 && last != more)
		rcursor_fail_at(c, ERR_VALUE, field, at);
}

static void parse_transform(struct rcursor *c, struct ike_transform *t, uint8_t *last)
{
	size_t at = rcursor_offset(c);
	struct rcursor inner;
	uint16_t length;

	*last = rcursor_u8(c, "SA: transform, Last Substruc");
	(void)rcursor_u8(c, "SA: transform, RESERVED");
	length = rcursor_u16(c, "SA: Transform Length");
	t->type = rcursor_u8(c, "SA: Transform Type");
	(void)rcursor_u8(c, "SA: transform, RESERVED");
	t->id = rcursor_u16(c, "SA: Transform ID");
	t->key_bits = 0;
	t->unknown_attribute = false;
	check_last(c, *last, MORE_TRANSFORMS, at, "SA: transform, Last Substruc is not 0 or 3");
	if (rcursor_ok(c) && length < TRANSFORM_HEADER)
		rcursor_fail_at(c, ERR_LENGTH, "SA: Transform Length is below 8", at + 2);
	if (!rcursor_ok(c))
		return;
	at = rcursor_offset(c);
	inner = rcursor_init_at(rcursor_bytes(c, length - (size_t)TRANSFORM_HEADER,
					      "SA: Transform Length goes beyond the proposal"),
				at);
	while (rcursor_left(&inner) != 0)
		parse_attribute(&inner, t);
	if (!rcursor_ok(&inner))
		rcursor_fail_at(c, inner.fault.err, inner.fault.field, inner.fault.offset);
}

static void parse_transforms(struct rcursor *c, struct ike_sa *sa, struct ike_proposal *p,
			     unsigned announced, size_t announced_at)
{
	uint8_t last = MORE_TRANSFORMS;

	p->first = sa->n_transforms;
	p->count = 0;
	while (rcursor_left(c) != 0 && last == MORE_TRANSFORMS) {
		if (sa->n_transforms == IKE_SA_TRANSFORMS_MAX) {
			rcursor_fail(c, ERR_TOO_MANY, "SA: more than 2048 transforms");
			return;
		}
		parse_transform(c, &sa->transforms[sa->n_transforms], &last);
		if (!rcursor_ok(c))
			return;
		sa->n_transforms++;
		p->count++;
	}
	if (!rcursor_ok(c))
		return;
	if (p->count == 0)
		rcursor_fail(c, ERR_VALUE, "SA: proposal without transforms");
	else if (rcursor_left(c) != 0)
		rcursor_fail(c, ERR_TRAILING, "SA: octets after the last transform");
	else if (last != 0)
		rcursor_fail(c, ERR_TRUNCATED, "SA: no transform after one that is not the last");
	else if (p->count != announced)
		rcursor_fail_at(c, ERR_VALUE, "SA: Num Transforms is not what follows",
				announced_at);
}

static bool spi_size_fits(uint8_t protocol, uint8_t size)
{
	switch (protocol) {
	case PROTOCOL_IKE:
		return size == 0 || size == 8;
	case PROTOCOL_AH:
	case PROTOCOL_ESP:
		return size == 4;
	default:
		return size == 0 || size == 4 || size == 8;
	}
}

static void parse_proposal(struct rcursor *c, struct ike_sa *sa, uint8_t *last)
{
	struct ike_proposal *p = &sa->proposals[sa->n_proposals];
	size_t at = rcursor_offset(c);
	uint16_t length;
	uint8_t announced;
	struct span rest, spi;
	struct rcursor inner;

	*last = rcursor_u8(c, "SA: proposal, Last Substruc");
	(void)rcursor_u8(c, "SA: proposal, RESERVED");
	length = rcursor_u16(c, "SA: Proposal Length");
	p->number = rcursor_u8(c, "SA: Proposal Num");
	p->protocol = rcursor_u8(c, "SA: Protocol ID");
	p->spi_size = rcursor_u8(c, "SA: SPI Size");
	announced = rcursor_u8(c, "SA: Num Transforms");
	check_last(c, *last, MORE_PROPOSALS, at, "SA: proposal, Last Substruc is not 0 or 2");
	if (rcursor_ok(c) && length < PROPOSAL_HEADER)
		rcursor_fail_at(c, ERR_LENGTH, "SA: Proposal Length is below 8", at + 2);
	/* An answer may begin with any number; a list goes up by one (RFC 7296 3.3.1). */
	if (rcursor_ok(c) &&
	    (p->number == 0 ||
	     (sa->n_proposals > 0 && p->number != sa->proposals[sa->n_proposals - 1].number + 1)))
		rcursor_fail_at(c, ERR_VALUE, "SA: Proposal Num out of order", at + 4);
	if (rcursor_ok(c) && !spi_size_fits(p->protocol, p->spi_size))
		rcursor_fail_at(c, ERR_LENGTH, "SA: SPI Size does not fit the protocol", at + 6);
	if (!rcursor_ok(c))
		return;
	rest = rcursor_bytes(c, length - (size_t)PROPOSAL_HEADER,
			     "SA: Proposal Length goes beyond the payload");
	if (!rcursor_ok(c))
		return;
	inner = rcursor_init_at(rest, at + PROPOSAL_HEADER);
	spi = rcursor_bytes(&inner, p->spi_size, "SA: SPI");
	if (spi.n)
		memcpy(p->spi, spi.p, spi.n);
	parse_transforms(&inner, sa, p, announced, at + 7);
	if (!rcursor_ok(&inner))
		rcursor_fail_at(c, inner.fault.err, inner.fault.field, inner.fault.offset);
}

enum err ike_sa_parse(const struct chain_payload *p, struct ike_sa *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);
	uint8_t last = MORE_PROPOSALS;

	out->n_proposals = 0;
	out->n_transforms = 0;
	while (rcursor_ok(&c) && last == MORE_PROPOSALS) {
		if (out->n_proposals == IKE_SA_PROPOSALS_MAX) {
			rcursor_fail(&c, ERR_TOO_MANY, "SA: more than 255 proposals");
			break;
		}
		parse_proposal(&c, out, &last);
		if (rcursor_ok(&c))
			out->n_proposals++;
	}
	return rcursor_finish(&c, "SA: octets after the last proposal", fault);
}

static void write_transform(struct wcursor *c, const struct ike_transform *t, bool more)
{
	wcursor_u8(c, more ? MORE_TRANSFORMS : 0);
	wcursor_u8(c, 0);
	wcursor_u16(c, t->key_bits ? TRANSFORM_HEADER + 4 : TRANSFORM_HEADER);
	wcursor_u8(c, t->type);
	wcursor_u8(c, 0);
	wcursor_u16(c, t->id);
	if (t->key_bits) {
		wcursor_u16(c, ATTRIBUTE_TV | ATTRIBUTE_KEY_LENGTH);
		wcursor_u16(c, t->key_bits);
	}
}

static void write_proposal(struct wcursor *c, const struct ike_sa *sa, const struct ike_proposal *p,
			   bool more)
{
	size_t start = wcursor_size(c);

	if (p->count > UINT8_MAX || p->spi_size > IKE_SA_SPI_MAX ||
	    p->first > IKE_SA_TRANSFORMS_MAX || p->count > IKE_SA_TRANSFORMS_MAX - p->first) {
		wcursor_fail(c, ERR_TOO_MANY);
		return;
	}
	wcursor_u8(c, more ? MORE_PROPOSALS : 0);
	wcursor_u8(c, 0);
	wcursor_u16(c, 0);
	wcursor_u8(c, p->number);
	wcursor_u8(c, p->protocol);
	wcursor_u8(c, p->spi_size);
	wcursor_u8(c, (uint8_t)p->count);
	wcursor_bytes(c, span_of(p->spi, p->spi_size));
	for (unsigned i = 0; i < p->count; i++)
		write_transform(c, &sa->transforms[p->first + i], i + 1 < p->count);
	wcursor_patch(c, start + 2, 2, wcursor_size(c) - start);
}

void ike_sa_write(struct chain_writer *w, const struct ike_sa *sa)
{
	chain_writer_begin(w, PAYLOAD_SA, 0);
	for (unsigned i = 0; i < sa->n_proposals; i++)
		write_proposal(w->c, sa, &sa->proposals[i], i + 1 < sa->n_proposals);
	chain_writer_end(w);
}

bool ike_sa_add_proposal(struct ike_sa *sa, uint8_t protocol, struct span spi)
{
	struct ike_proposal *p;

	if (sa->n_proposals >= IKE_SA_PROPOSALS_MAX || spi.n > IKE_SA_SPI_MAX)
		return false;
	p = &sa->proposals[sa->n_proposals++];
	p->number = (uint8_t)sa->n_proposals;
	p->protocol = protocol;
	p->spi_size = (uint8_t)spi.n;
	if (spi.n)
		memcpy(p->spi, spi.p, spi.n);
	p->first = sa->n_transforms;
	p->count = 0;
	return true;
}

bool ike_sa_add_transform(struct ike_sa *sa, uint8_t type, uint16_t id, uint16_t key_bits)
{
	if (sa->n_proposals == 0 || sa->n_transforms >= IKE_SA_TRANSFORMS_MAX ||
	    sa->proposals[sa->n_proposals - 1].count == UINT8_MAX)
		return false;
	sa->transforms[sa->n_transforms++] =
	    (struct ike_transform){ .type = type, .id = id, .key_bits = key_bits };
	sa->proposals[sa->n_proposals - 1].count++;
	return true;
}

/* One word; false: it does not fit any more. */
static bool add_word(const struct ike_transform *t, const char *before, char *out, size_t cap,
		     size_t *n)
{
	const char *name = iana_transform_name(t->type, t->id);
	char word[64];
	int size;

	if (strcmp(name, "unknown") == 0)
		size = snprintf(word, sizeof(word), "%s%s-%u", before,
				iana_transform_type_name(t->type), t->id);
	else if (t->key_bits)
		size = snprintf(word, sizeof(word), "%s%s-%u", before, name, t->key_bits);
	else
		size = snprintf(word, sizeof(word), "%s%s", before, name);
	if (size < 0 || cap - *n < (size_t)size + sizeof("..."))
		return false;
	memcpy(&out[*n], word, (size_t)size + 1);
	*n += (size_t)size;
	return true;
}

const char *ike_sa_text(const struct ike_sa *sa, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < sa->n_proposals; i++) {
		const struct ike_proposal *p = &sa->proposals[i];

		for (unsigned k = 0; k < p->count; k++) {
			const char *before = k ? " " : i ? ", " : "";

			if (add_word(&sa->transforms[p->first + k], before, out, cap, &n))
				continue;
			memcpy(&out[n], "...", sizeof("..."));
			return out;
		}
	}
	return out;
}
