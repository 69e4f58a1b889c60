/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic selectors, narrowed to what each side may send from (RFC 7296 section 2.9). */
#ifndef IKESYNC_GATEWAY_SELECTORS_H
#define IKESYNC_GATEWAY_SELECTORS_H

#include "core/gateway_state.h"
#include "wire/ike_ts.h"

struct sa;

/*
 * Narrow what the client offers. In tunnel mode its side is its leased address, the networks of its [peer], or, where it has
 * neither, the address that it comes from. In transport mode both sides are the addresses of the IKE SA; behind a NAT a single
 * address stands for the one outside (section 2.23.1). Empty lists: nothing is left.
 */
void selectors_narrow(const struct sa *sa, bool transport, struct ike_ts_list *tsi,
		      struct ike_ts_list *tsr);

#endif
