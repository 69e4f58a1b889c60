/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attributes of a stub, read and written. */
#include "wire/stub.h"

#define SPI_SIZE 8
#define SK_D_MAX 128 /* twice the longest prf output there is */

/* What must be there once, as bits. */
enum part {
	PART_SA = 1 << 0,
	PART_IDI = 1 << 1,
	PART_IDR = 1 << 2,
	PART_SPI_PAIR = 1 << 3,
	PART_SK_D = 1 << 4,
	PART_SHARED_SECRET = 1 << 5,
};

struct parser {
	struct chain_iter it;
	unsigned parts;      /* enum part */
	uint32_t attributes; /* bit n: attribute n */
	struct stub *out;
};

static void fail(struct parser *ps, enum err err, const char *field, size_t offset)
{
	rcursor_fail_at(&ps->it.c, err, field, offset);
}

static void first_time(struct parser *ps, enum part part, const char *duplicate, size_t offset)
{
	if (ps->parts & part)
		fail(ps, ERR_DUPLICATE, duplicate, offset);
	ps->parts |= part;
}

static void take_transform(struct parser *ps, const struct ike_transform *t, unsigned *types,
			   size_t offset)
{
	if (t->type < TRANSFORM_ENCR || t->type > TRANSFORM_DH || t->unknown_attribute) {
		fail(ps, ERR_VALUE, "stub SA: transform that no IKE SA has", offset);
		return;
	}
	if (*types & 1u << t->type)
		fail(ps, ERR_DUPLICATE, "stub SA: second transform of a type", offset);
	if (t->type != TRANSFORM_ENCR && t->key_bits != 0)
		fail(ps, ERR_VALUE, "stub SA: Key Length where there is none", offset);
	*types |= 1u << t->type;
	switch (t->type) {
	case TRANSFORM_ENCR:
		ps->out->encr = t->id;
		ps->out->encr_key_bits = t->key_bits;
		break;
	case TRANSFORM_PRF:
		ps->out->prf = t->id;
		break;
	case TRANSFORM_INTEG:
		ps->out->integ = t->id;
		break;
	default:
		ps->out->dh = t->id;
		break;
	}
}

static void take_sa(struct parser *ps, const struct chain_payload *p)
{
	const unsigned needed = 1u << TRANSFORM_ENCR | 1u << TRANSFORM_PRF;
	struct ike_sa sa;
	struct fault why;
	unsigned types = 0;

	first_time(ps, PART_SA, "stub: second SA", p->offset);
	if (ike_sa_parse(p, &sa, &why) != ERR_OK) {
		fail(ps, why.err, why.field, why.offset);
		return;
	}
	if (sa.n_proposals != 1)
		fail(ps, ERR_VALUE, "stub SA: not one proposal", p->offset);
	if (sa.proposals[0].protocol != PROTOCOL_IKE || sa.proposals[0].spi_size != 0)
		fail(ps, ERR_VALUE, "stub SA: not an IKE proposal without SPI", p->offset);
	for (unsigned i = 0; i < sa.n_transforms; i++)
		take_transform(ps, &sa.transforms[i], &types, p->offset);
	if ((types & needed) != needed)
		fail(ps, ERR_MISSING, "stub SA: no ENCR or no PRF", p->offset);
}

static void take_id(struct parser *ps, const struct chain_payload *p, struct ike_id *id)
{
	struct fault why;

	if (ike_id_parse(p, id, &why) != ERR_OK)
		fail(ps, why.err, why.field, why.offset);
}

static void take_spi_pair(struct parser *ps, const struct chain_payload *p)
{
	struct rcursor c = chain_payload_cursor(p);

	first_time(ps, PART_SPI_PAIR, "stub: second SPI pair", p->offset);
	if (p->body.n != (size_t)2 * SPI_SIZE)
		fail(ps, ERR_LENGTH, "SPI pair: not 16 octets", p->offset);
	ps->out->spi_i = rcursor_u64(&c, "SPI pair");
	ps->out->spi_r = rcursor_u64(&c, "SPI pair");
	if (rcursor_ok(&c) && (ps->out->spi_i == 0 || ps->out->spi_r == 0))
		fail(ps, ERR_VALUE, "SPI pair: SPI is zero", p->offset);
}

static void take_sk_d(struct parser *ps, const struct chain_payload *p)
{
	first_time(ps, PART_SK_D, "stub: second SK_d", p->offset);
	if (p->body.n == 0 || p->body.n > SK_D_MAX)
		fail(ps, ERR_LENGTH, "SK_d: empty or longer than 128 octets", p->offset);
	ps->out->sk_d = p->body;
}

