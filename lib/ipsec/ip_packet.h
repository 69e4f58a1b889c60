/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What selectors ask of an IP packet: addresses, protocol, ports (RFC 4301 section 4.4.1.1). */
#ifndef IKESYNC_IPSEC_IP_PACKET_H
#define IKESYNC_IPSEC_IP_PACKET_H

#include "wire/index.h"

struct ip_packet {
	struct span octets; /* as long as its header says: what lies behind is no part of it */
	struct span next;   /* behind the headers: of `protocol`, or a piece of it */
	struct address source, destination;
	uint8_t protocol;
	size_t
	    protocol_at; /* where the IPv4 header, or the last IPv6 header before `next`, names it */
	bool fragment;   /* a piece of a packet; the first one has ports */
	/* Ports, or type and code of ICMP and type of Mobility as RFC 7296 section 3.13.1 has them. */
	bool has_ports;
	uint16_t source_port, destination_port;
};

/* Read the headers of `octets`. false: not a packet of IPv4 or IPv6, or broken. */
bool ip_packet_read(struct span octets, struct ip_packet *out);
/* The IPv4 header's checksum, TCP's, UDP's and ICMPv6's of a packet that was made or changed. Of pieces and other protocols: nothing. */
void ip_packet_sum_header(uint8_t *ip4);
void ip_packet_sum_transport(const struct ip_packet *p, uint8_t *next);

#endif
