/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says forms. What has no words of its own stands as octets, with what it means as a comment. */
#include "form/form_print.h"

#include <string.h>

#include "form/form_line.h"
#include "form/form_names.h"
#include "report/decode_line.h"
#include "report/decode_payload.h"
#include "wire/hex.h"
#include "wire/ike_payloads.h"

#define OCTETS_A_LINE 32

static void hex_lines(GString *out, const char *indent, struct span s)
{
	char digits[2 * OCTETS_A_LINE + 1];

	for (size_t i = 0; i < s.n; i += OCTETS_A_LINE)
		g_string_append_printf(
		    out, "%soctets %s\n", indent,
		    hex_write(span_of(&s.p[i], MIN(s.n - i, OCTETS_A_LINE)), digits));
}

static void pieces(GString *out, const char *indent, const GPtrArray *all)
{
	for (unsigned i = 0; i < all->len; i++) {
		const struct form_piece *p = g_ptr_array_index(all, i);

		if (p->kind == FORM_OCTETS)
			hex_lines(out, indent, span_of(p->octets->data, p->octets->len));
		else if (p->kind == FORM_RANDOM)
			g_string_append_printf(out, "%srandom %zu\n", indent, p->n);
		else
			g_string_append_printf(out, "%soctets $%s\n", indent, p->name);
	}
}

static void payload_name(GString *out, unsigned type, uint8_t syn_type)
{
	if (type == syn_type)
		g_string_append(out, "SYN");
	else
		form_names_write(out, FORM_TABLE_PAYLOAD, type);
}

static void proposals(GString *out, const struct ike_sa *sa)
{
	for (unsigned i = 0; i < sa->n_proposals; i++) {
		const struct ike_proposal *o = &sa->proposals[i];
		char spi[2 * IKE_SA_SPI_MAX + 1];

		g_string_append_printf(out, "\tproposal %u ", o->number);
		form_names_write(out, FORM_TABLE_PROTOCOL, o->protocol);
		g_string_append_printf(out, "%s%s\n", o->spi_size ? " " : "",
				       hex_write(span_of(o->spi, o->spi_size), spi));
		for (unsigned k = o->first; k < o->first + o->count; k++) {
			const struct ike_transform *t = &sa->transforms[k];

			g_string_append(out, "\ttransform ");
			form_names_write(out, FORM_TABLE_TRANSFORM_TYPE, t->type);
			g_string_append_c(out, ' ');
			form_names_write(out, form_names_transform(t->type), t->id);
			if (t->key_bits)
				g_string_append_printf(out, " %u", t->key_bits);
			g_string_append_c(out, '\n');
		}
	}
}

static void notify_fields(GString *out, const struct form_payload *p)
{
	char spi[17];

	g_string_append(out, "\tnotify ");
	form_names_write(out, FORM_TABLE_NOTIFY, p->notify);
	g_string_append_c(out, '\n');
	if (p->protocol) {
		g_string_append(out, "\tprotocol ");
		form_names_write(out, FORM_TABLE_PROTOCOL, p->protocol);
		g_string_append_c(out, '\n');
	}
	if (p->spi)
		g_string_append_printf(out, "\tspi %s\n",
				       hex_write(span_of(p->spi->data, p->spi->len), spi));
}

/* The whole body where it is one run of octets; empty: it is not. */
static struct span only_octets(const struct form_payload *p)
{
	const struct form_piece *one = p->pieces->len == 1 ? g_ptr_array_index(p->pieces, 0) : NULL;

	return p->body == FORM_PIECES && one && one->kind == FORM_OCTETS
		   ? span_of(one->octets->data, one->octets->len)
		   : SPAN_NONE;
}

/* A SYN's index in words; false: it is none. */
static bool index_line(GString *out, struct span body)
{
	char text[INDEX_TEXT_MAX];
	struct index ix;

	if (index_parse(body, false, 0, &ix, NULL) != ERR_OK)
		return false;
	g_string_append_printf(out, "\tindex %s\n", index_text(&ix, text));
	return true;
}

/* The expert's words for what stands there as octets. */
static void comments(GString *out, uint8_t type, struct span body)
{
	const struct chain_payload p = { .type = type, .body = body };
	GPtrArray *lines = decode_new();

	decode_payload_body(lines, &p, 0, 0);
	for (unsigned i = 0; i < lines->len; i++) {
		const struct decoded_line *l = g_ptr_array_index(lines, i);

		g_string_append(out, "\t# ");
		/* whatever stands there, it stays one line */
		for (const char *c = l->text; *c; c++)
			g_string_append_c(out, (uint8_t)*c < 0x20 ? '?' : *c);
		g_string_append_c(out, '\n');
	}
	g_ptr_array_unref(lines);
}

static bool has_comments(uint8_t type)
{
	return type == PAYLOAD_IDI || type == PAYLOAD_IDR || type == PAYLOAD_DELETE ||
	       type == PAYLOAD_SA;
}

