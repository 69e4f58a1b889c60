/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payloads of stub messages and stubs, each shown and judged by itself. */
#include "stub/ikestub_payload.h"

#include "stub/ikestub_mask.h"

#define STATUS_SIZE 4
#define STATUS_TEXT_MAX 255
#define SEALED_CLEAR_SIZE 45
#define SEALED_TAG_SIZE 16
#define SEALED_PLAIN_MIN 4 /* First Payload, RESERVED */
#define SK_D_MAX 128       /* twice the longest output of a prf there is */
#define ID_MAX 1024
#define AUTHORITY_MAX 255
#define CLOCK_SKEW 30 /* rule 35 */

ws_bool stub_show_secrets = FALSE;

proto_item *stub_octets_show(tvbuff_t *tvb, proto_tree *tree, int hf, unsigned offset, unsigned n)
{
	if (stub_show_secrets)
		return proto_tree_add_item(tree, hf, tvb, (int)offset, (int)n, ENC_NA);
	return proto_tree_add_bytes_format_value(tree, hf, tvb, (int)offset, 0, (const uint8_t *)"",
						 "%u octets, hidden (preference \"show secrets\")",
						 n);
}

/* What the item of the payload at `offset` spans: its header alone where its octets are hidden. */
static unsigned payload_span(tvbuff_t *tvb, unsigned offset, unsigned left, uint8_t type,
			     unsigned length, bool message)
{
	if (length < 4)
		return 4;
	if (stub_show_secrets)
		return MIN(length, left);
	if (length > left || length > (unsigned)tvb_captured_length_remaining(tvb, (int)offset) ||
	    stub_mask_payload(type, tvb_get_ptr(tvb, (int)offset, (int)length) + 4, length - 4,
			      message, NULL))
		return 4;
	return length;
}

bool stub_chain_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned offset,
		     unsigned end, uint8_t first, bool message, stub_payload_fn fn, void *data,
		     unsigned *payloads)
{
	uint8_t next = first;
	unsigned position = 0;

	*payloads = 0;
	while (next != 0) {
		struct stub_payload p = { .tvb = tvb, .pinfo = pinfo, .type = next };
		proto_item *reserved, *length_item;
		unsigned length;

		if (end - offset < 4) {
			proto_tree_add_expert_format(tree, pinfo, &ei_stub_chain_short, tvb,
						     (int)offset, (int)(end - offset),
						     "Next Payload names payload %u, which is not "
						     "there (rule 27)",
						     next);
			return false;
		}
		length = tvb_get_ntohs(tvb, (int)offset + 2);
		p.item = proto_tree_add_uint(
		    tree, hf_stub_payload, tvb, (int)offset,
		    (int)payload_span(tvb, offset, end - offset, next, length, message), next);
		p.tree = proto_item_add_subtree(p.item, ett_stub_payload);
		proto_tree_add_item(p.tree, hf_stub_next, tvb, (int)offset, 1, ENC_BIG_ENDIAN);
		reserved = proto_tree_add_item(p.tree, hf_stub_reserved, tvb, (int)offset + 1, 1,
					       ENC_BIG_ENDIAN);
		if (ws_get_u8(tvb, (int)offset + 1) != 0)
			expert_add_info(pinfo, reserved, &ei_stub_reserved);
		length_item = proto_tree_add_item(p.tree, hf_stub_payload_length, tvb,
						  (int)offset + 2, 2, ENC_BIG_ENDIAN);
		if (length < 4) {
			expert_add_info(pinfo, length_item, &ei_stub_payload_short);
			return false;
		}
		if (length > end - offset) {
			expert_add_info_format(pinfo, length_item, &ei_stub_payload_long,
					       "payload length %u runs over the end, %u octets are "
					       "left (rule 27)",
					       length, end - offset);
			return false;
		}
		p.body = offset + 4;
		p.length = length - 4;
		next = ws_get_u8(tvb, (int)offset);
		fn(&p, position++, data);
		*payloads = position;
		offset += length;
	}
	if (offset < end) {
		proto_item *item =
		    stub_octets_show(tvb, tree, hf_stub_undecoded, offset, end - offset);

		expert_add_info(pinfo, item, &ei_stub_trailing);
	}
	return offset == end;
}

