/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a stub message in few words, and saying them. */
#include "stub/ikestub_summary.h"

#include "stub/ikestub_fields.h"

bool stub_index_of(tvbuff_t *tvb, const struct payload_walk *w, struct index_body *out)
{
	struct payload_walk inner;

	if (w->type == PL_INDEX) {
		index_body_read(tvb, payload_body(w), payload_body_length(w), out);
		return out->address_size != 0;
	}
	if (w->type != PL_STUB)
		return false;
	inner = payload_walk_in(w->p, payload_body(w), w->at);
	if (!payload_next(&inner) || inner.type != PL_INDEX)
		return false;
	index_body_read(tvb, payload_body(&inner), payload_body_length(&inner), out);
	return out->address_size != 0;
}

static void read_status(tvbuff_t *tvb, unsigned body, unsigned length, struct stub_summary *out)
{
	uint8_t code;

	out->statuses++;
	if (length < 4)
		return;
	code = ws_get_u8(tvb, (int)body);
	out->codes[MIN(code, STUB_STATUS_CODES - 1)]++;
	if (code == STATUS_OK)
		out->ok++;
	else if (out->statuses - out->ok == 1)
		out->first_bad = code;
	if (ws_get_u8(tvb, (int)body + 1) & STATUS_MORE)
		out->more = true, out->mores++;
	if (tvb_get_ntohs(tvb, (int)body + 2) == STATUS_WHOLE_MESSAGE)
		out->whole_message = true;
}

static void read_payload(tvbuff_t *tvb, const struct payload_walk *w, unsigned position,
			 struct stub_summary *out)
{
	unsigned body = payload_body(w), length = payload_body_length(w);
	struct index_body idx;

	switch (w->type) {
	case PL_TRANSACTION:
		if (position == 0 && length == 4) {
			out->has_transaction = true;
			out->transaction = tvb_get_ntohl(tvb, (int)body);
		}
		break;
	case PL_STATUS:
		out->reply = true;
		read_status(tvb, body, length, out);
		break;
	case PL_INDEX:
		if (out->type != STUB_UPDATE)
			out->items++;
		index_body_read(tvb, body, length, &idx);
		if (!out->has_index && idx.address_size) {
			out->idx = idx;
			out->has_index = true;
			out->prefetch = out->type == STUB_GET && out->items == 1 &&
					(idx.faults & INDEX_ZERO_SPI);
		}
		break;
	case PL_STUB:
		out->stubs++;
		out->items++;
		if (!stub_index_of(tvb, w, &idx))
			break;
		if (out->type == STUB_UPDATE && !out->has_to) {
			out->to = idx;
			out->has_to = true;
		} else if (out->type != STUB_UPDATE && !out->has_index) {
			out->idx = idx;
			out->has_index = true;
		}
		break;
	default:
		break;
	}
}

void stub_summary_read(tvbuff_t *tvb, struct stub_summary *out)
{
	struct payload_walk w = payload_walk_tvb(tvb);

	memset(out, 0, sizeof(*out));
	if (w.end < PAYLOAD_FIRST_SIZE)
		return;
	out->type = w.p[1];
	for (unsigned position = 0; payload_next(&w); position++) {
		read_payload(tvb, &w, position, out);
		/* Its header may be behind the end of the capture. */
		if (position == 0 && w.next == PL_STATUS)
			out->reply = true;
	}
	out->whole = w.fault == PAYLOAD_OK && tvb_captured_length(tvb) == tvb_reported_length(tvb);
}

bool stub_summary_is_move(const struct stub_summary *s)
{
	return s->type == STUB_UPDATE && s->has_index && s->has_to &&
	       !index_body_same_address(&s->idx, &s->to);
}

static void text_statuses(wmem_strbuf_t *b, const struct stub_summary *s)
{
	const char *bad = val_to_str_const(s->first_bad, stub_status_names, "unknown status");

	if (s->statuses == 1)
		wmem_strbuf_append_printf(b, ": %s", s->ok ? "ok" : bad);
	else if (s->ok == s->statuses)
		wmem_strbuf_append_printf(b, ": %u ok", s->ok);
	else
		wmem_strbuf_append_printf(b, ": %u ok, %u not (%s)", s->ok, s->statuses - s->ok,
					  bad);
	if (s->stubs)
		wmem_strbuf_append_printf(b, ", %u stub%s", s->stubs, s->stubs == 1 ? "" : "s");
	if (s->more)
		wmem_strbuf_append(b, ", more follows");
}

const char *stub_summary_text(wmem_allocator_t *scope, const struct stub_summary *s)
{
	const char *name = try_val_to_str(s->type, stub_message_names);
	wmem_strbuf_t *b = wmem_strbuf_new(scope, "");

	if (name)
		wmem_strbuf_append(b, name);
	else
		wmem_strbuf_append_printf(b, "message of type %u", s->type);
	/* What the bank sends unasked (rule 33). */
	if (!s->reply && (s->type == STUB_DOWNLOAD ||
			  (s->type == STUB_DELETE && s->transaction & STUB_TRANSACTION_PUSH)))
		wmem_strbuf_append(b, " (push)");
	if (s->has_transaction)
		wmem_strbuf_append_printf(b, " 0x%08x", s->transaction);
	if (s->reply) {
		wmem_strbuf_append(b, " reply");
		text_statuses(b, s);
		return wmem_strbuf_get_str(b);
	}
	if (s->has_index && s->prefetch)
		wmem_strbuf_append_printf(b, " prefetch %s", index_body_text(scope, &s->idx));
	else if (s->has_index)
		wmem_strbuf_append_printf(b, " %s", index_body_text(scope, &s->idx));
	if (s->has_to)
		wmem_strbuf_append_printf(b, " to %s%s", index_body_text(scope, &s->to),
					  stub_summary_is_move(s) ? " (move)" : "");
	if (s->items > 1 && !s->prefetch)
		wmem_strbuf_append_printf(b, " and %u more", s->items - 1);
	return wmem_strbuf_get_str(b);
}
