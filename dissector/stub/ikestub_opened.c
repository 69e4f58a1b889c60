/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pool's key shows of a sealed stub. */
#include "stub/ikestub_opened.h"

#include "base/payload_walk.h"
#include "base/sealed.h"
#include "base/shown.h"
#include "stub/ikestub_fields.h"
#include "stub/ikestub_mask.h"
#include "secrets/resume_secrets.h"
#include "secrets/stub_secrets.h"

/* Rule 35: the absolute expiry stands inside and outside alike. */
static void check_expiry(const struct stub_payload *p, proto_item *item, tvbuff_t *opened)
{
	struct payload_walk w = payload_walk_tvb(opened);

	while (payload_next(&w)) {
		const uint8_t *body = w.p + payload_body(&w);

		if (w.type != PL_ATTRIBUTE || payload_body_length(&w) != 2 + SEAL_EXPIRY_SIZE ||
		    get16(body) != ATTR_EXPIRY)
			continue;
		if (memcmp(body + 2,
			   tvb_get_ptr(p->tvb, (int)p->body + SEAL_EXPIRY_AT, SEAL_EXPIRY_SIZE),
			   SEAL_EXPIRY_SIZE) != 0)
			expert_add_info(p->pinfo, item, &ei_stub_inner_expiry);
		return;
	}
}

/* Fields must lie in a data source, and a data source is shown with all its octets. */
static tvbuff_t *source_of(const struct stub_payload *p, struct octets plain)
{
	uint8_t *copy = wmem_memdup(p->pinfo->pool, plain.p, plain.n);
	bool masked = !stub_show_secrets && stub_mask_container(plain.p, plain.n, copy);
	tvbuff_t *opened = tvb_new_child_real_data(p->tvb, copy, plain.n, (int)plain.n);

	add_new_data_source(p->pinfo, opened,
			    masked ? "Stub, opened, secrets masked" : "Stub, opened");
	return opened;
}

tvbuff_t *stub_opened_show(const struct stub_payload *p, struct octets idx, proto_tree **tree)
{
	struct octets sealed, plain;
	tvbuff_t *opened;
	proto_item *item;
	bool known, ok;
	uint32_t id = 0;

	if ((!p->tree && !expert_listened()) || p->length <= SEAL_CLEAR_SIZE + SEAL_TAG_SIZE ||
	    !tvb_bytes_exist(p->tvb, (int)p->body, (int)p->length) || !resume_seal_keys_any() ||
	    ws_get_u8(p->tvb, (int)p->body) != SEAL_VERSION)
		return NULL;
	sealed = (struct octets){ tvb_get_ptr(p->tvb, (int)p->body, (int)p->length), p->length };
	ok = stub_secrets_open(sealed, idx, p->pinfo->pool, &plain, &id, &known);
	if (!ok && !known) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_no_key,
				       "no key with ID 0x%08x is given to open this stub", id);
		return NULL;
	}
	item = proto_tree_add_boolean(p->tree, hf_stub_opened, p->tvb, (int)p->body, (int)p->length,
				      ok);
	proto_item_set_generated(item);
	if (!ok) {
		expert_add_info(p->pinfo, item, &ei_stub_not_opened);
		return NULL;
	}
	opened = source_of(p, plain);
	*tree = proto_item_add_subtree(item, ett_stub_opened);
	if (plain.n < PAYLOAD_FIRST_SIZE) {
		expert_add_info(p->pinfo, item, &ei_stub_inner_short);
		return NULL;
	}
	check_expiry(p, item, opened);
	return opened;
}
