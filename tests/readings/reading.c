/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes verdict and fields of a message that lib/wire has read. */
#include "reading.h"

#include <inttypes.h>

#include "wire/ike_syn.h"
#include "wire/stub.h"
#include "wire/stub_message.h"

struct reading {
	GString *fields;
	struct fault fault; /* the first */
};

static void field(struct reading *r, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void field(struct reading *r, const char *format, ...)
{
	va_list ap;

	if (r->fields->len)
		g_string_append(r->fields, " | ");
	va_start(ap, format);
	g_string_append_vprintf(r->fields, format, ap);
	va_end(ap);
}

static void field_octets(struct reading *r, const char *name, struct span s)
{
	field(r, "%s ", name);
	for (size_t i = 0; i < s.n; i++)
		g_string_append_printf(r->fields, "%02x", s.p[i]);
}

static void refuse(struct reading *r, const struct fault *why)
{
	if (r->fault.err == ERR_OK)
		r->fault = *why;
}

static void finish(struct reading *r, const char *header, GString *out)
{
	if (r->fault.err != ERR_OK)
		g_string_append_printf(out, "refuse\t%s (%s)\t%s",
				       r->fault.field ? r->fault.field : "?",
				       err_name(r->fault.err), header);
	else
		g_string_append_printf(out, "accept\t\t%s", r->fields->str);
	g_string_free(r->fields, TRUE);
}

static void show_index(struct reading *r, const struct index *ix)
{
	char text[ADDRESS_TEXT_MAX];

	field(r, "spi %016" PRIx64, ix->spi);
	field(r, "address %s", address_text(&ix->address, text));
}

void reading_ike(struct span message, GString *out)
{
	struct reading r = { .fields = g_string_new(NULL) };
	struct ike_header h;
	struct fault fault = { .err = ERR_OK };
	struct chain chain;
	struct index ix;

	if (ike_syn_parse_message(message, IKE_SA_SYN_TYPE_DEFAULT, &h, &chain, &fault) != ERR_OK) {
		refuse(&r, &fault);
	} else {
		const bool init =
		    h.exchange == EXCHANGE_IKE_SA_INIT && !(h.flags & IKE_FLAG_RESPONSE);

		switch (ike_syn_find(&chain, IKE_SA_SYN_TYPE_DEFAULT, &ix, &fault)) {
		case IKE_SYN_ABSENT:
			break;
		case IKE_SYN_MALFORMED:
			refuse(&r, &fault);
			break;
		case IKE_SYN_PRESENT:
			if (!init)
				refuse(&r, &(struct fault){
					       ERR_VALUE,
					       "IKE_SA_SYN outside of an IKE_SA_INIT request", 0 });
			field(&r, "SYN c 0");
			show_index(&r, &ix);
			break;
		}
	}
	finish(&r, "", out);
}

static void show_status(struct reading *r, const struct stub_status *s)
{
	field(r, "status %u", s->code);
	field(r, "flags 0x%02x", s->flags);
	field(r, "item %u", s->item);
	if (s->text.n)
		field_octets(r, "text", s->text);
}

static void show_sealed(struct reading *r, const struct stub_sealed *s)
{
	field(r, "sealed version %u", s->body.p[0]);
	field(r, "key 0x%08x", s->key_id);
	field_octets(r, "salt", s->salt);
	field(r, "time %016" PRIx64, s->expiry);
	field_octets(r, "ciphertext", s->ciphertext);
	field_octets(r, "tag", s->tag);
}

static void show_transform(struct reading *r, unsigned type, unsigned id, unsigned key_bits)
{
	field(r, "transform %u", type);
	field(r, "id %u", id);
	if (key_bits)
		field(r, "key length %u", key_bits);
}

static void show_id(struct reading *r, const struct ike_id *id)
{
	field(r, "ID type %u", id->type);
	if (id->data.n)
		field_octets(r, "ID", id->data);
}

static void show_attributes(struct reading *r, const struct stub *s)
{
	if (s->role) {
		field(r, "attribute 1");
		field(r, "value %02x", s->role);
	}
	if (s->auth_method_i || s->auth_method_r) {
		field(r, "attribute 2");
		field(r, "value %02x", s->auth_method_i);
		field(r, "value %02x", s->auth_method_r);
	}
	if (s->eap_identity.n) {
		field(r, "attribute 3");
		field_octets(r, "value", s->eap_identity);
	}
	if (s->has_inner_ip4) {
		field(r, "attribute 4");
		field_octets(r, "value", SPAN_OF(s->inner_ip4));
	}
	if (s->has_inner_ip6) {
		field(r, "attribute 5");
		field_octets(r, "value", SPAN_OF(s->inner_ip6));
		field(r, "value %02x", s->inner_ip6_prefix);
	}
	if (s->session_limit) {
		field(r, "attribute 6");
		field(r, "value %016" PRIx64, s->session_limit);
	}
	if (s->expiry) {
		field(r, "attribute 7");
		field(r, "value %016" PRIx64, s->expiry);
	}
	if (s->reauth_deadline) {
		field(r, "attribute 8");
		field(r, "value %016" PRIx64, s->reauth_deadline);
	}
	if (s->has_moves) {
		field(r, "attribute 9");
		field(r, "value %016" PRIx64, s->moves.window_start);
		field(r, "value %016" PRIx64, s->moves.last_commit);
		field(r, "value %08x", s->moves.count);
	}
	if (s->resumptions) {
		field(r, "attribute 10");
		field(r, "value %04x", s->resumptions);
	}
	if (s->authority.n) {
		field(r, "attribute 11");
		field_octets(r, "value", s->authority);
	}
	if (s->peer_features) {
		field(r, "attribute 12");
		field(r, "value %04x", s->peer_features);
	}
	for (unsigned i = 0; i < s->n_unknown; i++) {
		field(r, "attribute %u", s->unknown[i].type);
		if (s->unknown[i].value.n)
			field_octets(r, "value", s->unknown[i].value);
	}
}

static void show_clear(struct reading *r, const struct stub *s)
{
	show_transform(r, TRANSFORM_ENCR, s->encr, s->encr_key_bits);
	show_transform(r, TRANSFORM_PRF, s->prf, 0);
	if (s->integ)
		show_transform(r, TRANSFORM_INTEG, s->integ, 0);
	if (s->dh)
		show_transform(r, TRANSFORM_DH, s->dh, 0);
	show_id(r, &s->idi);
	show_id(r, &s->idr);
	field(r, "SPIi %016" PRIx64, s->spi_i);
	field(r, "SPIr %016" PRIx64, s->spi_r);
	field(r, "secret of %zu", s->sk_d.n);
	if (s->shared_secret.n)
		field(r, "secret of %zu", s->shared_secret.n);
	show_attributes(r, s);
}

static void show_container(struct reading *r, const struct chain_payload *p, const uint8_t *base)
{
	struct fault fault = { .err = ERR_OK };
	struct stub_container c;
	struct stub stub;

	if (stub_container_parse(p, &c, &fault) != ERR_OK) {
		refuse(r, &fault);
		return;
	}
	field(r, "stub");
	show_index(r, &c.index);
	field(r, "lifetime %u", c.lifetime);
	if (c.is_sealed)
		show_sealed(r, &c.sealed);
	else if (stub_parse(c.first, c.chain, base, &stub, &fault) != ERR_OK)
		refuse(r, &fault);
	else
		show_clear(r, &stub);
}

static void show_item(struct reading *r, const struct stub_message *m, const struct stub_item *it,
		      bool first)
{
	struct fault fault = { .err = ERR_OK };
	struct index ix;

	if (it->has_index) {
		const bool prefetch = m->header.type == STUB_GET && first;

		if (index_parse(it->index.body, prefetch,
				it->index.offset + CHAIN_PAYLOAD_HEADER_SIZE, &ix,
				&fault) != ERR_OK) {
			refuse(r, &fault);
		} else {
			field(r, "index");
			show_index(r, &ix);
		}
	}
	if (it->has_status)
		show_status(r, &it->status);
	if (it->has_stub)
		show_container(r, &it->stub, m->base);
}

void reading_stub(struct span message, GString *out)
{
	struct reading r = { .fields = g_string_new(NULL) };
	struct fault fault = { .err = ERR_OK };
	char header[64];
	struct stub_message m;
	struct stub_items items;
	struct stub_item it;
	bool first = true;

	if (stub_message_parse(message, &m, &fault) != ERR_OK) {
		refuse(&r, &fault);
	} else {
		field(&r, "type %u", m.header.type);
		field(&r, "length %u", m.header.length);
		field(&r, "transaction 0x%08x", m.transaction);
		stub_items_init(&items, &m);
		for (; stub_items_next(&items, &it, &fault); first = false)
			show_item(&r, &m, &it, first);
		if (fault.err != ERR_OK)
			refuse(&r, &fault);
	}
	g_snprintf(header, sizeof(header), "type %u", m.header.type);
	finish(&r, header, out);
}
