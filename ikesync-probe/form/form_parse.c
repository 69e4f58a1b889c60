/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar: a keyword and its values on each line. */
#include "form/form_parse.h"

#include <string.h>

#include "diagnosis/bind_guess.h"
#include "diagnosis/diagnosis.h"
#include "form/form_index.h"
#include "form/form_line.h"
#include "form/form_names.h"
#include "wire/hex.h"

struct parser {
	struct form *form;
	struct form_fault *fault;
	uint8_t syn_type;
	unsigned line;
	GPtrArray *words;
	struct form_message *m;    /* NULL: none yet */
	struct form_payload *open; /* NULL: none */
	GPtrArray *pieces;         /* where octets go; NULL: nowhere */
	size_t n_octets;           /* literal ones of the message so far */
};

static const char *word(const struct parser *p, unsigned i)
{
	return form_line_word(p->words, i);
}

static bool wrong(struct parser *p, const char *rule)
{
	return form_wrong(p->fault, p->line, word(p, 0), "%s", rule);
}

/* The number or name at word `i`. */
static bool number(struct parser *p, unsigned i, enum form_table table, uint64_t max, uint64_t *out)
{
	if (form_names_read(table, word(p, i), max, out) && *out <= max)
		return true;
	return form_wrong(p->fault, p->line, word(p, 0),
			  "\"%s\" is no %snumber up to %" G_GUINT64_FORMAT, word(p, i),
			  table == FORM_TABLE_NONE ? "" : "known name and no ", (guint64)max);
}

static bool payload_type(struct parser *p, unsigned i, uint64_t *out)
{
	if (g_ascii_strcasecmp(word(p, i), "SYN") == 0) {
		*out = p->syn_type;
		return true;
	}
	return number(p, i, FORM_TABLE_PAYLOAD, UINT8_MAX, out);
}

static bool take_start(struct parser *p)
{
	static const char *const starts[] = { "nothing", "stub", "login", "resumption" };

	if (p->m || p->form->start_line)
		return wrong(p, "stands once, before the first message");
	p->form->start_line = p->line;
	for (unsigned i = 0; i < G_N_ELEMENTS(starts); i++)
		if (strcmp(word(p, 1), starts[i]) == 0) {
			p->form->start = (enum form_start)i;
			return true;
		}
	return wrong(p, "one of nothing, stub, login, resumption");
}

static bool take_message(struct parser *p)
{
	const bool raw = p->words->len > 1;

	if (raw && strcmp(word(p, 1), "raw") != 0)
		return wrong(p, "nothing or \"raw\" stands behind it");
	if (p->form->messages->len == FORM_MESSAGES_MAX)
		return wrong(p, "no more than 16 messages");
	p->m = form_message_new(p->line);
	p->m->raw = raw;
	p->open = NULL;
	p->pieces = raw ? p->m->trailer : NULL;
	p->n_octets = 0;
	g_ptr_array_add(p->form->messages, p->m);
	return true;
}

static bool take_spi(struct parser *p)
{
	const bool initiator = strcmp(word(p, 0), "spi-i") == 0;
	const char *text = word(p, 1);
	guint64 spi = 0;

	if (initiator && strcmp(text, "fresh") == 0) {
		p->m->fresh_spi_i = true;
		return true;
	}
	if (g_str_has_prefix(text, "0x"))
		text += 2;
	if (!g_ascii_string_to_unsigned(text, 16, 0, G_MAXUINT64, &spi, NULL))
		return wrong(p, initiator ? "up to 16 hexadecimal digits, or fresh"
					  : "up to 16 hexadecimal digits");
	if (initiator) {
		p->m->has_spi_i = true;
		p->m->header.spi_i = spi;
	} else {
		p->m->has_spi_r = true;
		p->m->header.spi_r = spi;
	}
	return true;
}

static bool take_exchange(struct parser *p)
{
	uint64_t v;

	if (!number(p, 1, FORM_TABLE_EXCHANGE, UINT8_MAX, &v))
		return false;
	p->m->header.exchange = (uint8_t)v;
	return true;
}

static bool take_version(struct parser *p)
{
	char **part = g_strsplit(word(p, 1), ".", -1);
	guint64 major = 0, minor = 0;
	const bool ok = g_strv_length(part) == 2 &&
			g_ascii_string_to_unsigned(part[0], 10, 0, 15, &major, NULL) &&
			g_ascii_string_to_unsigned(part[1], 10, 0, 15, &minor, NULL);

	g_strfreev(part);
	p->m->header.version = (uint8_t)(major << 4 | minor);
	return ok || wrong(p, "MAJOR.MINOR, as 2.0, each up to 15");
}

