/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads replies octet by octet, without the parsers that they may have been made with. */
#include "gateway/reply_form.h"

#include "wire/cursor.h"
#include "wire/iana.h"
#include "wire/stub_message.h"

#define STATUS_MIN 4
#define RESERVED_BITS 0x7f

static const struct {
	const char *clause, *what, *expected;
} said[FORM_CLAUSES] = {
	[FORM_LENGTH] = { "26.1", "Payload Length is the whole message, and the chain ends with it",
			  "header of 4 octets, payloads, nothing behind them" },
	[FORM_TYPE] = { "26.2", "each reply has the type that its request asks for",
			"download (4) for a get, else the request's own" },
	[FORM_PAYLOADS] = { "27.1", "replies consist of the payloads of profile 1",
			    "207, then 206 with a known code and UTF-8 text of at most 255 octets, "
			    "and 201; others only where they are unknown to it" },
	[FORM_RESERVED] = { "27.2", "RESERVED is sent as 0", "0 in payload headers and in 206" },
	[FORM_FIRST] = { "28.1", "each message starts with one transaction",
			 "one 207 of 4 octets, first" },
	[FORM_ECHO] = { "28.2", "each reply carries the transaction of its request",
			"the request's" },
	[FORM_ITEMS] = { "31.1", "each item has one status, in the order asked, by its number",
			 "206 of items 0, 1, 2 and so on, each once, or one of 0xffff; a stub only "
			 "behind its ok" },
	[FORM_MORE] = { "31.2", "MORE is set in all messages of a reply but the last",
			"every 206 of a message with the same MORE, the last one's without" },
	[FORM_STATUS] = { "38.1", "a reply has a status", "at least one 206 a message" },
	[FORM_REFUSAL] = { "42.1", "a refusal has the type that the right reply would have",
			   "download (4) for a get, else the request's own" },
};

void reply_form_clear(struct reply_form *f)
{
	for (int i = 0; i < FORM_CLAUSES; i++)
		g_free(f->first[i]);
	*f = (struct reply_form){ 0 };
}

void reply_form_wrong(struct reply_form *f, enum form_clause c, const char *format, ...)
{
	va_list args;

	if (!f)
		return;
	f->wrong[c]++;
	if (f->first[c])
		return;
	va_start(args, format);
	f->first[c] = g_strdup_vprintf(format, args);
	va_end(args);
}

void reply_form_state(const struct reply_form *f, struct evidence *e)
{
	if (!f->replies && !f->wrong[FORM_ECHO])
		return;
	for (int i = 0; i < FORM_CLAUSES; i++) {
		if (!f->asked[i] && !f->wrong[i])
			continue;
		if (f->wrong[i])
			evidence_clause(e, said[i].clause, false, said[i].what, said[i].expected,
					"%s (%u times in %u replies)", f->first[i], f->wrong[i],
					f->replies);
		else
			evidence_clause(e, said[i].clause, true, said[i].what, said[i].expected,
					"so in %u replies", f->asked[i]);
	}
}

void reply_reader_init(struct reply_reader *r, struct reply_form *form,
		       const struct reply_wanted *wanted)
{
	*r = (struct reply_reader){ .form = form, .wanted = *wanted };
}

static uint8_t wanted_type(uint8_t asked)
{
	return asked == STUB_GET ? STUB_DOWNLOAD : asked;
}

static bool known_type(uint8_t type)
{
	return type >= STUB_INIT && type <= STUB_DELETE;
}

/* What one message says. */
struct view {
	unsigned n; /* payloads */
	unsigned n_206;
	int more; /* -1: no status yet */
	bool after_ok;
};

static void take_status(struct reply_reader *r, struct view *v, struct span body)
{
	struct rcursor c = rcursor_init(body, NULL);
	uint8_t code = rcursor_u8(&c, "code"), flags = rcursor_u8(&c, "flags");
	uint16_t item = rcursor_u16(&c, "item");
	bool more = flags & STUB_STATUS_MORE;

	v->n_206++;
	if (body.n < STATUS_MIN || body.n > STATUS_MIN + STUB_STATUS_TEXT_MAX)
		reply_form_wrong(r->form, FORM_PAYLOADS, "a 206 of %zu octets", body.n);
	else if (!g_utf8_validate((const char *)body.p + STATUS_MIN, (gssize)(body.n - STATUS_MIN),
				  NULL))
		reply_form_wrong(r->form, FORM_PAYLOADS, "a 206 whose text is no UTF-8");
	if (code > STUB_FULL)
		reply_form_wrong(r->form, FORM_PAYLOADS, "status code %u", code);
	if (flags & RESERVED_BITS)
		reply_form_wrong(r->form, FORM_RESERVED, "206 with RESERVED 0x%02x",
				 flags & RESERVED_BITS);
	if (v->more >= 0 && v->more != more)
		reply_form_wrong(r->form, FORM_MORE,
				 "MORE in one 206 of a message and not in another");
	v->more = more;
	r->refused |= code != STUB_OK;
	v->after_ok = code == STUB_OK;
	if (r->wanted.prefetch || item == STUB_ITEM_ALL) {
		if (item != STUB_ITEM_ALL)
			reply_form_wrong(r->form, FORM_ITEMS, "item %u in the reply to a prefetch",
					 item);
		else if (!r->wanted.prefetch && (r->next || r->whole))
			reply_form_wrong(r->form, FORM_ITEMS, "item 0xffff beside others");
		else if (!r->wanted.prefetch && r->wanted.items && code == STUB_OK)
			reply_form_wrong(r->form, FORM_ITEMS, "one ok for the whole request");
		r->whole = true;
		return;
	}
	if (r->wanted.items && (item != r->next || r->whole))
		reply_form_wrong(r->form, FORM_ITEMS, "item %u where item %u is due (order)", item,
				 r->next);
	r->next = item + 1u;
}

