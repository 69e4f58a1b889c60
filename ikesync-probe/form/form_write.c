/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes with lib/wire's writers; what they would never write is patched in afterwards. */
#include "form/form_write.h"

#include "form/form_names.h"
#include "wire/ike_payloads.h"

#define HEADER_NEXT_AT 16
#define HEADER_LENGTH_AT 24

struct writing {
	const struct form_source *source;
	struct form_fault *fault;
	GArray *patches; /* of struct patch, for when the chain stands */
};
struct patch {
	size_t at, octets;
	uint64_t value;
};

static void later(struct writing *w, size_t at, size_t octets, gint64 value)
{
	const struct patch p = { at, octets, (uint64_t)value };

	if (value != FORM_AUTO)
		g_array_append_val(w->patches, p);
}

static void patch(struct writing *w, struct wcursor *c)
{
	for (unsigned i = 0; i < w->patches->len; i++) {
		const struct patch *p = &g_array_index(w->patches, struct patch, i);

		wcursor_patch(c, p->at, p->octets, p->value);
	}
	g_array_set_size(w->patches, 0);
}

/* Put the pieces together. */
static bool gather(struct writing *w, const GPtrArray *pieces, uint16_t group, GByteArray *out)
{
	for (unsigned i = 0; i < pieces->len; i++) {
		const struct form_piece *p = g_ptr_array_index(pieces, i);
		g_autofree char *why = NULL;
		guint at = out->len;

		if (p->kind == FORM_OCTETS) {
			g_byte_array_append(out, p->octets->data, p->octets->len);
		} else if (p->kind == FORM_RANDOM) {
			g_byte_array_set_size(out, at + (guint)p->n);
			if (p->n)
				rng_fill(w->source->rng, &out->data[at], p->n);
		} else if (!w->source->value) {
			return form_wrong(w->fault, p->line, "octets",
					  "$%s is known when it is sent, not before", p->name);
		} else if (!w->source->value(w->source->user, p->name, group, out, &why)) {
			return form_wrong(w->fault, p->line, "octets", "$%s: %s", p->name, why);
		}
	}
	return true;
}

static void write_body(struct chain_writer *w, const struct form_payload *p, struct span octets)
{
	const struct ike_notify n = { .protocol = p->protocol,
				      .type = p->notify,
				      .spi =
					  p->spi ? span_of(p->spi->data, p->spi->len) : SPAN_NONE,
				      .data = octets };

	switch (p->body) {
	case FORM_PIECES:
		chain_writer_payload(w, p->type, 0, octets);
		break;
	case FORM_KE:
		ike_ke_write(w, p->group, octets);
		break;
	case FORM_NOTIFY:
		ike_notify_write(w, &n);
		break;
	case FORM_SA:
		ike_sa_write(w, p->sa);
		break;
	}
}

static bool write_payload(struct writing *w, struct chain_writer *chain,
			  const struct form_payload *p)
{
	const size_t start = wcursor_size(chain->c);
	GByteArray *octets = g_byte_array_new();
	const bool ok = gather(w, p->pieces, p->body == FORM_KE ? p->group : 0, octets);

	if (ok) {
		write_body(chain, p, span_of(octets->data, octets->len));
		wcursor_patch(chain->c, start + 1, 1, p->flags);
		later(w, start, 1, p->next);
		later(w, start + 2, 2, p->length);
	}
	g_byte_array_unref(octets);
	if (ok && chain->c->err != ERR_OK)
		return form_wrong(w->fault, p->line, "payload", "it cannot be written: %s",
				  err_text(chain->c->err));
	return ok;
}

static bool write_range(struct writing *w, struct chain_writer *chain, const struct form_message *m,
			unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		if (!write_payload(w, chain, g_ptr_array_index(m->payloads, i)))
			return false;
	return true;
}

static bool write_trailer(struct writing *w, struct wcursor *c, const struct form_message *m)
{
	GByteArray *octets = g_byte_array_new();
	const bool ok = gather(w, m->trailer, 0, octets);

	wcursor_bytes(c, span_of(octets->data, octets->len));
	g_byte_array_unref(octets);
	return ok;
}