static void take_shared_secret(struct parser *ps, const struct chain_payload *p)
{
	first_time(ps, PART_SHARED_SECRET, "stub: second shared secret", p->offset);
	if (p->body.n == 0)
		fail(ps, ERR_LENGTH, "shared secret: empty", p->offset);
	ps->out->shared_secret = p->body;
}

static bool is_plain_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static void check_value(struct rcursor *c, bool good, const char *rule)
{
	if (rcursor_ok(c) && !good)
		rcursor_fail(c, ERR_VALUE, rule);
}

static void take_inner_ip4(struct rcursor *v, struct stub *out)
{
	struct span octets = rcursor_bytes(v, sizeof(out->inner_ip4), "inner IPv4 address");

	if (!rcursor_ok(v))
		return;
	memcpy(out->inner_ip4, octets.p, sizeof(out->inner_ip4));
	out->has_inner_ip4 = true;
}

static void take_inner_ip6(struct rcursor *v, struct stub *out)
{
	struct span octets = rcursor_bytes(v, sizeof(out->inner_ip6), "inner IPv6 address");

	out->inner_ip6_prefix = rcursor_u8(v, "inner IPv6 prefix");
	check_value(v, out->inner_ip6_prefix <= 128, "inner IPv6 prefix: above 128");
	if (!rcursor_ok(v) || octets.n != sizeof(out->inner_ip6))
		return;
	memcpy(out->inner_ip6, octets.p, sizeof(out->inner_ip6));
	out->has_inner_ip6 = true;
}

static void take_unknown(struct rcursor *v, uint16_t type, struct stub *out)
{
	if (out->n_unknown == STUB_UNKNOWN_MAX) {
		rcursor_fail(v, ERR_TOO_MANY, "stub: more than 32 unknown attributes");
		return;
	}
	out->unknown[out->n_unknown].type = type;
	out->unknown[out->n_unknown++].value = rcursor_rest(v);
}

static void take_value(struct rcursor *v, uint16_t type, struct stub *out)
{
	switch (type) {
	case STUB_ATTR_ROLE:
		out->role = rcursor_u8(v, "role");
		check_value(v, out->role == STUB_ROLE_INITIATOR || out->role == STUB_ROLE_RESPONDER,
			    "role: neither 1 nor 2");
		break;
	case STUB_ATTR_AUTH_METHODS:
		out->auth_method_i = rcursor_u8(v, "authentication method of IDi");
		out->auth_method_r = rcursor_u8(v, "authentication method of IDr");
		break;
	case STUB_ATTR_EAP_IDENTITY:
		out->eap_identity = rcursor_rest(v);
		break;
	case STUB_ATTR_INNER_IP4:
		take_inner_ip4(v, out);
		break;
	case STUB_ATTR_INNER_IP6:
		take_inner_ip6(v, out);
		break;
	case STUB_ATTR_SESSION_LIMIT:
		out->session_limit = rcursor_u64(v, "session limit");
		break;
	case STUB_ATTR_EXPIRY:
		/* In struct stub 0 is "no expiry": on the wire it would make a stub immortal. */
		out->expiry = rcursor_u64(v, "expiry");
		check_value(v, out->expiry != 0, "expiry: zero");
		break;
	case STUB_ATTR_REAUTH_DEADLINE:
		out->reauth_deadline = rcursor_u64(v, "re-authentication deadline");
		break;
	case STUB_ATTR_MOVES:
		out->moves.window_start = rcursor_u64(v, "moves: window start");
		out->moves.last_commit = rcursor_u64(v, "moves: last commit");
		out->moves.count = rcursor_u32(v, "moves: count");
		out->has_moves = rcursor_ok(v);
		break;
	case STUB_ATTR_RESUMPTIONS:
		out->resumptions = rcursor_u16(v, "resumptions since KE");
		break;
	case STUB_ATTR_AUTHORITY:
		if (rcursor_left(v) > STUB_AUTHORITY_MAX)
			rcursor_fail(v, ERR_LENGTH, "authority: longer than 255 octets");
		out->authority = rcursor_rest(v);
		check_value(v, is_plain_text(out->authority), "authority: control characters");
		break;
	case STUB_ATTR_PEER_FEATURES:
		out->peer_features = rcursor_u16(v, "peer features");
		break;
	default:
		take_unknown(v, type, out);
		break;
	}
}

