/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The items of a stub request, and what its replies say of each: order, number, the right stub, and
 * what cannot be twice. First pass, file scope.
 */
#ifndef IKESYNC_IKESTUB_ITEMS_H
#define IKESYNC_IKESTUB_ITEMS_H

#include "stub/ikestub_state.h"

/* One item of a request. */
struct stub_item {
	struct index_body from; /* of update, get and delete: the index that is named */
	struct index_body to;   /* init and update: index of the stub */
	uint64_t expiry;        /* of that stub, outside the seal; 0: not known */
	uint64_t hash;          /* of its octets, lifetime aside */
	uint32_t lifetime;
	bool has_lifetime;
	unsigned answered; /* statuses for it so far */
};

/* What is asked for, while it is open. */
struct stub_changes {
	wmem_array_t *items; /* struct stub_item */
	unsigned statuses;   /* that named an item */
	bool disorder;       /* one of them not the next one */
	bool has_last;       /* prefetch: */
	uint8_t last[INDEX_SPI_SIZE];
};

/* Something that is wrong with a message; the text is in file scope. */
struct stub_finding {
	struct stub_finding *next;
	expert_field *expert;
	const char *text;
};

void stub_items_register(int proto);

/* The stub in the container that `w` stands at. */
void stub_item_read(tvbuff_t *tvb, const struct payload_walk *w, struct stub_item *out);

/* Of a request; its items are counted as statuses name them. Judges what it shows by itself. */
struct stub_changes *stub_items_read(tvbuff_t *tvb, const struct stub_summary *s,
				     struct stub_link *link);

struct stub_item *stub_items_at(const struct stub_changes *c, unsigned number);

/* A status of `link`'s reply about item `number`. */
void stub_items_status(struct stub_changes *c, unsigned number);

/* A stub in the reply to a get, behind its ok about `item` (NULL: of a prefetch). */
void stub_items_served(struct stub_link *link, const struct stub_item *item,
		       const struct index_body *idx);

/* The reply was the last one. */
void stub_items_end(struct stub_link *link);

/* A sealed stub was seen with the message of `link`. */
void stub_items_salts(packet_info *pinfo, tvbuff_t *tvb, struct stub_link *link);

/* `text` is in file scope. */
void stub_finding_add(struct stub_link *link, expert_field *expert, const char *text);

void stub_findings_show(packet_info *pinfo, proto_tree *tree, const struct stub_link *link);

#endif
