/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payloads to be encrypted, under construction in a buffer of the caller's. */
#ifndef IKESYNC_IKE_INNER_H
#define IKESYNC_IKE_INNER_H

#include "wire/chain.h"

/* Add payloads to `w`; not to be copied, for `w` points to `c`. */
struct ike_inner {
	struct wcursor c;
	struct chain_writer w;
};

/* Start a chain in `buf`, which must outlive it. */
void ike_inner_init(struct ike_inner *in, uint8_t *buf, size_t cap);
/* The first payload's type (0: none), and the chain. */
uint8_t ike_inner_first(const struct ike_inner *in);
struct span ike_inner_chain(const struct ike_inner *in);

#endif