static void take_payload(struct reply_reader *r, struct view *v, uint8_t type, uint8_t reserved,
			 struct span body)
{
	struct rcursor c = rcursor_init(body, NULL);

	if (reserved)
		reply_form_wrong(r->form, FORM_RESERVED, "payload %u with RESERVED 0x%02x", type,
				 reserved);
	if ((v->n++ == 0) != (type == STUB_PAYLOAD_TRANSACTION))
		reply_form_wrong(r->form, FORM_FIRST,
				 type == STUB_PAYLOAD_TRANSACTION ? "a second 207"
								  : "no 207 in front");
	switch (type) {
	case STUB_PAYLOAD_TRANSACTION:
		if (body.n != 4)
			reply_form_wrong(r->form, FORM_FIRST, "a 207 of %zu octets", body.n);
		else if (rcursor_u32(&c, "transaction") != r->wanted.transaction)
			reply_form_wrong(r->form, FORM_ECHO, "another transaction");
		break;
	case STUB_PAYLOAD_STATUS:
		take_status(r, v, body);
		break;
	case STUB_PAYLOAD_STUB:
		if (wanted_type(r->wanted.type) != STUB_DOWNLOAD)
			reply_form_wrong(r->form, FORM_PAYLOADS, "a stub where none was asked for");
		else if (!v->after_ok)
			reply_form_wrong(r->form, FORM_ITEMS,
					 "a stub that follows no ok, or the second one behind it");
		if (!r->wanted.prefetch)
			v->after_ok = false;
		break;
	default:
		/* what this profile has no number for is of a later one, and skipped (27.3) */
		if (type == PAYLOAD_SA || type == PAYLOAD_IDI || type == PAYLOAD_IDR ||
		    (type >= STUB_PAYLOAD_INDEX && type <= STUB_PAYLOAD_ATTRIBUTE))
			reply_form_wrong(r->form, FORM_PAYLOADS, "a payload of type %u", type);
	}
}

static void take_chain(struct reply_reader *r, struct view *v, struct span message)
{
	struct rcursor c = rcursor_init(message, NULL);
	uint8_t next = rcursor_u8(&c, "next");
	uint8_t type = rcursor_u8(&c, "type");
	uint16_t length = rcursor_u16(&c, "length");
	bool refusal = r->wanted.items == 0 && !r->wanted.prefetch;

	if (length != message.n)
		reply_form_wrong(r->form, FORM_LENGTH,
				 "Payload Length %u of a message of %zu octets", length, message.n);
	if (type != wanted_type(r->wanted.type))
		reply_form_wrong(r->form,
				 refusal || !known_type(r->wanted.type) ? FORM_REFUSAL : FORM_TYPE,
				 "type %u in answer to a request of type %u", type, r->wanted.type);
	while (next) {
		uint8_t now = next, reserved;
		struct span body;

		next = rcursor_u8(&c, "next");
		reserved = rcursor_u8(&c, "reserved");
		length = rcursor_u16(&c, "length");
		if (!rcursor_ok(&c) || length < 4 || length - 4u > rcursor_left(&c)) {
			reply_form_wrong(r->form, FORM_LENGTH,
					 "payload %u of length %u points past "
					 "the message",
					 now, length);
			return;
		}
		body = rcursor_bytes(&c, length - 4u, "body");
		take_payload(r, v, now, reserved, body);
	}
	if (rcursor_left(&c))
		reply_form_wrong(r->form, FORM_LENGTH, "%zu octets behind the last payload",
				 rcursor_left(&c));
}

void reply_reader_take(struct reply_reader *r, struct span message)
{
	struct view v = { .more = -1 };

	if (!r->form)
		return;
	take_chain(r, &v, message);
	r->messages++;
	if (v.n_206 == 0)
		reply_form_wrong(r->form, FORM_STATUS, "a message without any 206");
	if (v.n == 0)
		reply_form_wrong(r->form, FORM_FIRST, "no 207 in front");
	r->more_now = v.more > 0;
}

void reply_reader_end(struct reply_reader *r)
{
	struct reply_form *f = r->form;

	if (!f || !r->messages)
		return;
	f->replies++;
	for (int i = 0; i < FORM_CLAUSES; i++)
		if (i != FORM_TYPE && i != FORM_REFUSAL && i != FORM_ITEMS)
			f->asked[i]++;
	if (r->wanted.items || r->wanted.prefetch) {
		f->asked[FORM_TYPE]++;
		f->asked[FORM_ITEMS]++;
	}
	if (r->refused)
		f->asked[FORM_REFUSAL]++;
	if (r->more_now)
		reply_form_wrong(f, FORM_MORE, "MORE in the last message: no further one came");
	if (r->wanted.items && !r->whole && r->next != r->wanted.items)
		reply_form_wrong(f, FORM_ITEMS, "%u of %u items have a status", r->next,
				 r->wanted.items);
}
