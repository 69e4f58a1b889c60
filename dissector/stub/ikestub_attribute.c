/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attributes of a stub (rule 29). */
#include "stub/ikestub_attribute.h"

#include "stub/ikestub_fields.h"
#include "stub/ikestub_payload.h"

#define AUTHORITY_MAX 255

/* Attributes of one fixed length and form. */
enum attribute_form { FORM_TEXT, FORM_IP4, FORM_TIME, FORM_UINT };

static const struct {
	unsigned type;
	unsigned length; /* 0: any */
	enum attribute_form form;
	int *hf;
} simple_attributes[] = {
	{ ATTR_ROLE, 1, FORM_UINT, &hf_stub_attr_role },
	{ ATTR_EAP_IDENTITY, 0, FORM_TEXT, &hf_stub_attr_eap },
	{ ATTR_INNER_IP4, 4, FORM_IP4, &hf_stub_attr_ip4 },
	{ ATTR_SESSION_LIMIT, 8, FORM_TIME, &hf_stub_attr_session_limit },
	{ ATTR_EXPIRY, 8, FORM_TIME, &hf_stub_attr_expiry },
	{ ATTR_REAUTH_DEADLINE, 8, FORM_TIME, &hf_stub_attr_deadline },
	{ ATTR_RESUMPTIONS, 2, FORM_UINT, &hf_stub_attr_resumptions },
	{ ATTR_AUTHORITY, 0, FORM_TEXT, &hf_stub_attr_authority },
};

static bool attribute_length(const struct stub_payload *p, unsigned has, unsigned wants)
{
	if (has == wants)
		return true;
	expert_add_info_format(p->pinfo, p->item, &ei_stub_attr_length,
			       "attribute has %u octets, not %u (wire profile 29.3)", has, wants);
	if (has)
		proto_tree_add_item(p->tree, hf_stub_attr_value, p->tvb, (int)p->body + 2, (int)has,
				    ENC_NA);
	return false;
}

/* "host:port" (rule 29). */
static void check_authority(const struct stub_payload *p, proto_item *item, unsigned at,
			    unsigned length)
{
	if (length > AUTHORITY_MAX)
		expert_add_info_format(
		    p->pinfo, item, &ei_stub_attr_length,
		    "authority is %u octets, not 255 at most (wire profile 29.3)", length);
	for (unsigned i = 0; i < length; i++) {
		uint8_t octet = ws_get_u8(p->tvb, (int)(at + i));

		if (octet < 0x20 || octet == 0x7f) {
			expert_add_info_format(
			    p->pinfo, item, &ei_stub_attr_value,
			    "authority has control characters (wire profile 29.3)");
			return;
		}
	}
}

static void show_simple(const struct stub_payload *p, unsigned i, unsigned at, unsigned length)
{
	int hf = *simple_attributes[i].hf;
	proto_item *item;

	if (simple_attributes[i].length == 0 && length == 0) {
		expert_add_info(p->pinfo, p->item, &ei_stub_no_value);
		return;
	}
	if (simple_attributes[i].length &&
	    !attribute_length(p, length, simple_attributes[i].length))
		return;
	switch (simple_attributes[i].form) {
	case FORM_TEXT:
		item = proto_tree_add_item(p->tree, hf, p->tvb, (int)at, (int)length, ENC_UTF_8);
		proto_item_append_text(
		    p->item, ", %s", tvb_format_text(p->pinfo->pool, p->tvb, (int)at, (int)length));
		if (simple_attributes[i].type == ATTR_AUTHORITY)
			check_authority(p, item, at, length);
		break;
	case FORM_TIME:
		item = simple_attributes[i].type == ATTR_EXPIRY ? stub_expiry_show(p, hf, at)
								: stub_time_show(p, hf, at);
		if (simple_attributes[i].type == ATTR_EXPIRY &&
		    tvb_get_ntoh64(p->tvb, (int)at) == 0)
			expert_add_info_format(p->pinfo, item, &ei_stub_attr_value,
					       "expiry is zero (wire profile 29.3)");
		break;
	case FORM_IP4:
	case FORM_UINT:
		item =
		    proto_tree_add_item(p->tree, hf, p->tvb, (int)at, (int)length, ENC_BIG_ENDIAN);
		if (simple_attributes[i].type == ATTR_ROLE &&
		    (ws_get_u8(p->tvb, (int)at) < 1 || ws_get_u8(p->tvb, (int)at) > 2))
			expert_add_info_format(p->pinfo, item, &ei_stub_attr_value,
					       "role is neither 1 nor 2 (wire profile 29.3)");
		break;
	}
}

