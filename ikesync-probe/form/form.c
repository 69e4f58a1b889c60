/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A form's parts come and go. */
#include "form/form.h"

bool form_wrong(struct form_fault *f, unsigned line, const char *field, const char *format, ...)
{
	va_list args;

	if (f->rule[0])
		return false;
	f->line = line;
	g_strlcpy(f->field, field, sizeof(f->field));
	va_start(args, format);
	g_vsnprintf(f->rule, sizeof(f->rule), format, args);
	va_end(args);
	return false;
}

static void piece_free(gpointer data)
{
	struct form_piece *p = data;

	if (p->octets)
		g_byte_array_unref(p->octets);
	g_free(p->name);
	g_free(p);
}

GPtrArray *form_pieces_new(void)
{
	return g_ptr_array_new_with_free_func(piece_free);
}

struct form_piece *form_piece_add(GPtrArray *pieces, enum form_piece_kind kind, unsigned line)
{
	struct form_piece *p = g_new0(struct form_piece, 1);

	p->kind = kind;
	p->line = line;
	g_ptr_array_add(pieces, p);
	return p;
}

void form_piece_octets(GPtrArray *pieces, unsigned line, struct span octets)
{
	struct form_piece *p = form_piece_add(pieces, FORM_OCTETS, line);

	p->octets = g_byte_array_sized_new((guint)octets.n);
	if (octets.n)
		g_byte_array_append(p->octets, octets.p, (guint)octets.n);
}

struct form_payload *form_payload_new(unsigned line, uint8_t type)
{
	struct form_payload *p = g_new0(struct form_payload, 1);

	p->line = line;
	p->type = type;
	p->next = p->length = FORM_AUTO;
	p->pieces = form_pieces_new();
	return p;
}

void form_payload_free(struct form_payload *p)
{
	if (p->spi)
		g_byte_array_unref(p->spi);
	g_free(p->sa);
	g_ptr_array_unref(p->pieces);
	g_free(p);
}

static void payload_free(gpointer data)
{
	form_payload_free(data);
}

struct form_message *form_message_new(unsigned line)
{
	struct form_message *m = g_new0(struct form_message, 1);

	m->line = line;
	m->header.version = IKE_VERSION_2;
	m->header.flags = IKE_FLAG_INITIATOR;
	m->next = m->sealed_first = m->sealed_from = FORM_AUTO;
	m->length = FORM_AUTO;
	m->payloads = g_ptr_array_new_with_free_func(payload_free);
	m->trailer = form_pieces_new();
	return m;
}

void form_message_free(struct form_message *m)
{
	if (!m)
		return;
	g_ptr_array_unref(m->payloads);
	g_ptr_array_unref(m->trailer);
	g_free(m->derivation);
	g_free(m);
}

static void message_free(gpointer data)
{
	form_message_free(data);
}

struct form *form_new(void)
{
	struct form *f = g_new0(struct form, 1);

	f->messages = g_ptr_array_new_with_free_func(message_free);
	return f;
}

void form_free(struct form *f)
{
	if (!f)
		return;
	g_ptr_array_unref(f->messages);
	g_free(f);
}
