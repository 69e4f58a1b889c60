/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a tree's item written octet by octet. Most of what `-V` costs are formats: an item
 * whose text is made with "%u, %u.%06u s" costs three times what it costs so.
 */
#ifndef IKESYNC_LABEL_H
#define IKESYNC_LABEL_H

#include "base/ws_compat.h"

/* Where the next character goes, and the room that is left; without room nothing is written. */
struct label {
	char *at, *end;
};

/*
 * A text for an item that was added to `tree` and has none yet: its field's name, and ": ".
 * False when nobody will read it (no tree, a hidden item, one that was faked).
 */
bool label_begin(struct label *l, const proto_tree *tree, proto_item *item);

/* Go on behind the text that an item has, or would have by itself. False as above. */
bool label_append(struct label *l, proto_item *item);

void label_text(struct label *l, const char *text);
void label_uint(struct label *l, uint64_t n);
/* With leading zeros: as many digits; `n` < 10^digits and 16^digits. */
void label_padded(struct label *l, uint32_t n, unsigned digits);
void label_hex(struct label *l, uint32_t n, unsigned digits);

/*
 * `n` octets of a protocol, the text of which is `text` and `more`. Wireshark's own way with a
 * format costs three times as much.
 */
proto_item *label_protocol(proto_tree *tree, int proto, tvbuff_t *tvb, unsigned at, unsigned n,
			   const char *text, const char *more);

/* "name: text". `item` may be NULL; is returned. */
proto_item *label_string(const proto_tree *tree, proto_item *item, const char *text);

/* "name: 7", "name: 0x07", "name: text (7)" (when `strings` have it). `item` may be NULL. */
proto_item *label_number(const proto_tree *tree, proto_item *item, uint64_t n);
proto_item *label_octets(const proto_tree *tree, proto_item *item, uint32_t n, unsigned digits);
proto_item *label_value(const proto_tree *tree, proto_item *item, uint32_t n,
			const value_string *strings);

/* "name: 00d01ca7" of `n` octets; of many the first ones, as Wireshark has them. */
proto_item *label_bytes(const proto_tree *tree, proto_item *item, const uint8_t *p, unsigned n);

/* "name: 0.000050000 seconds", as 4.0 writes a span of time. `item` may be NULL; is returned. */
proto_item *label_span(const proto_tree *tree, proto_item *item, const nstime_t *t);

#endif