static void show_compound(const struct stub_payload *p, unsigned type, unsigned at, unsigned length)
{
	static int *const features[] = { &hf_stub_attr_profile1, &hf_stub_attr_mobike, NULL };
	proto_item *item;

	switch (type) {
	case ATTR_AUTH_METHODS:
		if (!attribute_length(p, length, 2))
			return;
		proto_tree_add_item(p->tree, hf_stub_attr_auth_i, p->tvb, (int)at, 1,
				    ENC_BIG_ENDIAN);
		proto_tree_add_item(p->tree, hf_stub_attr_auth_r, p->tvb, (int)at + 1, 1,
				    ENC_BIG_ENDIAN);
		break;
	case ATTR_INNER_IP6:
		if (!attribute_length(p, length, 17))
			return;
		proto_tree_add_item(p->tree, hf_stub_attr_ip6, p->tvb, (int)at, 16, ENC_NA);
		item = proto_tree_add_item(p->tree, hf_stub_attr_prefix, p->tvb, (int)at + 16, 1,
					   ENC_BIG_ENDIAN);
		if (ws_get_u8(p->tvb, (int)at + 16) > 128)
			expert_add_info_format(p->pinfo, item, &ei_stub_attr_value,
					       "prefix length above 128 (wire profile 29.3)");
		break;
	case ATTR_MOVES:
		if (!attribute_length(p, length, 20))
			return;
		stub_time_show(p, hf_stub_attr_window, at);
		stub_time_show(p, hf_stub_attr_last_commit, at + 8);
		proto_tree_add_item(p->tree, hf_stub_attr_moves, p->tvb, (int)at + 16, 4,
				    ENC_BIG_ENDIAN);
		break;
	case ATTR_PEER_FEATURES:
		if (!attribute_length(p, length, 2))
			return;
		proto_tree_add_bitmask(p->tree, p->tvb, (int)at, hf_stub_attr_features,
				       ett_stub_features, features, ENC_BIG_ENDIAN);
		break;
	case ATTR_AAA_CLASS: /* octets that mean something to the AAA server alone */
		if (length)
			stub_octets_show(p->tvb, p->tree, hf_stub_attr_value, at, length);
		else
			expert_add_info(p->pinfo, p->item, &ei_stub_no_value);
		break;
	default:
		if (length)
			stub_octets_show(p->tvb, p->tree, hf_stub_attr_value, at, length);
		expert_add_info_format(
		    p->pinfo, p->item, &ei_stub_attr_unknown,
		    "unknown attribute %u, kept and passed on (wire profile 27.4)", type);
		break;
	}
}

void stub_attribute_show(const struct stub_payload *p)
{
	unsigned type;

	if (p->length < 2) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_attr_length,
				       "attribute is %u octets, not at least 2 (wire profile 29.3)",
				       p->length);
		stub_body_show(p, hf_stub_undecoded);
		return;
	}
	type = tvb_get_ntohs(p->tvb, (int)p->body);
	proto_tree_add_item(p->tree, hf_stub_attr_type, p->tvb, (int)p->body, 2, ENC_BIG_ENDIAN);
	proto_item_append_text(p->item, ": %s",
			       val_to_str_const(type, stub_attribute_names, "unknown"));
	for (unsigned i = 0; i < array_length(simple_attributes); i++) {
		if (simple_attributes[i].type == type) {
			show_simple(p, i, p->body + 2, p->length - 2);
			return;
		}
	}
	show_compound(p, type, p->body + 2, p->length - 2);
}