/* The whole body as octets, for what cannot be taken apart. */
static void show_octets(const struct stub_payload *p, int hf)
{
	if (p->length)
		stub_octets_show(p->tvb, p->tree, hf, p->body, p->length);
}

static proto_item *show_time(const struct stub_payload *p, int hf, unsigned offset)
{
	nstime_t t = { .secs = (time_t)tvb_get_ntoh64(p->tvb, (int)offset), .nsecs = 0 };

	return proto_tree_add_time(p->tree, hf, p->tvb, (int)offset, 8, &t);
}

static void check_expiry(const struct stub_payload *p, proto_item *item, unsigned offset)
{
	uint64_t now = (uint64_t)p->pinfo->abs_ts.secs;

	if (now >= CLOCK_SKEW && tvb_get_ntoh64(p->tvb, (int)offset) < now - CLOCK_SKEW)
		expert_add_info(p->pinfo, item, &ei_stub_expired);
}

void stub_index_show(const struct stub_payload *p, bool zero_spi_ok)
{
	struct index_body idx;
	proto_item *item;

	index_body_read(p->tvb, p->body, p->length, &idx);
	if (idx.faults & INDEX_BAD_LENGTH) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_index_length,
				       "index is %u octets, neither 12 nor 24 (rules 4 and 27)",
				       p->length);
		show_octets(p, hf_stub_undecoded);
		return;
	}
	item = proto_tree_add_item(p->tree, hf_stub_index_spi, p->tvb, (int)p->body, INDEX_SPI_SIZE,
				   ENC_NA);
	if (idx.faults & INDEX_ZERO_SPI && !zero_spi_ok)
		expert_add_info(p->pinfo, item, &ei_stub_index_spi);
	item = p->length == INDEX_IP4_SIZE
		   ? proto_tree_add_item(p->tree, hf_stub_index_ipv4, p->tvb,
					 (int)p->body + INDEX_SPI_SIZE, 4, ENC_BIG_ENDIAN)
		   : proto_tree_add_item(p->tree, hf_stub_index_ipv6, p->tvb,
					 (int)p->body + INDEX_SPI_SIZE, 16, ENC_NA);
	if (idx.faults & INDEX_BAD_ADDRESS)
		expert_add_info_format(p->pinfo, item, &ei_stub_index_address,
				       "index has an address that is %s (rule 4)",
				       idx.address_fault);
	proto_item_append_text(p->item, ": %s", index_body_text(p->pinfo->pool, &idx));
}

void stub_transaction_show(const struct stub_payload *p)
{
	if (p->length != 4) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_transaction_length,
				       "transaction is %u octets, not 4 (rule 28)", p->length);
		show_octets(p, hf_stub_undecoded);
		return;
	}
	proto_tree_add_item(p->tree, hf_stub_transaction, p->tvb, (int)p->body, 4, ENC_BIG_ENDIAN);
	proto_tree_add_item(p->tree, hf_stub_push, p->tvb, (int)p->body, 4, ENC_BIG_ENDIAN);
	proto_item_append_text(p->item, ": 0x%08x", tvb_get_ntohl(p->tvb, (int)p->body));
}

