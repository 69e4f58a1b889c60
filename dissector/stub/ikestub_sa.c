/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SA payload of a stub: exactly the accepted proposal (RFC 7296 section 3.3, rule 27). */
#include "stub/ikestub_sa.h"

#include "stub/ikestub_fields.h"

#define PROPOSAL_HEADER 8
#define TRANSFORM_HEADER 8
#define ATTRIBUTE_KEY_LENGTH 0x800e /* RFC 7296 section 3.3.5: AF bit and type 14 */

static void sa_fault(const struct stub_payload *p, const char *what)
{
	expert_add_info_format(p->pinfo, p->item, &ei_stub_sa, "SA: %s (wire profile 29.2)", what);
}

static void show_attributes(const struct stub_payload *p, proto_tree *tree, unsigned type_of,
			    unsigned at, unsigned end)
{
	bool key_length = false;

	while (at < end) {
		unsigned type, length = 4;

		if (end - at < 4) {
			sa_fault(p, "transform ends inside an attribute");
			return;
		}
		type = tvb_get_ntohs(p->tvb, (int)at);
		if (!(type & 0x8000))
			length += tvb_get_ntohs(p->tvb, (int)at + 2);
		if (length > end - at) {
			sa_fault(p, "attribute runs over its transform");
			return;
		}
		if (type != ATTRIBUTE_KEY_LENGTH)
			sa_fault(p, "a transform has an attribute that none of IKE has");
		else if (type_of != TRANSFORM_ENCR)
			sa_fault(p, "Key Length where there is none");
		else if (key_length || tvb_get_ntohs(p->tvb, (int)at + 2) == 0)
			sa_fault(p, "Key Length is zero, or there twice");
		key_length = key_length || type == ATTRIBUTE_KEY_LENGTH;
		if (type == ATTRIBUTE_KEY_LENGTH)
			proto_tree_add_item(tree, hf_stub_tf_key_length, p->tvb, (int)at + 2, 2,
					    ENC_BIG_ENDIAN);
		else
			proto_tree_add_item(tree, hf_stub_tf_attribute, p->tvb, (int)at,
					    (int)length, ENC_NA);
		at += length;
	}
}

/* What has been seen of a proposal. */
struct accepted {
	unsigned types; /* bit n: transform type n */
	unsigned prf;
};

static void check_type(const struct stub_payload *p, unsigned type, struct accepted *a)
{
	if (type < TRANSFORM_ENCR || type > TRANSFORM_DH) {
		sa_fault(p, "a transform of a type that no IKE SA has");
		return;
	}
	if (a->types & 1u << type)
		sa_fault(p, "a second transform of a type");
	a->types |= 1u << type;
}

int stub_transform_field(unsigned type)
{
	switch (type) {
	case TRANSFORM_ENCR:
		return hf_stub_tf_encr;
	case TRANSFORM_PRF:
		return hf_stub_tf_prf;
	case TRANSFORM_INTEG:
		return hf_stub_tf_integ;
	case TRANSFORM_DH:
		return hf_stub_tf_dh;
	case TRANSFORM_ESN:
		return hf_stub_tf_esn;
	default:
		return hf_stub_tf_id;
	}
}

/* Returns the length, 0 when the chain is broken. */
static unsigned show_transform(const struct stub_payload *p, unsigned at, unsigned end, bool last,
			       struct accepted *accepted)
{
	unsigned length, type, id;
	proto_item *item, *id_item;
	proto_tree *tree;
	header_field_info *field;
	const char *name;
	int hf;

