/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payload 201: one stub, sealed or in clear (rules 27, 29 and 35). */
#include "stub/ikestub_container.h"

#include "base/label.h"
#include "base/payload_walk.h"
#include "stub/export_stub.h"
#include "stub/ikestub_attribute.h"
#include "stub/ikestub_fields.h"
#include "stub/ikestub_opened.h"
#include "stub/ikestub_payload.h"
#include "stub/ikestub_sa.h"

#define UNKNOWN_ATTRIBUTES_MAX 32

struct container {
	unsigned seen[256];
	unsigned prf;
	unsigned attributes; /* bit n: attribute n */
	unsigned unknown_attributes;
	unsigned idx; /* offset of the index's SPI, 0: none */
	unsigned index_length;
};

/* The index is the gateway's own SPI, whichever side it was (rule 5). */
static void check_pair(const struct stub_payload *p, unsigned idx)
{
	uint8_t spi[8], pair[16];

	if (!idx || p->length != sizeof(pair))
		return;
	tvb_memcpy(p->tvb, spi, (int)idx, sizeof(spi));
	tvb_memcpy(p->tvb, pair, (int)p->body, sizeof(pair));
	if (memcmp(spi, pair, 8) != 0 && memcmp(spi, pair + 8, 8) != 0)
		expert_add_info(p->pinfo, p->item, &ei_stub_spi_pair_index);
}

/* Each type at most once (rule 29); of the unknown ones nobody can say. */
static void check_attribute(const struct stub_payload *p, struct container *c)
{
	unsigned type;

	if (p->length < 2)
		return;
	type = tvb_get_ntohs(p->tvb, (int)p->body);
	if (type < ATTR_ROLE || type > ATTR_AAA_CLASS) {
		if (++c->unknown_attributes == UNKNOWN_ATTRIBUTES_MAX + 1)
			expert_add_info(p->pinfo, p->item, &ei_stub_attr_many);
		return;
	}
	if (c->attributes & 1u << type)
		expert_add_info_format(p->pinfo, p->item, &ei_stub_duplicate,
				       "stub has attribute %u more than once (wire profile 29.3)",
				       type);
	c->attributes |= 1u << type;
}

static void show_opened(const struct stub_payload *p, struct octets idx);

/* The index that the seal is bound to. */
static struct octets index_of(const struct stub_payload *p, const struct container *c)
{
	return (struct octets){ tvb_get_ptr(p->tvb, (int)c->idx, (int)c->index_length),
				c->index_length };
}

/* Index, lifetime, then the others in any order, each once but attributes. */
static void check_order(const struct stub_payload *p, unsigned position, struct container *c)
{
	bool many = p->type == PL_ATTRIBUTE;

	if (position == 0 && p->type != PL_INDEX)
		expert_add_info_format(p->pinfo, p->item, &ei_stub_container_order,
				       "a stub starts with its index (wire profile 27.1)");
	if (position == 1 && p->type != PL_LIFETIME)
		expert_add_info_format(
		    p->pinfo, p->item, &ei_stub_container_order,
		    "the second payload of a stub is its lifetime (wire profile 27.1)");
	if (c->seen[p->type]++ && !many && try_val_to_str(p->type, stub_payload_names))
		expert_add_info(p->pinfo, p->item, &ei_stub_duplicate);
}

static void container_payload(const struct stub_payload *p, unsigned position, void *data)
{
	struct container *c = data;

	check_order(p, position, c);
	switch (p->type) {
	case PL_INDEX:
		stub_index_show(p, false);
		if (p->length == INDEX_IP4_SIZE || p->length == INDEX_IP6_SIZE) {
			c->idx = p->body;
			c->index_length = p->length;
		}
		break;
	case PL_LIFETIME:
		stub_lifetime_show(p);
		break;
	case PL_SEALED:
		stub_sealed_show(p);
		if (c->idx)
			show_opened(p, index_of(p, c));
		break;
	case PL_SA:
		c->prf = stub_sa_show(p);
		break;
	case PL_IDI:
	case PL_IDR:
		stub_id_show(p);
		break;
	case PL_SPI_PAIR:
		stub_spi_pair_show(p);
		check_pair(p, c->idx);
		break;
	case PL_SK_D:
	case PL_SHARED_SECRET:
		stub_secret_show(p, c->prf);
		break;
	case PL_ATTRIBUTE:
		stub_attribute_show(p);
		check_attribute(p, c);
		break;
	case PL_STATUS:
	case PL_TRANSACTION:
	case PL_STUB:
		expert_add_info_format(
		    p->pinfo, p->item, &ei_stub_unexpected,
		    "payload %u does not belong inside a stub (wire profile 27.1)", p->type);
		break;
	default:
		stub_unknown_show(p);
		break;
	}
}

