/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a tree's item written octet by octet. */
#include "base/label.h"

#define DIGITS_MAX 20
#define BYTES_MAX 36 /* Wireshark writes no more of an item's octets */

static bool begin(struct label *l, const proto_tree *tree, proto_item *item)
{
	field_info *fi;

	if (!item || item == tree || proto_item_is_hidden(item))
		return false;
	fi = PITEM_FINFO(item);
	if (!fi || fi->rep)
		return false;
	/* Later series have more in it than text: all of it zero. */
	fi->rep = wmem_new0(PNODE_POOL(item), item_label_t);
	l->at = fi->rep->representation;
	l->end = l->at + ITEM_LABEL_LENGTH - 1;
	return true;
}

bool label_begin(struct label *l, const proto_tree *tree, proto_item *item)
{
	if (!begin(l, tree, item))
		return false;
	label_text(l, PITEM_FINFO(item)->hfinfo->name);
	label_text(l, ": ");
	return true;
}

proto_item *label_protocol(proto_tree *tree, int proto, tvbuff_t *tvb, unsigned at, unsigned n,
			   const char *text, const char *more)
{
	proto_item *item = proto_tree_add_item(tree, proto, tvb, (int)at, (int)n, ENC_NA);
	struct label l;

	if (begin(&l, tree, item)) {
		label_text(&l, text);
		label_text(&l, more);
	}
	return item;
}

proto_item *label_string(const proto_tree *tree, proto_item *item, const char *text)
{
	struct label l;

	if (label_begin(&l, tree, item))
		label_text(&l, text);
	return item;
}

bool label_append(struct label *l, proto_item *item)
{
	field_info *fi;

	if (!item || proto_item_is_hidden(item) || !(fi = PITEM_FINFO(item)))
		return false;
	if (!fi->rep) {
		fi->rep = wmem_new0(PNODE_POOL(item), item_label_t);
		ws_fill_label(fi, fi->rep->representation);
	}
	l->at = fi->rep->representation + strlen(fi->rep->representation);
	l->end = fi->rep->representation + ITEM_LABEL_LENGTH - 1;
	return true;
}

void label_text(struct label *l, const char *text)
{
	size_t n = strlen(text), room = (size_t)(l->end - l->at);

	n = MIN(n, room);
	memcpy(l->at, text, n);
	l->at += n;
	*l->at = '\0';
}

void label_uint(struct label *l, uint64_t n)
{
	char digits[DIGITS_MAX + 1], *p = digits + DIGITS_MAX;

	*p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	label_text(l, p);
}

void label_padded(struct label *l, uint32_t n, unsigned digits)
{
	char text[DIGITS_MAX + 1];

	digits = MIN(digits, (unsigned)DIGITS_MAX);
	text[digits] = '\0';
	while (digits-- > 0) {
		text[digits] = (char)('0' + n % 10);
		n /= 10;
	}
	label_text(l, text);
}

void label_hex(struct label *l, uint32_t n, unsigned digits)
{
	char text[DIGITS_MAX + 1];

	digits = MIN(digits, (unsigned)DIGITS_MAX);
	text[digits] = '\0';
	while (digits-- > 0) {
		text[digits] = "0123456789abcdef"[n & 15];
		n >>= 4;
	}
	label_text(l, text);
}

proto_item *label_span(const proto_tree *tree, proto_item *item, const nstime_t *t)
{
	bool negative = t->secs < 0 || t->nsecs < 0;
	struct label l;

	if (!label_begin(&l, tree, item))
		return item;
	if (negative)
		label_text(&l, "-");
	label_uint(&l, negative ? -(uint64_t)t->secs : (uint64_t)t->secs);
	label_text(&l, ".");
	label_padded(&l, (uint32_t)(t->nsecs < 0 ? -t->nsecs : t->nsecs), 9);
	label_text(&l, " seconds");
	return item;
}

proto_item *label_number(const proto_tree *tree, proto_item *item, uint64_t n)
{
	struct label l;

	if (label_begin(&l, tree, item))
		label_uint(&l, n);
	return item;
}

proto_item *label_octets(const proto_tree *tree, proto_item *item, uint32_t n, unsigned digits)
{
	struct label l;

	if (label_begin(&l, tree, item)) {
		label_text(&l, "0x");
		label_hex(&l, n, digits);
	}
	return item;
}

proto_item *label_value(const proto_tree *tree, proto_item *item, uint32_t n,
			const value_string *strings)
{
	const char *text = try_val_to_str(n, strings);
	struct label l;

	if (text && label_begin(&l, tree, item)) {
		label_text(&l, text);
		label_text(&l, " (");
		label_uint(&l, n);
		label_text(&l, ")");
	}
	return item;
}

proto_item *label_bytes(const proto_tree *tree, proto_item *item, const uint8_t *p, unsigned n)
{
	char text[2 * BYTES_MAX + 1];
	struct label l;

	if (!label_begin(&l, tree, item))
		return item;
	*bytes_to_hexstr(text, p, MIN(n, (unsigned)BYTES_MAX)) = '\0';
	label_text(&l, text);
	if (n > BYTES_MAX)
		label_text(&l, "\xe2\x80\xa6");
	return item;
}
