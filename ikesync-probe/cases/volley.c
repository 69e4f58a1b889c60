/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests go out together; answers are sorted by SPIi. */
#include "cases/volley.h"

#include "cases/reshape.h"

void volley_add(struct volley *v, const char *what, GByteArray *octets)
{
	g_assert(v->n < VOLLEY_MAX);
	v->shots[v->n++] = (struct volley_shot){ .what = what,
						 .octets = octets,
						 .spi_i = reshape_read_header(octets).spi_i };
}

/* true: every shot has been answered. */
static bool sort(struct volley *v, struct span message)
{
	unsigned answered = 0;

	for (unsigned i = 0; i < v->n; i++) {
		struct volley_shot *s = &v->shots[i];
		struct init_answer a;

		if (init_read(message, s->spi_i, &a)) {
			if (s->n_answers++ == 0)
				s->a = a;
			else
				init_answer_clear(&a);
		}
		answered += s->n_answers != 0;
	}
	return answered == v->n;
}

void volley_send(struct volley *v, struct client *c, uint64_t wait_ms)
{
	const uint64_t deadline = probe_now() + wait_ms;
	struct span message;

	for (unsigned i = 0; i < v->n; i++)
		transport_send(c->transport,
			       span_of(v->shots[i].octets->data, v->shots[i].octets->len));
	while (transport_receive(c->transport, deadline, &message))
		if (sort(v, message))
			break;
}

void volley_clear(struct volley *v)
{
	for (unsigned i = 0; i < v->n; i++) {
		g_byte_array_unref(v->shots[i].octets);
		init_answer_clear(&v->shots[i].a);
	}
	*v = (struct volley){ 0 };
}