void stub_status_show(const struct stub_payload *p)
{
	static int *const flags[] = { &hf_stub_status_more, NULL };
	proto_item *item;
	unsigned code, number;

	if (p->length < STATUS_SIZE) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_status_length,
				       "status is %u octets, not at least 4 (rule 30)", p->length);
		show_octets(p, hf_stub_undecoded);
		return;
	}
	code = ws_get_u8(p->tvb, (int)p->body);
	number = tvb_get_ntohs(p->tvb, (int)p->body + 2);
	item =
	    proto_tree_add_item(p->tree, hf_stub_status, p->tvb, (int)p->body, 1, ENC_BIG_ENDIAN);
	if (!try_val_to_str(code, stub_status_names))
		expert_add_info(p->pinfo, item, &ei_stub_status_code);
	else if (code != STATUS_OK)
		expert_add_info_format(p->pinfo, item, &ei_stub_status_not_ok, "status is %s",
				       val_to_str_const(code, stub_status_names, "unknown"));
	proto_tree_add_bitmask(p->tree, p->tvb, (int)p->body + 1, hf_stub_status_flags,
			       ett_stub_flags, flags, ENC_BIG_ENDIAN);
	item = proto_tree_add_item(p->tree, hf_stub_status_item, p->tvb, (int)p->body + 2, 2,
				   ENC_BIG_ENDIAN);
	proto_item_append_text(p->item, ": %s",
			       val_to_str_const(code, stub_status_names, "unknown code"));
	if (number == STATUS_WHOLE_MESSAGE)
		proto_item_append_text(item, " (the whole message)");
	else
		proto_item_append_text(p->item, ", item %u", number);
	if (p->length == STATUS_SIZE)
		return;
	item = proto_tree_add_item(p->tree, hf_stub_status_text, p->tvb, (int)p->body + 4,
				   (int)p->length - 4, ENC_UTF_8);
	if (p->length - STATUS_SIZE > STATUS_TEXT_MAX)
		expert_add_info_format(p->pinfo, item, &ei_stub_status_length,
				       "status text is %u octets, not 255 at most (rule 30)",
				       p->length - STATUS_SIZE);
	if (!g_utf8_validate(
		(const char *)tvb_get_ptr(p->tvb, (int)p->body + 4, (int)p->length - 4),
		p->length - 4, NULL))
		expert_add_info(p->pinfo, item, &ei_stub_status_text);
}

void stub_lifetime_show(const struct stub_payload *p)
{
	proto_item *item;
	uint32_t seconds;

	if (p->length != 4) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_lifetime_length,
				       "lifetime is %u octets, not 4 (rule 35)", p->length);
		show_octets(p, hf_stub_undecoded);
		return;
	}
	seconds = tvb_get_ntohl(p->tvb, (int)p->body);
	item =
	    proto_tree_add_item(p->tree, hf_stub_lifetime, p->tvb, (int)p->body, 4, ENC_BIG_ENDIAN);
	proto_item_append_text(item, " s");
	proto_item_append_text(p->item, ": %u s", seconds);
	if (seconds > STUB_LIFETIME_CAP)
		expert_add_info(p->pinfo, item, &ei_stub_lifetime_cap);
	if (seconds == 0)
		expert_add_info(p->pinfo, item, &ei_stub_lifetime_zero);
}

void stub_sealed_show(const struct stub_payload *p)
{
	proto_item *item;
	unsigned sealed;

	if (p->length < SEALED_CLEAR_SIZE + SEALED_PLAIN_MIN + SEALED_TAG_SIZE) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_sealed_length,
				       "sealed stub is %u octets, not at least 65 (rule 35)",
				       p->length);
		show_octets(p, hf_stub_undecoded);
		return;
	}
	item = proto_tree_add_item(p->tree, hf_stub_sealed_version, p->tvb, (int)p->body, 1,
				   ENC_BIG_ENDIAN);
	if (ws_get_u8(p->tvb, (int)p->body) != 1) {
		expert_add_info(p->pinfo, item, &ei_stub_sealed_version);
		return; /* another version may have any other form */
	}
	proto_tree_add_item(p->tree, hf_stub_sealed_key_id, p->tvb, (int)p->body + 1, 4,
			    ENC_BIG_ENDIAN);
	proto_tree_add_item(p->tree, hf_stub_sealed_salt, p->tvb, (int)p->body + 5, 32, ENC_NA);
	item = show_time(p, hf_stub_sealed_expiry, p->body + 37);
	check_expiry(p, item, p->body + 37);
	sealed = p->length - SEALED_CLEAR_SIZE - SEALED_TAG_SIZE;
	proto_tree_add_item(p->tree, hf_stub_sealed_ciphertext, p->tvb,
			    (int)p->body + SEALED_CLEAR_SIZE, (int)sealed, ENC_NA);
	proto_tree_add_item(p->tree, hf_stub_sealed_tag, p->tvb,
			    (int)(p->body + SEALED_CLEAR_SIZE + sealed), SEALED_TAG_SIZE, ENC_NA);
	proto_item_append_text(p->item, ": key 0x%08x, %u octets",
			       tvb_get_ntohl(p->tvb, (int)p->body + 1), sealed);
}

