/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's side of what a gateway asks. */
#include "cmocka_all.h"
#include "asked.h"

void asked_take(struct world *w, struct peer *p, uint8_t exchange, uint32_t message_id,
		struct asked *a)
{
	gsize n;
	const void *octets;

	memset(a, 0, sizeof(*a));
	a->octets = world_take(w);
	assert_non_null(a->octets);
	octets = g_bytes_get_data(a->octets, &n);
	assert_int_equal(
	    ike_client_open(&p->sa, span_of(octets, n), a->plain, sizeof(a->plain), &a->m), ERR_OK);
	assert_int_equal(a->m.header.exchange, exchange);
	/* a request, and of the original responder unless it has begun this SA itself */
	assert_int_equal(a->m.header.flags, p->sa.responder ? IKE_FLAG_INITIATOR : 0);
	assert_int_equal(a->m.header.message_id, message_id);
	assert_true(a->m.header.spi_i == p->sa.spi_i && a->m.header.spi_r == p->sa.spi_r);
}

void asked_clear(struct asked *a)
{
	g_bytes_unref(a->octets);
}

void asked_answer(struct world *w, unsigned site, struct peer *p, const struct asked *a,
		  struct peer_inner *in)
{
	struct peer_message m;
	struct wcursor c = wcursor_init(m.octets, sizeof(m.octets));

	assert_int_equal(ike_client_seal(&p->sa, &p->rng, a->m.header.exchange, true,
					 a->m.header.message_id, &in->in, &c),
			 ERR_OK);
	m.n = wcursor_size(&c);
	world_send(w, site, &session_path, peer_span(&m));
}

void asked_answer_empty(struct world *w, unsigned site, struct peer *p, const struct asked *a)
{
	struct peer_inner in;

	peer_inner_init(&in);
	asked_answer(w, site, p, a, &in);
}

void asked_refuse(struct world *w, unsigned site, struct peer *p, const struct asked *a,
		  uint16_t notify, struct span data)
{
	struct peer_inner in;

	peer_inner_init(&in);
	ike_notify_write_simple(&in.in.w, notify, data);
	asked_answer(w, site, p, a, &in);
}
