/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Export Objects: a stub as text, without its secrets. */
#include "stub/export_stub.h"

#include "base/payload_walk.h"
#include "base/index_body.h"
#include "base/sealed.h"
#include "stub/ikestub_fields.h"
#include "stub/ikestub_sa.h"
#include <epan/export_object.h>
#include <epan/tap.h>

#define PROPOSAL_HEADER 8
#define TRANSFORM_HEADER 8

/* A stub whole in the capture; the tap runs after dissection, where nothing may throw. */
struct offer {
	tvbuff_t *tvb;
	unsigned body, end;
};

/* One payload inside it, all of it captured. */
struct part {
	tvbuff_t *tvb;
	unsigned at, length;
	GString *text;
};

static int tap_export;

void export_stub_offer(const struct stub_payload *p)
{
	struct offer *o;

	if (!have_tap_listener(tap_export) || p->length < PAYLOAD_FIRST_SIZE ||
	    tvb_captured_length(p->tvb) < p->body + p->length)
		return;
	o = wmem_new(p->pinfo->pool, struct offer);
	*o = (struct offer){ p->tvb, p->body, p->body + p->length };
	tap_queue_packet(tap_export, p->pinfo, o);
}

static void put_hex(const struct part *p, unsigned from, unsigned length)
{
	for (unsigned i = 0; i < length; i++)
		g_string_append_printf(p->text, "%02x", ws_get_u8(p->tvb, (int)(p->at + from + i)));
}

/* The name that the details pane gives a number; the number itself where it gives none. */
static void put_value(const struct part *p, int hf, unsigned value)
{
	const header_field_info *field = proto_registrar_get_nth((unsigned)hf);
	const char *name = field->strings ? try_val_to_str(value, field->strings) : NULL;

	if (name)
		g_string_append_printf(p->text, "%s (%u)", name, value);
	else
		g_string_append_printf(p->text, "%u", value);
}

