/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocol "ikesync": IKE_SA_SYN inside IKEv2, a post-dissector over isakmp. */
#ifndef IKESYNC_PACKET_IKESYNC_H
#define IKESYNC_PACKET_IKESYNC_H

void ikesync_register(void);
void ikesync_handoff(void);

#endif
