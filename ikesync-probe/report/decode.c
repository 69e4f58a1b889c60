/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE messages as lines for people. Reads any octets with the readers of lib/wire. */
#include "report/decode.h"

#include "report/decode_line.h"
#include "report/decode_payload.h"
#include "wire/ike_payloads.h"

/* Where the message begins: behind the non-ESP marker, if there is one. */
static size_t marker_size(struct span d)
{
	return d.n > IKE_NON_ESP_MARKER_SIZE && memcmp(d.p, "\0\0\0", IKE_NON_ESP_MARKER_SIZE) == 0
		   ? IKE_NON_ESP_MARKER_SIZE
		   : 0;
}

static const char *direction(const struct ike_header *h)
{
	return h->flags & IKE_FLAG_RESPONSE ? "response" : "request";
}

static void header_lines(GPtrArray *out, size_t at, const struct ike_header *h)
{
	decode_line(out, at, 16, 1,
		    "SPIi %016" G_GINT64_MODIFIER "x, SPIr %016" G_GINT64_MODIFIER "x", h->spi_i,
		    h->spi_r);
	decode_line(out, at + 16, 3, 1,
		    "next payload %u (%s), version %u.%u, exchange type %u (%s)", h->next_payload,
		    iana_payload_name(h->next_payload), h->version >> 4, h->version & 15u,
		    h->exchange, iana_exchange_name(h->exchange));
	decode_line(out, at + 19, 1, 1, "flags 0x%02x (%s, %s)", h->flags,
		    h->flags & IKE_FLAG_INITIATOR ? "from the original initiator"
						  : "from the original responder",
		    direction(h));
	decode_line(out, at + 20, 8, 1, "message ID %u, length %u", h->message_id, h->length);
}

static void payload_lines(GPtrArray *out, const struct chain *chain, size_t shift,
			  unsigned syn_type)
{
	for (unsigned i = 0; i < chain->n; i++)
		decode_payload(out, &chain->at[i], shift, syn_type);
}

static void fault_line(GPtrArray *out, const struct fault *f, size_t shift, size_t size)
{
	const size_t at = MIN(f->offset + shift, size);

	decode_broken(out, at, size - at, 1, "%s: %s", f->field ? f->field : "message",
		      err_text(f->err));
}

GPtrArray *decode_ike(struct span datagram, unsigned syn_type)
{
	GPtrArray *out = decode_new();
	const size_t at = marker_size(datagram);
	const struct span m = span_of(datagram.p + at, datagram.n - at);
	struct ike_header h = { 0 };
	struct fault f = { .err = ERR_OK };
	struct chain *chain = g_new0(struct chain, 1);
	enum err err = ike_header_parse(m, &h, &f);

	if (at)
		decode_line(out, 0, at, 0, "non-ESP marker");
	if (m.n < IKE_HEADER_SIZE) {
		decode_broken(out, at, m.n, 0, "%zu octets: no IKE header", m.n);
	} else {
		decode_line(out, at, IKE_HEADER_SIZE, 0, "IKE header: %s %s, message ID %u",
			    iana_exchange_name(h.exchange), direction(&h), h.message_id);
		header_lines(out, at, &h);
		if (err == ERR_OK)
			err = chain_parse_body(m, &h, chain, &f);
		payload_lines(out, chain, at, syn_type);
		if (err != ERR_OK)
			fault_line(out, &f, at, datagram.n);
	}
	g_free(chain);
	return out;
}

GPtrArray *decode_payloads(struct span octets, unsigned first)
{
	GPtrArray *out = decode_new();
	struct chain *chain = g_new0(struct chain, 1);
	struct fault f = { .err = ERR_OK };

	if (chain_parse(octets, (uint8_t)first, octets.p, chain, &f) != ERR_OK)
		fault_line(out, &f, 0, octets.n);
	payload_lines(out, chain, 0, 0);
	g_free(chain);
	return out;
}

static void names(GString *s, const struct chain *chain, unsigned syn_type)
{
	for (unsigned i = 0; i < chain->n; i++) {
		char *name = decode_payload_name(&chain->at[i], syn_type);

		g_string_append_printf(s, "%s%s", i ? ", " : "", name);
		g_free(name);
	}
}

char *decode_summary_ike(struct span datagram, unsigned syn_type, struct span inner,
			 unsigned inner_first)
{
	const size_t at = marker_size(datagram);
	const struct span m = span_of(datagram.p + at, datagram.n - at);
	struct ike_header h = { 0 };
	struct fault f;
	struct chain *chain = g_new0(struct chain, 1);
	GString *s = g_string_new(NULL);
	enum err err = ike_header_parse(m, &h, &f);

	if (m.n < IKE_HEADER_SIZE) {
		g_string_printf(s, "%zu octets", datagram.n);
	} else {
		g_string_printf(s, "%s %s", iana_exchange_name(h.exchange), direction(&h));
		if (h.exchange != EXCHANGE_IKE_SA_INIT)
			g_string_append_printf(s, " %u", h.message_id);
		g_string_append(s, ": ");
		if (err == ERR_OK)
			err = chain_parse_body(m, &h, chain, &f);
		names(s, chain, syn_type);
	}
	if (inner.p && chain_parse(inner, (uint8_t)inner_first, inner.p, chain, &f) == ERR_OK) {
		g_string_append(s, " {");
		names(s, chain, syn_type);
		g_string_append_c(s, '}');
	}
	if (m.n >= IKE_HEADER_SIZE && err != ERR_OK)
		g_string_append(s, " (broken)");
	g_free(chain);
	return g_string_free(s, FALSE);
}
