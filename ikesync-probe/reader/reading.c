/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what a capture holds, within bounds. */
#include "reader/reading.h"

#include "keys/secret.h"
#include "wire/iana.h"
#include "wire/ike_syn.h"

static void message_free(void *data)
{
	struct seen_message *m = data;

	g_free(m->octets);
	g_free(m);
}

/* A clear stub has SK_d in it. */
static void stub_free(void *data)
{
	struct seen_stub *s = data;

	secret_wipe(s->octets, s->n);
	g_free(s->octets);
	g_free(s);
}

struct reading *reading_new(uint8_t syn_type)
{
	struct reading *r = g_new0(struct reading, 1);

	r->messages = g_ptr_array_new_with_free_func(message_free);
	r->stubs = g_ptr_array_new_with_free_func(stub_free);
	r->unread = g_ptr_array_new_with_free_func(g_free);
	r->syn_type = syn_type;
	r->keys = key_ring_new();
	return r;
}

void reading_free(struct reading *r)
{
	if (!r)
		return;
	g_ptr_array_unref(r->messages);
	g_ptr_array_unref(r->stubs);
	g_ptr_array_unref(r->unread);
	key_ring_free(r->keys);
	g_free(r);
}

void reading_unread(struct reading *r, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	if (r->unread->len >= READING_NOTES_MAX ||
	    g_ptr_array_find_with_equal_func(r->unread, text, g_str_equal, NULL))
		g_free(text);
	else
		g_ptr_array_add(r->unread, text);
}

static bool room_for(struct reading *r, unsigned frame, size_t n)
{
	if (r->messages->len + r->stubs->len < READING_MESSAGES_MAX &&
	    r->octets + n <= READING_OCTETS_MAX) {
		r->octets += n;
		return true;
	}
	/* said once, with the first that was left out */
	if (!r->tail_lost)
		reading_unread(r,
			       "from frame %u on: more than %d messages or %zu octets of them are "
			       "not kept",
			       frame, READING_MESSAGES_MAX, READING_OCTETS_MAX);
	r->tail_lost = true;
	return false;
}

void reading_add_message(struct reading *r, const struct seen_message *like, struct span octets)
{
	struct seen_message *m;
	struct chain chain;

	if (!room_for(r, like->frame, octets.n + sizeof(*m)))
		return;
	m = g_memdup2(like, sizeof(*like));
	m->octets = g_memdup2(octets.p, octets.n);
	m->n = octets.n;
	if (ike_header_parse(octets, &m->header, &m->fault) == ERR_OK)
		(void)!chain_parse_body(octets, &m->header, &chain, &m->fault);
	g_ptr_array_add(r->messages, m);
}

void reading_add_stub(struct reading *r, const struct seen_stub *like, struct span octets)
{
	struct seen_stub *s;

	if (!room_for(r, like->frame, octets.n + sizeof(*s)))
		return;
	s = g_memdup2(like, sizeof(*like));
	s->octets = g_memdup2(octets.p, octets.n);
	s->n = octets.n;
	g_ptr_array_add(r->stubs, s);
}

bool seen_chain(const struct reading *r, const struct seen_message *m, struct chain *out)
{
	struct fault fault;

	out->n = 0;
	if (m->fault.err == ERR_OK)
		return chain_parse_body(seen_octets(m), &m->header, out, &fault) == ERR_OK;
	/* a SYN that breaks the chain is found all the same */
	if (m->header.exchange == EXCHANGE_IKE_SA_INIT && m->n >= IKE_HEADER_SIZE)
		return ike_syn_parse_chain(seen_octets(m), &m->header, r->syn_type, out, &fault) ==
		       ERR_OK;
	return false;
}