/* The inner chain has neither index nor lifetime; the index outside is the one it is bound to. */
static void opened_payload(const struct stub_payload *p, unsigned position, void *data)
{
	if (p->type == PL_INDEX || p->type == PL_LIFETIME || p->type == PL_SEALED)
		expert_add_info_format(
		    p->pinfo, p->item, &ei_stub_unexpected,
		    "payload %u does not belong inside the seal (wire profile 35.1)", p->type);
	else
		container_payload(p, position + 2, data);
}

static void show_opened(const struct stub_payload *p, struct octets idx)
{
	struct container c = { .prf = 0 };
	proto_tree *tree;
	tvbuff_t *opened;
	unsigned payloads;

	opened = stub_opened_show(p, idx, &tree);
	if (!opened)
		return;
	stub_chain_show(opened, p->pinfo, tree, PAYLOAD_FIRST_SIZE, tvb_captured_length(opened),
			ws_get_u8(opened, 0), false, opened_payload, &c, &payloads);
}

void ikestub_show_sealed(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned offset,
			 unsigned length, const struct index_body *bound_to)
{
	struct stub_payload p = { .tvb = tvb,
				  .pinfo = pinfo,
				  .item = tree,
				  .tree = tree,
				  .type = PL_SEALED,
				  .body = offset,
				  .length = length };
	uint8_t idx[INDEX_IP6_SIZE];

	stub_sealed_show(&p);
	if (!bound_to || !bound_to->address_size)
		return;
	show_opened(&p, index_body_octets(bound_to, idx));
}

/* Sealed, or all that makes up an SA in clear (rules 29 and 35). */
static void check_complete(const struct stub_payload *p, const struct container *c)
{
	static const uint8_t clear[] = { PL_SA, PL_IDI, PL_IDR, PL_SPI_PAIR, PL_SK_D };
	bool in_clear = false;

	for (unsigned i = 0; i < array_length(clear); i++)
		in_clear = in_clear || c->seen[clear[i]];
	in_clear = in_clear || c->seen[PL_SHARED_SECRET] || c->seen[PL_ATTRIBUTE];
	if (!c->seen[PL_INDEX])
		expert_add_info_format(p->pinfo, p->item, &ei_stub_missing,
				       "stub without an index (wire profile 29.1)");
	if (!c->seen[PL_LIFETIME])
		expert_add_info_format(p->pinfo, p->item, &ei_stub_missing,
				       "stub without a lifetime (wire profile 29.1)");
	if (c->seen[PL_SEALED]) {
		if (in_clear)
			expert_add_info(p->pinfo, p->item, &ei_stub_mixed);
		return;
	}
	for (unsigned i = 0; i < array_length(clear); i++)
		if (!c->seen[clear[i]])
			expert_add_info_format(
			    p->pinfo, p->item, &ei_stub_missing,
			    "stub without %s (wire profile 29.1)",
			    val_to_str_const(clear[i], stub_payload_names, "a payload"));
	if (in_clear)
		expert_add_info(p->pinfo, p->item, &ei_stub_unsealed);
}

void stub_container_show(const struct stub_payload *p)
{
	struct container c = { .prf = 0 };
	bool sound;
	unsigned payloads;
	proto_item *item;
	struct label l;

	if (p->length < PAYLOAD_FIRST_SIZE) {
		expert_add_info_format(p->pinfo, p->item, &ei_stub_container_length,
				       "stub is %u octets, not at least 4 (wire profile 27.1)",
				       p->length);
		return;
	}
	export_stub_offer(p);
	proto_tree_add_item(p->tree, hf_stub_container_first, p->tvb, (int)p->body, 1,
			    ENC_BIG_ENDIAN);
	item = proto_tree_add_item(p->tree, hf_stub_container_reserved, p->tvb, (int)p->body + 1, 3,
				   ENC_BIG_ENDIAN);
	if (tvb_get_ntoh24(p->tvb, (int)p->body + 1) != 0)
		expert_add_info(p->pinfo, item, &ei_stub_reserved);
	sound = stub_chain_show(p->tvb, p->pinfo, p->tree, p->body + PAYLOAD_FIRST_SIZE,
				p->body + p->length, ws_get_u8(p->tvb, (int)p->body), false,
				container_payload, &c, &payloads);
	item = proto_tree_add_boolean(p->tree, hf_stub_sealed, p->tvb, (int)p->body, 0,
				      c.seen[PL_SEALED] != 0);
	proto_item_set_generated(item);
	if (label_append(&l, p->item))
		label_text(&l, c.seen[PL_SEALED] ? ", sealed" : ", in clear");
	if (sound) /* what is missing may be what could not be read */
		check_complete(p, &c);
}
