/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payloads of stub messages and stubs, each shown and judged by itself. */
#include "stub/ikestub_payload.h"

#include "base/index_body.h"
#include "base/label.h"
#include "base/sealed.h"
#include "stub/ikestub_fields.h"
#include "stub/ikestub_mask.h"

#define STATUS_SIZE 4
#define STATUS_TEXT_MAX 255
#define SK_D_MAX 128 /* twice the longest output of a prf there is */
#define ID_MAX 1024
#define CLOCK_SKEW 30 /* rule 35 */

proto_item *stub_time_show(const struct stub_payload *p, int hf, unsigned offset)
{
	nstime_t t = { .secs = (time_t)tvb_get_ntoh64(p->tvb, (int)offset), .nsecs = 0 };

	return proto_tree_add_time(p->tree, hf, p->tvb, (int)offset, 8, &t);
}

proto_item *stub_expiry_show(const struct stub_payload *p, int hf, unsigned offset)
{
	proto_item *item = stub_time_show(p, hf, offset);
	uint64_t now = (uint64_t)p->pinfo->abs_ts.secs;

	if (now >= CLOCK_SKEW && tvb_get_ntoh64(p->tvb, (int)offset) < now - CLOCK_SKEW)
		expert_add_info(p->pinfo, item, &ei_stub_expired);
	return item;
}

void stub_index_show(const struct stub_payload *p, bool zero_spi_ok)
{
	char text[INDEX_TEXT_SIZE];
	struct index_body idx;
	struct label l;
	proto_item *item;

	index_body_read(p->tvb, p->body, p->length, &idx);
	if (idx.faults & INDEX_BAD_LENGTH) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_index_length,
				       "index is %u octets, neither 12 nor 24 (wire profile 27.1)",
				       p->length);
		stub_body_show(p, hf_stub_undecoded);
		return;
	}
	item = proto_tree_add_item(p->tree, hf_stub_index_spi, p->tvb, (int)p->body, INDEX_SPI_SIZE,
				   ENC_NA);
	label_bytes(p->tree, item, idx.spi, INDEX_SPI_SIZE);
	if (idx.faults & INDEX_ZERO_SPI && !zero_spi_ok)
		expert_add_info(p->pinfo, item, &ei_stub_index_spi);
	item = p->length == INDEX_IP4_SIZE
		   ? proto_tree_add_item(p->tree, hf_stub_index_ipv4, p->tvb,
					 (int)p->body + INDEX_SPI_SIZE, 4, ENC_BIG_ENDIAN)
		   : proto_tree_add_item(p->tree, hf_stub_index_ipv6, p->tvb,
					 (int)p->body + INDEX_SPI_SIZE, 16, ENC_NA);
	if (idx.faults & INDEX_BAD_ADDRESS)
		expert_add_info_format(p->pinfo, item, &ei_stub_index_address,
				       "index has an address that is %s (wire profile 4.3)",
				       index_body_address_fault(&idx));
	if (!label_append(&l, p->item))
		return;
	index_body_write(&idx, text);
	label_text(&l, ": ");
	label_text(&l, text);
}

void stub_transaction_show(const struct stub_payload *p)
{
	proto_item *item;
	struct label l;
	uint32_t id;

	if (p->length != 4) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_transaction_length,
				       "transaction is %u octets, not 4 (wire profile 28.1)",
				       p->length);
		stub_body_show(p, hf_stub_undecoded);
		return;
	}
	id = tvb_get_ntohl(p->tvb, (int)p->body);
	item = proto_tree_add_uint(p->tree, hf_stub_transaction, p->tvb, (int)p->body, 4, id);
	label_octets(p->tree, item, id, 8);
	proto_tree_add_item(p->tree, hf_stub_push, p->tvb, (int)p->body, 4, ENC_BIG_ENDIAN);
	if (!label_append(&l, p->item))
		return;
	label_text(&l, ": 0x");
	label_hex(&l, id, 8);
}

