/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of an IKE_SA_INIT request through the gateway. */
#ifndef IKESYNC_GATEWAY_INIT_RECEIVE_H
#define IKESYNC_GATEWAY_INIT_RECEIVE_H

#include "core/gateway_state.h"
#include "wire/ike_header.h"

/* A datagram with exchange IKE_SA_INIT; its header has been read. */
void init_receive(struct gateway *g, const struct gateway_path *path,
		  const struct ike_header *header, struct span octets);

#endif
