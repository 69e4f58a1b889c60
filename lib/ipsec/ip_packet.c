/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of IPv4 (RFC 791) and IPv6 (RFC 8200), as far as selectors ask. */
#include "ipsec/ip_packet.h"

#include <netinet/in.h>

#define IP4_HEADER 20
#define IP6_HEADER 40
/* Extension headers that are looked behind. */
#define IP6_HEADERS_MAX 8
#define MORE_FRAGMENTS 0x2000
#define FRAGMENT_OFFSET 0x1fff
#define PROTOCOL_MOBILITY 135

static void read_ports(struct ip_packet *p)
{
	struct rcursor c = rcursor_init(p->next, NULL);
	uint16_t first = rcursor_u16(&c, "port"), second = rcursor_u16(&c, "port");

	p->has_ports = rcursor_ok(&c);
	switch (p->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		p->source_port = first;
		p->destination_port = second;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: /* type and code stand where a port would */
		p->source_port = p->destination_port = first;
		break;
	case PROTOCOL_MOBILITY:
		p->source_port = p->destination_port = second & 0xff00;
		break;
	default:
		p->has_ports = false;
	}
}

static bool read_ip4(struct span octets, struct ip_packet *p)
{
	const uint8_t *o = octets.p;
	size_t header, total;
	unsigned fragment;

	if (octets.n < IP4_HEADER)
		return false;
	header = (size_t)(o[0] & 15) * 4;
	total = (size_t)o[2] << 8 | o[3];
	if (header < IP4_HEADER || total < header || total > octets.n)
		return false;
	fragment = (unsigned)o[6] << 8 | o[7];
	p->octets = span_of(o, total);
	p->next = span_of(&o[header], total - header);
	p->protocol = o[9];
	p->protocol_at = 9;
	p->source.family = p->destination.family = 4;
	memcpy(p->source.octets, &o[12], 4);
	memcpy(p->destination.octets, &o[16], 4);
	p->fragment = fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET);
	if (!(fragment & FRAGMENT_OFFSET))
		read_ports(p);
	return true;
}

/* The next header in the chain; false: that is what is carried. */
static bool skip_ip6(struct rcursor *c, uint8_t *type, struct ip_packet *p, bool *first)
{
	size_t at = rcursor_offset(c), n;
	uint8_t next, length;
	uint16_t offset;

	if (*type != IPPROTO_HOPOPTS && *type != IPPROTO_ROUTING && *type != IPPROTO_DSTOPTS &&
	    *type != IPPROTO_FRAGMENT)
		return false;
	next = rcursor_u8(c, "Next Header");
	length = rcursor_u8(c, "length");
	if (*type == IPPROTO_FRAGMENT) {
		offset = rcursor_u16(c, "offset");
		(void)rcursor_u32(c, "identification");
		p->fragment = p->fragment || (offset & 0xfff9);
		*first = (offset & 0xfff8) == 0;
	} else {
		n = ((size_t)length + 1) * 8;
		(void)rcursor_bytes(c, n - 2, "extension header");
	}
	p->protocol_at = at;
	*type = next;
	return *first;
}

static bool read_ip6(struct span octets, struct ip_packet *p)
{
	const uint8_t *o = octets.p;
	struct rcursor c;
	size_t total;
	uint8_t type;
	bool first = true;

	if (octets.n < IP6_HEADER)
		return false;
	total = IP6_HEADER + ((size_t)o[4] << 8 | o[5]);
	if (total > octets.n)
		return false;
	p->octets = span_of(o, total);
	p->source.family = p->destination.family = 6;
	memcpy(p->source.octets, &o[8], 16);
	memcpy(p->destination.octets, &o[24], 16);
	type = o[6];
	p->protocol_at = 6;
	c = rcursor_init(span_of(o, total), NULL);
	(void)rcursor_bytes(&c, IP6_HEADER, "header");
	for (unsigned i = 0; skip_ip6(&c, &type, p, &first); i++)
		if (i == IP6_HEADERS_MAX)
			return false;
	p->protocol = type;
	p->next = rcursor_rest(&c);
	if (first)
		read_ports(p);
	return rcursor_ok(&c);
}

bool ip_packet_read(struct span octets, struct ip_packet *out)
{
	*out = (struct ip_packet){ 0 };
	if (octets.n == 0)
		return false;
	if (octets.p[0] >> 4 == 4)
		return read_ip4(octets, out);
	return octets.p[0] >> 4 == 6 && read_ip6(octets, out);
}

static uint32_t add(uint32_t sum, struct span s)
{
	for (size_t i = 0; i + 1 < s.n; i += 2)
		sum += (uint32_t)s.p[i] << 8 | s.p[i + 1];
	if (s.n & 1)
		sum += (uint32_t)s.p[s.n - 1] << 8;
	return sum;
}

static void put(uint8_t *at, uint32_t sum, bool never_zero)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (sum == 0 && never_zero)
		sum = 0xffff;
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

void ip_packet_sum_header(uint8_t *ip4)
{
	ip4[10] = ip4[11] = 0;
	put(&ip4[10], add(0, span_of(ip4, (size_t)(ip4[0] & 15) * 4)), false);
}

void ip_packet_sum_transport(const struct ip_packet *p, uint8_t *next)
{
	const size_t size = p->source.family == 4 ? 4 : 16;
	size_t at;
	uint32_t sum = (uint32_t)p->next.n + p->protocol;

	if (p->fragment)
		return;
	switch (p->protocol) {
	case IPPROTO_TCP:
		at = 16;
		break;
	case IPPROTO_UDP:
		at = 6;
		break;
	case IPPROTO_ICMPV6:
		at = 2;
		break;
	default:
		return;
	}
	/* UDP over IPv4 may do without (RFC 768). */
	if (p->next.n < at + 2 ||
	    (p->protocol == IPPROTO_UDP && size == 4 && !next[at] && !next[at + 1]))
		return;
	next[at] = next[at + 1] = 0;
	sum = add(sum, span_of(p->source.octets, size));
	sum = add(sum, span_of(p->destination.octets, size));
	put(&next[at], add(sum, span_of(next, p->next.n)), p->protocol == IPPROTO_UDP);
}