static bool take_flags(struct parser *p)
{
	p->m->header.flags = 0;
	for (unsigned i = 1; i < p->words->len; i++) {
		const char *name = word(p, i);
		uint64_t v;

		if (strcmp(name, "initiator") == 0)
			v = IKE_FLAG_INITIATOR;
		else if (strcmp(name, "response") == 0)
			v = IKE_FLAG_RESPONSE;
		else if (strcmp(name, "version") == 0)
			v = IKE_FLAG_VERSION;
		else if (!form_names_read(FORM_TABLE_NONE, name, UINT8_MAX, &v))
			return wrong(p, "initiator, response, version or a number up to 255");
		p->m->header.flags |= (uint8_t)v;
	}
	return true;
}

static bool take_message_id(struct parser *p)
{
	uint64_t v;

	if (!number(p, 1, FORM_TABLE_NONE, UINT32_MAX, &v))
		return false;
	p->m->has_id = true;
	p->m->header.message_id = (uint32_t)v;
	return true;
}

static bool take_next(struct parser *p)
{
	uint64_t v;

	if (!payload_type(p, 1, &v))
		return false;
	p->m->next = (int)v;
	return true;
}

static bool take_length(struct parser *p)
{
	uint64_t v;

	if (!number(p, 1, FORM_TABLE_NONE, UINT32_MAX, &v))
		return false;
	p->m->length = (gint64)v;
	return true;
}

static bool take_derivation(struct parser *p)
{
	if (diagnosis_named(word(p, 1)) < 0)
		return wrong(p, "no derivation of that name (send --names lists them)");
	g_free(p->m->derivation);
	p->m->derivation = g_strdup(word(p, 1));
	p->m->derivation_line = p->line;
	return true;
}

/* One of a payload's own words: critical, reserved N, next TYPE, length N. *i stands on it, then on its last one. */
static bool payload_option(struct parser *p, struct form_payload *o, unsigned *i)
{
	const char *name = word(p, *i);
	uint64_t v;

	if (strcmp(name, "critical") == 0) {
		o->flags |= CHAIN_CRITICAL;
		return true;
	}
	++*i;
	if (strcmp(name, "reserved") == 0) {
		if (!number(p, *i, FORM_TABLE_NONE, CHAIN_CRITICAL - 1, &v))
			return false;
		o->flags = (uint8_t)((o->flags & CHAIN_CRITICAL) | v);
		return true;
	}
	if (strcmp(name, "next") == 0) {
		if (!payload_type(p, *i, &v))
			return false;
		o->next = (int)v;
		return true;
	}
	if (strcmp(name, "length") == 0) {
		if (!number(p, *i, FORM_TABLE_NONE, UINT16_MAX, &v))
			return false;
		o->length = (int)v;
		return true;
	}
	return wrong(p, "TYPE, then critical, reserved N, next TYPE, length N as wanted");
}

static bool take_payload(struct parser *p)
{
	uint64_t type;

	if (p->m->raw)
		return wrong(p, "a raw message has octets alone");
	if (p->m->payloads->len == FORM_PAYLOADS_MAX)
		return wrong(p, "no more than 256 payloads");
	if (p->pieces == p->m->trailer)
		return wrong(p, "does not stand behind trailer");
	if (!payload_type(p, 1, &type))
		return false;
	p->open = form_payload_new(p->line, (uint8_t)type);
	p->pieces = p->open->pieces;
	g_ptr_array_add(p->m->payloads, p->open);
	for (unsigned i = 2; i < p->words->len; i++)
		if (!payload_option(p, p->open, &i))
			return false;
	return true;
}

static bool take_sealed(struct parser *p)
{
	uint64_t v;

	if (p->m->raw || p->m->sealed_from >= 0 || p->pieces == p->m->trailer)
		return wrong(p, "stands once in a message that is not raw, before trailer");
	p->m->sealed_from = (int)p->m->payloads->len;
	p->m->sealed_line = p->line;
	p->open = NULL;
	p->pieces = NULL;
	for (unsigned i = 1; i < p->words->len; i++) {
		if (strcmp(word(p, i), "padded") == 0) {
			p->m->padded = true;
		} else if (strcmp(word(p, i), "wrong-icv") == 0) {
			p->m->wrong_icv = true;
		} else if (strcmp(word(p, i), "first") == 0) {
			if (!payload_type(p, ++i, &v))
				return false;
			p->m->sealed_first = (int)v;
		} else {
			return wrong(p, "padded, wrong-icv, first TYPE, as wanted");
		}
	}
	return true;
}

