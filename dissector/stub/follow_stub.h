/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follow stream over stub messages: what Follow TLS shows, cut at message boundaries. */
#ifndef IKESYNC_FOLLOW_STUB_H
#define IKESYNC_FOLLOW_STUB_H

#include "base/ws_compat.h"

void follow_stub_register(int proto);

/* `tvb` is one whole message; its secrets are masked unless the preference shows them. */
void follow_stub_offer(packet_info *pinfo, tvbuff_t *tvb);

#endif
