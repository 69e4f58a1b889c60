/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identities: payload, comparison, text. */
#include "wire/ike_id.h"

#include <stdio.h>

#include "wire/hex.h"
#include "wire/index.h"

static size_t address_id_size(uint8_t type)
{
	return type == ID_IPV4_ADDR ? 4 : type == ID_IPV6_ADDR ? 16 : 0;
}

enum err ike_id_parse(const struct chain_payload *p, struct ike_id *out, struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);
	size_t at;

	out->type = rcursor_u8(&c, "ID: type");
	(void)rcursor_bytes(&c, 3, "ID: RESERVED");
	at = rcursor_offset(&c);
	out->data = rcursor_rest(&c);
	if (rcursor_ok(&c) && address_id_size(out->type) &&
	    out->data.n != address_id_size(out->type))
		rcursor_fail_at(&c, ERR_LENGTH, "ID: address of the wrong size", at);
	if (out->data.n > IKE_ID_MAX)
		rcursor_fail_at(&c, ERR_LENGTH, "ID: longer than 1024 octets", at);
	return rcursor_finish(&c, "ID", fault);
}

void ike_id_body_write(struct wcursor *c, const struct ike_id *id)
{
	wcursor_u8(c, id->type);
	wcursor_uint(c, 3, 0);
	wcursor_bytes(c, id->data);
}

void ike_id_write(struct chain_writer *w, uint8_t payload_type, const struct ike_id *id)
{
	chain_writer_begin(w, payload_type, 0);
	ike_id_body_write(w->c, id);
	chain_writer_end(w);
}

bool ike_id_equal(const struct ike_id *a, const struct ike_id *b)
{
	return a->type == b->type && span_equal(a->data, b->data);
}

static struct address id_address(const struct ike_id *id)
{
	struct address a = { .family = id->type == ID_IPV4_ADDR ? 4 : 6 };

	memcpy(a.octets, id->data.p, id->data.n);
	return a;
}

const char *ike_id_text(const struct ike_id *id, char *out, size_t cap)
{
	size_t n = 0;

	if (cap == 0)
		return "";
	if (address_id_size(id->type) && id->data.n == address_id_size(id->type)) {
		struct address a = id_address(id);
		char text[ADDRESS_TEXT_MAX];

		snprintf(out, cap, "%s", address_text(&a, text));
		return out;
	}
	for (size_t i = 0; i < id->data.n; i++) {
		uint8_t octet = id->data.p[i];
		/* The backslash too, so that no text stands for two identities. */
		bool plain = octet >= 0x20 && octet < 0x7f && octet != '\\';
		size_t need = plain ? 1 : 4;

		if (cap - n <= need)
			break;
		snprintf(&out[n], cap - n, plain ? "%c" : "\\x%02x", octet);
		n += need;
	}
	out[n] = '\0';
	return out;
}

static enum err write_text(struct wcursor *c, const char *text)
{
	if (*text == '\0')
		return ERR_VALUE;
	wcursor_bytes(c, span_text(text));
	return c->err;
}

static enum err write_address(struct wcursor *c, const char *text, uint8_t *type)
{
	struct address a;
	enum err err = address_from_text(text, &a);

	if (err != ERR_OK)
		return err;
	*type = a.family == 4 ? ID_IPV4_ADDR : ID_IPV6_ADDR;
	wcursor_bytes(c, span_of(a.octets, address_size(&a)));
	return c->err;
}

enum err ike_id_from_text(const char *text, uint8_t *buf, size_t cap, struct ike_id *out)
{
	size_t room = cap < IKE_ID_MAX ? cap : IKE_ID_MAX, n;
	struct wcursor c = wcursor_init(buf, room);
	const char *colon = strchr(text, ':');
	struct span form;
	enum err err = ERR_VALUE;

	*out = (struct ike_id){ .type = 0 };
	if (!colon)
		return ERR_VALUE;
	form = span_of(text, (size_t)(colon - text));
	if (span_equal(form, span_text("fqdn"))) {
		out->type = ID_FQDN;
		err = write_text(&c, &colon[1]);
	} else if (span_equal(form, span_text("email"))) {
		out->type = ID_RFC822_ADDR;
		err = write_text(&c, &colon[1]);
	} else if (span_equal(form, span_text("ip"))) {
		err = write_address(&c, &colon[1], &out->type);
	} else if (span_equal(form, span_text("dn")) || span_equal(form, span_text("keyid"))) {
		out->type = form.n == 2 ? ID_DER_ASN1_DN : ID_KEY_ID;
		err = hex_read(span_text(&colon[1]), buf, room, &n);
		(void)wcursor_reserve(&c, n);
	}
	out->data = err == ERR_OK ? wcursor_written(&c, 0) : SPAN_NONE;
	return err;
}