static bool take_trailer(struct parser *p)
{
	if (p->m->raw)
		return wrong(p, "a raw message has octets alone");
	p->open = NULL;
	p->pieces = p->m->trailer;
	return true;
}

/* The payload that is open, if it is of that type: the fields of others are octets. */
static struct form_payload *of_type(struct parser *p, uint8_t type, enum form_body body)
{
	if (!p->open || p->open->type != type) {
		form_wrong(p->fault, p->line, word(p, 0), "belongs to a payload of type %u", type);
		return NULL;
	}
	if (p->open->body != FORM_PIECES && p->open->body != body)
		return NULL;
	p->open->body = body;
	return p->open;
}

static bool take_group(struct parser *p)
{
	struct form_payload *o = of_type(p, PAYLOAD_KE, FORM_KE);
	uint64_t v;

	if (!o || !number(p, 1, FORM_TABLE_DH, UINT16_MAX, &v))
		return false;
	o->group = (uint16_t)v;
	return true;
}

static bool take_notify(struct parser *p)
{
	struct form_payload *o = of_type(p, PAYLOAD_NOTIFY, FORM_NOTIFY);
	uint64_t v;

	if (!o || !number(p, 1, FORM_TABLE_NOTIFY, UINT16_MAX, &v))
		return false;
	o->notify = (uint16_t)v;
	return true;
}

static bool take_protocol(struct parser *p)
{
	struct form_payload *o = of_type(p, PAYLOAD_NOTIFY, FORM_NOTIFY);
	uint64_t v;

	if (!o || !number(p, 1, FORM_TABLE_PROTOCOL, UINT8_MAX, &v))
		return false;
	o->protocol = (uint8_t)v;
	return true;
}

static bool take_notify_spi(struct parser *p)
{
	struct form_payload *o = of_type(p, PAYLOAD_NOTIFY, FORM_NOTIFY);
	uint8_t spi[8];
	size_t n;

	if (!o)
		return false;
	if (hex_read(span_text(word(p, 1)), spi, sizeof(spi), &n) != ERR_OK || (n != 4 && n != 8))
		return wrong(p, "4 or 8 octets in hexadecimal digits; others are for octets alone");
	if (o->spi)
		g_byte_array_unref(o->spi);
	o->spi = g_byte_array_append(g_byte_array_new(), spi, (guint)n);
	return true;
}

static bool take_proposal(struct parser *p)
{
	struct form_payload *o = of_type(p, PAYLOAD_SA, FORM_SA);
	uint8_t spi[IKE_SA_SPI_MAX];
	uint64_t protocol, nr = 0;
	size_t n = 0;

	if (!o || !number(p, 1, FORM_TABLE_NONE, UINT8_MAX, &nr) ||
	    !number(p, 2, FORM_TABLE_PROTOCOL, UINT8_MAX, &protocol))
		return false;
	if (p->words->len > 3 && (hex_read(span_text(word(p, 3)), spi, sizeof(spi), &n) != ERR_OK))
		return wrong(p, "NUMBER PROTOCOL [SPI], the SPI of up to 8 octets");
	if (o->pieces->len)
		return wrong(p, "proposals and octets do not go together");
	if (!o->sa)
		o->sa = g_new0(struct ike_sa, 1);
	if (!ike_sa_add_proposal(o->sa, (uint8_t)protocol, span_of(spi, n)))
		return wrong(p, "no more than 255 proposals");
	o->sa->proposals[o->sa->n_proposals - 1].number = (uint8_t)nr;
	return true;
}

static bool take_transform(struct parser *p)
{
	struct form_payload *o = of_type(p, PAYLOAD_SA, FORM_SA);
	uint64_t type, id, bits = 0;

	if (!o || !number(p, 1, FORM_TABLE_TRANSFORM_TYPE, UINT8_MAX, &type) ||
	    !number(p, 2, form_names_transform((uint8_t)type), UINT16_MAX, &id) ||
	    (p->words->len > 3 && !number(p, 3, FORM_TABLE_NONE, UINT16_MAX, &bits)))
		return false;
	if (!o->sa || !o->sa->n_proposals)
		return wrong(p, "a proposal comes before it");
	return ike_sa_add_transform(o->sa, (uint8_t)type, (uint16_t)id, (uint16_t)bits) ||
	       wrong(p, "no more than 255 transforms in a proposal, 2048 in all");
}

