/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocol "iketcp": IKE and ESP over TCP 4500 (RFC 9329). */
#ifndef IKESYNC_PACKET_IKETCP_H
#define IKESYNC_PACKET_IKETCP_H

extern int proto_iketcp;

void iketcp_register(void);
void iketcp_handoff(void);

#endif