/* The Encrypted payload ends the message; the header's Length is right then. */
static bool seal(struct writing *w, struct chain_writer *chain, const struct form_message *m,
		 GByteArray *inner, uint8_t *first)
{
	const struct form_source *s = w->source;
	uint8_t *room = g_malloc(IKE_MESSAGE_MAX);
	struct wcursor c = wcursor_init(room, IKE_MESSAGE_MAX);
	struct chain_writer in;
	enum err err = ERR_KEY;
	bool ok;

	wcursor_u8(&c, PAYLOAD_NONE); /* where the first type goes */
	chain_writer_init(&in, &c, 0);
	ok = write_range(w, &in, m, (unsigned)m->sealed_from, m->payloads->len);
	patch(w, &c);
	ok = ok && write_trailer(w, &c, m);
	if (ok) {
		*first = m->sealed_first == FORM_AUTO ? room[0] : (uint8_t)m->sealed_first;
		if (s->keys)
			err = (m->padded ? sk_seal_padded
					 : sk_seal)(chain, s->keys, SK_FROM_INITIATOR, s->iv,
						    s->rng, *first, wcursor_written(&c, 1));
		if (err == ERR_OK && m->wrong_icv)
			chain->c->base[wcursor_size(chain->c) - 1] ^= 1;
		ok = err == ERR_OK ||
		     form_wrong(w->fault, m->sealed_line, "sealed", "it cannot be sealed: %s",
				err == ERR_KEY ? "there are no keys yet" : err_text(err));
	}
	if (ok && inner)
		g_byte_array_append(inner, &room[1], (guint)wcursor_size(&c) - 1);
	g_free(room);
	return ok;
}

static bool write_chain(struct writing *w, struct wcursor *c, const struct form_message *m,
			GByteArray *inner, uint8_t *first)
{
	const struct form_source *s = w->source;
	struct ike_header h = m->header;
	struct chain_writer chain;

	if (!m->has_spi_i)
		h.spi_i = s->spi_i;
	if (!m->has_spi_r)
		h.spi_r = s->spi_r;
	if (!m->has_id)
		h.message_id = s->message_id;
	chain_writer_message(&chain, c, &h);
	if (!write_range(w, &chain, m, 0,
			 m->sealed_from < 0 ? m->payloads->len : (unsigned)m->sealed_from))
		return false;
	if (m->sealed_from >= 0) {
		patch(w, c);
		if (!seal(w, &chain, m, inner, first))
			return false;
	} else if (!write_trailer(w, c, m)) {
		return false;
	}
	patch(w, c);
	if (chain_writer_finish(&chain) != ERR_OK)
		return form_wrong(w->fault, m->line, "message", "it cannot be written: %s",
				  err_text(c->err));
	wcursor_patch(c, HEADER_LENGTH_AT, 4,
		      m->length == FORM_AUTO ? wcursor_size(c) : (uint64_t)m->length);
	if (m->next != FORM_AUTO)
		wcursor_patch(c, HEADER_NEXT_AT, 1, (uint64_t)m->next);
	return true;
}

GByteArray *form_write(const struct form_message *m, const struct form_source *s, GByteArray *inner,
		       uint8_t *first, struct form_fault *fault)
{
	struct writing w = { s, fault, g_array_new(FALSE, FALSE, sizeof(struct patch)) };
	uint8_t *room = g_malloc(IKE_MESSAGE_MAX), ignored;
	struct wcursor c = wcursor_init(room, IKE_MESSAGE_MAX);
	GByteArray *out = NULL;
	const bool ok = m->raw ? write_trailer(&w, &c, m)
			       : write_chain(&w, &c, m, inner, first ? first : &ignored);

	if (ok && c.err != ERR_OK)
		form_wrong(fault, m->line, "message", "it is longer than %u octets",
			   IKE_MESSAGE_MAX);
	else if (ok)
		out = g_byte_array_append(g_byte_array_new(), room, (guint)wcursor_size(&c));
	g_array_unref(w.patches);
	secret_wipe(room, IKE_MESSAGE_MAX);
	g_free(room);
	return out;
}