/* Room for `n` more octets, and a place for them. */
static bool has_room(struct parser *p, size_t n)
{
	if (!p->pieces)
		return wrong(p, "belongs behind payload, trailer or message raw");
	if (p->open && p->open->body == FORM_SA)
		return wrong(p, "proposals and octets do not go together");
	p->n_octets += n;
	if (p->n_octets > IKE_MESSAGE_MAX)
		return wrong(p, "the message is longer than 65507 octets");
	return p->pieces->len < FORM_PIECES_MAX || wrong(p, "no more than 4096 pieces");
}

static bool add(struct parser *p, struct span octets)
{
	if (!has_room(p, octets.n))
		return false;
	form_piece_octets(p->pieces, p->line, octets);
	return true;
}

static bool add_name(struct parser *p, const char *name)
{
	char **part = g_strsplit(name, ":", 2);
	const bool known =
	    part[0] && form_names_is_value(part[0]) &&
	    (!part[1] || (strcmp(part[0], "bind") == 0 && bind_guess_is_name(part[1])));

	g_strfreev(part);
	if (!known)
		return form_wrong(p->fault, p->line, word(p, 0),
				  "no value is called $%s (send --names lists them)", name);
	if (!has_room(p, 0))
		return false;
	form_piece_add(p->pieces, FORM_NAME, p->line)->name = g_strdup(name);
	return true;
}

static bool take_octets(struct parser *p)
{
	for (unsigned i = 1; i < p->words->len; i++) {
		const char *text = word(p, i);
		const size_t cap = strlen(text) / 2 + 1;
		uint8_t *octets;
		size_t n;
		bool ok;

		if (text[0] == '$') {
			if (!add_name(p, &text[1]))
				return false;
			continue;
		}
		octets = g_malloc(cap);
		ok = hex_read(span_text(text), octets, cap, &n) == ERR_OK
			 ? add(p, span_of(octets, n))
			 : wrong(p, "pairs of hexadecimal digits, and $NAME");
		g_free(octets);
		if (!ok)
			return false;
	}
	return true;
}

static bool take_text(struct parser *p)
{
	return add(p, form_line_octets(p->words, 1));
}

static bool take_zeros(struct parser *p)
{
	uint64_t n;
	uint8_t *zeros;
	bool ok;

	if (!number(p, 1, FORM_TABLE_NONE, UINT16_MAX, &n))
		return false;
	zeros = g_malloc0(n + 1);
	ok = add(p, span_of(zeros, n));
	g_free(zeros);
	return ok;
}

static bool take_random(struct parser *p)
{
	uint64_t n;

	if (!number(p, 1, FORM_TABLE_NONE, UINT16_MAX, &n) || !has_room(p, n))
		return false;
	form_piece_add(p->pieces, FORM_RANDOM, p->line)->n = n;
	return true;
}

/* u8, u16, u32: a number in network order. */
static bool take_number(struct parser *p)
{
	const size_t size = (size_t)g_ascii_strtoull(&word(p, 0)[1], NULL, 10) / 8;
	uint8_t octets[4];
	struct wcursor c = wcursor_init(octets, sizeof(octets));
	uint64_t v;

	if (!number(p, 1, FORM_TABLE_NONE, (UINT64_C(1) << 8 * size) - 1, &v))
		return false;
	wcursor_uint(&c, size, v);
	return add(p, wcursor_written(&c, 0));
}