static void put_text(const struct part *p, unsigned from)
{
	char *text = g_malloc0(p->length - from + 1);

	/* Keeps to one line whatever the octets are. */
	for (unsigned i = from; i < p->length; i++) {
		uint8_t c = ws_get_u8(p->tvb, (int)(p->at + i));

		text[i - from] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	if (g_utf8_validate(text, -1, NULL))
		g_string_append(p->text, text);
	else
		put_hex(p, from, p->length - from);
	g_free(text);
}

static void put_address(const struct part *p, unsigned from, unsigned length)
{
	uint8_t octets[16];
	char *text;
	address a;

	tvb_memcpy(p->tvb, octets, (int)(p->at + from), length);
	set_address(&a, length == 4 ? AT_IPv4 : AT_IPv6, (int)length, octets);
	text = address_to_str(NULL, &a);
	g_string_append(p->text, text);
	wmem_free(NULL, text);
}

static void put_time(const struct part *p, unsigned from)
{
	uint64_t seconds = tvb_get_ntoh64(p->tvb, (int)(p->at + from));
	GDateTime *t =
	    seconds <= G_MAXINT64 ? g_date_time_new_from_unix_utc((int64_t)seconds) : NULL;
	char *text = t ? g_date_time_format(t, "%Y-%m-%d %H:%M:%S UTC") : NULL;

	if (text)
		g_string_append(p->text, text);
	else
		g_string_append_printf(p->text, "%" PRIu64 " s", seconds);
	g_free(text);
	if (t)
		g_date_time_unref(t);
}

static void put_sealed(const struct part *p)
{
	if (p->length > SEAL_CLEAR_SIZE + SEAL_TAG_SIZE &&
	    ws_get_u8(p->tvb, (int)p->at) == SEAL_VERSION) {
		g_string_append_printf(p->text, "sealed with key: 0x%08x\nsealed until: ",
				       tvb_get_ntohl(p->tvb, (int)p->at + SEAL_KEY_ID_AT));
		put_time(p, SEAL_EXPIRY_AT);
		g_string_append_c(p->text, '\n');
	}
	g_string_append_printf(p->text, "sealed body (%u octets): ", p->length);
	put_hex(p, 0, p->length);
	g_string_append_c(p->text, '\n');
}

static void put_transform(const struct part *p, unsigned from, unsigned length)
{
	unsigned type = ws_get_u8(p->tvb, (int)(p->at + from + 4));
	unsigned id = tvb_get_ntohs(p->tvb, (int)(p->at + from + 6));

	g_string_append(p->text, "transform: ");
	put_value(p, hf_stub_tf_type, type);
	g_string_append(p->text, ", ");
	put_value(p, stub_transform_field(type), id);
	/* The only attribute there is (RFC 7296 section 3.3.5). */
	if (length >= TRANSFORM_HEADER + 4 &&
	    tvb_get_ntohs(p->tvb, (int)(p->at + from + 8)) == 0x800e)
		g_string_append_printf(p->text, ", key of %u bits",
				       tvb_get_ntohs(p->tvb, (int)(p->at + from + 10)));
	g_string_append_c(p->text, '\n');
}

static void put_sa(const struct part *p)
{
	unsigned from;

	if (p->length < PROPOSAL_HEADER)
		return;
	from = PROPOSAL_HEADER + ws_get_u8(p->tvb, (int)p->at + 6);
	while (from < p->length && p->length - from >= TRANSFORM_HEADER) {
		unsigned length = tvb_get_ntohs(p->tvb, (int)(p->at + from + 2));

		if (length < TRANSFORM_HEADER || length > p->length - from)
			return;
		put_transform(p, from, length);
		from += length;
	}
}

static void put_id(const struct part *p, const char *name)
{
	unsigned type = p->length > 4 ? ws_get_u8(p->tvb, (int)p->at) : 0;

	g_string_append_printf(p->text, "%s: ", name);
	if (type) {
		put_value(p, hf_stub_id_type, type);
		g_string_append_c(p->text, ' ');
	}
	if ((type == 1 && p->length == 8) || (type == 5 && p->length == 20))
		put_address(p, 4, p->length - 4);
	else if (type == 2 || type == 3)
		put_text(p, 4);
	else
		put_hex(p, 0, p->length);
	g_string_append_c(p->text, '\n');
}

/* Only attributes that are known not to be secret. */
static void put_attribute(const struct part *p)
{
	unsigned type, value = p->length - 2;
	const char *name;

	if (p->length < 2)
		return;
	type = tvb_get_ntohs(p->tvb, (int)p->at);
	name = try_val_to_str(type, stub_attribute_names);
	if (name)
		g_string_append_printf(p->text, "%s: ", name);
	else
		g_string_append_printf(p->text, "attribute %u: ", type);
	if (type == ATTR_ROLE && value == 1) {
		put_value(p, hf_stub_attr_role, ws_get_u8(p->tvb, (int)p->at + 2));
	} else if (type == ATTR_AUTH_METHODS && value == 2) {
		g_string_append(p->text, "IDi ");
		put_value(p, hf_stub_attr_auth_i, ws_get_u8(p->tvb, (int)p->at + 2));
		g_string_append(p->text, ", IDr ");
		put_value(p, hf_stub_attr_auth_r, ws_get_u8(p->tvb, (int)p->at + 3));
	} else if (type == ATTR_EAP_IDENTITY || type == ATTR_AUTHORITY) {
		put_text(p, 2);
	} else if (type == ATTR_INNER_IP4 && value == 4) {
		put_address(p, 2, 4);
	} else if (type == ATTR_INNER_IP6 && value == 17) {
		put_address(p, 2, 16);
		g_string_append_printf(p->text, "/%u", ws_get_u8(p->tvb, (int)p->at + 18));
	} else if ((type == ATTR_SESSION_LIMIT || type == ATTR_EXPIRY ||
		    type == ATTR_REAUTH_DEADLINE) &&
		   value == 8) {
		put_time(p, 2);
	} else if (type == ATTR_MOVES && value == 20) {
		uint32_t moves = tvb_get_ntohl(p->tvb, (int)p->at + 18);

		g_string_append_printf(p->text, "%u", moves);
		if (moves) {
			g_string_append(p->text, " since ");
			put_time(p, 2);
			g_string_append(p->text, ", last committed ");
			put_time(p, 10);
		}
	} else if (type == ATTR_RESUMPTIONS && value == 2) {
		g_string_append_printf(p->text, "%u", tvb_get_ntohs(p->tvb, (int)p->at + 2));
	} else if (type == ATTR_PEER_FEATURES && value == 2) {
		g_string_append_printf(p->text, "0x%04x", tvb_get_ntohs(p->tvb, (int)p->at + 2));
	} else {
		g_string_append_printf(p->text, "%u octets, left out", value);
	}
	g_string_append_c(p->text, '\n');
}

static void put_index(const struct part *p, struct index_body *first)
{
	struct index_body idx;

	index_body_read(p->tvb, p->at, p->length, &idx);
	if (!first->address_size)
		*first = idx;
	g_string_append(p->text, "index: ");
	if (idx.address_size) {
		put_hex(p, 0, INDEX_SPI_SIZE);
		g_string_append_c(p->text, '@');
		put_address(p, INDEX_SPI_SIZE, idx.address_size);
	} else {
		put_hex(p, 0, p->length);
	}
	g_string_append_c(p->text, '\n');
}

static void put_part(const struct part *p, uint8_t type, struct index_body *first)
{
	const char *name = try_val_to_str(type, stub_payload_names);

	switch (type) {
	case PL_INDEX:
		put_index(p, first);
		break;
	case PL_LIFETIME:
		if (p->length == 4)
			g_string_append_printf(p->text, "lifetime: %u s\n",
					       tvb_get_ntohl(p->tvb, (int)p->at));
		break;
	case PL_SEALED:
		put_sealed(p);
		break;
	case PL_SA:
		put_sa(p);
		break;
	case PL_IDI:
	case PL_IDR:
		put_id(p, name);
		break;
	case PL_SPI_PAIR:
		if (p->length != 16)
			break;
		g_string_append(p->text, "SPIs: initiator ");
		put_hex(p, 0, 8);
		g_string_append(p->text, ", responder ");
		put_hex(p, 8, 8);
		g_string_append_c(p->text, '\n');
		break;
	case PL_ATTRIBUTE:
		put_attribute(p);
		break;
	default:
		/* SK_d, the shared secret, and what nobody can say is not one. */
		g_string_append_printf(p->text, "%s (%u): %u octets, left out\n",
				       name ? name : "payload", type, p->length);
		break;
	}
}

static GString *stub_text(const struct offer *o, struct index_body *idx)
{
	GString *text = g_string_new(NULL);
	struct payload_walk w =
	    payload_walk_in(tvb_get_ptr(o->tvb, 0, (int)o->end), o->body, o->end);

	while (payload_next(&w)) {
		struct part p = { o->tvb, payload_body(&w), payload_body_length(&w), text };

		put_part(&p, w.type, idx);
	}
	if (w.fault == PAYLOAD_SHORT || w.fault == PAYLOAD_LONG)
		g_string_append(text, "malformed from here\n");
	return text;
}

static tap_packet_status export_packet(void *data, packet_info *pinfo,
				       epan_dissect_t *edt G_GNUC_UNUSED, const void *tapped,
				       tap_flags_t flags G_GNUC_UNUSED)
{
	export_object_list_t *list = data;
	export_object_entry_t *entry = g_new0(export_object_entry_t, 1);
	struct index_body idx = { .address_size = 0 };
	GString *text = stub_text(tapped, &idx);
	char *name = index_body_text(NULL, &idx);
	const char *host = strchr(name, '@');

	entry->pkt_num = pinfo->num;
	entry->hostname = g_strdup(host ? host + 1 : "");
	entry->content_type = g_strdup("text/plain");
	entry->filename =
	    idx.address_size ? g_strdup_printf("%s.stub", name) : g_strdup("malformed.stub");
	entry->payload_len = text->len;
	entry->payload_data = (void *)g_string_free(text, FALSE);
	wmem_free(NULL, name);
	list->add_entry(list->gui_data, entry);
	return TAP_PACKET_REDRAW;
}

void export_stub_register(int proto)
{
	tap_export = register_export_object(proto, export_packet, NULL);
}