void stub_status_show(const struct stub_payload *p)
{
	static int *const flags[] = { &hf_stub_status_more, NULL };
	proto_item *item;
	unsigned code, number;
	struct label l;

	if (p->length < STATUS_SIZE) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_status_length,
				       "status is %u octets, not at least 4 (wire profile 30.11)",
				       p->length);
		stub_body_show(p, hf_stub_undecoded);
		return;
	}
	code = ws_get_u8(p->tvb, (int)p->body);
	number = tvb_get_ntohs(p->tvb, (int)p->body + 2);
	item = proto_tree_add_uint(p->tree, hf_stub_status, p->tvb, (int)p->body, 1, code);
	label_value(p->tree, item, code, stub_status_names);
	if (!try_val_to_str(code, stub_status_names))
		expert_add_info(p->pinfo, item, &ei_stub_status_code);
	else if (code != STATUS_OK)
		expert_add_info_format(p->pinfo, item, &ei_stub_status_not_ok,
				       "status is %s (wire profile 30.1)",
				       val_to_str_const(code, stub_status_names, "unknown"));
	proto_tree_add_bitmask(p->tree, p->tvb, (int)p->body + 1, hf_stub_status_flags,
			       ett_stub_flags, flags, ENC_BIG_ENDIAN);
	item =
	    proto_tree_add_uint(p->tree, hf_stub_status_item, p->tvb, (int)p->body + 2, 2, number);
	label_number(p->tree, item, number);
	if (number == STATUS_WHOLE_MESSAGE && label_append(&l, item))
		label_text(&l, " (the whole message)");
	if (label_append(&l, p->item)) {
		label_text(&l, ": ");
		label_text(&l, val_to_str_const(code, stub_status_names, "unknown code"));
		if (number != STATUS_WHOLE_MESSAGE) {
			label_text(&l, ", item ");
			label_uint(&l, number);
		}
	}
	if (p->length == STATUS_SIZE)
		return;
	item = proto_tree_add_item(p->tree, hf_stub_status_text, p->tvb, (int)p->body + 4,
				   (int)p->length - 4, ENC_UTF_8);
	if (p->length - STATUS_SIZE > STATUS_TEXT_MAX)
		expert_add_info_format(
		    p->pinfo, item, &ei_stub_status_length,
		    "status text is %u octets, not 255 at most (wire profile 30.11)",
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
	struct label l;

	if (p->length != 4) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_lifetime_length,
				       "lifetime is %u octets, not 4 (wire profile 35.7)",
				       p->length);
		stub_body_show(p, hf_stub_undecoded);
		return;
	}
	seconds = tvb_get_ntohl(p->tvb, (int)p->body);
	item = proto_tree_add_uint(p->tree, hf_stub_lifetime, p->tvb, (int)p->body, 4, seconds);
	if (label_begin(&l, p->tree, item)) {
		label_uint(&l, seconds);
		label_text(&l, " s");
	}
	if (label_append(&l, p->item)) {
		label_text(&l, ": ");
		label_uint(&l, seconds);
		label_text(&l, " s");
	}
	if (seconds > STUB_LIFETIME_CAP)
		expert_add_info(p->pinfo, item, &ei_stub_lifetime_cap);
	if (seconds == 0)
		expert_add_info(p->pinfo, item, &ei_stub_lifetime_zero);
}

/* Octets of a sealed stub, at `at` of its body. */
static void show_sealed_part(const struct stub_payload *p, int hf, unsigned at, unsigned n)
{
	proto_item *item =
	    proto_tree_add_item(p->tree, hf, p->tvb, (int)(p->body + at), (int)n, ENC_NA);

	if (n)
		label_bytes(p->tree, item, tvb_get_ptr(p->tvb, (int)(p->body + at), (int)n), n);
}

void stub_sealed_show(const struct stub_payload *p)
{
	struct label l;
	uint32_t key_id;
	proto_item *item;
	unsigned sealed;

	if (p->length < SEAL_MIN_SIZE) {
		expert_add_info_format(
		    p->pinfo, p->item, &ei_stub_sealed_length,
		    "sealed stub is %u octets, not at least 65 (wire profile 35.1)", p->length);
		stub_body_show(p, hf_stub_undecoded);
		return;
	}
	item = proto_tree_add_item(p->tree, hf_stub_sealed_version, p->tvb, (int)p->body, 1,
				   ENC_BIG_ENDIAN);
	if (ws_get_u8(p->tvb, (int)p->body) != SEAL_VERSION) {
		expert_add_info(p->pinfo, item, &ei_stub_sealed_version);
		return; /* another version may have any other form */
	}
	key_id = tvb_get_ntohl(p->tvb, (int)p->body + SEAL_KEY_ID_AT);
	item = proto_tree_add_uint(p->tree, hf_stub_sealed_key_id, p->tvb,
				   (int)p->body + SEAL_KEY_ID_AT, 4, key_id);
	label_octets(p->tree, item, key_id, 8);
	show_sealed_part(p, hf_stub_sealed_salt, SEAL_SALT_AT, SEAL_SALT_SIZE);
	stub_expiry_show(p, hf_stub_sealed_expiry, p->body + SEAL_EXPIRY_AT);
	sealed = p->length - SEAL_CLEAR_SIZE - SEAL_TAG_SIZE;
	show_sealed_part(p, hf_stub_sealed_ciphertext, SEAL_CLEAR_SIZE, sealed);
	show_sealed_part(p, hf_stub_sealed_tag, SEAL_CLEAR_SIZE + sealed, SEAL_TAG_SIZE);
	if (label_append(&l, p->item)) {
		label_text(&l, ": key 0x");
		label_hex(&l, key_id, 8);
		label_text(&l, ", ");
		label_uint(&l, sealed);
		label_text(&l, " octets");
	}
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
				       "SPI pair is %u octets, not 16 (wire profile 27.1)",
				       p->length);
		stub_body_show(p, hf_stub_undecoded);
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
		stub_body_show(p, hf_stub_undecoded);
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
		stub_body_show(p, is_sk_d ? hf_stub_sk_d : hf_stub_shared_secret);
	if (is_sk_d && p->length > SK_D_MAX)
		expert_add_info_format(p->pinfo, item, &ei_stub_sk_d,
				       "SK_d is %u octets; no prf has as many (wire profile 39.6)",
				       p->length);
	else if (is_sk_d && (p->length == 0 || (prf_size(prf) && p->length != prf_size(prf))))
		expert_add_info_format(p->pinfo, item, &ei_stub_sk_d,
				       "SK_d is %u octets; the SA's prf has %u (wire profile 39.6)",
				       p->length, prf_size(prf));
	if (!is_sk_d && p->length == 0)
		expert_add_info(p->pinfo, item, &ei_stub_no_secret);
	if (!is_sk_d)
		expert_add_info(p->pinfo, item, &ei_stub_shared_secret);
}

void stub_unknown_show(const struct stub_payload *p)
{
	stub_body_show(p, hf_stub_unknown);
	expert_add_info_format(p->pinfo, p->item, &ei_stub_unknown_payload,
			       "unknown payload %u (wire profile 27.3)", p->type);
}
