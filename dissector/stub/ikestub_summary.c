/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a stub message in few words, and saying them. */
#include "stub/ikestub_summary.h"

#include "base/label.h"
#include "stub/ikestub_fields.h"

/* Two indexes and what may stand around them. */
#define SUMMARY_MAX (2 * INDEX_TEXT_SIZE + 160)

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

static void text_statuses(struct label *l, const struct stub_summary *s)
{
	const char *bad = val_to_str_const(s->first_bad, stub_status_names, "unknown status");

	label_text(l, ": ");
	if (s->statuses == 1) {
		label_text(l, s->ok ? "ok" : bad);
	} else {
		label_uint(l, s->ok);
		label_text(l, " ok");
		if (s->ok != s->statuses) {
			label_text(l, ", ");
			label_uint(l, s->statuses - s->ok);
			label_text(l, " not (");
			label_text(l, bad);
			label_text(l, ")");
		}
	}
	if (s->stubs) {
		label_text(l, ", ");
		label_uint(l, s->stubs);
		label_text(l, s->stubs == 1 ? " stub" : " stubs");
	}
	if (s->more)
		label_text(l, ", more follows");
}

static void text_index(struct label *l, const char *before, const struct index_body *idx)
{
	char text[INDEX_TEXT_SIZE];

	index_body_write(idx, text);
	label_text(l, before);
	label_text(l, text);
}

const char *stub_summary_text(wmem_allocator_t *scope, const struct stub_summary *s)
{
	const char *name = try_val_to_str(s->type, stub_message_names);
	char *text = wmem_alloc(scope, SUMMARY_MAX);
	struct label l = { text, text + SUMMARY_MAX - 1 };

	label_text(&l, name ? name : "message of type ");
	if (!name)
		label_uint(&l, s->type);
	/* What the bank sends unasked (rule 33). */
	if (!s->reply && (s->type == STUB_DOWNLOAD ||
			  (s->type == STUB_DELETE && s->transaction & STUB_TRANSACTION_PUSH)))
		label_text(&l, " (push)");
	if (s->has_transaction) {
		label_text(&l, " 0x");
		label_hex(&l, s->transaction, 8);
	}
	if (s->reply) {
		label_text(&l, " reply");
		text_statuses(&l, s);
		return text;
	}
	if (s->has_index)
		text_index(&l, s->prefetch ? " prefetch " : " ", &s->idx);
	if (s->has_to) {
		text_index(&l, " to ", &s->to);
		if (stub_summary_is_move(s))
			label_text(&l, " (move)");
	}
	if (s->items > 1 && !s->prefetch) {
		label_text(&l, " and ");
		label_uint(&l, s->items - 1);
		label_text(&l, " more");
	}
	return text;
}