	if (end - at < TRANSFORM_HEADER) {
		sa_fault(p, "proposal ends inside a transform");
		return 0;
	}
	length = tvb_get_ntohs(p->tvb, (int)at + 2);
	if (length < TRANSFORM_HEADER || length > end - at) {
		sa_fault(p, "transform length is wrong");
		return 0;
	}
	if (ws_get_u8(p->tvb, (int)at) != (last ? 0 : 3))
		sa_fault(p, "a transform says wrongly whether it is the last");
	type = ws_get_u8(p->tvb, (int)at + 4);
	id = tvb_get_ntohs(p->tvb, (int)at + 6);
	item =
	    proto_tree_add_item(p->tree, hf_stub_transform, p->tvb, (int)at, (int)length, ENC_NA);
	tree = proto_item_add_subtree(item, ett_stub_transform);
	proto_tree_add_item(tree, hf_stub_tf_last, p->tvb, (int)at, 1, ENC_BIG_ENDIAN);
	proto_tree_add_item(tree, hf_stub_tf_length, p->tvb, (int)at + 2, 2, ENC_BIG_ENDIAN);
	proto_tree_add_item(tree, hf_stub_tf_type, p->tvb, (int)at + 4, 1, ENC_BIG_ENDIAN);
	hf = stub_transform_field(type);
	id_item = proto_tree_add_item(tree, hf, p->tvb, (int)at + 6, 2, ENC_BIG_ENDIAN);
	field = proto_registrar_get_nth((unsigned)hf);
	name = field->strings ? try_val_to_str(id, (const value_string *)field->strings) : NULL;
	if (name)
		proto_item_append_text(item, ": %s", name);
	else
		expert_add_info(p->pinfo, id_item, &ei_stub_sa_unknown);
	check_type(p, type, accepted);
	if (type == TRANSFORM_PRF)
		accepted->prf = id;
	show_attributes(p, tree, type, at + TRANSFORM_HEADER, at + length);
	return length;
}

static void show_proposal(const struct stub_payload *p)
{
	proto_tree_add_item(p->tree, hf_stub_prop_last, p->tvb, (int)p->body, 1, ENC_BIG_ENDIAN);
	proto_tree_add_item(p->tree, hf_stub_prop_length, p->tvb, (int)p->body + 2, 2,
			    ENC_BIG_ENDIAN);
	proto_tree_add_item(p->tree, hf_stub_prop_number, p->tvb, (int)p->body + 4, 1,
			    ENC_BIG_ENDIAN);
	proto_tree_add_item(p->tree, hf_stub_prop_protocol, p->tvb, (int)p->body + 5, 1,
			    ENC_BIG_ENDIAN);
	proto_tree_add_item(p->tree, hf_stub_prop_spi_size, p->tvb, (int)p->body + 6, 1,
			    ENC_BIG_ENDIAN);
	proto_tree_add_item(p->tree, hf_stub_prop_transforms, p->tvb, (int)p->body + 7, 1,
			    ENC_BIG_ENDIAN);
	if (ws_get_u8(p->tvb, (int)p->body) != 0 ||
	    tvb_get_ntohs(p->tvb, (int)p->body + 2) != p->length)
		sa_fault(p, "not exactly one proposal");
	/* The accepted one keeps its number in the offer (RFC 7296 section 3.3.1). */
	if (ws_get_u8(p->tvb, (int)p->body + 4) == 0)
		sa_fault(p, "the proposal has number 0");
	if (ws_get_u8(p->tvb, (int)p->body + 5) != 1)
		sa_fault(p, "the proposal is not for IKE");
}

unsigned stub_sa_show(const struct stub_payload *p)
{
	const unsigned needed = 1u << TRANSFORM_ENCR | 1u << TRANSFORM_PRF;
	unsigned end = p->body + p->length, at, transforms, spi;
	struct accepted a = { .types = 0 };

	if (p->length < PROPOSAL_HEADER) {
		sa_fault(p, "no proposal");
		return 0;
	}
	show_proposal(p);
	spi = ws_get_u8(p->tvb, (int)p->body + 6);
	if (spi != 0) {
		sa_fault(p, "SPI size is not 0");
		return 0;
	}
	transforms = ws_get_u8(p->tvb, (int)p->body + 7);
	at = p->body + PROPOSAL_HEADER;
	for (unsigned i = 0; i < transforms; i++) {
		unsigned length = show_transform(p, at, end, i + 1 == transforms, &a);

		if (!length)
			return a.prf;
		at += length;
	}
	if (at != end)
		sa_fault(p, "octets left over after the last transform");
	if ((a.types & needed) != needed)
		sa_fault(p, "no ENCR or no PRF");
	return a.prf;
}