static void take_attribute(struct parser *ps, const struct chain_payload *p)
{
	struct rcursor v = chain_payload_cursor(p);
	uint16_t type = rcursor_u16(&v, "attribute: type");

	if (type <= STUB_ATTR_PEER_FEATURES && rcursor_ok(&v)) {
		if (ps->attributes & 1u << type && type != 0)
			rcursor_fail_at(&v, ERR_DUPLICATE, "stub: second attribute of a type",
					p->offset);
		ps->attributes |= 1u << type;
	}
	if (rcursor_ok(&v))
		take_value(&v, type, ps->out);
	if (rcursor_ok(&v) && rcursor_left(&v) != 0)
		rcursor_fail(&v, ERR_LENGTH, "attribute: longer than its type allows");
	if (v.fault.err == ERR_TRUNCATED)
		v.fault.err = ERR_LENGTH;
	if (!rcursor_ok(&v))
		fail(ps, v.fault.err, v.fault.field, v.fault.offset);
}

static void take(struct parser *ps, const struct chain_payload *p)
{
	switch (p->type) {
	case PAYLOAD_SA:
		take_sa(ps, p);
		break;
	case PAYLOAD_IDI:
		first_time(ps, PART_IDI, "stub: second IDi", p->offset);
		take_id(ps, p, &ps->out->idi);
		break;
	case PAYLOAD_IDR:
		first_time(ps, PART_IDR, "stub: second IDr", p->offset);
		take_id(ps, p, &ps->out->idr);
		break;
	case STUB_PAYLOAD_SPI_PAIR:
		take_spi_pair(ps, p);
		break;
	case STUB_PAYLOAD_SK_D:
		take_sk_d(ps, p);
		break;
	case STUB_PAYLOAD_SHARED_SECRET:
		take_shared_secret(ps, p);
		break;
	case STUB_PAYLOAD_ATTRIBUTE:
		take_attribute(ps, p);
		break;
	default:
		break; /* the container's own payloads, and unknown ones */
	}
}

static void check_whole(struct rcursor *c, unsigned parts)
{
	if (!rcursor_ok(c))
		return;
	if (!(parts & PART_SA))
		rcursor_fail(c, ERR_MISSING, "stub: no SA");
	else if (!(parts & PART_IDI))
		rcursor_fail(c, ERR_MISSING, "stub: no IDi");
	else if (!(parts & PART_IDR))
		rcursor_fail(c, ERR_MISSING, "stub: no IDr");
	else if (!(parts & PART_SPI_PAIR))
		rcursor_fail(c, ERR_MISSING, "stub: no SPI pair");
	else if (!(parts & PART_SK_D))
		rcursor_fail(c, ERR_MISSING, "stub: no SK_d");
}

enum err stub_parse(uint8_t first, struct span chain, const uint8_t *base, struct stub *out,
		    struct fault *fault)
{
	struct parser ps = { .out = out };
	struct chain_payload p;
	enum err err;

	/* The table of unknown attributes is large and counted: no need to clear it. */
	memset(out, 0, offsetof(struct stub, unknown));
	chain_iter_init(&ps.it, chain, first, base);
	while (chain_iter_next(&ps.it, &p))
		take(&ps, &p);
	err = chain_iter_finish(&ps.it, fault);
	if (err != ERR_OK)
		return err;
	check_whole(&ps.it.c, ps.parts);
	return rcursor_finish(&ps.it.c, "stub", fault);
}

enum err stub_parse_plaintext(struct span plaintext, struct stub *out, struct fault *fault)
{
	struct rcursor c = rcursor_init(plaintext, NULL);
	uint8_t first = rcursor_u8(&c, "stub plaintext: First Payload");

	(void)rcursor_bytes(&c, 3, "stub plaintext: RESERVED");
	if (!rcursor_ok(&c))
		return rcursor_finish(&c, "stub plaintext", fault);
	return stub_parse(first, rcursor_rest(&c), plaintext.p, out, fault);
}

static void write_sa(struct chain_writer *w, const struct stub *s)
{
	struct ike_sa sa;
	bool ok;

	sa.n_proposals = 0;
	sa.n_transforms = 0;
	ok = ike_sa_add_proposal(&sa, PROTOCOL_IKE, SPAN_NONE) &&
	     ike_sa_add_transform(&sa, TRANSFORM_ENCR, s->encr, s->encr_key_bits) &&
	     ike_sa_add_transform(&sa, TRANSFORM_PRF, s->prf, 0) &&
	     (s->integ == INTEG_NONE || ike_sa_add_transform(&sa, TRANSFORM_INTEG, s->integ, 0)) &&
	     (s->dh == DH_NONE || ike_sa_add_transform(&sa, TRANSFORM_DH, s->dh, 0));
	if (!ok)
		wcursor_fail(w->c, ERR_TOO_MANY);
	ike_sa_write(w, &sa);
}