static void show_spi(const struct stub_payload *p, int hf, unsigned offset)
{
	proto_item *item = proto_tree_add_item(p->tree, hf, p->tvb, (int)offset, 8, ENC_NA);

	if (tvb_get_ntoh64(p->tvb, (int)offset) == 0)
		expert_add_info(p->pinfo, item, &ei_stub_spi_pair_zero);
}

void stub_spi_pair_show(const struct stub_payload *p)
{
	if (p->length != 16) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_spi_pair,
				       "SPI pair is %u octets, not 16 (rule 27)", p->length);
		show_octets(p, hf_stub_undecoded);
		return;
	}
	show_spi(p, hf_stub_spi_i, p->body);
	show_spi(p, hf_stub_spi_r, p->body + 8);
}

void stub_id_show(const struct stub_payload *p)
{
	unsigned type, data = p->body + 4, length;

	if (p->length < 4) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_id,
				       "identity is %u octets, too short (RFC 7296 section 3.5)",
				       p->length);
		show_octets(p, hf_stub_undecoded);
		return;
	}
	type = ws_get_u8(p->tvb, (int)p->body);
	length = p->length - 4;
	proto_tree_add_item(p->tree, hf_stub_id_type, p->tvb, (int)p->body, 1, ENC_BIG_ENDIAN);
	if ((type == 1 && length != 4) || (type == 5 && length != 16))
		expert_add_info(p->pinfo, p->item, &ei_stub_id);
	else if (length > ID_MAX)
		expert_add_info_format(p->pinfo, p->item, &ei_stub_id,
				       "identity has %u octets, not 1,024 at most", length);
	else if (length == 0)
		expert_add_info(p->pinfo, p->item, &ei_stub_no_value);
	if (length == 0)
		return;
	if (type == 1 && length == 4)
		proto_tree_add_item(p->tree, hf_stub_id_ipv4, p->tvb, (int)data, 4, ENC_BIG_ENDIAN);
	else if (type == 5 && length == 16)
		proto_tree_add_item(p->tree, hf_stub_id_ipv6, p->tvb, (int)data, 16, ENC_NA);
	else if (type == 2 || type == 3)
		proto_tree_add_item(p->tree, hf_stub_id_text, p->tvb, (int)data, (int)length,
				    ENC_UTF_8);
	else
		proto_tree_add_item(p->tree, hf_stub_id_data, p->tvb, (int)data, (int)length,
				    ENC_NA);
	if (type == 2 || type == 3)
		proto_item_append_text(
		    p->item, ": %s",
		    tvb_format_text(p->pinfo->pool, p->tvb, (int)data, (int)length));
}

static unsigned prf_size(unsigned prf)
{
	switch (prf) {
	case 1:
	case 4:
	case 8:
		return 16;
	case 2:
		return 20;
	case 5:
		return 32;
	case 6:
		return 48;
	case 7:
		return 64;
	default:
		return 0;
	}
}

