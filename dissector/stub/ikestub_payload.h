/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies of the stub payloads; each shows itself and says what is wrong with it. */
#ifndef IKESYNC_IKESTUB_PAYLOAD_H
#define IKESYNC_IKESTUB_PAYLOAD_H

#include "stub/ikestub_fields.h"
#include "base/index_body.h"

/* One payload of a chain. */
struct stub_payload {
	tvbuff_t *tvb;
	packet_info *pinfo;
	proto_item *item; /* "Payload: index (200)" */
	proto_tree *tree;
	uint8_t type;
	unsigned body;   /* offset behind the generic header */
	unsigned length; /* of the body */
};

/* Called for each payload in order; `data` is the walker's. */
typedef void (*stub_payload_fn)(const struct stub_payload *p, unsigned position, void *data);

/*
 * Walk the chain in [offset, end): show each generic header, then call `fn` for the body.
 * `message`: it is a message's, not a stub's.
 * Structural faults get their expert info. Returns whether there was none.
 */
bool stub_chain_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned offset,
		     unsigned end, uint8_t first, bool message, stub_payload_fn fn, void *data,
		     unsigned *payloads);

/* `zero_spi_ok`: the first index of a get (rule 32). */
void stub_index_show(const struct stub_payload *p, bool zero_spi_ok);
void stub_transaction_show(const struct stub_payload *p);
void stub_status_show(const struct stub_payload *p);
void stub_lifetime_show(const struct stub_payload *p);
void stub_sealed_show(const struct stub_payload *p);
void stub_spi_pair_show(const struct stub_payload *p);
void stub_id_show(const struct stub_payload *p);
/* Returns the prf of the proposal, 0 when it has none. */
unsigned stub_sa_show(const struct stub_payload *p);
/* `prf`: as stub_sa_show() said; 0 when not known. */
void stub_secret_show(const struct stub_payload *p, unsigned prf);
void stub_attribute_show(const struct stub_payload *p);
void stub_unknown_show(const struct stub_payload *p);

/* `n` octets that may hold a secret: how many, and which ones when the preference shows secrets. */
proto_item *stub_octets_show(tvbuff_t *tvb, proto_tree *tree, int hf, unsigned offset, unsigned n);

/* Payload 201 (ikestub_container.c). */
void stub_container_show(const struct stub_payload *p);

/* The preference. */
extern ws_bool stub_show_secrets;

#endif