static void begin_attribute(struct chain_writer *w, uint16_t type)
{
	chain_writer_begin(w, STUB_PAYLOAD_ATTRIBUTE, 0);
	wcursor_u16(w->c, type);
}

static void write_uint(struct chain_writer *w, uint16_t type, size_t octets, uint64_t v)
{
	begin_attribute(w, type);
	wcursor_uint(w->c, octets, v);
	chain_writer_end(w);
}

static void write_bytes(struct chain_writer *w, uint16_t type, struct span value)
{
	begin_attribute(w, type);
	wcursor_bytes(w->c, value);
	chain_writer_end(w);
}

static void write_addresses(struct chain_writer *w, const struct stub *s)
{
	if (s->has_inner_ip4)
		write_bytes(w, STUB_ATTR_INNER_IP4, SPAN_OF(s->inner_ip4));
	if (s->has_inner_ip6) {
		begin_attribute(w, STUB_ATTR_INNER_IP6);
		wcursor_bytes(w->c, SPAN_OF(s->inner_ip6));
		wcursor_u8(w->c, s->inner_ip6_prefix);
		chain_writer_end(w);
	}
}

static void write_moves(struct chain_writer *w, const struct stub_moves *m)
{
	begin_attribute(w, STUB_ATTR_MOVES);
	wcursor_u64(w->c, m->window_start);
	wcursor_u64(w->c, m->last_commit);
	wcursor_u32(w->c, m->count);
	chain_writer_end(w);
}

static void write_attributes(struct chain_writer *w, const struct stub *s)
{
	if (s->role)
		write_uint(w, STUB_ATTR_ROLE, 1, s->role);
	if (s->auth_method_i || s->auth_method_r)
		write_uint(w, STUB_ATTR_AUTH_METHODS, 2,
			   (uint64_t)s->auth_method_i << 8 | s->auth_method_r);
	if (s->eap_identity.n)
		write_bytes(w, STUB_ATTR_EAP_IDENTITY, s->eap_identity);
	write_addresses(w, s);
	if (s->session_limit)
		write_uint(w, STUB_ATTR_SESSION_LIMIT, 8, s->session_limit);
	if (s->expiry)
		write_uint(w, STUB_ATTR_EXPIRY, 8, s->expiry);
	if (s->reauth_deadline)
		write_uint(w, STUB_ATTR_REAUTH_DEADLINE, 8, s->reauth_deadline);
	if (s->has_moves)
		write_moves(w, &s->moves);
	if (s->resumptions)
		write_uint(w, STUB_ATTR_RESUMPTIONS, 2, s->resumptions);
	if (s->authority.n)
		write_bytes(w, STUB_ATTR_AUTHORITY, s->authority);
	if (s->peer_features)
		write_uint(w, STUB_ATTR_PEER_FEATURES, 2, s->peer_features);
	for (unsigned i = 0; i < s->n_unknown && i < STUB_UNKNOWN_MAX; i++)
		write_bytes(w, s->unknown[i].type, s->unknown[i].value);
}

static void write_chain(struct chain_writer *w, const struct stub *s)
{
	write_sa(w, s);
	ike_id_write(w, PAYLOAD_IDI, &s->idi);
	ike_id_write(w, PAYLOAD_IDR, &s->idr);
	chain_writer_begin(w, STUB_PAYLOAD_SPI_PAIR, 0);
	wcursor_u64(w->c, s->spi_i);
	wcursor_u64(w->c, s->spi_r);
	chain_writer_end(w);
	chain_writer_payload(w, STUB_PAYLOAD_SK_D, 0, s->sk_d);
	if (s->shared_secret.n)
		chain_writer_payload(w, STUB_PAYLOAD_SHARED_SECRET, 0, s->shared_secret);
	write_attributes(w, s);
}

void stub_write_plaintext(struct wcursor *c, const struct stub *s)
{
	struct chain_writer w;

	chain_writer_init(&w, c, wcursor_size(c));
	wcursor_u32(c, 0); /* First Payload, RESERVED */
	write_chain(&w, s);
}

void stub_write_container(struct wcursor *c, const struct index *ix, uint32_t lifetime,
			  const struct stub *s)
{
	struct chain_writer w;

	stub_container_begin(&w, c, ix, lifetime);
	write_chain(&w, s);
}