void stub_secret_show(const struct stub_payload *p, unsigned prf)
{
	bool is_sk_d = p->type == PL_SK_D;
	proto_item *item;

	item = proto_tree_add_uint_format_value(
	    p->tree, hf_stub_secret_length, p->tvb, (int)p->body,
	    stub_show_secrets ? (int)p->length : 0, p->length,
	    stub_show_secrets ? "%u octets"
			      : "%u octets, hidden (preference \"show "
				"secrets\")",
	    p->length);
	proto_item_append_text(p->item, ": %u octets", p->length);
	if (stub_show_secrets)
		show_octets(p, is_sk_d ? hf_stub_sk_d : hf_stub_shared_secret);
	if (is_sk_d && p->length > SK_D_MAX)
		expert_add_info_format(p->pinfo, item, &ei_stub_sk_d,
				       "SK_d is %u octets; no prf has as many (rule 9)", p->length);
	else if (is_sk_d && (p->length == 0 || (prf_size(prf) && p->length != prf_size(prf))))
		expert_add_info_format(p->pinfo, item, &ei_stub_sk_d,
				       "SK_d is %u octets; the SA's prf has %u (rule 9)", p->length,
				       prf_size(prf));
	if (!is_sk_d && p->length == 0)
		expert_add_info(p->pinfo, item, &ei_stub_no_secret);
	if (!is_sk_d)
		expert_add_info(p->pinfo, item, &ei_stub_shared_secret);
}

void stub_unknown_show(const struct stub_payload *p)
{
	show_octets(p, hf_stub_unknown);
	expert_add_info_format(p->pinfo, p->item, &ei_stub_unknown_payload,
			       "unknown payload %u (rule 27)", p->type);
}

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
			       "attribute has %u octets, not %u (rule 29)", has, wants);
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
		expert_add_info_format(p->pinfo, item, &ei_stub_attr_length,
				       "authority is %u octets, not 255 at most (rule 29)", length);
	for (unsigned i = 0; i < length; i++) {
		uint8_t octet = ws_get_u8(p->tvb, (int)(at + i));

		if (octet < 0x20 || octet == 0x7f) {
			expert_add_info_format(p->pinfo, item, &ei_stub_attr_value,
					       "authority has control characters (rule 29)");
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
		item = show_time(p, hf, at);
		if (simple_attributes[i].type == ATTR_EXPIRY)
			check_expiry(p, item, at);
		if (simple_attributes[i].type == ATTR_EXPIRY &&
		    tvb_get_ntoh64(p->tvb, (int)at) == 0)
			expert_add_info_format(p->pinfo, item, &ei_stub_attr_value,
					       "expiry is zero (rule 29)");
		break;
	case FORM_IP4:
	case FORM_UINT:
		item =
		    proto_tree_add_item(p->tree, hf, p->tvb, (int)at, (int)length, ENC_BIG_ENDIAN);
		if (simple_attributes[i].type == ATTR_ROLE &&
		    (ws_get_u8(p->tvb, (int)at) < 1 || ws_get_u8(p->tvb, (int)at) > 2))
			expert_add_info_format(p->pinfo, item, &ei_stub_attr_value,
					       "role is neither 1 nor 2 (rule 29)");
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
					       "prefix length above 128 (rule 29)");
		break;
	case ATTR_MOVES:
		if (!attribute_length(p, length, 20))
			return;
		show_time(p, hf_stub_attr_window, at);
		show_time(p, hf_stub_attr_last_commit, at + 8);
		proto_tree_add_item(p->tree, hf_stub_attr_moves, p->tvb, (int)at + 16, 4,
				    ENC_BIG_ENDIAN);
		break;
	case ATTR_PEER_FEATURES:
		if (!attribute_length(p, length, 2))
			return;
		proto_tree_add_bitmask(p->tree, p->tvb, (int)at, hf_stub_attr_features,
				       ett_stub_features, features, ENC_BIG_ENDIAN);
		break;
	default:
		if (length)
			stub_octets_show(p->tvb, p->tree, hf_stub_attr_value, at, length);
		expert_add_info_format(p->pinfo, p->item, &ei_stub_attr_unknown,
				       "unknown attribute %u, kept and passed on (rule 27)", type);
		break;
	}
}

void stub_attribute_show(const struct stub_payload *p)
{
	unsigned type;

	if (p->length < 2) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_attr_length,
				       "attribute is %u octets, not at least 2 (rule 29)",
				       p->length);
		show_octets(p, hf_stub_undecoded);
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
