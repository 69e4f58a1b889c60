/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages as lines for people. SK_d and shared secrets are told by their size alone. */
#include "report/decode_stub.h"

#include "report/decode_line.h"
#include "report/decode_payload.h"
#include "wire/stub_container.h"

static uint32_t number32(struct span s)
{
	struct rcursor c = rcursor_init(s, NULL);

	return rcursor_u32(&c, "number");
}

static void index_line(GPtrArray *out, const struct chain_payload *p, size_t at, unsigned depth)
{
	char text[INDEX_TEXT_MAX];
	struct index ix;
	struct fault f = { .err = ERR_OK };

	if (index_parse(p->body, true, at, &ix, &f) == ERR_OK)
		decode_line(out, at, p->body.n, depth, "%s", index_text(&ix, text));
	else
		decode_broken(out, at, p->body.n, depth, "%s: %s", f.field, err_text(f.err));
}

static void status_line(GPtrArray *out, const struct chain_payload *p, size_t at, unsigned depth)
{
	struct rcursor c = rcursor_init(p->body, NULL);
	const unsigned code = rcursor_u8(&c, "code"), flags = rcursor_u8(&c, "flags"),
		       item = rcursor_u16(&c, "item");
	char *words;

	if (!rcursor_ok(&c)) {
		decode_broken(out, at, p->body.n, depth, "status: %s", err_text(c.fault.err));
		return;
	}
	words = g_utf8_make_valid((const char *)p->body.p + 4, (gssize)(p->body.n - 4));
	if (item == STUB_ITEM_ALL)
		decode_line(out, at, p->body.n, depth, "%s, of the whole request%s%s%s",
			    iana_stub_status_name(code), flags & STUB_STATUS_MORE ? ", MORE" : "",
			    *words ? ": " : "", words);
	else
		decode_line(out, at, p->body.n, depth, "%s, item %u%s%s%s",
			    iana_stub_status_name(code), item,
			    flags & STUB_STATUS_MORE ? ", MORE" : "", *words ? ": " : "", words);
	g_free(words);
}

static void attribute_line(GPtrArray *out, const struct chain_payload *p, size_t at, unsigned depth)
{
	struct rcursor c = rcursor_init(p->body, NULL);
	const unsigned type = rcursor_u16(&c, "type");
	char *hex = decode_hex(rcursor_rest(&c));

	decode_line(out, at, p->body.n, depth, "%u (%s): %s", type, iana_stub_attribute_name(type),
		    hex);
	g_free(hex);
}

static void container(GPtrArray *out, const struct chain_payload *p, size_t base, unsigned depth);

static void body(GPtrArray *out, const struct chain_payload *p, size_t base, unsigned depth)
{
	const size_t at = base + p->offset + CHAIN_PAYLOAD_HEADER_SIZE;
	char *hex;

	switch (p->type) {
	case STUB_PAYLOAD_INDEX:
		index_line(out, p, at, depth);
		break;
	case STUB_PAYLOAD_STATUS:
		status_line(out, p, at, depth);
		break;
	case STUB_PAYLOAD_TRANSACTION:
		decode_line(out, at, p->body.n, depth, "#%u", number32(p->body));
		break;
	case STUB_PAYLOAD_LIFETIME:
		decode_line(out, at, p->body.n, depth, "%u s", number32(p->body));
		break;
	case STUB_PAYLOAD_ATTRIBUTE:
		attribute_line(out, p, at, depth);
		break;
	case STUB_PAYLOAD_SK_D:
	case STUB_PAYLOAD_SHARED_SECRET:
		decode_line(out, at, p->body.n, depth, "%zu octets, blanked here", p->body.n);
		break;
	case STUB_PAYLOAD_STUB:
		container(out, p, base, depth);
		break;
	case PAYLOAD_SA:
	case PAYLOAD_IDI:
	case PAYLOAD_IDR:
		decode_payload_body(out, p, base, depth);
		break;
	default:
		hex = decode_hex(p->body);
		decode_line(out, at, p->body.n, depth, "%zu octets: %s", p->body.n, hex);
		g_free(hex);
	}
}

static const char *name_of(unsigned type)
{
	return type < 128 ? iana_payload_name(type) : iana_stub_payload_name(type);
}

/* The payloads of `octets`, which lies at `at` in the message. */
static void payloads(GPtrArray *out, struct span octets, unsigned first, size_t at, unsigned depth)
{
	struct chain_iter it;
	struct chain_payload p;
	struct fault f = { .err = ERR_OK };

	chain_iter_init(&it, octets, (uint8_t)first, octets.p);
	while (chain_iter_next(&it, &p)) {
		decode_line(out, at + p.offset, CHAIN_PAYLOAD_HEADER_SIZE + p.body.n, depth,
			    "payload %u, %s, %zu octets", p.type, name_of(p.type),
			    CHAIN_PAYLOAD_HEADER_SIZE + p.body.n);
		body(out, &p, at, depth + 1);
	}
	if (chain_iter_finish(&it, &f) != ERR_OK)
		decode_broken(out, at + MIN(f.offset, octets.n), octets.n - MIN(f.offset, octets.n),
			      depth, "%s: %s", f.field, err_text(f.err));
}

static void container(GPtrArray *out, const struct chain_payload *p, size_t base, unsigned depth)
{
	const size_t at = base + p->offset + CHAIN_PAYLOAD_HEADER_SIZE;

	if (p->body.n < STUB_CONTAINER_HEAD)
		decode_broken(out, at, p->body.n, depth, "container: %s", err_text(ERR_TRUNCATED));
	else
		payloads(out,
			 span_of(p->body.p + STUB_CONTAINER_HEAD, p->body.n - STUB_CONTAINER_HEAD),
			 p->body.p[0], at + STUB_CONTAINER_HEAD, depth);
}

GPtrArray *decode_stub(struct span message)
{
	GPtrArray *out = decode_new();
	struct rcursor c = rcursor_init(message, NULL);
	const unsigned next = rcursor_u8(&c, "next payload"), type = rcursor_u8(&c, "type"),
		       length = rcursor_u16(&c, "length");

	if (!rcursor_ok(&c)) {
		decode_broken(out, 0, message.n, 0, "%zu octets: no header of a stub message",
			      message.n);
		return out;
	}
	decode_line(out, 0, STUB_HEADER_SIZE, 0, "stub message: %u (%s), %u octets", type,
		    iana_stub_message_name(type), length);
	payloads(out, rcursor_rest(&c), next, STUB_HEADER_SIZE, 0);
	return out;
}

char *decode_summary_stub(struct span message)
{
	struct stub_message m;
	struct stub_items it;
	struct stub_item item;
	struct fault f = { .err = ERR_OK };
	unsigned n = 0;
	GString *s = g_string_new(NULL);
	const bool whole = stub_message_parse(message, &m, &f) == ERR_OK;

	if (message.n < STUB_HEADER_SIZE) {
		g_string_printf(s, "%zu octets", message.n);
		return g_string_free(s, FALSE);
	}
	g_string_printf(s, "%s", iana_stub_message_name(m.header.type));
	if (m.has_transaction)
		g_string_append_printf(s, " #%u", m.transaction);
	if (!whole) {
		g_string_append(s, " (broken)");
		return g_string_free(s, FALSE);
	}
	stub_items_init(&it, &m);
	for (; stub_items_next(&it, &item, &f); n++)
		if (item.has_status && n < 4)
			g_string_append_printf(s, "%s %s", n ? "," : ":",
					       iana_stub_status_name(item.status.code));
	if (n > 1)
		g_string_append_printf(s, ", %u items", n);
	return g_string_free(s, FALSE);
}
