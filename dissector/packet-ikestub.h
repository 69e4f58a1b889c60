/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protocol "ikestub": stub messages between gateways and stub banks, over TLS or (lab) plain TCP.
 */
#ifndef IKESYNC_PACKET_IKESTUB_H
#define IKESYNC_PACKET_IKESTUB_H

void ikestub_register(void);
void ikestub_handoff(void);

#endif