static void payload(GString *out, const struct form_payload *p, uint8_t syn_type)
{
	const struct span body = only_octets(p);

	g_string_append(out, "payload ");
	payload_name(out, p->type, syn_type);
	if (p->flags & CHAIN_CRITICAL)
		g_string_append(out, " critical");
	if (p->flags & (CHAIN_CRITICAL - 1))
		g_string_append_printf(out, " reserved %u", p->flags & (CHAIN_CRITICAL - 1));
	if (p->next != FORM_AUTO) {
		g_string_append(out, " next ");
		payload_name(out, (unsigned)p->next, syn_type);
	}
	if (p->length != FORM_AUTO)
		g_string_append_printf(out, " length %d", p->length);
	g_string_append_c(out, '\n');
	if (p->body == FORM_SA) {
		proposals(out, p->sa);
		return;
	}
	if (p->type == syn_type && index_line(out, body))
		return;
	if (p->body == FORM_NOTIFY) {
		notify_fields(out, p);
	} else if (p->body == FORM_KE) {
		g_string_append(out, "\tgroup ");
		form_names_write(out, FORM_TABLE_DH, p->group);
		g_string_append_c(out, '\n');
	} else if (p->type == PAYLOAD_VENDOR && ike_vendor_is_profile_1(&(struct chain_payload){
						    .type = PAYLOAD_VENDOR, .body = body })) {
		g_string_append(out, "\ttext ");
		form_line_quote(out, body);
		g_string_append_c(out, '\n');
		return;
	} else if (body.n && has_comments(p->type)) {
		comments(out, p->type, body);
	}
	pieces(out, "\t", p->pieces);
}

static void header(GString *out, const struct form_message *m, uint8_t syn_type)
{
	const struct ike_header *h = &m->header;
	const unsigned other =
	    h->flags & ~(unsigned)(IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE | IKE_FLAG_VERSION);

	if (m->fresh_spi_i)
		g_string_append(out, "spi-i fresh\n");
	if (m->has_spi_i)
		g_string_append_printf(out, "spi-i %016" G_GINT64_MODIFIER "x\n", h->spi_i);
	if (m->has_spi_r)
		g_string_append_printf(out, "spi-r %016" G_GINT64_MODIFIER "x\n", h->spi_r);
	g_string_append(out, "exchange ");
	form_names_write(out, FORM_TABLE_EXCHANGE, h->exchange);
	if (h->version != IKE_VERSION_2)
		g_string_append_printf(out, "\nversion %u.%u", h->version >> 4, h->version & 15);
	g_string_append_printf(out, "\nflags%s%s%s",
			       h->flags & IKE_FLAG_INITIATOR ? " initiator" : "",
			       h->flags & IKE_FLAG_RESPONSE ? " response" : "",
			       h->flags & IKE_FLAG_VERSION ? " version" : "");
	if (other || !h->flags)
		g_string_append_printf(out, " %u", other);
	g_string_append_c(out, '\n');
	if (m->has_id)
		g_string_append_printf(out, "message-id %u\n", h->message_id);
	if (m->next != FORM_AUTO) {
		g_string_append(out, "next ");
		payload_name(out, (unsigned)m->next, syn_type);
		g_string_append_c(out, '\n');
	}
	if (m->length != FORM_AUTO)
		g_string_append_printf(out, "length %" G_GINT64_FORMAT "\n", m->length);
	if (m->derivation)
		g_string_append_printf(out, "derivation %s\n", m->derivation);
}

static void sealed(GString *out, const struct form_message *m, uint8_t syn_type)
{
	g_string_append_printf(out, "sealed%s%s", m->padded ? " padded" : "",
			       m->wrong_icv ? " wrong-icv" : "");
	if (m->sealed_first != FORM_AUTO) {
		g_string_append(out, " first ");
		payload_name(out, (unsigned)m->sealed_first, syn_type);
	}
	g_string_append_c(out, '\n');
}

static void chain(GString *out, const struct form_message *m, uint8_t syn_type)
{
	for (unsigned i = 0; i < m->payloads->len; i++) {
		if ((int)i == m->sealed_from)
			sealed(out, m, syn_type);
		payload(out, g_ptr_array_index(m->payloads, i), syn_type);
	}
	if ((int)m->payloads->len == m->sealed_from)
		sealed(out, m, syn_type);
	if (m->trailer->len) {
		g_string_append(out, "trailer\n");
		pieces(out, "\t", m->trailer);
	}
}

void form_print(GString *out, const struct form_message *m, uint8_t syn_type)
{
	if (m->raw) {
		g_string_append(out, "message raw\n");
		pieces(out, "\t", m->trailer);
		return;
	}
	g_string_append(out, "message\n");
	header(out, m, syn_type);
	chain(out, m, syn_type);
}

void form_print_inner(GString *out, const struct form_message *m, uint8_t syn_type)
{
	GString *text = g_string_new(NULL);
	char **lines;

	chain(text, m, syn_type);
	lines = g_strsplit(text->str, "\n", -1);
	for (char **l = lines; *l && (**l || l[1]); l++)
		g_string_append_printf(out, "# %s\n", *l);
	g_strfreev(lines);
	g_string_free(text, TRUE);
}