static bool take_index(struct parser *p)
{
	uint8_t octets[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(octets, sizeof(octets));
	struct index ix;

	if (!form_index_read(word(p, 1), &ix))
		return wrong(p, "SPI@ADDRESS: hexadecimal digits, 192.0.2.1 or [2001:db8::1]");
	index_write(&c, &ix);
	return add(p, wcursor_written(&c, 0));
}

enum place { ANYWHERE, IN_MESSAGE };
static const struct keyword {
	const char *name;
	unsigned min, max; /* values behind it */
	enum place place;
	bool (*take)(struct parser *p);
	const char *values; /* how many there are, for people */
} keywords[] = {
	{ "start", 1, 1, ANYWHERE, take_start, "nothing, stub, login or resumption" },
	{ "message", 0, 1, ANYWHERE, take_message, "nothing or \"raw\"" },
	{ "spi-i", 1, 1, IN_MESSAGE, take_spi, "one value" },
	{ "spi-r", 1, 1, IN_MESSAGE, take_spi, "one value" },
	{ "exchange", 1, 1, IN_MESSAGE, take_exchange, "one value" },
	{ "version", 1, 1, IN_MESSAGE, take_version, "one value" },
	{ "flags", 1, 4, IN_MESSAGE, take_flags, "one to four values" },
	{ "message-id", 1, 1, IN_MESSAGE, take_message_id, "one value" },
	{ "next", 1, 1, IN_MESSAGE, take_next, "one value" },
	{ "length", 1, 1, IN_MESSAGE, take_length, "one value" },
	{ "derivation", 1, 1, IN_MESSAGE, take_derivation, "one name" },
	{ "payload", 1, 8, IN_MESSAGE, take_payload, "TYPE and its options" },
	{ "sealed", 0, 4, IN_MESSAGE, take_sealed, "its options" },
	{ "trailer", 0, 0, IN_MESSAGE, take_trailer, "no value" },
	{ "group", 1, 1, IN_MESSAGE, take_group, "one value" },
	{ "notify", 1, 1, IN_MESSAGE, take_notify, "one value" },
	{ "protocol", 1, 1, IN_MESSAGE, take_protocol, "one value" },
	{ "spi", 1, 1, IN_MESSAGE, take_notify_spi, "one value" },
	{ "proposal", 2, 3, IN_MESSAGE, take_proposal, "NUMBER PROTOCOL [SPI]" },
	{ "transform", 2, 3, IN_MESSAGE, take_transform, "TYPE ID [KEY-BITS]" },
	{ "octets", 1, G_MAXUINT, IN_MESSAGE, take_octets, "hexadecimal digits" },
	{ "text", 1, 1, IN_MESSAGE, take_text, "one text in quotes" },
	{ "zeros", 1, 1, IN_MESSAGE, take_zeros, "one number" },
	{ "random", 1, 1, IN_MESSAGE, take_random, "one number" },
	{ "u8", 1, 1, IN_MESSAGE, take_number, "one number" },
	{ "u16", 1, 1, IN_MESSAGE, take_number, "one number" },
	{ "u32", 1, 1, IN_MESSAGE, take_number, "one number" },
	{ "index", 1, 1, IN_MESSAGE, take_index, "one value" },
};

static bool take_line(struct parser *p)
{
	const unsigned values = p->words->len - 1;

	for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++) {
		const struct keyword *k = &keywords[i];

		if (strcmp(k->name, word(p, 0)) != 0)
			continue;
		if (k->place == IN_MESSAGE && !p->m)
			return wrong(p, "stands in a message: \"message\" comes before it");
		if (values < k->min || values > k->max)
			return form_wrong(p->fault, p->line, k->name,
					  "%s must follow, not %u words", k->values, values);
		/* a field that is there twice, with another form of body */
		return k->take(p) || wrong(p, "does not go with the fields before it");
	}
	return wrong(p, "no such field");
}

/* Whatever the lines say, the message has to have an exchange. */
static bool check_whole(struct form *f, struct form_fault *fault)
{
	if (!f->messages->len)
		return form_wrong(fault, 0, "message", "there is none");
	for (unsigned i = 0; i < f->messages->len; i++) {
		const struct form_message *m = g_ptr_array_index(f->messages, i);

		if (m->raw && !m->trailer->len)
			return form_wrong(fault, m->line, "message", "a raw one needs octets");
		if (m->derivation && m->sealed_from < 0)
			return form_wrong(fault, m->derivation_line, "derivation",
					  "stands in a message with \"sealed\"");
	}
	return true;
}

struct form *form_parse(struct span text, uint8_t syn_type, struct form_fault *fault)
{
	struct parser p = { .form = form_new(), .fault = fault, .syn_type = syn_type };
	bool ok = text.n <= FORM_TEXT_MAX ||
		  form_wrong(fault, 0, "the text", "longer than %u octets", FORM_TEXT_MAX);

	for (size_t at = 0; ok && at < text.n;) {
		const uint8_t *end = memchr(&text.p[at], '\n', text.n - at);
		const size_t n = end ? (size_t)(end - &text.p[at]) : text.n - at;

		p.line++;
		p.words = form_line_split(span_of(&text.p[at], n), p.line, fault);
		ok = p.words && (!p.words->len || take_line(&p));
		if (p.words)
			g_ptr_array_unref(p.words);
		at += n + 1;
	}
	if (ok && check_whole(p.form, fault))
		return p.form;
	form_free(p.form);
	return NULL;
}
