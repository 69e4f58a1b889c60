/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a message apart, as far as each part is written back as it was. */
#include "form/form_octets.h"

#include "form/form_write.h"
#include "wire/ike_payloads.h"

static bool read_ke(struct form_payload *p, const struct chain_payload *from)
{
	struct ike_ke ke;

	if (ike_ke_parse(from, &ke, NULL) != ERR_OK)
		return false;
	p->body = FORM_KE;
	p->group = ke.group;
	form_piece_octets(p->pieces, 0, ke.data);
	return true;
}

static bool read_notify(struct form_payload *p, const struct chain_payload *from)
{
	struct ike_notify n;

	if (ike_notify_parse(from, &n, NULL) != ERR_OK)
		return false;
	p->body = FORM_NOTIFY;
	p->protocol = n.protocol;
	p->notify = n.type;
	if (n.spi.n)
		p->spi = g_byte_array_append(g_byte_array_new(), n.spi.p, (guint)n.spi.n);
	if (n.data.n)
		form_piece_octets(p->pieces, 0, n.data);
	return true;
}

static bool read_sa(struct form_payload *p, const struct chain_payload *from)
{
	p->sa = g_new0(struct ike_sa, 1);
	p->body = FORM_SA;
	return ike_sa_parse(from, p->sa, NULL) == ERR_OK && p->sa->n_proposals;
}

/* Does it become the same octets again? Reserved fields and odd attributes have no words of their own. */
static bool is_exact(struct form_payload *p, struct span body)
{
	struct form_message *m = form_message_new(0);
	const struct form_source nobody = { 0 };
	struct form_fault fault = { 0 };
	GByteArray *octets;
	bool same;

	g_ptr_array_set_free_func(m->payloads, NULL);
	g_ptr_array_add(m->payloads, p);
	octets = form_write(m, &nobody, NULL, NULL, &fault);
	same =
	    octets && octets->len == IKE_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE + body.n &&
	    span_equal(span_of(&octets->data[IKE_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE], body.n),
		       body);
	if (octets)
		g_byte_array_unref(octets);
	form_message_free(m);
	return same;
}

static struct form_payload *payload_of(const struct chain_payload *from)
{
	struct form_payload *p = form_payload_new(0, from->type);
	const bool split = from->type == PAYLOAD_KE       ? read_ke(p, from)
			   : from->type == PAYLOAD_NOTIFY ? read_notify(p, from)
			   : from->type == PAYLOAD_SA     ? read_sa(p, from)
							  : false;

	if (!split || !is_exact(p, from->body)) {
		form_payload_free(p);
		p = form_payload_new(0, from->type);
		if (from->body.n)
			form_piece_octets(p->pieces, 0, from->body);
	}
	p->flags = from->flags;
	return p;
}

/* The payloads of `octets` and, behind the last that can be read, the rest. */
static void read_chain(struct form_message *m, struct span octets, uint8_t first, int *first_next)
{
	struct chain *chain = g_new(struct chain, 1);
	struct rcursor c = rcursor_init(octets, NULL);
	size_t used = 0;
	int next = first;

	const enum err err = chain_parse(octets, first, octets.p, chain, NULL);

	(void)err; /* what came before the break is there */
	for (unsigned i = 0; i < chain->n; i++) {
		g_ptr_array_add(m->payloads, payload_of(&chain->at[i]));
		used += CHAIN_PAYLOAD_HEADER_SIZE + chain->at[i].body.n;
		next = chain->at[i].next;
	}
	/* the last one's Next Payload is 0 where nothing is said */
	if (!chain->n)
		*first_next = first ? first : FORM_AUTO;
	else if (next)
		((struct form_payload *)g_ptr_array_index(m->payloads, chain->n - 1))->next = next;
	(void)rcursor_bytes(&c, used, "payloads");
	if (rcursor_left(&c))
		form_piece_octets(m->trailer, 0, rcursor_rest(&c));
	g_free(chain);
}

static struct form_message *raw(struct span octets)
{
	struct form_message *m = form_message_new(0);

	m->raw = true;
	form_piece_octets(m->trailer, 0, octets);
	return m;
}

static bool writes_back(const struct form_message *m, struct span octets)
{
	const struct form_source nobody = { 0 };
	struct form_fault fault = { 0 };
	GByteArray *again = form_write(m, &nobody, NULL, NULL, &fault);
	const bool same = again && span_equal(span_of(again->data, again->len), octets);

	if (again)
		g_byte_array_unref(again);
	return same;
}

struct form_message *form_octets_read(struct span octets)
{
	struct form_message *m;
	struct rcursor c = rcursor_init(octets, NULL);
	enum err err;

	if (octets.n < IKE_HEADER_SIZE)
		return raw(octets);
	m = form_message_new(0);
	err = ike_header_parse(octets, &m->header, NULL);
	(void)err; /* it is long enough: all fields are there, right or wrong */
	m->has_spi_i = m->has_spi_r = m->has_id = true;
	if (m->header.length != octets.n)
		m->length = m->header.length;
	(void)rcursor_bytes(&c, IKE_HEADER_SIZE, "header");
	read_chain(m, rcursor_rest(&c), m->header.next_payload, &m->next);
	if (writes_back(m, octets))
		return m;
	form_message_free(m);
	return raw(octets);
}

struct form_message *form_octets_read_inner(struct span octets, uint8_t first)
{
	struct form_message *m = form_message_new(0);

	m->sealed_from = 0;
	read_chain(m, octets, first, &m->sealed_first);
	return m;
}
